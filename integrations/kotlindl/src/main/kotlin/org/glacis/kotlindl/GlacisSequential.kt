package org.glacis.kotlindl

import java.io.File
import org.glacis.dsl.Block
import org.glacis.runtime.Glacis
import org.glacis.runtime.TrainedModel
import org.glacis.runtime.certify.Certification
import org.glacis.runtime.data.Samples
import org.glacis.runtime.graph.Device
import org.glacis.runtime.graph.Weights
import org.glacis.runtime.train.Interruption
import org.glacis.spec.CertificationSpec
import org.glacis.spec.Experiment
import org.glacis.spec.Ibp
import org.glacis.spec.InputException
import org.glacis.spec.ModelSpec
import org.glacis.spec.PerturbationSet
import org.glacis.spec.Task
import org.jetbrains.kotlinx.dl.api.core.SavingFormat
import org.jetbrains.kotlinx.dl.api.core.TrainableModel
import org.jetbrains.kotlinx.dl.api.core.WritingMode
import org.jetbrains.kotlinx.dl.api.core.callback.Callback
import org.jetbrains.kotlinx.dl.api.core.history.History
import org.jetbrains.kotlinx.dl.api.core.history.TrainingHistory
import org.jetbrains.kotlinx.dl.api.core.layer.Layer
import org.jetbrains.kotlinx.dl.api.core.loss.LossFunction
import org.jetbrains.kotlinx.dl.api.core.loss.Losses
import org.jetbrains.kotlinx.dl.api.core.metric.EvaluationResult
import org.jetbrains.kotlinx.dl.api.core.metric.Metric
import org.jetbrains.kotlinx.dl.api.core.metric.Metrics
import org.jetbrains.kotlinx.dl.api.core.optimizer.Optimizer
import org.jetbrains.kotlinx.dl.api.inference.TensorFlowInferenceModel
import org.jetbrains.kotlinx.dl.api.summary.ModelSummary
import org.jetbrains.kotlinx.dl.dataset.Dataset

/**
 * A KotlinDL model that Glacis trains: layers, `compile`, `fit`, `evaluate`, `predict`, callbacks
 * and histories are KotlinDL's, the engine (TensorFlow 2.18), the losses and the certificates are
 * ours.
 *
 * ```kotlin
 * GlacisSequential.of(Input(28, 28, 1), Flatten(), Dense(100), Dense(10, Activations.Linear))
 *   .robust { perturbation = linf(0.1); epsilon = ramp(warmup = 2, length = 8) }
 *   .use { model ->
 *     model.compile(Adam(), Losses.SOFT_MAX_CROSS_ENTROPY_WITH_LOGITS, Metrics.ACCURACY)
 *     model.fit(train, epochs = 10, batchSize = 128)
 *     println(model.certify(linf(0.1), test).summary())
 *   }
 * ```
 *
 * Without [robust] it is plain training. What has no counterpart is refused by name when it is
 * given: layers and their options ([modelSpec], [initializationSpec]), optimizers
 * ([optimizerSpec]), losses other than softmax cross-entropy and MSE, metrics other than `ACCURACY`
 * (classification), `MSE` and `MAE` (regression), and the callbacks `EarlyStopping` and
 * `TimeStopping`, which can only stop KotlinDL's own models; a callback that sets [stopTraining] of
 * this model does what they do. There are no tensor names and no activations of inner layers.
 *
 * Holds native memory once it is trained: close it. KotlinDL has been quiet upstream since 2023;
 * this extends `TrainableModel` of its last release, 0.5.2.
 */
public class GlacisSequential private constructor(private val layers: List<Layer>) :
  TrainableModel() {
  private var converted = LayerConversion(layers, Task.CLASSIFICATION).convert("")
  private var compiled: Compiled? = null
  private var network: TrainedModel? = null

  init {
    name = "kotlindl"
    super.reshape(*inputDimensions)
  }

  /** How training is made robust; plain by default. Changed by [robust]. */
  public var robustTraining: RobustTraining = RobustTraining()
    private set

  /** Where training runs. */
  public var device: Device = Device.CPU

  /** What the last `fit` was like. */
  public var history: TrainingHistory = TrainingHistory()
    private set

  /** The declaration of the network. */
  public val model: ModelSpec
    get() = converted.spec

  /**
   * The trained network, which this owns and closes, and which a further `fit` replaces. It keeps
   * no data: evaluate and certify it on samples ([toSamples]), or with [certify].
   *
   * @throws InputException before the first `fit`
   */
  public val trained: TrainedModel
    get() = network ?: throw InputException("$name: it is not trained yet; call fit(..) first")

  override val inputDimensions: LongArray
    get() = converted.spec.input.extents.map(Int::toLong).toLongArray()

  /** Declares how training is made robust; what is not set stays as it was. */
  public fun robust(block: Block<RobustTrainingBuilder>): GlacisSequential = apply {
    val builder = RobustTrainingBuilder(robustTraining)
    with(block) { builder.declare() }
    robustTraining = builder.build()
  }

  override fun compile(optimizer: Optimizer, loss: Losses, metric: Metrics): Unit =
    compile(optimizer, taskOf(loss), Losses.convert(loss), listOf(metric))

  override fun compile(optimizer: Optimizer, loss: LossFunction, metric: Metric): Unit =
    compile(optimizer, taskOf(loss), loss, listOf(metricOf(metric)))

  override fun compile(optimizer: Optimizer, loss: Losses, metric: Metric): Unit =
    compile(optimizer, taskOf(loss), Losses.convert(loss), listOf(metricOf(metric)))

  override fun compile(optimizer: Optimizer, loss: LossFunction, metric: Metrics): Unit =
    compile(optimizer, taskOf(loss), loss, listOf(metric))

  override fun compile(optimizer: Optimizer, loss: LossFunction, metrics: List<Metric>): Unit =
    compile(optimizer, taskOf(loss), loss, metrics.map(::metricOf))

  private fun compile(
    optimizer: Optimizer,
    task: Task,
    loss: LossFunction,
    metrics: List<Metrics>,
  ) {
    val next = Compiled(optimizerSpec(optimizer), Objective(task, metrics))
    converted = LayerConversion(layers, task).convert("")
    compiled = next
    this.optimizer = optimizer
    this.loss = loss
    this.metrics = metrics.map { Metric.convert(it) }
    numberOfClasses = if (task == Task.CLASSIFICATION) model.output.size.toLong() else 1L
    tell("modelCompiled", true)
  }

  /**
   * Trains on all of [dataset]. A second `fit` goes on from the weights of the first; schedules and
   * the optimizer's moments begin anew.
   *
   * @return losses and metrics: of a batch as the step measured them, of an epoch the means over
   *   its samples. A metric that steps do not measure (`MAE`, or `ACCURACY` under a robust loss
   *   alone) is NaN for batches and measured on the first 1,000 training samples after each epoch
   */
  override fun fit(
    dataset: Dataset,
    epochs: Int,
    batchSize: Int,
    callbacks: List<Callback>,
  ): TrainingHistory = train(dataset, null, epochs, batchSize, batchSize, callbacks)

  /**
   * Trains on [trainingDataset] and measures the network on [validationDataset] after each epoch,
   * at clean inputs.
   *
   * @see fit
   */
  override fun fit(
    trainingDataset: Dataset,
    validationDataset: Dataset,
    epochs: Int,
    trainBatchSize: Int,
    validationBatchSize: Int,
    callbacks: List<Callback>,
  ): TrainingHistory {
    positive("validationBatchSize", validationBatchSize)
    return train(
      trainingDataset,
      validationDataset,
      epochs,
      trainBatchSize,
      validationBatchSize,
      callbacks,
    )
  }

  private fun train(
    training: Dataset,
    validation: Dataset?,
    epochs: Int,
    batch: Int,
    validationBatch: Int,
    callbacks: List<Callback>,
  ): TrainingHistory {
    refuseStopping(callbacks)
    val objective = compiled().objective
    val experiment = experiment(epochs, batch).validated()
    val samples = samples(training)
    val held = validation?.let(::samples)
    val monitored = samples.range(0, minOf(MONITORED, samples.size()))
    val measured = { at: Samples, size: Int ->
      { weights: Weights ->
        Glacis.of(experiment, weights).use { measure(it, at, size, objective) }
      }
    }
    stopTraining = false
    val interruption = Interruption()
    val events =
      CallbackEvents(
        callbacks,
        objective.metrics,
        batch,
        { stopTraining },
        interruption::request,
        measured(monitored, validationBatch),
        held?.let { measured(it, validationBatch) },
      )
    val loop = TrainingLoop(experiment, samples, device, network?.weights())
    val weights = loop.run(events, interruption)
    become(Glacis.of(experiment, weights))
    history = events.history
    events.ended(weights)
    return history
  }

  /** What `fit` runs: all parts as one Glacis declaration. */
  internal fun experiment(epochs: Int, batch: Int): Experiment =
    compiled()
      .experiment(
        name ?: "kotlindl",
        model,
        robustTraining.initialization ?: initializationSpec(layers),
        robustTraining,
        epochs,
        batch,
      )

  /** Clean loss and metrics of the trained network, each a mean over the samples. */
  override fun evaluate(
    dataset: Dataset,
    batchSize: Int,
    callbacks: List<Callback>,
  ): EvaluationResult {
    positive("batchSize", batchSize)
    val objective = compiled().objective
    val network = trained
    val samples = samples(dataset)
    val heard = History()
    callbacks.forEach { it.onTestBegin() }
    val witness = TestEvents(callbacks, batchSize, heard)
    val result = measure(network, samples, batchSize, objective, witness)
    callbacks.forEach { it.onTestEnd(heard) }
    return EvaluationResult(result.loss, result.metrics)
  }

  /** The class of each sample. */
  override fun predict(dataset: Dataset, batchSize: Int, callbacks: List<Callback>): IntArray {
    val network = trained
    val classes = mutableListOf<Int>()
    inBatches(dataset, batchSize, callbacks) { classes += classesOf(network, it).asList() }
    return classes.toIntArray()
  }

  /** The softmax of the logits of each sample, or its prediction for regression. */
  override fun predictSoftly(
    dataset: Dataset,
    batchSize: Int,
    callbacks: List<Callback>,
  ): Array<FloatArray> {
    val network = trained
    val rows = mutableListOf<FloatArray>()
    inBatches(dataset, batchSize, callbacks) { rows += soft(network, it) }
    return rows.toTypedArray()
  }

  override fun predict(inputData: FloatArray): Int = classOf(trained, inputData)

  override fun predict(inputData: FloatArray, predictionTensorName: String): Int {
    refuseTensorName(predictionTensorName)
    return predict(inputData)
  }

  override fun predictSoftly(inputData: FloatArray, predictionTensorName: String): FloatArray {
    refuseTensorName(predictionTensorName)
    return soft(trained, arrayOf(inputData))[0]
  }

  /** Refused: activations of inner layers are not kept. */
  override fun predictAndGetActivations(
    inputData: FloatArray,
    predictionTensorName: String,
  ): Pair<Int, List<*>> = throw noActivations(name)

  override fun predictSoftlyAndGetActivations(
    inputData: FloatArray,
    predictionTensorName: String,
  ): Pair<FloatArray, List<*>> = throw noActivations(name)

  /**
   * Certifies the samples of [dataset] by interval bounds.
   *
   * @throws InputException when a sample lies outside the range of [set]
   */
  public fun certify(set: PerturbationSet, dataset: Dataset): Certification =
    certify(CertificationSpec(set, listOf(Ibp)), dataset)

  /** Runs the steps of [spec] on the samples of [dataset]. */
  public fun certify(spec: CertificationSpec, dataset: Dataset): Certification =
    trained.certify(spec, samples(dataset).within(spec.perturbation))

  /**
   * Writes `experiment.json` and `weights.npz` into [modelDirectory], which `Glacis.load` and
   * [loadWeights] read. KotlinDL's own formats are not written: [savingFormat] stays at its
   * default, and so does [saveOptimizerState]. Other files there stay.
   *
   * @throws InputException when there is another format asked for, or the files exist and
   *   [writingMode] is `FAIL_IF_EXISTS`
   */
  override fun save(
    modelDirectory: File,
    savingFormat: SavingFormat,
    saveOptimizerState: Boolean,
    writingMode: WritingMode,
  ) {
    refuseFormat(savingFormat, saveOptimizerState)
    ModelFolder(modelDirectory.toPath()).write(trained, writingMode)
  }

  /**
   * Takes the weights that [save] wrote, of a network of the same layers; `compile` comes first.
   *
   * @throws InputException when there are none, or they are of other shapes
   */
  override fun loadWeights(modelDirectory: File, loadOptimizerState: Boolean) {
    if (loadOptimizerState)
      throw InputException("loadWeights: no optimizer state is stored; leave it out")
    become(ModelFolder(modelDirectory.toPath()).read(experiment(1, 1).validated()))
  }

  /** Takes only the shape that the `Input` layer gave. */
  override fun reshape(vararg dims: Long) {
    if (!dims.contentEquals(inputDimensions))
      throw InputException(
        "reshape: the network takes ${inputDimensions.toList()}, not ${dims.toList()}; change its Input layer"
      )
  }

  /** An independent model of the same layers, with the weights when [copyWeights] says so. */
  override fun copy(
    copiedModelName: String?,
    saveOptimizerState: Boolean,
    copyWeights: Boolean,
  ): TensorFlowInferenceModel {
    refuseCopy(saveOptimizerState, copyWeights = true)
    val copy = GlacisSequential(layers)
    copy.name = copiedModelName ?: name
    copy.robustTraining = robustTraining
    copy.device = device
    compiled?.let { copy.compile(optimizer, it.objective.task, loss, it.objective.metrics) }
    if (copyWeights) network?.let { copy.become(Glacis.of(it.experiment(), it.weights())) }
    return copy
  }

  override fun summary(): ModelSummary = summaryOf(name ?: "kotlindl", layers, converted)

  override fun close() {
    network?.close()
    network = null
    tell("modelInitialized", false)
  }

  override fun toString(): String =
    "GlacisSequential \"$name\" of ${layers.joinToString { it::class.simpleName.orEmpty() }}"

  private fun become(next: TrainedModel) {
    network?.close()
    network = next
    tell("modelInitialized", true)
  }

  private fun compiled(): Compiled =
    compiled
      ?: throw InputException(
        "$name: it is not compiled; call compile(Adam(), Losses.SOFT_MAX_CROSS_ENTROPY_WITH_LOGITS, Metrics.ACCURACY) first"
      )

  private fun samples(dataset: Dataset): Samples =
    dataset.samplesOf(model, compiled().objective.task).within(robustTraining.perturbation)

  public companion object {
    /** Training samples for metrics that steps do not measure, as many as the runtime's monitor. */
    private const val MONITORED = 1_000

    /**
     * A model of [layers], the first of which is an `Input`.
     *
     * @throws InputException as [modelSpec]
     */
    @JvmStatic public fun of(vararg layers: Layer): GlacisSequential = of(layers.toList())

    /** @see of */
    @JvmStatic
    public fun of(layers: List<Layer>): GlacisSequential = GlacisSequential(layers.toList())
  }
}
