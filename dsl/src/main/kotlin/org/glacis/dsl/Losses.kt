@file:JvmName("Losses")

package org.glacis.dsl

import org.glacis.spec.Adversarial
import org.glacis.spec.CcIbp
import org.glacis.spec.Constant
import org.glacis.spec.CrossEntropy
import org.glacis.spec.CrownIbp
import org.glacis.spec.ExpIbp
import org.glacis.spec.IbpLoss
import org.glacis.spec.IntervalWidth
import org.glacis.spec.LossSpec
import org.glacis.spec.MeanSquaredError
import org.glacis.spec.MtlIbp
import org.glacis.spec.MulticlassHkr
import org.glacis.spec.RobustCrossEntropy
import org.glacis.spec.RobustMeanSquaredError
import org.glacis.spec.Sabr
import org.glacis.spec.ScheduleSpec
import org.glacis.spec.TemperatureCrossEntropy
import org.glacis.spec.Term
import org.glacis.spec.Trades
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

/** Cross-entropy at the points that the attack finds. */
public fun adversarial(): Adversarial = Adversarial

/** Interval loss with merged margins, [kappa] of it the clean cross-entropy. */
@JvmOverloads public fun ibp(kappa: ScheduleSpec = Constant(0.0)): IbpLoss = IbpLoss(kappa)

/** Backward linear bounds over interval bounds, [kappa] of it the clean cross-entropy. */
@JvmOverloads
public fun crownIbp(
  kappa: ScheduleSpec = Constant(0.0),
  mixing: Boolean = true,
  fusion: Boolean = false,
): CrownIbp = CrownIbp(kappa, mixing, fusion)

/** Cross-entropy of margins between bounds (1) and adversarial ones (0). */
public fun ccIbp(alpha: Double): CcIbp = CcIbp(alpha)

/** Weighted sum of interval (1) and adversarial loss (0). */
public fun mtlIbp(alpha: Double): MtlIbp = MtlIbp(alpha)

/** Weighted geometric mean of interval (1) and adversarial loss (0). */
public fun expIbp(alpha: Double): ExpIbp = ExpIbp(alpha)

/** Interval loss of a box around the adversarial point, [lambda] as wide as the attack's. */
public fun sabr(lambda: Double): Sabr = Sabr(lambda)

/** Clean cross-entropy and [beta] times the divergence that the attack causes. */
public fun trades(beta: Double): Trades = Trades(beta)

/** Hinge-Kantorovich-Rubinstein of several classes, [alpha] of it the hinge. */
@JvmOverloads
public fun multiclassHkr(alpha: Double = 10.0, minMargin: Double = 1.0): MulticlassHkr =
  MulticlassHkr(alpha, minMargin)

/** Cross-entropy of the outputs times [temperature], divided by it. */
public fun temperatureCrossEntropy(temperature: Double): TemperatureCrossEntropy =
  TemperatureCrossEntropy(temperature)

/** [loss] times [weight]; Kotlin has `weight * loss`. */
public fun weighted(weight: Double, loss: LossSpec): WeightedSum =
  WeightedSum(listOf(Term(loss, Constant(weight))))

/** [loss] times a weight that changes in training. */
public fun weighted(weight: ScheduleSpec, loss: LossSpec): WeightedSum =
  WeightedSum(listOf(Term(loss, weight)))
