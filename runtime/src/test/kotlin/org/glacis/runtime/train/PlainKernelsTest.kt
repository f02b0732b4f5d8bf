package org.glacis.runtime.train

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.doubles.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.nio.file.Files
import kotlin.math.abs
import kotlin.math.sqrt
import org.glacis.runtime.Glacis
import org.glacis.runtime.graph.Weights
import org.glacis.runtime.oracle.Matrix
import org.glacis.runtime.oracle.ONE_THREAD
import org.glacis.spec.AutoWeightClip
import org.glacis.spec.Constant
import org.glacis.spec.Conv2d
import org.glacis.spec.CrossEntropy
import org.glacis.spec.Dense
import org.glacis.spec.Experiment
import org.glacis.spec.Flatten
import org.glacis.spec.FrobeniusDense
import org.glacis.spec.FrobeniusNorm
import org.glacis.spec.InitializationSpec
import org.glacis.spec.Initializer
import org.glacis.spec.Linear
import org.glacis.spec.MaxMin
import org.glacis.spec.ModelSpec
import org.glacis.spec.OrthogonalityRegularizer
import org.glacis.spec.Reshape
import org.glacis.spec.Residual
import org.glacis.spec.Sgd
import org.glacis.spec.Shape
import org.glacis.spec.SpectralDense
import org.glacis.spec.SpectralNorm
import org.glacis.spec.TrainingSpec

/** Plain layers, one inside of a block, and constrained ones. */
private val MODEL =
  ModelSpec(
    Shape(4),
    listOf(Reshape(Shape(2, 2, 1)), Conv2d(4, 2), Residual(listOf(Conv2d(4, 3))), Flatten) +
      listOf(SpectralDense(8), MaxMin, Dense(6), FrobeniusDense(3, disjointNeurons = false)),
  )

private val PLAIN = listOf("layers/1/kernel", "layers/2/layers/0/kernel", "layers/6/kernel")

private fun experiment(change: TrainingSpec.() -> TrainingSpec): Experiment =
  toy(
    model = MODEL,
    train = TrainingSpec(3, CrossEntropy, optimizer = Sgd(0.5)).change(),
    batch = 23,
  )

private fun Weights.matrix(path: String): Matrix =
  get(path).let { entry ->
    val values = entry.values.map(Float::toDouble).toDoubleArray()
    Matrix(values.size / entry.shape.last(), entry.shape.last(), values)
  }

private fun distance(w: Matrix): Double {
  val narrow = if (w.rows >= w.columns) w else w.transposed()
  val gram = narrow.transposed() * narrow
  return gram.values.indices.sumOf { i ->
    val off = gram.values[i] - if (i % (gram.columns + 1) == 0) 1.0 else 0.0
    off * off
  }
}

private fun norm(w: Matrix): Double {
  var x = Matrix.of(1, w.rows) { _, j -> 1.0 + 0.1 * j }.unit()
  repeat(3000) { x = (x * w * w.transposed()).unit() }
  return (x * w).length()
}

/** What each step measured, and the weights before and after all. */
private class Steps(
  val before: Weights,
  val metrics: List<Map<String, Float>>,
  val after: Weights,
  val singularValues: Map<String, Double>,
)

private fun steps(experiment: Experiment, count: Int): Steps =
  TrainingProgram(experiment, TOY_DATA.train(), ONE_THREAD, 0).use { program ->
    program.initialize()
    val before = program.weights()
    val metrics =
      List(count) { step ->
        val measured = program.step(step.toLong(), IntArray(23) { step % 2 * 23 + it })
        measured.names.zip(measured.values.toList()).toMap()
      }
    Steps(before, metrics, program.weights(), program.singularValues())
  }

class PlainKernelsTest :
  FunSpec({
    test("the loss has the distances from orthogonal kernels, times their scheduled weights") {
      val declared = experiment {
        copy(orthogonality = OrthogonalityRegularizer(Linear(1, 2, 0.25, 0.75), Constant(0.5)))
      }
      val plain = steps(experiment { this }, 1)
      val found = steps(declared, 3)
      val weight = Linear(1, 2, 0.25, 0.75)
      val dense = found.metrics.map { it.getValue("denseOrthogonality").toDouble() }
      val expected = weight.value(0, 2) * distance(found.before.matrix("layers/6/kernel"))
      dense[0] shouldBe (expected plusOrMinus 1e-5 * expected)
      val first = found.metrics[0]
      val lorth = first.getValue("lorth").toDouble()
      lorth shouldBeGreaterThan 0.0
      first.getValue("loss").toDouble() shouldBe
        (plain.metrics[0].getValue("loss") + dense[0] + lorth plusOrMinus 1e-5)
      // The schedule moves on, the gradient moves the kernel.
      val last = steps(declared, 2)
      val then = weight.value(2, 2) * distance(last.after.matrix("layers/6/kernel"))
      dense[2] shouldBe (then plusOrMinus 1e-5 * then)
    }

    test("a large weight makes plain kernels orthogonal, and leaves constrained ones to the loss") {
      val found =
        steps(
          experiment {
            copy(
              epochs = 100,
              optimizer = Sgd(0.02),
              orthogonality = OrthogonalityRegularizer(Constant(1.0), Constant(1.0)),
            )
          },
          150,
        )
      distance(found.before.matrix("layers/6/kernel")) shouldBeGreaterThan 1.0
      distance(found.after.matrix("layers/6/kernel")) shouldBeLessThan 1e-2
      found.metrics.last().getValue("lorth").toDouble() shouldBeLessThan
        0.2 * found.metrics.first().getValue("lorth")
    }

    test("after each step every plain kernel is within its constraint, and no other is touched") {
      val overlaps = listOf(2.0, 3.0, 1.0)
      for (constraint in listOf(SpectralNorm(0.5), FrobeniusNorm(0.5), AutoWeightClip(2.0))) {
        val free = steps(experiment { this }, 1)
        val held = steps(experiment { copy(constraint = constraint) }, 1)
        withClue(constraint) {
          for ((path, overlap) in PLAIN.zip(overlaps)) {
            val kernel = held.after.matrix(path)
            when (constraint) {
              is SpectralNorm -> overlap * norm(kernel) shouldBeLessThanOrEqual 0.5 * (1 + 1e-5)
              is FrobeniusNorm -> overlap * kernel.length() shouldBe (0.5 plusOrMinus 1e-5)
              else ->
                kernel.values.maxOf { abs(it) } shouldBeLessThanOrEqual
                  1 / (2 * sqrt(kernel.values.size.toDouble())) * (1 + 1e-6)
            }
          }
          (held.after.bits() - PLAIN.toSet()) shouldBe (free.after.bits() - PLAIN.toSet())
        }
      }
    }

    test("a spectral start holds the norm of each plain layer at 1") {
      val begun =
        steps(experiment { copy(initialization = InitializationSpec(Initializer.SPECTRAL)) }, 0)
      for ((path, overlap) in PLAIN.zip(listOf(2.0, 3.0, 1.0))) {
        overlap * norm(begun.before.matrix(path)) shouldBe (1.0 plusOrMinus 1e-5)
      }
      val orthogonal =
        steps(experiment { copy(initialization = InitializationSpec(Initializer.ORTHOGONAL)) }, 0)
      for (path in PLAIN) norm(orthogonal.before.matrix(path)) shouldBe (1.0 plusOrMinus 1e-5)
    }

    test("singular values are those of the kernels that constrained layers compute") {
      val found = steps(experiment { this }, 2)
      found.singularValues.keys shouldBe
        setOf(4, 7)
          .flatMap { listOf("largest", "smallest").map { end -> "layers/$it/kernel/$end" } }
          .toSet()
      // Björck's iteration began near an orthogonal matrix.
      for (end in listOf("largest", "smallest")) {
        found.singularValues.getValue("layers/4/kernel/$end") shouldBe (1.0 plusOrMinus 1e-4)
      }
      val unit = found.after.matrix("layers/7/kernel").unit()
      val largest = norm(unit)
      found.singularValues.getValue("layers/7/kernel/largest") shouldBe (largest plusOrMinus 1e-6)
      // Of s I - W^T W, s the largest square, the largest eigenvalue tells the smallest one.
      val gram = unit.transposed() * unit
      val rest = Matrix.of(3, 3) { i, j -> (if (i == j) largest * largest else 0.0) - gram[i, j] }
      found.singularValues.getValue("layers/7/kernel/smallest") shouldBe
        (sqrt(largest * largest - norm(rest)) plusOrMinus 1e-6)
    }

    test("TensorBoard has the singular values of each epoch") {
      inFolder { folder ->
        Glacis.run(experiment { copy(epochs = 2) }, TOY_OPTIONS.withOut(folder.resolve("run")))
        val events =
          Files.list(folder.resolve("run")).use { files ->
            files.filter { it.fileName.toString().startsWith("events.out") }.toList().single()
          }
        val text = String(Files.readAllBytes(events), Charsets.ISO_8859_1)
        for (tag in listOf("4/kernel/largest", "7/kernel/smallest")) {
          text shouldContain "singularValues/layers/$tag"
          text.split("singularValues/layers/$tag").size shouldBe 3
        }
      }
    }
  })
