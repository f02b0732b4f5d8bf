package org.glacis.runtime.train

import java.io.File
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.ExperimentalPathApi
import kotlin.io.path.deleteRecursively
import kotlin.random.Random
import org.glacis.runtime.RunOptions
import org.glacis.runtime.data.Dataset
import org.glacis.runtime.data.Samples
import org.glacis.runtime.graph.Weights
import org.glacis.runtime.oracle.ONE_THREAD
import org.glacis.spec.Adam
import org.glacis.spec.Cosine
import org.glacis.spec.CrossEntropy
import org.glacis.spec.DataSpec
import org.glacis.spec.Dense
import org.glacis.spec.Dropout
import org.glacis.spec.Epsilon
import org.glacis.spec.Experiment
import org.glacis.spec.InMemory
import org.glacis.spec.Linear
import org.glacis.spec.Linf
import org.glacis.spec.LossSpec
import org.glacis.spec.ModelSpec
import org.glacis.spec.Relu
import org.glacis.spec.RobustCrossEntropy
import org.glacis.spec.Shape
import org.glacis.spec.Task
import org.glacis.spec.Term
import org.glacis.spec.TrainingSpec
import org.glacis.spec.WeightedSum

/** Three clouds of points in the unit cube of four dimensions. */
val TOY_DATA: Dataset = Dataset.of("toy", clouds(46, 1), clouds(30, 2)).withOutputs(3)

private fun clouds(count: Int, seed: Int): Samples {
  val random = Random(seed)
  val labels = IntArray(count) { it % 3 }
  val values =
    FloatArray(count * 4) {
      val centre = if (it % 4 == labels[it / 4]) 0.8 else 0.3
      (centre + 0.2 * random.nextDouble(-1.0, 1.0)).toFloat()
    }
  return Samples.table(Shape(4), values, labels)
}

/** Cross-entropy and robust cross-entropy. */
val BOTH: LossSpec =
  WeightedSum(listOf(Term(CrossEntropy), Term(RobustCrossEntropy(), Linear(2, 3, 0.5, 1.0))))

/** An experiment with everything that has a state or a schedule. */
fun toy(
  name: String = "toy",
  epochs: Int = 5,
  model: ModelSpec =
    ModelSpec(Shape(4), listOf(Dense(12), Relu, Dropout(0.2), Dense(8), Relu, Dense(3))),
  train: TrainingSpec =
    TrainingSpec(
      epochs,
      BOTH,
      epsilon = Linear(start = 2, length = 3),
      optimizer = Adam(0.02),
      learningRate = Cosine(epochs, 0.1),
      gradientClip = 1.0,
    ),
  batch: Int = 8,
  validation: Double = 0.0,
  watching: TrainingSpec.() -> TrainingSpec = { this },
  epsilon: Epsilon = Epsilon(0.05),
): Experiment =
  Experiment(
    name,
    DataSpec(InMemory("toy", Shape(4), 3, Task.CLASSIFICATION), batch, validation),
    Linf(epsilon),
    model,
    train.watching(),
    seed = 7,
  )

/** One thread, so that numbers are equal bit for bit. */
val TOY_OPTIONS: RunOptions = RunOptions.defaults().withDevice(ONE_THREAD).withDataset(TOY_DATA)

/** A folder for the time of [use]. */
@OptIn(ExperimentalPathApi::class)
fun <R> inFolder(use: (Path) -> R): R {
  val folder = Files.createTempDirectory("glacis-test")
  try {
    return use(folder)
  } finally {
    folder.deleteRecursively()
  }
}

/** The numbers of all arrays, to be compared bit by bit. */
fun Weights.bits(): Map<String, List<Int>> =
  entries().mapValues { (_, entry) -> entry.values.map(Float::toRawBits) }

/** `metrics.csv` without the seconds. */
fun metricsOf(run: Path): List<List<String>> {
  val rows = Files.readAllLines(run.resolve("metrics.csv")).map { it.split(",") }
  val seconds = rows[0].indexOf("seconds")
  return rows.map { row -> row.filterIndexed { i, _ -> i != seconds } }
}

/** What files hold, by name. */
fun contents(folder: Path): Map<String, List<Byte>> =
  Files.walk(folder).use { files ->
    files.filter(Files::isRegularFile).toList().associate {
      folder.relativize(it).toString().replace(File.separatorChar, '/') to
        Files.readAllBytes(it).toList()
    }
  }

/** Asks for an interruption after so many steps of this process. */
class StopAfter(private val steps: Int, private val interruption: Interruption) : TrainingListener {
  private var done = 0

  override fun stepDone(epoch: Int, step: Int, metrics: StepMetrics) {
    if (++done == steps) interruption.request()
  }
}

/** Keeps what it hears. */
class Recorder : TrainingListener {
  val firstEpochs = mutableListOf<Int>()
  val losses = mutableListOf<Float>()
  val metrics = mutableListOf<Map<String, Float>>()
  val sizes = mutableListOf<Int>()
  val epochs = mutableListOf<EpochRecord>()
  var interrupted: Boolean? = null

  override fun started(firstEpoch: Int, epochs: Int, stepsPerEpoch: Int) {
    firstEpochs += firstEpoch
  }

  override fun stepDone(epoch: Int, step: Int, metrics: StepMetrics) {
    losses += metrics.loss()
    sizes += metrics.samples
    this.metrics += metrics.names.zip(metrics.values.toList()).toMap()
  }

  override fun epochDone(record: EpochRecord) {
    epochs += record
  }

  override fun finished(interrupted: Boolean) {
    this.interrupted = interrupted
  }
}

/** What an epoch measured, without the seconds. */
fun EpochRecord.figures(): Map<String, Double> = values.filterKeys { it != "seconds" }
