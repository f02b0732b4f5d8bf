package org.glacis.evidence.network

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainAll
import io.kotest.matchers.comparables.shouldBeLessThanOrEqualTo
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeGreaterThanOrEqual
import io.kotest.matchers.doubles.shouldBeLessThanOrEqual
import io.kotest.matchers.nulls.shouldNotBeNull
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.math.BigDecimal
import kotlin.math.abs
import kotlin.math.max
import kotlin.math.sqrt
import kotlin.random.Random
import org.glacis.evidence.EvidenceException
import org.glacis.evidence.file.NumberArray

/** The interpreter rounds too. */
private const val ROUNDING = 1e-11

class NetworkTest :
  FunSpec({
    val random = Random(9)

    fun point(size: Int) = DoubleArray(size) { random.nextDouble(-1.5, 1.5) }

    fun around(centre: DoubleArray, radius: Double) =
      Box(
        DoubleArray(centre.size) { centre[it] - radius },
        DoubleArray(centre.size) { centre[it] + radius },
      )

    fun inside(box: Box) =
      DoubleArray(box.size()) {
        when (random.nextInt(3)) {
          0 -> box.lower()[it]
          1 -> box.upper()[it]
          else -> random.nextDouble(box.lower()[it], Math.nextUp(box.upper()[it]))
        }
      }

    test("no point of a box leaves the intervals, the merged and the linear bounds") {
      for (seed in 1..3) for ((name, net) in nets(seed)) for (radius in
        listOf(0.0, 0.01, 0.2, 1.0)) {
        val network = net.network()
        val box = around(point(network.inputs()), radius)
        val boxes = network.boxes(box).shouldNotBeNull()
        val bounds = LinearBounds(network, boxes)
        val linear = LinearBounds.missing(network) == null
        repeat(60) {
          val y = net.apply(inside(box))
          withClue("$name, radius $radius") {
            for (j in y.indices) {
              y[j] shouldBeGreaterThanOrEqual boxes.last().lower()[j] - ROUNDING
              y[j] shouldBeLessThanOrEqual boxes.last().upper()[j] + ROUNDING
            }
            for (label in y.indices) {
              val margin = y.indices.filter { it != label }.minOf { y[label] - y[it] } + ROUNDING
              margin shouldBeGreaterThanOrEqual bounds.boxMargin(label)
              margin shouldBeGreaterThanOrEqual bounds.mergedMargin(label)
              if (linear) margin shouldBeGreaterThanOrEqual bounds.linearMargin(label)
            }
          }
        }
      }
    }

    test("bounds are near: of a point they are the outputs, and of affine layers the exact range") {
      for ((name, net) in nets(4)) {
        val network = net.network()
        val x = point(network.inputs())
        val y = net.apply(x)
        val boxes = network.boxes(Box.of(x)).shouldNotBeNull()
        withClue(name) {
          for (j in y.indices) {
            boxes.last().upper()[j] - boxes.last().lower()[j] shouldBeLessThanOrEqual 1e-11
            abs(boxes.last().upper()[j] - y[j]) shouldBeLessThanOrEqual 1e-11
          }
          val bounds = LinearBounds(network, boxes)
          abs(bounds.mergedMargin(0) - (1..3).minOf { y[0] - y[it] }) shouldBeLessThanOrEqual 1e-11
          if (LinearBounds.missing(network) == null)
            abs(bounds.linearMargin(0) - (1..3).minOf { y[0] - y[it] }) shouldBeLessThanOrEqual
              1e-10
        }
      }
      val affine = Net(intArrayOf(6), random).dense(5).dense(3)
      val centre = point(6)
      val bounds =
        LinearBounds(
          affine.network(),
          affine.network().boxes(around(centre, 0.3)).shouldNotBeNull(),
        )
      val zero = affine.apply(DoubleArray(6))
      val slopes = List(6) { i -> affine.apply(DoubleArray(6) { if (it == i) 1.0 else 0.0 }) }
      val exact =
        (1..2).minOf { j ->
          val at = affine.apply(centre)
          at[0] - at[j] - 0.3 * slopes.sumOf { abs(it[0] - zero[0] - it[j] + zero[j]) }
        }
      abs(bounds.linearMargin(0) - exact) shouldBeLessThanOrEqual 1e-12
    }

    test("intervals of points hold the exact outputs of dense ReLU networks, in exact arithmetic") {
      repeat(20) { seed ->
        val net = Net(intArrayOf(5), Random(seed)).dense(7).relu().dense(4)
        val x = point(5)
        val boxes = net.network().boxes(Box.of(x)).shouldNotBeNull()
        fun layer(
          value: List<BigDecimal>,
          kernel: NumberArray,
          bias: NumberArray,
        ): List<BigDecimal> =
          List(bias.size()) { o ->
            value.indices.fold(BigDecimal(bias.doubles()[o])) { sum, i ->
              sum + value[i] * BigDecimal(kernel.doubles()[i * bias.size() + o])
            }
          }
        val w = net.weights
        val hidden =
          layer(x.map(::BigDecimal), w.getValue("layers/0/kernel"), w.getValue("layers/0/bias"))
            .map { it.max(BigDecimal.ZERO) }
        val exact = layer(hidden, w.getValue("layers/2/kernel"), w.getValue("layers/2/bias"))
        for (j in exact.indices) {
          BigDecimal(boxes.last().lower()[j]) shouldBeLessThanOrEqualTo exact[j]
          exact[j] shouldBeLessThanOrEqualTo BigDecimal(boxes.last().upper()[j])
        }
      }
    }

    test("no two points are farther apart behind a network than its Lipschitz constants say") {
      for (seed in 5..6) for ((name, net) in nets(seed)) {
        val network = net.network()
        val constants = LipschitzConstants.of(network)
        repeat(60) { round ->
          val a = point(network.inputs())
          val step = listOf(1e-3, 0.1, 3.0)[round % 3]
          val b = DoubleArray(a.size) { a[it] + step * random.nextDouble(-1.0, 1.0) }
          val apart = length(a, b) * (1 + 1e-9)
          val fa = net.apply(a)
          val fb = net.apply(b)
          withClue(name) {
            length(fa, fb) shouldBeLessThanOrEqual constants.whole() * apart
            for (j in fa.indices) {
              abs(fa[j] - fb[j]) shouldBeLessThanOrEqual constants.logits()[j] * apart
              for (k in fa.indices) if (j != k)
                abs(fa[j] - fa[k] - fb[j] + fb[k]) shouldBeLessThanOrEqual
                  constants.difference(j, k) * apart
            }
          }
        }
      }
    }

    test("constants of isometric layers are 1 and those of one dense layer its norm") {
      val isometric =
        Net(intArrayOf(4, 4, 4), random)
          .unshuffle(2)
          .groupSort(2)
          .householder()
          .shuffle(2)
          .maxMin()
          .absolute()
          .flatten()
      LipschitzConstants.of(isometric.network()).whole() shouldBe 1.0
      val net = Net(intArrayOf(6), random).dense(4)
      val constants = LipschitzConstants.of(net.network())
      val kernel = net.weights.getValue("layers/0/kernel").doubles()
      fun difference(a: Int, b: Int) =
        sqrt((0..5).sumOf { i -> (kernel[i * 4 + a] - kernel[i * 4 + b]).let { it * it } })
      constants.body() shouldBe 1.0
      constants.difference(0, 2) shouldBeGreaterThanOrEqual difference(0, 2)
      constants.difference(0, 2) shouldBeLessThanOrEqual difference(0, 2) * (1 + 1e-12)
      constants.whole() shouldBeGreaterThan (1..3).maxOf { difference(0, it) } / 2
    }

    test("constants of blocks follow from their parts: largest, mean and prescaled sum") {
      fun constant(factor: Double, block: Net.(inner: Net.() -> Unit) -> Unit): Double {
        val net = Net(intArrayOf(4), Random(3))
        net.block { scale(factor) }
        return LipschitzConstants.of(net.network()).whole()
      }
      fun near(found: Double, expected: Double) {
        found shouldBeGreaterThanOrEqual expected * (1 - 1e-15)
        found shouldBeLessThanOrEqual expected * (1 + 1e-13)
      }
      near(constant(3.0) { concatResidual(it) }, 3.0)
      near(constant(0.5) { concatResidual(it) }, 1.0)
      near(constant(3.0) { inner -> concatResidual { concatResidual(inner) } }, 3.0)
      near(constant(3.0) { scale(2.0).concatResidual(it) }, 6.0)
      near(constant(3.0) { inner -> concatResidual { residual(inner) } }, 4.0)
      near(constant(3.0) { inner -> residual({ scale(0.5) }, inner) }, 3.5)
      for (factor in listOf(0.25, 3.0)) {
        lateinit var net: Net
        val convex =
          constant(factor) {
            net = this
            mixed("convexResidual", it)
          }
        val share = 1 / (1 + Math.exp(-net.weights.getValue("layers/0/mix").doubles()[0]))
        near(convex, share + (1 - share) * factor)
        val prescaled =
          constant(factor) {
            net = this
            mixed("prescaledResidual", it)
          }
        val a = abs(net.weights.getValue("layers/0/scale").doubles()[0])
        near(prescaled, (1 + a * factor) / (1 + a))
      }
      val norm = Net(intArrayOf(4), Random(3)).batchLipNorm()
      val variance = norm.weights.getValue("layers/0/variance").doubles().max()
      near(LipschitzConstants.of(norm.network()).whole(), 1 / sqrt(variance))
    }

    test("the constant of a convolution in groups is the largest of theirs") {
      val net = Net(intArrayOf(3, 3, 4), Random(3)).conv(4, 1, 1, "valid", groups = 2)
      fun constant(vararg kernel: Float): Double {
        net.weights["layers/0/kernel"] = NumberArray(intArrayOf(1, 1, 2, 4), kernel)
        return LipschitzConstants.of(net.network()).whole()
      }
      // The matrices [[3, 0], [0, 1]] and [[0, 2], [1, 0]].
      val found = constant(3f, 0f, 0f, 2f, 0f, 1f, 1f, 0f)
      found shouldBeGreaterThanOrEqual 3.0
      found shouldBeLessThanOrEqual 3.0 * (1 + 1e-9)
      val other = constant(1f, 0f, 0f, 4f, 0f, 1f, 1f, 0f)
      other shouldBeGreaterThanOrEqual 4.0
      other shouldBeLessThanOrEqual 4.0 * (1 + 1e-9)
    }

    test("a bound that overflows is no bound") {
      val net = Net(intArrayOf(3), random).dense(2)
      net.weights["layers/0/kernel"] = NumberArray(intArrayOf(3, 2), DoubleArray(6) { 1e300 })
      net.network().boxes(Box.of(doubleArrayOf(1e300, 1.0, 1.0))) shouldBe null
      net.network().boxes(Box.of(doubleArrayOf(Double.NaN, 1.0, 1.0))) shouldBe null
    }

    test("every type of layer is tested") {
      fun types(layers: List<*>): Set<Any?> =
        layers
          .flatMap { layer ->
            layer as Map<*, *>
            types(layer["layers"] as? List<*> ?: listOf<Any>()) + layer["type"]
          }
          .toSet()
      nets(1).values.flatMap { types(it.layers) }.toSet() shouldContainAll NetworkReader.types()
    }

    test(
      "a network that is not what it should be is refused by place, found, expected and remedy"
    ) {
      fun refused(message: String, change: Net.() -> Unit) {
        val net = Net(intArrayOf(3), Random(1)).dense(2).relu()
        net.change()
        shouldThrow<EvidenceException> { net.network() }.message!! shouldContain message
      }
      refused(
        "network.json.layers[2].type: found the layer \"wavelet\", which the checker does not know"
      ) {
        layers += mapOf("type" to "wavelet")
      }
      refused("network.json.layers[0].dilation: found a key that this release does not know") {
        layers[0] = layers[0] + ("dilation" to 2L)
      }
      refused(
        "weights.npz: layers/0/kernel: found an array of the shape [3, 2], expected floats of the shape [3, 4]"
      ) {
        layers[0] = layers[0] + ("units" to 4L)
      }
      refused("weights.npz: layers/0/kernel: found no array") { weights.remove("layers/0/kernel") }
      refused("weights.npz: layers/7/kernel: found an array that no layer has") {
        weights["layers/7/kernel"] = NumberArray(intArrayOf(1), floatArrayOf(1f))
      }
      refused("weights.npz: layers/0/bias: found NaN, expected finite numbers") {
        weights["layers/0/bias"] = NumberArray(intArrayOf(2), floatArrayOf(1f, Float.NaN))
      }
      refused("expected height × width × channels") {
        layers += mapOf("type" to "maxPool2d", "pool" to 2L)
      }
      refused("slope: found 3.0, expected -1 to 1") {
        layers += mapOf("type" to "leakyRelu", "slope" to 3.0)
      }
      refused("found 2 channels, expected a multiple of 3") {
        layers += mapOf("type" to "groupSort", "size" to 3L)
      }
      refused("order: found 3, expected 1 or 2") {
        layers += mapOf("type" to "householder", "order" to 3L)
      }
      refused("found 3 channels, expected an even number") {
        layers[0] = layers[0] + ("units" to 3L)
        weights["layers/0/kernel"] = NumberArray(intArrayOf(3, 3), FloatArray(9))
        weights["layers/0/bias"] = NumberArray(intArrayOf(3), FloatArray(3))
        layers += mapOf("type" to "concatResidual", "layers" to listOf<Any>())
      }
      refused("network.json.layers[1].groups: found 4 groups of 3 channels and 4 filters") {
        layers[0] = mapOf("type" to "reshape", "shape" to listOf(1L, 1L, 3L))
        layers[1] = mapOf("type" to "conv2d", "kernel" to 1L, "filters" to 4L, "groups" to 4L)
      }
      refused("expected length × channels") {
        layers += mapOf("type" to "conv1d", "kernel" to 1L, "filters" to 1L)
      }
      refused("one that keeps the shape") {
        layers +=
          mapOf("type" to "convexResidual", "layers" to listOf(mapOf("type" to "concatMaxMin")))
        weights["layers/2/mix"] = NumberArray(intArrayOf(1), floatArrayOf(0f))
      }
      val doubled = listOf(mapOf("type" to "concatMaxMin"))
      refused(
        "network.json.layers[2]: found a block that makes [4] of [2], and [2] besides, expected one shape for both summands"
      ) {
        layers += mapOf("type" to "residual", "layers" to doubled)
      }
      refused("found a block that makes [2] of [2], and [4] besides") {
        layers += mapOf("type" to "residual", "layers" to listOf<Any>(), "shortcut" to doubled)
      }
    }
  })

private fun length(a: DoubleArray, b: DoubleArray): Double =
  sqrt(a.indices.sumOf { max(0.0, (a[it] - b[it]) * (a[it] - b[it])) })
