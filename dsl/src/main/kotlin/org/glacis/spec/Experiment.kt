package org.glacis.spec

import kotlinx.serialization.EncodeDefault
import kotlinx.serialization.ExperimentalSerializationApi
import kotlinx.serialization.Serializable

/**
 * A whole experiment: what is trained on which data against which perturbations, and what is then
 * proved. An immutable value that can be printed, compared, stored as JSON and run.
 *
 * @property seed the root of every random number of the run
 * @property baselines what the run is compared with, each trained and certified as it is
 * @property stressTest how test samples are made harder, each by itself, to measure the accuracy
 */
@OptIn(ExperimentalSerializationApi::class)
@Serializable
public data class Experiment(
  val name: String,
  val data: DataSpec,
  val perturbation: PerturbationSet,
  val model: ModelSpec,
  val train: TrainingSpec,
  val certify: List<CertificationSpec> = emptyList(),
  val seed: Long = 0,
  @EncodeDefault(EncodeDefault.Mode.NEVER) val baselines: List<Baseline> = emptyList(),
  @EncodeDefault(EncodeDefault.Mode.NEVER) val stressTest: List<StressSpec> = emptyList(),
) {
  /** What the network is for: as the data say, else as the loss says, else classification. */
  public val task: Task
    get() = data.facts?.task ?: train.loss.task ?: Task.CLASSIFICATION

  /** Every fault of the declaration, each with its path; empty when there is none. */
  public fun validate(): List<Fault> {
    val faults = Faults()
    faults.notBlank("name", name)
    data.check(faults.at("data"))
    val facts = data.facts.takeIf { faults.at("data.source").clean() }
    val output = model.check(faults.at("model"))
    val input = model.input.takeIf { faults.at("model.input").clean() }
    if (facts != null) {
      if (input != null && facts.shape.size != input.size)
        faults.add(
          "model.input",
          "is $input but a sample of ${facts.name} is ${facts.shape}",
          "declare input(${facts.shape.extents.joinToString(", ")})",
        )
      if (output != null && output != Shape(facts.outputs))
        faults.add(
          "model.layers",
          "end with the shape $output but ${facts.name} has ${facts.outputs} ${outputs(facts)}",
          "end with dense(${facts.outputs})",
        )
    } else if (output != null && output.rank != 1) {
      faults.add(
        "model.layers",
        "end with the shape $output",
        "end with a flat output, such as dense(10)",
      )
    }
    data.checkAugmentation(input, faults.at("data"))
    data.corruption.forEachIndexed { i, spoilt ->
      if (spoilt is WrongLabels && task != Task.CLASSIFICATION)
        faults.add("data.corruption[$i]", "is $spoilt but the task is $task", "leave it out")
    }
    perturbation.check(input, faults.at("perturbation"))
    train.check(faults.at("train"))
    checkCondensing(faults.at("train.condense"))
    train.orthogonality?.check(model, faults.at("train.orthogonality"))
    if (train.constraint != null && model.layersByPath().values.none { it is KernelLayerSpec })
      faults.add(
        "train.constraint",
        "is set but the model has no plain dense layer or convolution",
        "leave it out",
      )
    train.averaging?.check(model, train.batchNorm, faults.at("train.averaging"))
    train.loss.task?.let {
      if (it != task)
        faults.add("train.loss", "is a loss for $it but the task is $task", "take a loss for $task")
    }
    if (train.accumulation > data.batch && data.batch > 0)
      faults.add(
        "train.accumulation",
        "is ${train.accumulation} but data.batch is ${data.batch}",
        "cut a batch into at most as many parts as it has samples",
      )
    if (train.earlyStopping != null && data.validation == 0.0)
      faults.add(
        "train.earlyStopping",
        "needs validation samples but data.validation is 0.0",
        "add validation = 0.1 to the data",
      )
    if (train.validation.monitor == Monitored.HARMONIC && task != Task.CLASSIFICATION)
      faults.add(
        "train.validation.monitor",
        "is harmonic but the task is $task",
        "take clean, certified or loss",
      )
    train.loss.check(perturbation, faults.at("train.loss"))
    val trained = perturbation.takeIf { faults.at("perturbation.range").clean() }
    certify.forEachIndexed { i, spec ->
      spec.check(input, trained, task, faults.at("certify").at("[$i]"))
    }
    baselines.forEachIndexed { i, baseline ->
      val here = faults.at("baselines").at("[$i]")
      baseline.check(this, here)
      if (baselines.take(i).any { it.name == baseline.name })
        here.add("name", "is \"${baseline.name}\" again", "give each baseline a name of its own")
    }
    checkStressTest(input, faults.at("stressTest"))
    return faults.all()
  }

  private fun checkStressTest(input: Shape?, faults: Faults) {
    if (stressTest.isNotEmpty() && task != Task.CLASSIFICATION)
      faults.add("is set but the task is $task, which has no accuracy", "leave it out")
    stressTest.forEachIndexed { i, stress ->
      val here = faults.at("[$i]")
      stress.check(input, here)
      if (stress is Evasion) stress.attack.check(perturbation, here.at("attack"))
      if (stressTest.take(i).any { it.kind == stress.kind && it.level == stress.level })
        here.add("is $stress again", "give each kind and strength once")
    }
  }

  private fun checkCondensing(faults: Faults) {
    if (train.condense == Condensing.NEVER) return
    val constrained = model.layersByPath().values.filterIsInstance<ConstrainedLayerSpec>()
    if (constrained.none { it !is SpectralLayerSpec || it.orthogonalization.isIdempotent })
      faults.add(
        "is set but no layer has a kernel that can be condensed",
        "take layers such as spectralDense(64) with bjorck, qr or cholesky, or leave it out",
      )
  }

  /**
   * What may be run, but is seldom meant: Bjorck iterations that are too few where kernels are
   * never condensed. Empty when there is nothing.
   */
  public fun warnings(): List<Fault> {
    if (train.condense != Condensing.NEVER) return emptyList()
    val faults = Faults()
    for ((path, layer) in model.layersByPath()) {
      val iterations = ((layer as? SpectralLayerSpec)?.orthogonalization as? Bjorck)?.iterations
      if (iterations != null && iterations < Bjorck.ENOUGH)
        faults
          .at("model.$path.orthogonalization")
          .add(
            "iterations",
            "is $iterations, which leaves small singular values below 1 as kernels move away from orthogonal ones",
            "give ${Bjorck.ENOUGH} or more, or set train.condense to everyEpoch",
          )
    }
    return faults.all()
  }

  private fun outputs(facts: DataFacts): String =
    when (task) {
      Task.CLASSIFICATION -> if (facts.outputs == 1) "class" else "classes"
      Task.REGRESSION -> if (facts.outputs == 1) "target" else "targets"
    }

  /** This experiment, or an [InvalidExperimentException] with all its faults. */
  public fun validated(): Experiment = apply {
    validate().let { if (it.isNotEmpty()) throw InvalidExperimentException(name, it) }
  }

  /** The experiment of a baseline: this one with its loss, and nothing to compare it with. */
  public fun of(baseline: Baseline): Experiment =
    copy(name = "$name-${baseline.name}", train = train.over(baseline), baselines = emptyList())

  /** This experiment with a plain layer in the place of each constrained one. */
  public val plain: Experiment
    get() = copy(model = model.plain, train = train.copy(condense = Condensing.NEVER))

  public fun withName(name: String): Experiment = copy(name = name)

  public fun withSeed(seed: Long): Experiment = copy(seed = seed)

  public fun withEpochs(epochs: Int): Experiment = copy(train = train.copy(epochs = epochs))

  /** The JSON form, readable and with every default filled in. */
  public fun toJson(): String = ExperimentJson.encode(this)

  /**
   * This experiment with the value at [path] (`train.epochs`) replaced by [value], a JSON value or
   * a plain word.
   */
  public fun with(path: String, value: String): Experiment = ExperimentJson.set(this, path, value)
}
