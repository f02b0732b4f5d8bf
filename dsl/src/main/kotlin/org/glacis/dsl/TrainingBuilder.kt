package org.glacis.dsl

import org.glacis.spec.Adam
import org.glacis.spec.BiasInitializer
import org.glacis.spec.Constant
import org.glacis.spec.CrossEntropy
import org.glacis.spec.InitializationSpec
import org.glacis.spec.Initializer
import org.glacis.spec.LossSpec
import org.glacis.spec.OptimizerSpec
import org.glacis.spec.ScheduleSpec
import org.glacis.spec.TrainingSpec

/**
 * Receives how a network is trained. Opened by [ExperimentBuilder.train]. Fields are those of
 * [TrainingSpec].
 */
@GlacisDsl
public class TrainingBuilder internal constructor(private val epochs: Int) {
  /** What training makes small. */
  public var loss: LossSpec = CrossEntropy

  /** Factor of the perturbation set's radius at each step. */
  public var epsilon: ScheduleSpec = Constant(1.0)

  /** How gradients become updates. */
  public var optimizer: OptimizerSpec = Adam()

  /** Factor of the optimiser's rate at each step. */
  public var learningRate: ScheduleSpec = Constant(1.0)

  /** The largest L2 norm of the whole gradient. */
  public var gradientClip: Double? = null

  /** How weights begin. */
  public var initialization: InitializationSpec = InitializationSpec()

  /** Whether training boxes are clipped to the range of the data. */
  public var clipBox: Boolean = true

  /** A new order every epoch. */
  public var shuffle: Boolean = true

  /** Leave out a last batch that is not full. */
  public var dropLast: Boolean = false

  /** A run directory or weights file to begin from. */
  public var warmStart: String? = null

  public fun loss(loss: LossSpec): TrainingBuilder = apply { this.loss = loss }

  public fun epsilon(schedule: ScheduleSpec): TrainingBuilder = apply { epsilon = schedule }

  public fun optimizer(optimizer: OptimizerSpec): TrainingBuilder = apply {
    this.optimizer = optimizer
  }

  public fun learningRate(schedule: ScheduleSpec): TrainingBuilder = apply {
    learningRate = schedule
  }

  public fun gradientClip(norm: Double): TrainingBuilder = apply { gradientClip = norm }

  /** The laws of the first weights: of all layers, and of the last where that differs. */
  @JvmOverloads
  public fun initialize(
    weights: Initializer,
    lastLayer: Initializer? = null,
    biases: BiasInitializer = BiasInitializer.ZERO,
  ): TrainingBuilder = apply { initialization = InitializationSpec(weights, lastLayer, biases) }

  public fun clipBox(clip: Boolean): TrainingBuilder = apply { clipBox = clip }

  public fun shuffle(shuffle: Boolean): TrainingBuilder = apply { this.shuffle = shuffle }

  public fun dropLast(drop: Boolean): TrainingBuilder = apply { dropLast = drop }

  public fun warmStart(path: String): TrainingBuilder = apply { warmStart = path }

  internal fun build() =
    TrainingSpec(
      epochs,
      loss,
      epsilon,
      optimizer,
      learningRate,
      gradientClip,
      initialization,
      clipBox,
      shuffle,
      dropLast,
      warmStart,
    )
}
