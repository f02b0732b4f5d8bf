package org.glacis.runtime.report

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.io.ByteArrayInputStream
import javax.imageio.ImageIO
import org.glacis.spec.InputException
import org.glacis.spec.Shape

class GalleryTest :
  FunSpec({
    val runs = RunFixture(tempdir().toPath())
    fun decoded(pixels: FloatArray, shape: Shape) =
      ImageIO.read(ByteArrayInputStream(Gallery.png(pixels, shape)))

    test("grey pixels become squares of their own grey") {
      val shape = Shape(2, 4, 1)
      val pixels = FloatArray(8) { it / 7f }
      val image = decoded(pixels, shape)
      val scale = Gallery.scale(shape)
      image.width shouldBe 4 * scale
      image.height shouldBe 2 * scale
      for (y in 0 until image.height) for (x in 0 until image.width) {
        image.raster.getSample(x, y, 0) shouldBe
          Math.round(255 * pixels[(y / scale) * 4 + x / scale])
      }
    }

    test("colours are red, green, blue, and values outside [0, 1] are shown as the nearer end") {
      val image = decoded(floatArrayOf(1f, 0.2f, 0f, -3f, 0f, 7f), Shape(1, 2, 3))
      image.getRGB(0, 0) and 0xffffff shouldBe 0xff3300
      image.getRGB(image.width - 1, 0) and 0xffffff shouldBe 0x0000ff
    }

    test("tables and odd channels are no pictures") {
      Gallery.isPicture(Shape(10)) shouldBe false
      Gallery.isPicture(Shape(8, 8, 2)) shouldBe false
      shouldThrow<InputException> { Gallery.png(FloatArray(10), Shape(10)) }.message shouldContain
        "expected (height, width, 1)"
      shouldThrow<InputException> { Gallery.png(FloatArray(3), Shape(2, 2, 1)) }
        .message shouldContain "has 4 values, but 3 were given"
    }

    test("worst are the least margins, best the greatest that are certified") {
      val rows = RunFiles.read(runs.classification()).certificates()
      Gallery.worst(rows, 3).map { it.index() } shouldBe listOf(5, 7, 4)
      Gallery.best(rows, 2).map { it.index() } shouldBe listOf(0, 1)
      Gallery.best(rows, 99).all { it.verdict() == Verdict.CERTIFIED } shouldBe true
    }
  })
