package org.glacis.runtime.loss

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import kotlin.math.abs
import kotlin.math.max
import kotlin.random.Random
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.glacis.runtime.graph.Element
import org.glacis.runtime.oracle.Matrix
import org.glacis.runtime.oracle.evaluate
import org.glacis.runtime.oracle.goldenTests
import org.glacis.runtime.oracle.numbers
import org.glacis.spec.Conv1d
import org.glacis.spec.Conv2d
import org.glacis.spec.Conv2dTranspose
import org.glacis.spec.InputException
import org.glacis.spec.KernelLayerSpec

/** A kernel of high × wide × channels × filters. */
private class Kernel(val shape: List<Int>, val values: DoubleArray) {
  operator fun get(y: Int, x: Int, c: Int, m: Int): Double =
    if (y !in 0 until shape[0] || x !in 0 until shape[1]) 0.0
    else values[((y * shape[1] + x) * shape[2] + c) * shape[3] + m]

  /** The definition: products of all pairs of filters at all offsets that the stride reaches. */
  fun lorth(stride: Int, axes: Int): Double {
    val (high, wide, channels, filters) = shape
    val up = (high - 1) / stride
    val along = (wide - 1) / stride
    var sum = 0.0
    for (a in 0 until filters) for (b in 0 until filters) for (dy in -up..up) for (dx in
      -along..along) {
      var product = if (a == b && dy == 0 && dx == 0) -1.0 else 0.0
      for (y in 0 until high) for (x in 0 until wide) for (c in 0 until channels) {
        product += this[y, x, c, a] * this[y + dy * stride, x + dx * stride, c, b]
      }
      sum += product * product
    }
    val places = if (axes == 1) stride else stride * stride
    return sum - max(0, filters - places * channels)
  }
}

private fun random(vararg shape: Int, seed: Int = 1): Kernel =
  Random(seed).let { random ->
    Kernel(shape.toList(), DoubleArray(shape.reduce(Int::times)) { random.nextDouble(-1.0, 1.0) })
  }

/** Value and gradient in a graph. */
private fun lorth(layer: KernelLayerSpec, kernel: Kernel): Pair<Double, DoubleArray> {
  val extents = kernel.shape.filterIndexed { axis, _ -> layer !is Conv1d || axis != 1 }
  val (value, slope) =
    evaluate { tf ->
      val given =
        Element.FLOAT64.constant(tf, kernel.values, *extents.map(Int::toLong).toLongArray())
      val term = OrthogonalityTerm(tf, Element.FLOAT64).lorth(layer, given, "layers/2/kernel")
      listOf(term, tf.gradients(term, listOf(given)).dy(0))
    }
  return value[0] to slope
}

class OrthogonalityTermTest :
  FunSpec({
    goldenTests("lipschitz.json") { golden ->
      val cases =
        golden
          .getValue("cases")
          .jsonArray
          .map { it.jsonObject }
          .filter { it.getValue("op").jsonPrimitive.content == "lorth_regularizer" }

      test("there are four cases of Lorth") { cases shouldHaveSize 4 }

      for (case in cases) test("Lorth: ${case.getValue("id").jsonPrimitive.content}") {
        val given = case.getValue("inputs").jsonObject.getValue("kernel").jsonObject
        val (filters, channels, high, wide) =
          given.getValue("shape").jsonArray.map { it.jsonPrimitive.int }
        val values = given.getValue("data").numbers()
        val kernel =
          Kernel(
            listOf(high, wide, channels, filters),
            DoubleArray(values.size) {
              val (m, c) = it % filters to it / filters % channels
              values[(m * channels + c) * high * wide + it / filters / channels]
            },
          )
        val stride = case.getValue("meta").jsonObject.getValue("stride").jsonPrimitive.int
        val expected =
          case
            .getValue("outputs")
            .jsonObject
            .getValue("value")
            .jsonObject
            .getValue("data")
            .numbers()[0]
        lorth(Conv2d(filters, high, stride), kernel).first shouldBe
          (expected plusOrMinus 1e-9 * max(1.0, expected))
      }
    }

    val layers =
      listOf(
        Conv2d(3, 3) to random(3, 3, 2, 3),
        Conv2d(5, 4, stride = 3) to random(4, 4, 1, 5),
        Conv2d(4, 2) to random(2, 2, 6, 4),
        Conv2d(9, 3, stride = 2) to random(3, 3, 2, 9),
        Conv1d(3, 5, stride = 2) to random(5, 1, 2, 3),
        Conv1d(7, 3, stride = 2) to random(3, 1, 2, 7),
        Conv2dTranspose(2, 3, stride = 2) to random(3, 3, 2, 4),
      )

    test("Lorth is what its definition says, for even windows, sequences and adjoints too") {
      for ((layer, kernel) in layers) withClue(layer) {
        val stride = (layer as? Conv2d)?.stride ?: (layer as? Conv1d)?.stride ?: 2
        val expected = kernel.lorth(stride, if (layer is Conv1d) 1 else 2)
        lorth(layer, kernel).first shouldBe (expected plusOrMinus 1e-9 * expected)
      }
    }

    test("the gradient of Lorth is that of its definition") {
      for ((layer, kernel) in layers) withClue(layer) {
        val stride = (layer as? Conv2d)?.stride ?: (layer as? Conv1d)?.stride ?: 2
        val found = lorth(layer, kernel).second
        for (place in kernel.values.indices) {
          fun moved(by: Double) =
            Kernel(kernel.shape, kernel.values.copyOf().also { it[place] += by })
              .lorth(stride, if (layer is Conv1d) 1 else 2)
          val slope = (moved(1e-4) - moved(-1e-4)) / 2e-4
          abs(found[place] - slope) shouldBeLessThan 1e-5 * max(1.0, abs(slope))
        }
      }
    }

    test("Lorth of an orthogonal convolution is 0, with more filters than it can keep apart too") {
      val c = 0.6
      val s = 0.8
      val turn = Kernel(listOf(1, 1, 2, 2), doubleArrayOf(c, s, -s, c))
      lorth(Conv2d(2, 1), turn).first shouldBe (0.0 plusOrMinus 1e-12)
      // Windows side by side: any orthogonal matrix, here with orthonormal rows.
      val wide =
        Kernel(
          listOf(2, 2, 1, 8),
          DoubleArray(32) {
            if (it % 8 == 2 * (it / 8)) c else if (it % 8 == 2 * (it / 8) + 1) s else 0.0
          },
        )
      lorth(Conv2d(8, 2, stride = 2), wide).first shouldBe (0.0 plusOrMinus 1e-12)
      // The image moved by one pixel.
      val shift = Kernel(listOf(3, 3, 1, 1), DoubleArray(9) { if (it == 2) 1.0 else 0.0 })
      lorth(Conv2d(1, 3), shift).first shouldBe (0.0 plusOrMinus 1e-12)
    }

    test("a convolution that cannot be orthogonal is refused with its place") {
      shouldThrow<InputException> { lorth(Conv2d(3, 1, stride = 2), random(1, 1, 2, 3)) }
        .message shouldBe
        "train.orthogonality.convolutions: model.layers[2] takes windows of 2 numbers, 2 apart, to 3 channels, which no orthogonal kernel does; take at most 2 channels, a larger window or a smaller stride"
    }

    test("a dense kernel counts by its smaller side, with the gradient of that") {
      for ((rows, columns) in listOf(5 to 3, 3 to 5, 4 to 4)) {
        val random = Random(rows)
        val w = Matrix.of(rows, columns) { _, _ -> random.nextDouble(-1.0, 1.0) }
        val narrow = if (rows >= columns) w else w.transposed()
        val gram = narrow.transposed() * narrow
        val off = Matrix.of(gram.rows, gram.rows) { i, j -> gram[i, j] - if (i == j) 1.0 else 0.0 }
        val (value, slope) =
          evaluate { tf ->
            val given = Element.FLOAT64.constant(tf, w.values, rows.toLong(), columns.toLong())
            val term = OrthogonalityTerm(tf, Element.FLOAT64).dense(given)
            listOf(term, tf.gradients(term, listOf(given)).dy(0))
          }
        value[0] shouldBe (off.values.sumOf { it * it } plusOrMinus 1e-12)
        // d |W^T W - I|^2 = 4 W (W^T W - I)
        val expected = (narrow * off).let { if (rows >= columns) it else it.transposed() }
        slope.indices.forEach { abs(slope[it] - 4 * expected.values[it]) shouldBeLessThan 1e-12 }
      }
    }
  })
