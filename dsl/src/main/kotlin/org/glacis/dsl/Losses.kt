@file:JvmName("Losses")

package org.glacis.dsl

import org.glacis.spec.Adversarial
import org.glacis.spec.CategoricalHinge
import org.glacis.spec.CcIbp
import org.glacis.spec.Clipped
import org.glacis.spec.Constant
import org.glacis.spec.CrossEntropy
import org.glacis.spec.CrownIbp
import org.glacis.spec.EventOrder
import org.glacis.spec.ExpIbp
import org.glacis.spec.HingeMargin
import org.glacis.spec.Hkr
import org.glacis.spec.HolisticRobust
import org.glacis.spec.IbpLoss
import org.glacis.spec.IntervalWidth
import org.glacis.spec.KantorovichRubinstein
import org.glacis.spec.LossSpec
import org.glacis.spec.LseHkr
import org.glacis.spec.MeanSquaredError
import org.glacis.spec.MtlIbp
import org.glacis.spec.MultiMargin
import org.glacis.spec.Outputs
import org.glacis.spec.RobustCrossEntropy
import org.glacis.spec.RobustMeanSquaredError
import org.glacis.spec.Sabr
import org.glacis.spec.ScheduleSpec
import org.glacis.spec.SoftHkr
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

/**
 * [loss] at the points that the attack finds; for another than cross-entropy the attack's objective
 * is `AttackObjective.LOSS`.
 */
@JvmOverloads public fun adversarial(loss: LossSpec = CrossEntropy): Adversarial = Adversarial(loss)

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

/** Minus the Kantorovich-Rubinstein term: pulls the outputs of the classes apart. */
@JvmOverloads
public fun kr(outputs: Outputs = Outputs.MULTICLASS): KantorovichRubinstein =
  KantorovichRubinstein(outputs)

/** What outputs lack to half of [minMargin] on their side of 0. */
@JvmOverloads
public fun hinge(minMargin: Double = 1.0, outputs: Outputs = Outputs.MULTICLASS): HingeMargin =
  HingeMargin(Constant(minMargin), outputs)

/** Hinge-Kantorovich-Rubinstein of several classes, [alpha] of it the hinge. */
@JvmOverloads
public fun multiclassHkr(alpha: Double = 10.0, minMargin: Double = 1.0): Hkr =
  Hkr(Constant(alpha), Constant(minMargin))

/** The same with weights that change in training. */
@JvmOverloads
public fun hkr(
  alpha: ScheduleSpec,
  minMargin: ScheduleSpec = Constant(1.0),
  outputs: Outputs = Outputs.MULTICLASS,
): Hkr = Hkr(alpha, minMargin, outputs)

/** Hinge-Kantorovich-Rubinstein of two classes, over `binaryLogits()`. */
@JvmOverloads
public fun binaryHkr(alpha: Double = 10.0, minMargin: Double = 1.0): Hkr =
  Hkr(Constant(alpha), Constant(minMargin), Outputs.BINARY)

/** Hinge-Kantorovich-Rubinstein of labels of which a sample has any number. */
@JvmOverloads
public fun multilabelHkr(alpha: Double = 10.0, minMargin: Double = 1.0): Hkr =
  Hkr(Constant(alpha), Constant(minMargin), Outputs.MULTILABEL)

/** HKR in which the wrong classes with the largest outputs count most. */
@JvmOverloads
public fun softHkr(
  alpha: Double = 10.0,
  minMargin: Double = 1.0,
  temperature: Double = 1.0,
): SoftHkr = SoftHkr(Constant(alpha), Constant(minMargin), temperature)

/** HKR of the label's output against a smooth maximum of the others. */
@JvmOverloads
public fun lseHkr(
  alpha: Double = 10.0,
  minMargin: Double = 1.0,
  temperature: Double = 1.0,
  penalty: Double = 1.0,
): LseHkr = LseHkr(Constant(alpha), Constant(minMargin), temperature, penalty)

/** What each wrong class lacks to [minMargin] below the label. */
@JvmOverloads
public fun multiMargin(minMargin: Double = 1.0): MultiMargin = MultiMargin(Constant(minMargin))

/** What the best wrong class lacks to [minMargin] below the label. */
@JvmOverloads
public fun categoricalHinge(minMargin: Double = 1.0): CategoricalHinge =
  CategoricalHinge(Constant(minMargin))

/** Cross-entropy of the outputs times [temperature], divided by it. */
public fun temperatureCrossEntropy(temperature: Double): TemperatureCrossEntropy =
  TemperatureCrossEntropy(Constant(temperature))

/** The same with a temperature that changes in training. */
public fun temperatureCrossEntropy(temperature: ScheduleSpec): TemperatureCrossEntropy =
  TemperatureCrossEntropy(temperature)

/**
 * The largest expected [loss] when a share [alpha] of the samples may be corrupted and [r] stands
 * for sampling.
 */
@JvmOverloads
public fun holisticRobust(
  alpha: Double,
  r: Double,
  loss: LossSpec = CrossEntropy,
  order: EventOrder = EventOrder.SAMPLE_THEN_CORRUPT,
): HolisticRobust = HolisticRobust(loss, alpha, r, order)

/** [loss] of each sample, but [limit] at most. */
@JvmOverloads
public fun clipped(limit: Double, loss: LossSpec = CrossEntropy): Clipped = Clipped(limit, loss)

/** [loss] times [weight]; Kotlin has `weight * loss`. */
public fun weighted(weight: Double, loss: LossSpec): WeightedSum =
  WeightedSum(listOf(Term(loss, Constant(weight))))

/** [loss] times a weight that changes in training. */
public fun weighted(weight: ScheduleSpec, loss: LossSpec): WeightedSum =
  WeightedSum(listOf(Term(loss, weight)))
