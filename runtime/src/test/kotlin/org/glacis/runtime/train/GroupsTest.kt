package org.glacis.runtime.train

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.doubles.shouldBeLessThanOrEqual
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import kotlin.math.abs
import kotlin.random.Random
import org.glacis.runtime.graph.Element
import org.glacis.runtime.graph.Weights
import org.glacis.runtime.lower.Lowerer
import org.glacis.runtime.oracle.Interpreter
import org.glacis.runtime.oracle.Matrix
import org.glacis.runtime.oracle.ONE_THREAD
import org.glacis.runtime.oracle.evaluateOne
import org.glacis.runtime.oracle.weights
import org.glacis.runtime.program.ForwardPass
import org.glacis.spec.Bjorck
import org.glacis.spec.Condensing
import org.glacis.spec.Constant
import org.glacis.spec.Conv2d
import org.glacis.spec.CrossEntropy
import org.glacis.spec.Dense
import org.glacis.spec.Flatten
import org.glacis.spec.MaxMin
import org.glacis.spec.ModelSpec
import org.glacis.spec.OrthogonalityRegularizer
import org.glacis.spec.Padding
import org.glacis.spec.Reshape
import org.glacis.spec.Sgd
import org.glacis.spec.Shape
import org.glacis.spec.SpectralConv2d
import org.glacis.spec.SpectralNorm
import org.glacis.spec.TrainingSpec

/** Convolutions in groups: their gradients, and what training does to their kernels. */
class GroupsTest :
  FunSpec({
    test("gradients for the kernel and the input are those of the plain interpreter") {
      val input = Shape(4, 5, 4)
      for (padding in listOf(Padding.Same, Padding.Valid, Padding.Circular)) {
        val layer = Conv2d(6, 3, if (padding == Padding.Circular) 1 else 2, padding, groups = 2)
        val model = ModelSpec(input, listOf(layer, Flatten))
        val drawn = Random(5).weights(model)
        val random = Random(6)
        val x = DoubleArray(input.size) { random.nextDouble(-1.0, 1.0) }
        val rows = DoubleArray(model.output.size) { random.nextDouble(-1.0, 1.0) }

        /** The outputs times [rows], summed up, with other numbers in the kernel or the input. */
        fun value(kernel: FloatArray, x: DoubleArray): Double {
          val entries = LinkedHashMap(drawn.entries())
          entries["layers/0/kernel"] = Weights.Entry(drawn["layers/0/kernel"].shape, kernel)
          return Interpreter(model, Weights(entries)).forward(x).let { y ->
            y.indices.sumOf { rows[it] * y[it] }
          }
        }
        val kernel = drawn["layers/0/kernel"].values
        for (ofKernel in listOf(true, false)) {
          val found = evaluateOne { tf ->
            val operands =
              drawn.entries().mapValues { (_, entry) ->
                val extents = entry.shape.map(Int::toLong).toLongArray()
                val values = entry.values.map(Float::toDouble).toDoubleArray()
                Element.FLOAT64.constant(tf, values, *extents)
              }
            val given = Element.FLOAT64.constant(tf, x, 1, 4, 5, 4)
            val program =
              Lowerer.lower(tf, Element.FLOAT64, model, { operands.getValue(it.path) }, null)
            val y = ForwardPass.output(tf, "forward", program, given)
            val weighed = tf.math.mul(y, Element.FLOAT64.constant(tf, rows, 1, rows.size.toLong()))
            val sum = tf.reduceSum(weighed, tf.constant(intArrayOf(0, 1)))
            val by = if (ofKernel) operands.getValue("layers/0/kernel") else given
            org.tensorflow.op.core.Gradients.create(tf.scope(), listOf(sum), listOf(by)).dy(0)
          }
          // The sum is linear in each number: a difference is exact but for rounding.
          for (i in found.indices) {
            val moved =
              if (ofKernel) value(kernel.clone().also { it[i] += 0.5f }, x)
              else value(kernel, x.clone().also { it[i] += 0.5 })
            withClue("$layer, kernel $ofKernel, $i") {
              found[i] shouldBe (2 * (moved - value(kernel, x)) plusOrMinus 1e-5)
            }
          }
        }
      }
    }

    val model =
      ModelSpec(
        Shape(4),
        listOf(
          Reshape(Shape(1, 1, 4)),
          Conv2d(8, 1, groups = 2),
          MaxMin,
          SpectralConv2d(8, 1, orthogonalization = Bjorck(15), groups = 4),
          Flatten,
          Dense(3),
        ),
      )

    fun trained(steps: Int, change: TrainingSpec.() -> TrainingSpec) =
      TrainingSpec(30, CrossEntropy, optimizer = Sgd(0.5)).change().let { train ->
        TrainingProgram(
            toy(model = model, train = train, batch = 23),
            TOY_DATA.train(),
            ONE_THREAD,
            0,
          )
          .use { program ->
            program.initialize()
            val before = program.weights()
            val losses =
              List(steps) { step ->
                val measured = program.step(step.toLong(), IntArray(23) { step % 2 * 23 + it })
                measured.names.zip(measured.values.toList()).toMap()
              }
            Learned(before, program.weights(), losses, program.singularValues())
          }
      }

    test("training moves every weight of every group, and condensed kernels stay orthogonal") {
      val found = trained(4) { copy(condense = Condensing.EVERY_STEP) }
      for (path in listOf("layers/1/kernel", "layers/3/kernel")) {
        val (before, after) = found.before[path].values to found.after[path].values
        before.indices.count { before[it] != after[it] } shouldBeGreaterThan before.size - 2
      }
      found.after["layers/1/kernel"].shape shouldBe intArrayOf(1, 1, 2, 8)
      found.after["layers/3/kernel"].shape shouldBe intArrayOf(1, 1, 2, 8)
      for (end in listOf("largest", "smallest")) {
        found.singularValues.getValue("layers/3/kernel/$end") shouldBe (1.0 plusOrMinus 1e-4)
      }
      for (group in 0 until 4) {
        val w = found.after.group("layers/3/kernel", group, 4)
        val gram = w.transposed() * w
        for (i in 0 until 2) for (j in 0 until 2) {
          gram[i, j] shouldBe ((if (i == j) 1.0 else 0.0) plusOrMinus 1e-4)
        }
      }
    }

    test("a constraint and a regulariser see each group by itself") {
      val held = trained(3) { copy(constraint = SpectralNorm(0.5)) }
      val norms = List(2) { norm(held.after.group("layers/1/kernel", it, 2)) }
      norms.max() shouldBeLessThanOrEqual 0.5 * (1 + 1e-5)
      norms.max() shouldBeGreaterThan 0.49
      val drawn =
        trained(200) {
          val orthogonality = OrthogonalityRegularizer(convolutions = Constant(1.0))
          copy(epochs = 150, optimizer = Sgd(0.02), orthogonality = orthogonality)
        }
      // Four filters of two channels: the rows of each group become orthonormal.
      val lorth = drawn.metrics.map { it.getValue("lorth").toDouble() }
      val expected =
        List(2) { distance(drawn.before.group("layers/1/kernel", it, 2).transposed()) }.sum()
      lorth.first() shouldBe (expected plusOrMinus 1e-4 * expected)
      lorth.last() shouldBeLessThan 0.1 * lorth.first()
    }
  })

private class Learned(
  val before: Weights,
  val after: Weights,
  val metrics: List<Map<String, Float>>,
  val singularValues: Map<String, Double>,
)

/** The matrix of one group of a kernel whose windows have one pixel. */
private fun Weights.group(path: String, group: Int, groups: Int): Matrix {
  val entry = get(path)
  val (inside, filters) = entry.shape[2] to entry.shape[3]
  val each = filters / groups
  return Matrix.of(inside, each) { i, j -> entry.values[i * filters + group * each + j].toDouble() }
}

private fun norm(w: Matrix): Double {
  var x = Matrix.of(1, w.rows) { _, j -> 1.0 + 0.1 * j }.unit()
  repeat(3000) { x = (x * w * w.transposed()).unit() }
  return (x * w).length()
}

/** `|W^T W - I|^2`. */
private fun distance(w: Matrix): Double {
  val gram = w.transposed() * w
  return gram.values.indices.sumOf { i ->
    abs(gram.values[i] - if (i % (gram.columns + 1) == 0) 1.0 else 0.0).let { it * it }
  }
}
