package org.glacis.runtime.data

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.ints.shouldBeLessThan
import io.kotest.matchers.shouldBe
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.deleteExisting
import kotlin.math.abs
import org.glacis.spec.DataSpec
import org.glacis.spec.NamedData
import org.glacis.spec.Shape

class TinyImageNetDataTest :
  FunSpec({
    val root = scratch()
    val spec = DataSpec(NamedData("tiny-imagenet"))

    fun fresh(): Path = Files.createTempDirectory(root, "tiny")

    fun read(place: Path, spec: DataSpec) =
      DataSets.load(spec, DataLocations.of(place, null, fresh(), listOf()))

    test("classes follow their names, images come class by class in turn, val is the test split") {
      val place = fresh()
      place.resolve("tiny-imagenet").smallTinyImageNet(each = 2)
      val data = read(place, spec)
      data.shape() shouldBe Shape(64, 64, 3)
      data.outputs() shouldBe 200
      data.classNames() shouldBe TINY_CLASSES
      data.train().isBytes shouldBe true
      data.train().labels().toList() shouldBe (0 until 200).toList() + (0 until 200)
      data.test().labels().toList() shouldBe listOf(7, 199, 7)
      for (i in listOf(0, 50, 199, 399)) {
        data.train().pixels(i).forEach { abs(it - i % 200) shouldBeLessThan 3 }
      }
      data.provenance().files().size shouldBe 3
      val limited = read(place, spec.copy(limitTrain = 250, limitTest = 2))
      limited.train().labels().toList() shouldBe (0 until 200).toList() + (0 until 50)
      limited.test().labels().toList() shouldBe listOf(7, 199)
    }

    test("the folder that the archive unpacks to may stand in its own") {
      val place = fresh()
      place.resolve("tiny-imagenet/tiny-imagenet-200").smallTinyImageNet()
      read(place, spec).train().size() shouldBe 200
    }

    test("it cannot be downloaded: the message says where it comes from and where to put it") {
      val home = fresh()
      refused(
        "data set \"tiny-imagenet\" is not here, and it cannot be downloaded",
        "it comes from  http://cs231n.stanford.edu/tiny-imagenet-200.zip",
        "put these files into ${home.resolve("tiny-imagenet")}",
        "wnids.txt\n  val/val_annotations.txt",
      ) {
        DataCatalogue.get("tiny-imagenet").get(DataLocations.of(null, null, home, listOf()))
      }
    }

    context("refused:") {
      val place = fresh()
      val here = place.resolve("tiny-imagenet").smallTinyImageNet(each = 2)

      /** Changes one file, expects the refusal, and puts the file back. */
      suspend fun faulty(what: String, name: String, content: ByteArray?, vararg parts: String) {
        test(what) {
          val file = here.resolve(name)
          val before = if (Files.exists(file)) Files.readAllBytes(file) else null
          if (content == null) file.deleteExisting() else here.file(name, content)
          try {
            refused(*parts) { read(place, spec) }
          } finally {
            if (before == null) file.deleteExisting() else Files.write(file, before)
          }
        }
      }
      val name = TINY_CLASSES[3]
      faulty(
        "another number of classes",
        "wnids.txt",
        TINY_CLASSES.drop(1).joinToString("\n").toByteArray(),
        "wnids.txt: found 199 classes, expected 200",
      )
      faulty(
        "a class without a folder",
        "wnids.txt",
        (TINY_CLASSES.drop(1) + "n99999999").joinToString("\n").toByteArray(),
        "n99999999/images: found no such folder",
        "unpack the published archive again",
      )
      faulty(
        "a class with fewer images than the others",
        "train/$name/images/${name}_1.JPEG",
        null,
        "$name/images: found 1 images, expected 2, as class ${TINY_CLASSES[0]} has",
      )
      faulty(
        "an image cut short",
        "train/$name/images/${name}_1.JPEG",
        jpeg(5).let { it.copyOf(it.size - 20) },
        "${name}_1.JPEG: found a damaged image",
      )
      faulty(
        "an image of another size",
        "val/images/val_1.JPEG",
        jpeg(5, size = 32),
        "val_1.JPEG: found 32 × 32 pixels (height × width), expected 64 × 64",
      )
      faulty(
        "annotations of an unknown class",
        "val/val_annotations.txt",
        annotations(7, 199, 7).replace(TINY_CLASSES[199], "n00000000").toByteArray(),
        "val_annotations.txt:2: found class \"n00000000\", expected a class of wnids.txt",
      )
      faulty(
        "annotations that were cut short",
        "val/val_annotations.txt",
        annotations(7, 199).toByteArray(),
        "val_annotations.txt: found the classes of 2 images, expected those of the 3 in",
      )
      faulty(
        "annotations cut short within a line",
        "val/val_annotations.txt",
        annotations(7, 199, 7).substringBefore("\tn").toByteArray(),
        "val_annotations.txt:1: found \"val_0.JPEG\", expected file and class",
      )
      faulty(
        "an annotated image that is not there",
        "val/images/val_2.JPEG",
        null,
        "val_2.JPEG: found no such file",
        "val_annotations.txt:3 names",
      )
      faulty(
        "a folder without annotations",
        "val/val_annotations.txt",
        null,
        "found a folder (--data) without a file",
        "val/val_annotations.txt",
      )
    }
  })
