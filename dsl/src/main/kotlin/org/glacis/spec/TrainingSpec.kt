package org.glacis.spec

import kotlinx.serialization.EncodeDefault
import kotlinx.serialization.ExperimentalSerializationApi
import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/**
 * How a network is trained.
 *
 * @property epsilon factor of the perturbation set's radius at each step
 * @property learningRate factor of the optimiser's rate at each step
 * @property gradientClip the largest L2 norm of the whole gradient; null for none
 * @property clipBox whether training boxes are clipped to the range of the data
 * @property shuffle a new order every epoch; otherwise the order of the data
 * @property dropLast whether a last batch that is not full is left out
 * @property attack finds the adversarial points of losses that need them
 * @property epsilonFactor how many times wider the sets of training are than
 *   [Experiment.perturbation]
 * @property leastEpsilon the least radius of a training step whose scheduled radius is above 0
 * @property regularizer holds intervals tight and balanced while the radius grows
 * @property l1 weight of the sum of the absolute weights of all dense and convolution layers
 * @property batchNorm which statistics batch normalisation takes
 * @property validation how the network is measured between epochs, and which one is kept
 * @property earlyStopping ends training before the last epoch; null for never
 * @property averaging makes the network the mean of the weights of many steps; null for none
 * @property precision of the numbers that are multiplied
 * @property accumulation how many parts a batch is cut into, which are in memory one after the
 *   other; the step is that of the whole batch, batch normalisation included
 * @property warmStart a run directory or weights file to begin from; epochs at radius 0 are then
 *   skipped
 * @property condense when free kernels of constrained layers become the constrained ones
 * @property orthogonality adds how far plain layers are from orthogonal ones; null for nothing
 * @property constraint what kernels of plain layers are moved back to after each step; null for
 *   none
 */
@OptIn(ExperimentalSerializationApi::class)
@Serializable
public data class TrainingSpec(
  val epochs: Int,
  val loss: LossSpec = CrossEntropy,
  val epsilon: ScheduleSpec = Constant(1.0),
  val optimizer: OptimizerSpec = Adam(),
  val learningRate: ScheduleSpec = Constant(1.0),
  val gradientClip: Double? = null,
  val initialization: InitializationSpec = InitializationSpec(),
  val clipBox: Boolean = true,
  val shuffle: Boolean = true,
  val dropLast: Boolean = false,
  val warmStart: String? = null,
  val attack: AttackSpec? = null,
  val epsilonFactor: Double = 1.0,
  val leastEpsilon: Double = 0.0,
  val regularizer: WarmUpRegularizer? = null,
  val l1: Double = 0.0,
  val batchNorm: BatchNormStatistics = BatchNormStatistics(),
  val validation: ValidationSpec = ValidationSpec(),
  val earlyStopping: EarlyStopping? = null,
  val averaging: AveragingSpec? = null,
  val precision: Precision = Precision.FLOAT32,
  val accumulation: Int = 1,
  @EncodeDefault(EncodeDefault.Mode.NEVER) val condense: Condensing = Condensing.NEVER,
  @EncodeDefault(EncodeDefault.Mode.NEVER) val orthogonality: OrthogonalityRegularizer? = null,
  @EncodeDefault(EncodeDefault.Mode.NEVER) val constraint: WeightConstraint? = null,
) {
  internal fun check(faults: Faults) {
    faults.positive("epochs", epochs)
    loss.check(faults.at("loss"))
    optimizer.check(faults.at("optimizer"))
    for ((name, schedule) in listOf("epsilon" to epsilon, "learningRate" to learningRate)) {
      schedule.check(faults.at(name))
      if (schedule.least < 0.0)
        faults.add(name, "goes down to ${schedule.least}", "give values of 0 or more")
    }
    checkLength(epsilon, faults.at("epsilon"))
    if (learningRate !is Step) checkLength(learningRate, faults.at("learningRate"))
    checkLengths(loss, faults.at("loss"))
    gradientClip?.let { faults.positive("gradientClip", it) }
    if (loss.needsAttack && attack == null)
      faults.add(
        "attack",
        "is missing but the loss $loss needs one",
        "add attack = pgd(steps = 1, stepSize = 10.0)",
      )
    attack?.check(faults.at("attack"))
    checkObjective(faults.at("attack"))
    if (attack is MinimumNormAttackSpec)
      faults.add(
        "attack",
        "is $attack, which looks for the nearest wrong point, not for the worst of a set",
        "take pgd(..), and this attack in a certification of an l2 set",
      )
    faults.positive("epsilonFactor", epsilonFactor)
    faults.notNegative("leastEpsilon", leastEpsilon)
    faults.notNegative("l1", l1)
    regularizer?.check(faults.at("regularizer"))
    if (regularizer != null && !loss.needsBounds)
      faults.add(
        "regularizer",
        "is set but the loss $loss has no intervals to hold tight",
        "leave it out, or take a loss over bounds, such as ibp()",
      )
    regularizer?.let { checkEnd(it, faults.at("regularizer")) }
    orthogonality?.check(faults.at("orthogonality"))
    orthogonality?.schedules?.forEach { (name, schedule) ->
      checkLength(schedule, faults.at("orthogonality").at(name))
    }
    constraint?.check(faults.at("constraint"))
    batchNorm.check(faults.at("batchNorm"))
    validation.check(faults.at("validation"))
    earlyStopping?.check(faults.at("earlyStopping"))
    faults.positive("accumulation", accumulation)
    if (accumulation > 1 && loss.weighsSamples())
      faults.add(
        "accumulation",
        "is $accumulation but $loss weighs the samples of a whole batch",
        "set it to 1, or take another loss",
      )
    averaging?.check(epochs, faults.at("averaging"))
    if (warmStart?.isBlank() == true)
      faults.add("warmStart", "is blank", "give a run directory or weights file, or leave it out")
  }

  private fun checkLengths(loss: LossSpec, faults: Faults) {
    loss.schedules.forEach { (name, schedule) -> checkLength(schedule, faults.at(name)) }
    if (loss is WeightedSum)
      loss.terms.forEachIndexed { i, term ->
        checkLength(term.weight, faults.at("terms").at("[$i]").at("weight"))
      }
    loss.inner.forEach { (path, inner) -> checkLengths(inner, faults.at(path)) }
  }

  /** What an attack makes large must be the loss at its points. */
  private fun checkObjective(faults: Faults) {
    val pgd = attack as? Pgd ?: return
    val losses = loss.attacked()
    val other = losses.firstOrNull { it != CrossEntropy }
    if (pgd.objective == AttackObjective.LOSS && losses.size != 1)
      faults.add(
        "objective",
        if (losses.isEmpty()) "is loss but the loss ${this.loss} has no adversarial(..)"
        else "is loss but there are several: ${losses.joinToString()}",
        "take crossEntropy or margin, or a single adversarial(..)",
      )
    if (pgd.objective != AttackObjective.LOSS && other != null)
      faults.add(
        "objective",
        "does not make $other large, the loss at the attacked points",
        "set objective = AttackObjective.LOSS",
      )
  }

  private fun LossSpec.weighsSamples(): Boolean =
    this is HolisticRobust || inner.values.any { it.weighsSamples() }

  private fun checkEnd(regularizer: WarmUpRegularizer, faults: Faults) {
    val last = regularizer.lastEpoch
    if (last == null && epsilon.lastEpoch == 0)
      faults.add(
        "is set but ends with the epsilon schedule, which is $epsilon from the start",
        "give it a lastEpoch, or let epsilon grow",
      )
    if (last != null && epochs > 0 && last > epochs)
      faults.add(
        "lastEpoch",
        "is $last but training stops at epoch $epochs",
        "lengthen train.epochs or end it earlier",
      )
  }

  private fun checkLength(schedule: ScheduleSpec, faults: Faults) {
    if (epochs > 0 && schedule.lastEpoch > epochs)
      faults.add(
        "ends at epoch ${schedule.lastEpoch} but training stops at epoch $epochs",
        "lengthen train.epochs or shorten the schedule",
      )
  }
}

/** The law of the first weights of a layer; `fan_in` is the number of inputs of one unit. */
@Serializable
public enum class Initializer {
  /** Uniform on `±1 / sqrt(fan_in)`: PyTorch's default for dense and convolution weights. */
  @SerialName("fanInUniform") FAN_IN_UNIFORM,

  /**
   * Normal with deviation `sqrt(2 pi) / fan_in`: keeps the width of intervals constant; half of
   * that where a layer reads what a residual sum made, as sums are twice as wide (Shi et al. 2021,
   * section 4.1).
   */
  @SerialName("ibp") IBP,

  /** Normal with deviation `sqrt(2 / fan_in)` (He et al. 2015). */
  @SerialName("heNormal") HE_NORMAL,

  /** Uniform on `±sqrt(6 / (fan_in + fan_out))` (Glorot and Bengio 2010). */
  @SerialName("glorotUniform") GLOROT_UNIFORM,

  /**
   * A random orthogonal matrix of (window · channels) × units: all singular values 1 (Saxe et al.
   * 2014). The norm of a convolution whose windows overlap can be above 1.
   */
  @SerialName("orthogonal") ORTHOGONAL,

  /**
   * [ORTHOGONAL] divided by [KernelLayerSpec.overlap], as spectral layers have it: the norm of the
   * layer is at most 1.
   */
  @SerialName("spectral") SPECTRAL,
}

/**
 * How weights begin.
 *
 * @property weights the law of every layer's weights
 * @property lastLayer the law of the last layer with weights; null for the same
 * @property biases whether biases begin uniform on `±1 / sqrt(fan_in)` instead of 0
 */
@Serializable
public data class InitializationSpec(
  val weights: Initializer = Initializer.FAN_IN_UNIFORM,
  val lastLayer: Initializer? = null,
  val biases: BiasInitializer = BiasInitializer.ZERO,
)

/** The law of the first biases. */
@Serializable
public enum class BiasInitializer {
  /** All 0. */
  @SerialName("zero") ZERO,

  /** Uniform on `±1 / sqrt(fan_in)`. */
  @SerialName("fanInUniform") FAN_IN_UNIFORM,
}
