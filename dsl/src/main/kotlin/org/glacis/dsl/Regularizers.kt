@file:JvmName("Regularizers")

package org.glacis.dsl

import org.glacis.spec.WarmUpRegularizer

/** Tight and balanced intervals while the radius grows; [weight] is that at radius 0. */
@JvmOverloads
public fun warmUpRegularizer(weight: Double = 0.5, decays: Boolean = true): WarmUpRegularizer =
  WarmUpRegularizer(weight = weight, decays = decays)
