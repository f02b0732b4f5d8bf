@file:JvmName("Regularizers")

package org.glacis.dsl

import org.glacis.spec.Constant
import org.glacis.spec.OrthogonalityRegularizer
import org.glacis.spec.ScheduleSpec
import org.glacis.spec.WarmUpRegularizer

/** Tight and balanced intervals while the radius grows; [weight] is that at radius 0. */
@JvmOverloads
public fun warmUpRegularizer(weight: Double = 0.5, decays: Boolean = true): WarmUpRegularizer =
  WarmUpRegularizer(weight = weight, decays = decays)

/**
 * Orthogonal kernels of plain layers: the weight of dense ones, and of convolutions ([dense] and
 * [convolutions] of [OrthogonalityRegularizer]).
 */
@JvmOverloads
public fun orthogonalityRegularizer(
  dense: Double = 0.0,
  convolutions: Double = 0.0,
): OrthogonalityRegularizer = OrthogonalityRegularizer(Constant(dense), Constant(convolutions))

/** The same with weights that change. */
public fun orthogonalityRegularizer(
  dense: ScheduleSpec,
  convolutions: ScheduleSpec,
): OrthogonalityRegularizer = OrthogonalityRegularizer(dense, convolutions)
