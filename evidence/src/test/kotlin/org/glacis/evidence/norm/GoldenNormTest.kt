package org.glacis.evidence.norm

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.doubles.shouldBeGreaterThanOrEqual
import io.kotest.matchers.doubles.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import java.nio.file.Files
import java.nio.file.Path
import kotlin.math.abs
import org.glacis.evidence.Json
import org.glacis.evidence.file.Fields
import org.glacis.evidence.file.NumberArray
import org.glacis.evidence.network.Box
import org.glacis.evidence.network.LipschitzConstants
import org.glacis.evidence.network.NetworkReader

/** Numbers of the golden file are rounded to 12 digits. */
private const val DIGITS = 1e-10

class GoldenNormTest :
  FunSpec({
    val file =
      System.getProperty("glacis.shared")
        ?.let { Path.of(it, "golden", "lipschitz.json") }
        ?.takeIf(Files::isRegularFile)
    if (file != null) goldenNorms(file)
    else
      test("lipschitz.json needs the folder that -Dglacis.shared names").config(enabled = false) {}
  })

private fun FunSpec.goldenNorms(file: Path) {
  val cases =
    Fields.of("golden", Json.parse(Files.readString(file), file.toString())).objects("cases")

  fun cases(op: String) = cases.filter { it.text("op") == op }.onEach { check(it.has("id")) }

  fun Fields.shape(key: String) = `object`(key).wholes("shape", 1)

  fun Fields.data(key: String) = `object`(key).numbers("data")

  fun number(fields: Fields, key: String) =
    if (fields.value(key) is Number) fields.number(key) else fields.data(key).single()

  /** OIHW becomes HWIO. */
  fun kernel(inputs: Fields, key: String): Pair<IntArray, DoubleArray> {
    val (o, i, h, w) = inputs.shape(key).toList()
    val data = inputs.data(key)
    return intArrayOf(h, w, i, o) to
      DoubleArray(data.size) { at ->
        val (f, c, x, y) = listOf(at % o, at / o % i, at / o / i % w, at / o / i / w)
        data[((f * i + c) * h + y) * w + x]
      }
  }

  test("the bound of a matrix is its largest golden singular value") {
    cases("singular_values").size shouldBe 3
    for (case in cases("singular_values")) {
      val w = case.`object`("inputs")
      val (rows, columns) = w.shape("W").toList()
      val truth = case.`object`("outputs").data("sigma")[0]
      val bound = MatrixNorm.of(rows, columns, w.data("W")).value
      bound shouldBeGreaterThanOrEqual truth * (1 - DIGITS)
      bound shouldBeLessThanOrEqual truth * (1 + 1e-5)
      abs(singularValues(Matrix(rows, columns, w.data("W")))[0] - truth) shouldBeLessThanOrEqual
        truth * DIGITS
    }
  }

  test(
    "the bound of a circular convolution is the golden norm, and no more than any Gram iteration"
  ) {
    cases("conv_sigma_circular").size shouldBe 2
    for (case in cases("conv_sigma_circular")) {
      val n = case.`object`("meta").whole("n", 1)
      val (shape, values) = kernel(case.`object`("inputs"), "kernel")
      val layer =
        Convolution.of(shape[0], shape[1], shape[2], shape[3], values)
          .on(n, n, Convolution.Circular())
      val truth = number(case.`object`("outputs"), "true")
      for (bound in
        listOf(ConvolutionNorm.of(layer).value, FrequencyNorm.onTorus(Polyphase.of(layer), n, n))) {
        bound shouldBeGreaterThanOrEqual truth * (1 - DIGITS)
        bound shouldBeLessThanOrEqual truth * (1 + 2e-4)
      }
    }
  }

  test(
    "the bounds of a zero-padded convolution hold the golden norm of each size, and one for all sizes is as low"
  ) {
    val case = cases("conv_sigma_zero_padding").single()
    val (shape, values) = kernel(case.`object`("inputs"), "kernel")
    val layer = Convolution.of(shape[0], shape[1], shape[2], shape[3], values)
    val sizes = case.`object`("outputs").`object`("true_by_size")
    for (n in listOf(4, 6, 8)) {
      val truth = number(sizes, "$n")
      val bound = ConvolutionNorm.of(layer.same(n, n)).value
      bound shouldBeGreaterThanOrEqual truth * (1 - DIGITS)
      bound shouldBeLessThanOrEqual truth * (1 + 1e-4)
      ConvolutionNorm.of(layer).value shouldBeGreaterThanOrEqual truth
    }
    val iterated = number(case.`object`("outputs"), "delattre2024_it5")
    ConvolutionNorm.of(layer).value shouldBeLessThanOrEqual iterated
    AbsoluteGram.bound(Polyphase.of(layer), 1e12) shouldBeLessThanOrEqual
      number(case.`object`("outputs"), "delattre2024_it4") * 1.0001
  }

  test("the golden frozen network has its outputs, and constants that hold its Jacobian") {
    val case = cases("frozen_network_forward").single()
    val inputs = case.`object`("inputs")
    val (shape, conv) = kernel(inputs, "conv_w")
    // Channel by channel becomes pixel by pixel behind the flatten of 3 × 3 × 4.
    val first = inputs.data("lin1_w")
    val dense =
      DoubleArray(first.size) { at ->
        val unit = at % 6
        val i = at / 6
        first[unit * 36 + i % 4 * 9 + i / 4]
      }
    val last = inputs.data("lin2_w")
    val weights =
      mapOf(
        "layers/0/kernel" to NumberArray(shape, conv),
        "layers/0/bias" to NumberArray(intArrayOf(4), inputs.data("conv_b")),
        "layers/4/kernel" to NumberArray(intArrayOf(36, 6), dense),
        "layers/4/bias" to NumberArray(intArrayOf(6), inputs.data("lin1_b")),
        "layers/6/kernel" to
          NumberArray(intArrayOf(6, 3), DoubleArray(18) { last[it % 3 * 6 + it / 3] }),
        "layers/6/bias" to NumberArray(intArrayOf(3), inputs.data("lin2_b")),
      )
    val head =
      """
        {"format": "glacis-network", "formatVersion": 1, "task": "classification", "input": [6, 6, 1], "range": null, "layers": [
          {"type": "conv2d", "filters": 4, "kernel": 3, "stride": 1, "padding": [1, 1, 1, 1], "bias": true},
          {"type": "groupSort", "size": 2}, {"type": "scaledL2NormPool2d", "pool": 2}, {"type": "flatten"},
          {"type": "dense", "units": 6, "bias": true}, {"type": "groupSort", "size": 2},
          {"type": "dense", "units": 3, "bias": true}]}
        """
    val network =
      NetworkReader.read(Fields.of("head", Json.parse(head, "head")), weights, "weights")
    val x = inputs.data("x")
    val y = case.`object`("outputs").data("y")
    for (sample in 0..1) {
      val box =
        checkNotNull(network.boxes(Box.of(x.copyOfRange(36 * sample, 36 * sample + 36)))).last()
      for (j in 0..2) {
        box.lower()[j] shouldBeLessThanOrEqual y[3 * sample + j] + 1e-9
        box.upper()[j] shouldBeGreaterThanOrEqual y[3 * sample + j] - 1e-9
        box.upper()[j] - box.lower()[j] shouldBeLessThanOrEqual 1e-12
      }
    }
    val constants = LipschitzConstants.of(network)
    val norms = case.`object`("outputs").data("row_norms")
    for (j in 0..2) {
      // The rows of the last layer have norm 1, those of the Jacobian are golden.
      constants.logits()[j] shouldBeLessThanOrEqual constants.body() * (1 + DIGITS)
      constants.logits()[j] shouldBeGreaterThanOrEqual norms[j] * (1 - DIGITS)
    }
    // The Jacobian at a point is no steeper than the constant.
    constants.whole() shouldBeGreaterThanOrEqual
      singularValues(Matrix(3, 36, case.`object`("outputs").data("jacobian_x0")))[0] * (1 - DIGITS)
  }
}
