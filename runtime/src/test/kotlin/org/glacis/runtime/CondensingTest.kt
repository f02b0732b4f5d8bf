package org.glacis.runtime

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import kotlin.math.abs
import org.glacis.dsl.digits
import org.glacis.dsl.experiment
import org.glacis.dsl.l2
import org.glacis.dsl.multiclassHkr
import org.glacis.dsl.sgd
import org.glacis.runtime.data.DataCatalogue
import org.glacis.runtime.data.DataLocations
import org.glacis.runtime.graph.Weights
import org.glacis.runtime.graph.WeightsFile
import org.glacis.runtime.oracle.Matrix
import org.glacis.runtime.oracle.ONE_THREAD
import org.glacis.runtime.oracle.orthogonal
import org.glacis.runtime.train.Interruption
import org.glacis.runtime.train.StopAfter
import org.glacis.runtime.train.TrainingProgram
import org.glacis.runtime.train.bits
import org.glacis.runtime.train.inFolder
import org.glacis.spec.Bjorck
import org.glacis.spec.Cholesky
import org.glacis.spec.Condensing
import org.glacis.spec.Experiment
import org.glacis.spec.Flatten
import org.glacis.spec.FrobeniusDense
import org.glacis.spec.MatrixExponential
import org.glacis.spec.MaxMin
import org.glacis.spec.Orthogonalization
import org.glacis.spec.Qr
import org.glacis.spec.SpectralDense

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

/** Two layers, the first with a few iterations. */
private fun quick(condensing: Condensing): Experiment =
  lipschitz(condensing).let {
    it.copy(
      data = it.data.copy(limitTest = 10),
      model =
        it.model.copy(
          layers =
            listOf(
              Flatten,
              SpectralDense(12, orthogonalization = Bjorck(iterations = 7)),
              MaxMin,
              FrobeniusDense(10),
            )
        ),
    )
  }

/** The free weights after so many steps. */
private fun trained(experiment: Experiment, steps: Int): Weights =
  TrainingProgram(experiment, SAMPLES.range(0, 3 * BATCH), ONE_THREAD, 0).use { program ->
    program.initialize()
    repeat(steps) { program.step(it.toLong(), IntArray(BATCH) { i -> it % 3 * BATCH + i }) }
    program.weights()
  }

/** A kernel as a matrix whose columns are the last axis. */
private fun Weights.matrix(path: String): Matrix =
  get(path).let { entry ->
    val values = entry.values.map(Float::toDouble).toDoubleArray()
    Matrix(values.size / entry.shape.last(), entry.shape.last(), values)
  }

/** The largest difference of the Gram matrix of the smaller side from the identity. */
private fun unevenness(matrix: Matrix): Double {
  val narrow = if (matrix.rows >= matrix.columns) matrix else matrix.transposed()
  val gram = narrow.transposed() * narrow
  return gram.values.indices.maxOf {
    abs(gram.values[it] - if (it % (gram.columns + 1) == 0) 1.0 else 0.0)
  }
}

/** The orthonormal set of Gram and Schmidt: the factor of QR with a positive diagonal. */
private fun orthonormal(matrix: Matrix): Matrix {
  val set = mutableListOf<Matrix>()
  for (j in 0 until matrix.columns) {
    val column = Matrix.of(matrix.rows, 1) { i, _ -> matrix[i, j] }
    set +=
      set
        .fold(column) { rest, one ->
          val along = (one.transposed() * rest)[0, 0]
          Matrix.of(matrix.rows, 1) { i, _ -> rest[i, 0] - along * one[i, 0] }
        }
        .unit()
  }
  return Matrix.of(matrix.rows, matrix.columns) { i, j -> set[j][i, 0] }
}

private fun difference(a: Matrix, b: Matrix): Double =
  a.values.indices.maxOf { abs(a.values[it] - b.values[it]) }

class CondensingTest :
  FunSpec({
    test("after an epoch, free kernels are the constrained ones, without any factor") {
      val free = trained(lipschitz(Condensing.NEVER), 3)
      val condensed = trained(lipschitz(Condensing.EVERY_EPOCH), 3)
      for (layer in listOf(0, 4)) {
        val vector = free.matrix("layers/$layer/powerVector")
        val expected = orthogonal(Bjorck(), free.matrix("layers/$layer/kernel"), vector)
        difference(condensed.matrix("layers/$layer/kernel"), expected) shouldBeLessThan 1e-5
      }
      difference(
        condensed.matrix("layers/2/kernel"),
        free.matrix("layers/2/kernel").unit(),
      ) shouldBeLessThan 1e-6
      val disjoint = free.matrix("layers/11/kernel")
      val lengths =
        List(10) { j -> Matrix.of(disjoint.rows, 1) { i, _ -> disjoint[i, j] }.length() }
      difference(
        condensed.matrix("layers/11/kernel"),
        Matrix.of(disjoint.rows, 10) { i, j -> disjoint[i, j] / lengths[j] },
      ) shouldBeLessThan 1e-6
      difference(
        condensed.matrix("layers/6/kernel"),
        orthonormal(free.matrix("layers/6/kernel")),
      ) shouldBeLessThan 1e-5
      unevenness(free.matrix("layers/8/kernel")) shouldBeGreaterThan 1e-3
      unevenness(condensed.matrix("layers/8/kernel")) shouldBeLessThan 1e-4
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
        unevenness(kept.matrix(path)) shouldBeLessThan 5e-3
        unevenness(moved.matrix(path)) shouldBeGreaterThan unevenness(kept.matrix(path))
      }
    }

    test("interrupted and resumed, a run that condenses ends as if nothing had happened") {
      for (condensing in listOf(Condensing.EVERY_EPOCH, Condensing.EVERY_STEP)) inFolder { folder ->
        val declared = quick(condensing)
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
      inFolder { folder ->
        fun warnings(condensing: Condensing): Any? =
          Glacis.run(
              quick(condensing).withEpochs(1),
              RunOptions.defaults().withDevice(ONE_THREAD).withOut(folder.resolve("$condensing")),
            )
            .summary()["warnings"]
        warnings(Condensing.NEVER) shouldBe
          listOf(
            "model.layers[1].orthogonalization.iterations  is 7, which leaves small singular " +
              "values below 1 as kernels move away from orthogonal ones; give 15 or more, or set " +
              "train.condense to everyEpoch"
          )
        warnings(Condensing.EVERY_EPOCH) shouldBe null
      }
    }
  })
