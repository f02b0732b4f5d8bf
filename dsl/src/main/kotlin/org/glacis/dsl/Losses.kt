@file:JvmName("Losses")

package org.glacis.dsl

import org.glacis.spec.Constant
import org.glacis.spec.CrossEntropy
import org.glacis.spec.IntervalWidth
import org.glacis.spec.LossSpec
import org.glacis.spec.MeanSquaredError
import org.glacis.spec.RobustCrossEntropy
import org.glacis.spec.RobustMeanSquaredError
import org.glacis.spec.ScheduleSpec
import org.glacis.spec.Term
import org.glacis.spec.WeightedSum

/** Cross-entropy at the clean inputs. */
public fun crossEntropy(): CrossEntropy = CrossEntropy

/** Cross-entropy of the worst logits in the box. */
@JvmOverloads
public fun robustCrossEntropy(elision: Boolean = false): RobustCrossEntropy =
  RobustCrossEntropy(elision)

/** Mean square width of the output intervals. */
public fun intervalWidth(): IntervalWidth = IntervalWidth

/** Mean squared error at the clean inputs. */
public fun meanSquaredError(): MeanSquaredError = MeanSquaredError

/** The worst mean squared error that the output intervals allow. */
public fun robustMeanSquaredError(): RobustMeanSquaredError = RobustMeanSquaredError

/** [loss] times [weight]; Kotlin has `weight * loss`. */
public fun weighted(weight: Double, loss: LossSpec): WeightedSum =
  WeightedSum(listOf(Term(loss, Constant(weight))))

/** [loss] times a weight that changes in training. */
public fun weighted(weight: ScheduleSpec, loss: LossSpec): WeightedSum =
  WeightedSum(listOf(Term(loss, weight)))
