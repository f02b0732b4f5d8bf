@file:JvmName("Attacks")

package org.glacis.dsl

import org.glacis.spec.AttackObjective
import org.glacis.spec.CarliniWagner
import org.glacis.spec.DeepFool
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

/**
 * The nearest wrongly decided point by Adam on the logits, for l2 (Carlini and Wagner 2017). As it
 * stands it is quick: 4 searches of 100 steps; `carliniWagner(6, 8000)` is thorough. Other defaults
 * follow the numbers of searches and steps: see [CarliniWagner].
 */
@JvmOverloads
public fun carliniWagner(
  binarySearchSteps: Int = 4,
  steps: Int = 100,
  stepSize: Double = CarliniWagner(binarySearchSteps, steps).stepSize,
  confidence: Double = 0.0,
  initialConstant: Double = CarliniWagner(binarySearchSteps, steps).initialConstant,
  abortEarly: Boolean = CarliniWagner(binarySearchSteps, steps).abortEarly,
  target: Int? = null,
): CarliniWagner =
  CarliniWagner(binarySearchSteps, steps, stepSize, confidence, initialConstant, abortEarly, target)

/**
 * The nearest wrongly decided point by steps to the boundaries of a linear network, for l2
 * (Moosavi-Dezfooli et al. 2016).
 */
@JvmOverloads
public fun deepFool(steps: Int = 50, candidates: Int = 10, overshoot: Double = 0.02): DeepFool =
  DeepFool(steps, candidates, overshoot)
