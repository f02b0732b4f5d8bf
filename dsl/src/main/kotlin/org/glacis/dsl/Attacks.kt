@file:JvmName("Attacks")

package org.glacis.dsl

import org.glacis.spec.AttackObjective
import org.glacis.spec.Pgd

/** Projected gradient ascent; [stepSize] is a share of the half width of the box. */
@JvmOverloads
public fun pgd(
  steps: Int = 40,
  stepSize: Double = 0.1,
  restarts: Int = 1,
  randomStart: Boolean = true,
  objective: AttackObjective = AttackObjective.CROSS_ENTROPY,
  decay: Double = 1.0,
  decayAt: List<Double> = emptyList(),
  epsilonFactor: Double = 1.0,
): Pgd = Pgd(steps, stepSize, restarts, randomStart, objective, decay, decayAt, epsilonFactor)

/**
 * One sign step from the input (Goodfellow et al. 2015): [pgd] with one step and no random start.
 */
@JvmOverloads
public fun fgsm(stepSize: Double = 1.0): Pgd =
  Pgd(steps = 1, stepSize = stepSize, randomStart = false)
