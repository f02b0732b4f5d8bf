package org.glacis.runtime

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import kotlin.math.abs
import kotlin.math.sqrt
import org.glacis.dsl.digits
import org.glacis.dsl.experiment
import org.glacis.dsl.l2
import org.glacis.dsl.multiclassHkr
import org.glacis.dsl.sgd
import org.glacis.runtime.data.DataCatalogue
import org.glacis.runtime.data.DataLocations
import org.glacis.runtime.graph.Weights
import org.glacis.runtime.graph.WeightsFile
import org.glacis.runtime.oracle.ONE_THREAD
import org.glacis.runtime.train.Interruption
import org.glacis.runtime.train.StopAfter
import org.glacis.runtime.train.TrainingProgram
import org.glacis.runtime.train.bits
import org.glacis.runtime.train.inFolder
import org.glacis.spec.Bjorck
import org.glacis.spec.Cholesky
import org.glacis.spec.Condensing
import org.glacis.spec.Experiment
import org.glacis.spec.MatrixExponential
import org.glacis.spec.Orthogonalization
import org.glacis.spec.Qr

private const val BATCH = 50

/** Every kind of constrained matrix, factors of its layer and a share of a constant. */
private fun lipschitz(condensing: Condensing, how: Orthogonalization = Bjorck()): Experiment =
  experiment("condensed") {
    data(digits) {
      batch = BATCH
      validation = 0.0
      limitTrain = 3 * BATCH
    }
    perturbation = l2(0.1)
    model {
      lipschitz = 3.0
      input(8, 8, 1)
      spectralConv2d(4, kernel = 3, orthogonalization = how)
      maxMin()
      frobeniusConv2d(4, kernel = 2, stride = 2)
      flatten()
      spectralDense(24, orthogonalization = how)
      maxMin()
      spectralDense(16, orthogonalization = Qr)
      maxMin()
      spectralDense(16, orthogonalization = Cholesky)
      maxMin()
      spectralDense(16, orthogonalization = MatrixExponential())
      frobeniusDense(10)
    }
    train(epochs = 2) {
      loss = multiclassHkr(10.0, 0.5)
      optimizer = sgd(0.02)
      condense = condensing
    }
  }

private val SAMPLES = DataCatalogue.get("digits").load(DataLocations.system(null)).train()

/** The free weights after so many steps. */
private fun trained(experiment: Experiment, steps: Int): Weights =
  TrainingProgram(experiment, SAMPLES.range(0, 3 * BATCH), ONE_THREAD, 0).use { program ->
    program.initialize()
    repeat(steps) { program.step(it.toLong(), IntArray(BATCH) { i -> it % 3 * BATCH + i }) }
    program.weights()
  }

/** A kernel as a matrix whose columns are the last axis, by columns. */
private fun columns(weights: Weights, path: String): List<DoubleArray> {
  val entry = weights.get(path)
  val units = entry.shape.last()
  return List(units) { u ->
    DoubleArray(entry.values.size / units) { entry.values[it * units + u].toDouble() }
  }
}

private fun product(a: DoubleArray, b: DoubleArray) = a.indices.sumOf { a[it] * b[it] }

/** The largest difference of `W^T W` (or `W W^T`, which is smaller) from the identity. */
private fun unevenness(columns: List<DoubleArray>): Double {
  val set =
    if (columns.size <= columns[0].size) columns
    else columns[0].indices.map { i -> DoubleArray(columns.size) { columns[it][i] } }
  return set.indices.maxOf { i ->
    set.indices.maxOf { j -> abs(product(set[i], set[j]) - if (i == j) 1.0 else 0.0) }
  }
}

/** Power iteration and Björck's steps with `beta = 0.5`, as the layer has them. */
private fun bjorck(w: List<DoubleArray>, vector: DoubleArray, iterations: Int): List<DoubleArray> {
  fun unit(x: DoubleArray) =
    sqrt(product(x, x)).let { size -> DoubleArray(x.size) { x[it] / size } }
  fun image(u: DoubleArray) = DoubleArray(w[0].size) { i -> w.indices.sumOf { u[it] * w[it][i] } }
  var u = unit(vector)
  repeat(3) { u = image(u).let { v -> unit(DoubleArray(w.size) { product(v, w[it]) }) } }
  val largest = image(u).let { sqrt(product(it, it)) }
  var at = w.map { column -> DoubleArray(column.size) { column[it] / (largest + 1e-3) } }
  repeat(iterations) {
    at =
      at.map { column ->
        val along = at.map { product(it, column) }
        DoubleArray(column.size) { i ->
          1.5 * column[i] - 0.5 * at.indices.sumOf { at[it][i] * along[it] }
        }
      }
  }
  return at
}

/** The orthonormal set of Gram and Schmidt: the factor of QR with a positive diagonal. */
private fun orthonormal(columns: List<DoubleArray>): List<DoubleArray> {
  val set = mutableListOf<DoubleArray>()
  for (column in columns) {
    val rest = column.copyOf()
    for (one in set) {
      val along = product(rest, one)
      for (i in rest.indices) rest[i] -= along * one[i]
    }
    val size = sqrt(product(rest, rest))
    set += DoubleArray(rest.size) { rest[it] / size }
  }
  return set
}

private fun difference(a: List<DoubleArray>, b: List<DoubleArray>): Double =
  a.indices.maxOf { i -> a[i].indices.maxOf { abs(a[i][it] - b[i][it]) } }

class CondensingTest :
  FunSpec({
    test("after an epoch, free kernels are the constrained ones, without any factor") {
      val free = trained(lipschitz(Condensing.NEVER), 3)
      val condensed = trained(lipschitz(Condensing.EVERY_EPOCH), 3)
      for (layer in listOf(0, 4)) {
        val vector = free.get("layers/$layer/powerVector").values.map(Float::toDouble)
        val expected =
          bjorck(columns(free, "layers/$layer/kernel"), vector.toDoubleArray(), iterations = 15)
        difference(columns(condensed, "layers/$layer/kernel"), expected) shouldBeLessThan 1e-5
      }
      val whole = columns(free, "layers/2/kernel")
      val length = sqrt(whole.sumOf { product(it, it) })
      difference(
        columns(condensed, "layers/2/kernel"),
        whole.map { column -> DoubleArray(column.size) { column[it] / length } },
      ) shouldBeLessThan 1e-6
      difference(
        columns(condensed, "layers/11/kernel"),
        columns(free, "layers/11/kernel").map { column ->
          DoubleArray(column.size) { column[it] / sqrt(product(column, column)) }
        },
      ) shouldBeLessThan 1e-6
      difference(
        columns(condensed, "layers/6/kernel"),
        orthonormal(columns(free, "layers/6/kernel")),
      ) shouldBeLessThan 1e-5
      unevenness(columns(free, "layers/8/kernel")) shouldBeGreaterThan 1e-3
      unevenness(columns(condensed, "layers/8/kernel")) shouldBeLessThan 1e-4
      // The exponential of an orthogonal matrix is another one.
      condensed.get("layers/10/kernel").values.toList() shouldContainExactly
        free.get("layers/10/kernel").values.toList()
    }

    test("the network after condensing is the network before") {
      fun frozen(condensing: Condensing) =
        lipschitz(condensing).let { Freezing.plain(it.model, trained(it, 3)) }
      val before = frozen(Condensing.NEVER)
      val condensed = frozen(Condensing.EVERY_EPOCH)
      for (path in before.paths()) withClue(path) {
        val (a, b) = before.get(path).values to condensed.get(path).values
        a.indices.maxOf { abs(a[it] - b[it]) }.toDouble() shouldBeLessThan 1e-4
      }
    }

    test("nothing is condensed before the epoch ends") {
      trained(lipschitz(Condensing.EVERY_EPOCH), 2).bits() shouldBe
        trained(lipschitz(Condensing.NEVER), 2).bits()
    }

    test("condensed at every step, three iterations keep kernels orthogonal") {
      val few = Bjorck(iterations = 3)
      val paths = listOf("layers/0/kernel", "layers/4/kernel")
      val kept = trained(lipschitz(Condensing.EVERY_STEP, few), 6)
      val moved = trained(lipschitz(Condensing.NEVER, few), 6)
      for (path in paths) withClue(path) {
        unevenness(columns(kept, path)) shouldBeLessThan 5e-3
        unevenness(columns(moved, path)) shouldBeGreaterThan unevenness(columns(kept, path))
      }
    }

    test("interrupted and resumed, a run that condenses ends as if nothing had happened") {
      for (condensing in listOf(Condensing.EVERY_EPOCH, Condensing.EVERY_STEP)) inFolder { folder ->
        val declared = lipschitz(condensing)
        fun run(name: String, options: RunOptions.() -> RunOptions) =
          Glacis.run(
            declared,
            RunOptions.defaults().withDevice(ONE_THREAD).withOut(folder.resolve(name)).options(),
          )
        fun state(name: String) = WeightsFile.read(folder.resolve("$name/weights.npz")).bits()
        run("whole") { this }.finished() shouldBe true
        for (steps in listOf(2, 3)) {
          val interruption = Interruption()
          run("cut$steps") {
              withInterruption(interruption).withListener(StopAfter(steps, interruption))
            }
            .finished() shouldBe false
          run("cut$steps") { withResume(true) }.finished() shouldBe true
          state("cut$steps") shouldBe state("whole")
        }
      }
    }

    test("few iterations that nothing makes up for are told in summary.json") {
      val few = Bjorck(iterations = 7)
      inFolder { folder ->
        fun warnings(experiment: Experiment, name: String): Any? =
          Glacis.run(
              experiment.withEpochs(1),
              RunOptions.defaults().withDevice(ONE_THREAD).withOut(folder.resolve(name)),
            )
            .summary()["warnings"]
        warnings(lipschitz(Condensing.NEVER, few), "few") shouldBe
          listOf(0, 4).map {
            "model.layers[$it].orthogonalization.iterations  is 7, which leaves small singular " +
              "values below 1 as kernels move away from orthogonal ones; give 15 or more, or set " +
              "train.condense to everyEpoch"
          }
        warnings(lipschitz(Condensing.EVERY_EPOCH, few), "condensed") shouldBe null
      }
    }
  })
