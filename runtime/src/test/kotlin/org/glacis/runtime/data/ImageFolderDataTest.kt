package org.glacis.runtime.data

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import java.awt.image.BufferedImage
import java.io.ByteArrayOutputStream
import java.nio.file.Files
import java.nio.file.Path
import javax.imageio.ImageIO
import kotlin.io.path.createDirectories
import kotlin.io.path.name
import org.glacis.spec.ImageFolder
import org.glacis.spec.NamedData
import org.glacis.spec.Shape

class ImageFolderDataTest :
  FunSpec({
    val root = scratch()

    fun encoded(image: BufferedImage, format: String = "png") =
      ByteArrayOutputStream().also { check(ImageIO.write(image, format, it)) }.toByteArray()

    /** Two rows of three pixels that store [first], [first] + 1, ... as grey. */
    fun grey(first: Int, rows: Int = 2): ByteArray {
      val image = BufferedImage(3, rows, BufferedImage.TYPE_BYTE_GRAY)
      for (i in 0 until 3 * rows) image.raster.setSample(i % 3, i / 3, 0, first + i)
      return encoded(image)
    }

    fun colour(type: Int = BufferedImage.TYPE_INT_RGB, argb: (Int) -> Int): ByteArray {
      val image = BufferedImage(3, 2, type)
      for (i in 0 until 6) image.setRGB(i % 3, i / 3, argb(i))
      return encoded(image)
    }

    fun fresh(): Path = Files.createTempDirectory(root, "images")

    fun Path.full(): Path {
      file("train/cat/1.png", grey(10))
      file("train/cat/2.png", grey(20))
      file("train/cat/3.png", grey(30))
      file("train/dog/b.png", grey(50))
      file("train/dog/a.png", grey(40))
      file("test/dog/z.png", grey(60))
      return this
    }

    fun read(path: Path, channels: Int = 1) =
      ImageFolderData.read(ImageFolder(path.toString(), 2, 3, channels))

    test("classes are folders by name; samples come class by class in turn, files by name") {
      val place = fresh().full()
      val data =
        DataSets.load(
          ImageFolder(place.toString(), 2, 3, 1),
          DataLocations.of(null, null, root, listOf()),
        )
      data.name() shouldBe place.name
      data.classNames() shouldBe listOf("cat", "dog")
      data.shape() shouldBe Shape(2, 3, 1)
      data.train().labels().toList() shouldBe listOf(0, 1, 0, 1, 0)
      (0 until 5).map { data.train().bytes()[it * 6].toInt() } shouldBe listOf(10, 40, 20, 50, 30)
      data.test().labels().toList() shouldBe listOf(1)
    }

    test("grey values are those that the file stores, all of them") {
      val place = fresh().full()
      for (first in 0 until 252 step 6) place.file("train/cat/x$first.png", grey(first))
      val data = read(place).train()
      val rows =
        (0 until data.size()).map { i ->
          (0 until 6).map { data.bytes()[i * 6 + it].toInt() and 0xff }
        }
      (0 until 252 step 6).forEach { first ->
        rows.contains((first until first + 6).toList()) shouldBe true
      }
    }

    test("colours are red, green, blue; grey files are read as colour without loss") {
      val place = fresh().full()
      place.file("test/cat/c.png", colour { 0x0a141e + it })
      val data = read(place, channels = 3).test()
      data.input(0).take(6).map { (it * 255).toInt() } shouldBe listOf(10, 20, 30, 10, 20, 31)
      data.bytes().slice(18 until 24).map { it.toInt() } shouldBe listOf(60, 60, 60, 61, 61, 61)
    }

    test(
      "an image whose pixels are all grey is grey however it is stored, and opaque alpha is no matter"
    ) {
      val place = fresh().full()
      place.file(
        "test/cat/c.png",
        colour(BufferedImage.TYPE_INT_ARGB) { 0xff000000.toInt() or it * 0x010101 },
      )
      place.file("test/cat/d.png", colour(BufferedImage.TYPE_BYTE_INDEXED) { 0xffffff })
      place.file("test/cat/e.bmp", encoded(BufferedImage(3, 2, BufferedImage.TYPE_INT_RGB), "bmp"))
      val bytes = read(place).test().bytes()
      bytes.take(6).map { it.toInt() } shouldBe (0..5).toList()
      bytes.slice(12 until 18).toSet() shouldBe setOf((-1).toByte())
      bytes.takeLast(6).toSet() shouldBe setOf(0.toByte())
    }

    test("hidden files and files that are no images are passed over") {
      val place = fresh().full()
      place.file("train/.cache/x", ByteArray(1))
      place.file("train/cat/.hidden.png", ByteArray(1))
      place.file("train/cat/boxes.txt", ByteArray(1))
      read(place).train().size() shouldBe 5
    }

    test("provenance is one checksum over all files, their names and order") {
      val place = fresh().full()
      val before = read(place).provenance().files().single()
      before.path() shouldBe place.toString()
      read(place).provenance().files().single() shouldBe before
      place.file("test/dog/z.png", grey(61))
      read(place).provenance().files().single().sha256() shouldNotBe before.sha256()
    }

    test("an image of another size is named with both sizes") {
      val place = fresh().full()
      place.file("train/cat/2.png", grey(0, rows = 5))
      refused("train/cat/2.png: found 5 × 3 pixels (height × width), expected 2 × 3", "resize") {
        read(place)
      }
    }

    test("colours where grey was declared, transparency and deep channels are refused") {
      fun faulty(content: ByteArray, vararg parts: String) {
        val place = fresh().full()
        place.file("train/cat/2.png", content)
        refused("2.png", *parts) { read(place) }
      }
      faulty(
        colour { if (it == 4) 0xff0000 else 0 },
        "found colours (at row 1, column 1)",
        "expected a grey image",
      )
      faulty(
        colour(BufferedImage.TYPE_INT_ARGB) { 0x7f000000 },
        "transparent pixels (at row 0, column 0)",
      )
      faulty(
        encoded(BufferedImage(3, 2, BufferedImage.TYPE_USHORT_GRAY)),
        "more than 8 bits a channel",
      )
      faulty("no picture".toByteArray(), "found no image")
    }

    test("an image cut short or changed is refused, though the decoder would fill the gap") {
      fun damaged(name: String, content: ByteArray, why: String) {
        val place = fresh().full()
        place.file("train/cat/$name", content)
        refused(name, "found a damaged image", why) { read(place) }
      }
      val png = grey(0)
      for (length in listOf(20, 45, png.size - 12, png.size - 1)) damaged(
        "x.png",
        png.copyOf(length),
        "ends early",
      )
      damaged("x.png", png.copyOf().also { it[50] = (it[50] + 1).toByte() }, "wrong CRC-32")
      val jpeg = encoded(BufferedImage(3, 2, BufferedImage.TYPE_BYTE_GRAY), "jpg")
      damaged("x.jpg", jpeg.copyOf(jpeg.size - 3), "Truncated File")
      val bmp = encoded(BufferedImage(3, 2, BufferedImage.TYPE_INT_RGB), "bmp")
      damaged("x.bmp", bmp.copyOf(bmp.size - 5), "EOFException")
    }

    test("missing and empty folders, and classes that only test has, are refused") {
      refused("train: found no such folder") { read(fresh()) }
      val empty = fresh().also { it.resolve("train").createDirectories() }
      refused("train: found no folders in it") { read(empty) }
      val bare = fresh().full().also { it.resolve("train/bird").createDirectories() }
      refused("bird: found no images", "bmp, gif, jpeg, jpg, png") { read(bare) }
      val strange = fresh().full().also { it.file("test/fish/a.png", grey(0)) }
      refused("fish: found a class that train does not have, expected cat, dog") { read(strange) }
      val half = fresh().also { it.file("train/cat/a.png", grey(0)) }
      refused("test: found no such folder") { read(half) }
    }

    test("one image can be read alone") {
      val file = root.file("one.png", grey(100))
      ImagePixels.read(file, Shape(2, 3, 1)).toList() shouldBe (100..105).map { it.toByte() }
      refused("none.png: found no such file") {
        ImagePixels.read(root.resolve("none.png"), Shape(2, 3, 1))
      }
    }

    test("a named data set has nothing to do with folders") {
      refused("no data set is called \"images\"") {
        DataSets.load(NamedData("images"), DataLocations.of(null, null, root, listOf()))
      }
    }
  })
