package org.glacis.runtime.data

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.types.shouldBeSameInstanceAs
import org.glacis.spec.Shape
import org.glacis.spec.Task

class SamplesTest :
  FunSpec({
    val pair = Shape(2)

    test("bytes are read as 0 to 1, unsigned, and kept as they are") {
      val pixels = byteArrayOf(0, 51, -1, 127)
      val samples = Samples.images(Shape(1, 2, 1), pixels, intArrayOf(3, 0))
      samples.size() shouldBe 2
      samples.isBytes shouldBe true
      samples.task() shouldBe Task.CLASSIFICATION
      samples.outputs() shouldBe 4
      samples.bytes() shouldBeSameInstanceAs pixels
      samples.input(0).toList() shouldBe listOf(0f, 0.2f)
      samples.input(1).toList() shouldBe listOf(1f, 127 / 255f)
      samples.toString() shouldBe "2 samples of shape [1, 2, 1] (uint8, classification)"
    }

    test("a table keeps its floats") {
      val samples = Samples.table(pair, floatArrayOf(-1f, 2f, 3f, 4f), intArrayOf(0, 1))
      samples.isBytes shouldBe false
      samples.input(1).toList() shouldBe listOf(3f, 4f)
    }

    test("regression has targets and no labels, and says so") {
      val samples = Samples.regression(pair, floatArrayOf(1f, 2f), floatArrayOf(5f, 6f, 7f), 3)
      samples.size() shouldBe 1
      samples.outputs() shouldBe 3
      samples.task() shouldBe Task.REGRESSION
      shouldThrow<IllegalStateException> { samples.labels() }.message shouldContain "use targets()"
      shouldThrow<IllegalStateException> { samples.bytes() }.message shouldContain "use values()"
    }

    test("a range holds its samples and nothing else") {
      val samples = Samples.images(pair, ByteArray(6) { it.toByte() }, intArrayOf(0, 1, 2))
      val middle = samples.range(1, 2)
      middle.bytes().toList() shouldBe listOf<Byte>(2, 3)
      middle.labels().toList() shouldBe listOf(1)
      middle.outputs() shouldBe 2
      samples.range(0, 3) shouldBeSameInstanceAs samples
      samples.range(2, 2).size() shouldBe 0
      val targets =
        Samples.regression(pair, FloatArray(6) { it.toFloat() }, floatArrayOf(1f, 2f, 3f), 1)
      targets.range(1, 3).targets().toList() shouldBe listOf(2f, 3f)
      targets.range(1, 3).values().toList() shouldBe listOf(2f, 3f, 4f, 5f)
      shouldThrow<IndexOutOfBoundsException> { samples.range(1, 4) }
    }

    test("bytes in pieces are the same samples, and a part within the budget is one array") {
      val all = ByteArray(10) { (3 * it).toByte() }
      val whole = Samples.images(pair, all, intArrayOf(0, 1, 2, 1, 0))
      val parts =
        listOf(0 to 4, 4 to 10).map { (from, to) ->
          ByteRows.Array(all.copyOfRange(from, to), (to - from) / 2, 2)
        }
      val joined = ByteRows.Joined(parts)
      val pieces = Samples.images("samples", pair, joined, whole.labels())
      pieces.sha256() shouldBe whole.sha256()
      (0 until 5).forEach { pieces.input(it) shouldBe whole.input(it) }
      pieces.range(1, 4).bytes() shouldBe all.copyOfRange(2, 8)
      pieces.select(intArrayOf(4, 0)).bytes() shouldBe byteArrayOf(24, 27, 0, 3)
      val order = intArrayOf(4, 2, 2)
      val view = joined.select(order, 5)
      order[0] = 0
      view.count() shouldBe 3
      ByteArray(7).also { view.copy(0, it, 1) } shouldBe byteArrayOf(0, 24, 27, 0, 0, 0, 0)
      joined.select(intArrayOf(4, 2, 2), 6) shouldNotBe view
      shouldThrow<IndexOutOfBoundsException> { joined.select(intArrayOf(5), 100) }
    }

    test("equal samples have equal checksums, and any change shows") {
      fun of(pixel: Int = 7, label: Int = 1, shape: Shape = pair) =
        Samples.images(shape, byteArrayOf(1, pixel.toByte()), intArrayOf(label)).sha256()
      of() shouldBe of()
      of() shouldBe
        Samples.images(pair, byteArrayOf(9, 9, 1, 7), intArrayOf(5, 1)).range(1, 2).sha256()
      setOf(of(), of(pixel = 8), of(label = 2), of(shape = Shape(1, 2))).size shouldBe 4
      val long = FloatArray(40_000) { it.toFloat() }
      val other = long.copyOf().also { it[39_999] = 0f }
      fun table(values: FloatArray) = Samples.table(Shape(40_000), values, intArrayOf(0)).sha256()
      table(long) shouldNotBe table(other)
    }

    test("lengths that do not fit are refused") {
      refused("found 3 numbers", "expected 4 (2 samples of shape [2])") {
        Samples.images(pair, ByteArray(3), intArrayOf(0, 1))
      }
      refused("found 5 numbers", "expected 4") {
        Samples.table(pair, FloatArray(5), intArrayOf(0, 1))
      }
      refused("found 3 targets", "a multiple of the 2 outputs") {
        Samples.regression(pair, FloatArray(2), FloatArray(3), 2)
      }
      refused("found 0 outputs") { Samples.regression(pair, FloatArray(2), FloatArray(3), 0) }
      refused("shape [0]", "extents of at least 1") {
        Samples.images(Shape(0), ByteArray(0), intArrayOf())
      }
      refused("shape []") { Samples.images(Shape(), ByteArray(1), intArrayOf(0)) }
      refused("shape [65536, 65536, 65536]") {
        Samples.images(Shape(65536, 65536, 65536), ByteArray(0), intArrayOf(0))
      }
    }

    test("a negative label is refused with its sample") {
      refused("label -1 at sample 1", "classes numbered from 0") {
        Samples.images(pair, ByteArray(4), intArrayOf(0, -1))
      }
    }

    test("numbers that are not finite are refused with their place") {
      refused("NaN at sample 1, value 0") {
        Samples.table(pair, floatArrayOf(0f, 0f, Float.NaN, 0f), intArrayOf(0, 0))
      }
      refused("-Infinity at sample 0, value 1") {
        Samples.regression(pair, floatArrayOf(0f, Float.NEGATIVE_INFINITY), floatArrayOf(0f), 1)
      }
      refused("Infinity at sample 1, target 0") {
        Samples.regression(pair, FloatArray(4), floatArrayOf(0f, Float.POSITIVE_INFINITY), 1)
      }
    }
  })
