@file:JvmName("Attacks")

package org.glacis.dsl

import org.glacis.spec.Pgd

/** Projected gradient ascent; [stepSize] is a share of the half width of the box. */
@JvmOverloads
public fun pgd(steps: Int = 40, stepSize: Double = 0.1, restarts: Int = 1): Pgd =
  Pgd(steps, stepSize, restarts)
