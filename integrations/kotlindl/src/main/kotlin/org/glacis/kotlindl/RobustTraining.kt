package org.glacis.kotlindl

import org.glacis.dsl.GlacisDsl
import org.glacis.spec.Constant
import org.glacis.spec.Epsilon
import org.glacis.spec.InitializationSpec
import org.glacis.spec.Linf
import org.glacis.spec.LossSpec
import org.glacis.spec.PerturbationSet
import org.glacis.spec.ScheduleSpec

/**
 * What KotlinDL's `compile` and `fit` have no words for. The defaults are plain training.
 *
 * @property perturbation what the adversary may do in training; radius 0 is plain training
 * @property epsilon factor of the perturbation set's radius at each step
 * @property loss what training makes small instead of the loss given to `compile`; null for that
 *   one, which is robust (`robustCrossEntropy`, `robustMeanSquaredError`) when the radius is above
 *   0
 * @property learningRate factor of the optimiser's rate at each step
 * @property gradientClip the largest L2 norm of the whole gradient; null for none
 * @property initialization how weights begin; null for what the layers' initializers say
 * @property clipBox whether training boxes are clipped to the range of the perturbation set
 * @property shuffle a new order every epoch; KotlinDL itself keeps the order of the data
 * @property dropLast whether a last batch that is not full is left out
 * @property seed the root of every random number
 */
public data class RobustTraining(
  val perturbation: PerturbationSet = Linf(Epsilon(0.0), null),
  val epsilon: ScheduleSpec = Constant(1.0),
  val loss: LossSpec? = null,
  val learningRate: ScheduleSpec = Constant(1.0),
  val gradientClip: Double? = null,
  val initialization: InitializationSpec? = null,
  val clipBox: Boolean = true,
  val shuffle: Boolean = true,
  val dropLast: Boolean = false,
  val seed: Long = 0,
) {
  internal val perturbs: Boolean
    get() = perturbation.epsilon.values.any { it > 0 }
}

/** Receives how a KotlinDL model is trained robustly. Fields are those of [RobustTraining]. */
@GlacisDsl
public class RobustTrainingBuilder internal constructor(from: RobustTraining) {
  /** What the adversary may do in training. */
  public var perturbation: PerturbationSet = from.perturbation

  /** Factor of the perturbation set's radius at each step. */
  public var epsilon: ScheduleSpec = from.epsilon

  /** What training makes small instead of the loss given to `compile`. */
  public var loss: LossSpec? = from.loss

  /** Factor of the optimiser's rate at each step. */
  public var learningRate: ScheduleSpec = from.learningRate

  /** The largest L2 norm of the whole gradient. */
  public var gradientClip: Double? = from.gradientClip

  /** How weights begin, whatever the layers' initializers say. */
  public var initialization: InitializationSpec? = from.initialization

  /** Whether training boxes are clipped to the range of the perturbation set. */
  public var clipBox: Boolean = from.clipBox

  /** A new order every epoch. */
  public var shuffle: Boolean = from.shuffle

  /** Leave out a last batch that is not full. */
  public var dropLast: Boolean = from.dropLast

  /** The root of every random number. */
  public var seed: Long = from.seed

  public fun perturbation(set: PerturbationSet): RobustTrainingBuilder = apply {
    perturbation = set
  }

  public fun epsilon(schedule: ScheduleSpec): RobustTrainingBuilder = apply { epsilon = schedule }

  public fun loss(loss: LossSpec): RobustTrainingBuilder = apply { this.loss = loss }

  public fun learningRate(schedule: ScheduleSpec): RobustTrainingBuilder = apply {
    learningRate = schedule
  }

  public fun gradientClip(norm: Double): RobustTrainingBuilder = apply { gradientClip = norm }

  public fun initialization(spec: InitializationSpec): RobustTrainingBuilder = apply {
    initialization = spec
  }

  public fun clipBox(clip: Boolean): RobustTrainingBuilder = apply { clipBox = clip }

  public fun shuffle(shuffle: Boolean): RobustTrainingBuilder = apply { this.shuffle = shuffle }

  public fun dropLast(drop: Boolean): RobustTrainingBuilder = apply { dropLast = drop }

  public fun seed(seed: Long): RobustTrainingBuilder = apply { this.seed = seed }

  internal fun build() =
    RobustTraining(
      perturbation,
      epsilon,
      loss,
      learningRate,
      gradientClip,
      initialization,
      clipBox,
      shuffle,
      dropLast,
      seed,
    )
}
