package org.glacis.runtime.data

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.deleteExisting
import org.glacis.spec.DataSpec
import org.glacis.spec.NamedData

class ImageNet64DataTest :
  FunSpec({
    val root = scratch()
    val spec = DataSpec(NamedData("imagenet64"))

    fun fresh(): Path = Files.createTempDirectory(root, "imagenet")

    fun place(change: (Path) -> Unit = {}): Path =
      fresh().also { change(it.resolve("imagenet64").smallImageNet()) }

    fun read(place: Path, spec: DataSpec) =
      DataSets.load(spec, DataLocations.of(place, null, fresh(), listOf()))

    test("archives are read in their order, labels from 0, planes as pixels") {
      val data = read(place(), spec)
      data.facts() shouldBe DataCatalogue.get("imagenet64").facts()
      data.train().isBytes shouldBe true
      data.train().labels().toList() shouldBe listOf(999, 0) + (1..9).map { 100 * it }
      data.test().labels().toList() shouldBe listOf(0)
      (0 until 11).forEach { data.train().pixels(it) shouldBe interleaved(it, 4096) }
      data.test().pixels(0) shouldBe interleaved(11, 4096)
      data.provenance().files().size shouldBe 11
    }

    test("a limit leaves the archives behind it unread") {
      val data =
        read(
          place { it.file("train_data_batch_3.npz", npz(imageNet(0))) },
          spec.copy(limitTrain = 3, limitTest = 1),
        )
      data.train().labels().toList() shouldBe listOf(999, 0, 100)
      data.provenance().files().map { it.path().substringAfterLast('/') } shouldBe
        listOf("train_data_batch_1.npz", "train_data_batch_2.npz", "val_data.npz")
      refused("limitTrain: found 12") { read(place(), spec.copy(limitTrain = 12)) }
    }

    test("more images than one array can hold are refused, with the limit to set") {
      val message =
        refused("1281167 images (15.7 GB)") {
          ImageNet64Data.checkHolds(Path.of("imagenet64"), "limitTrain", 1_281_167)
        }
      message shouldBe
        "imagenet64: found 1281167 images (15.7 GB), expected at most 174762, which is what one array holds; " +
          "set data.limitTrain to 174762 or less"
      ImageNet64Data.checkHolds(Path.of("imagenet64"), "limitTrain", 174_762)
    }

    test("it cannot be downloaded: the message says where it comes from and where to put it") {
      val home = fresh()
      refused(
        "data set \"imagenet64\" is not here, and it cannot be downloaded",
        "it comes from  https://image-net.org/download-images, with an account there",
        "put these files into ${home.resolve("imagenet64")}",
        "train_data_batch_1.npz\n",
        "val_data.npz",
      ) {
        DataCatalogue.get("imagenet64").load(DataLocations.of(null, null, home, listOf()))
      }
    }

    context("refused:") {
      val name = "train_data_batch_2.npz"
      val good = imageNet(5, 6)

      suspend fun faulty(what: String, content: ByteArray?, vararg parts: String) {
        test(what) {
          val place = place {
            if (content == null) it.resolve(name).deleteExisting() else it.file(name, content)
          }
          refused(*parts) { read(place, spec) }
        }
      }
      fun changed(array: String, content: ByteArray) = npz(good + (array to content))

      faulty(
        "label 0",
        changed("labels", i8(5, 0)),
        "$name: labels: found label 0 at sample 1, expected 1 to 1000",
      )
      faulty("label 1001", changed("labels", i8(1001, 1)), "found label 1001 at sample 0")
      faulty(
        "another number of labels",
        changed("labels", i8(5, 6, 7)),
        "$name: labels: found 3 labels, expected 2, as there are images",
      )
      faulty(
        "labels of another type",
        changed("labels", npy("<f8", listOf(2), content = ByteArray(16))),
        "$name: labels: found float64, expected whole numbers",
      )
      faulty(
        "images of another size",
        changed("data", npy("|u1", listOf(2, 3072), content = ByteArray(6144))),
        "$name: data: found shape [2, 3072], expected samples × 12288 (64 × 64 × 3)",
      )
      faulty(
        "images of another type",
        changed("data", npy("<f4", listOf(2, 12288), content = ByteArray(4 * 2 * 12288))),
        "$name: data: found float32, expected uint8",
      )
      faulty(
        "images that were cut short",
        changed("data", good.getValue("data").let { it.copyOf(it.size - 1) }),
        "$name: data: found a damaged array",
        "bytes instead of",
      )
      faulty(
        "an archive without labels",
        npz(good - "labels"),
        "$name: found the arrays data, mean, expected data and labels",
      )
      faulty(
        "an archive cut short",
        npz(good).let { it.copyOf(it.size - 30) },
        "$name: found no zip archive",
      )
      faulty(
        "an archive with a changed byte",
        npz(good).also { it[200] = (it[200] + 1).toByte() },
        "$name: data: found a damaged array",
      )
      faulty("a missing archive", null, "found a folder (--data) without a file", name)
    }
  })
