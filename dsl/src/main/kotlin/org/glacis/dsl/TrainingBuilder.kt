package org.glacis.dsl

import org.glacis.spec.Adam
import org.glacis.spec.AttackSpec
import org.glacis.spec.AveragingSpec
import org.glacis.spec.BatchNormStatistics
import org.glacis.spec.BiasInitializer
import org.glacis.spec.Condensing
import org.glacis.spec.Constant
import org.glacis.spec.CrossEntropy
import org.glacis.spec.EarlyStopping
import org.glacis.spec.InitializationSpec
import org.glacis.spec.Initializer
import org.glacis.spec.LossSpec
import org.glacis.spec.Monitored
import org.glacis.spec.OptimizerSpec
import org.glacis.spec.OrthogonalityRegularizer
import org.glacis.spec.Precision
import org.glacis.spec.ScheduleSpec
import org.glacis.spec.Selection
import org.glacis.spec.TrainingSpec
import org.glacis.spec.ValidationSpec
import org.glacis.spec.WarmUpRegularizer
import org.glacis.spec.WeightConstraint

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

  /** Finds the adversarial points of losses that need them. */
  public var attack: AttackSpec? = null

  /** How many times wider the sets of training are than the perturbation set. */
  public var epsilonFactor: Double = 1.0

  /** The least radius of a training step whose scheduled radius is above 0. */
  public var leastEpsilon: Double = 0.0

  /** Holds intervals tight and balanced while the radius grows. */
  public var regularizer: WarmUpRegularizer? = null

  /** Weight of the sum of the absolute weights of all dense and convolution layers. */
  public var l1: Double = 0.0

  /** Which statistics batch normalisation takes. */
  public var batchNorm: BatchNormStatistics = BatchNormStatistics()

  /** How the network is measured between epochs, and which one is kept. */
  public var validation: ValidationSpec = ValidationSpec()

  /** Ends training where the monitored figure does not improve. */
  public var earlyStopping: EarlyStopping? = null

  /** Makes the network the mean of the weights of many steps. */
  public var averaging: AveragingSpec? = null

  /** The precision of the numbers that are multiplied. */
  public var precision: Precision = Precision.FLOAT32

  /** For [precision]: everything in float32. */
  public val float32: Precision
    get() = Precision.FLOAT32

  /** For [precision]: products of bfloat16 numbers. */
  public val mixedBfloat16: Precision
    get() = Precision.MIXED_BFLOAT16

  /** How many parts a batch is cut into, one after the other in memory; the result is the same. */
  public var accumulation: Int = 1

  /** A run directory or weights file to begin from. */
  public var warmStart: String? = null

  /** When free kernels of constrained layers become the constrained ones. */
  public var condense: Condensing = Condensing.NEVER

  /** Adds how far plain layers are from orthogonal ones. */
  public var orthogonality: OrthogonalityRegularizer? = null

  /** What kernels of plain layers are moved back to after each step. */
  public var constraint: WeightConstraint? = null

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

  public fun attack(attack: AttackSpec): TrainingBuilder = apply { this.attack = attack }

  public fun epsilonFactor(factor: Double): TrainingBuilder = apply { epsilonFactor = factor }

  public fun leastEpsilon(radius: Double): TrainingBuilder = apply { leastEpsilon = radius }

  public fun regularizer(regularizer: WarmUpRegularizer): TrainingBuilder = apply {
    this.regularizer = regularizer
  }

  public fun l1(weight: Double): TrainingBuilder = apply { l1 = weight }

  public fun batchNorm(statistics: BatchNormStatistics): TrainingBuilder = apply {
    batchNorm = statistics
  }

  /** How the samples that [DataBuilder.validation] keeps are used; fields of [ValidationSpec]. */
  @JvmOverloads
  public fun validation(
    monitor: Monitored = Monitored.CERTIFIED,
    select: Selection = Selection.BEST,
    every: Int = 1,
    keepBest: Int = 1,
    shuffled: Boolean = true,
  ): TrainingBuilder = apply {
    validation = ValidationSpec(shuffled, every, monitor, select, keepBest)
  }

  public fun earlyStopping(stopping: EarlyStopping): TrainingBuilder = apply {
    earlyStopping = stopping
  }

  public fun averaging(averaging: AveragingSpec): TrainingBuilder = apply {
    this.averaging = averaging
  }

  public fun precision(precision: Precision): TrainingBuilder = apply { this.precision = precision }

  public fun accumulation(parts: Int): TrainingBuilder = apply { accumulation = parts }

  public fun condense(condensing: Condensing): TrainingBuilder = apply { condense = condensing }

  public fun orthogonality(regularizer: OrthogonalityRegularizer): TrainingBuilder = apply {
    orthogonality = regularizer
  }

  public fun constraint(constraint: WeightConstraint): TrainingBuilder = apply {
    this.constraint = constraint
  }

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
      attack,
      epsilonFactor,
      leastEpsilon,
      regularizer,
      l1,
      batchNorm,
      validation,
      earlyStopping,
      averaging,
      precision,
      accumulation,
      condense,
      orthogonality,
      constraint,
    )
}
