package org.glacis.runtime.data

import io.kotest.core.spec.style.FunSpec
import io.kotest.datatest.withData
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

    context("above the memory budget, from archives") {
      withData(mapOf("that are compressed" to false, "that are not" to true)) { stored ->
        val place =
          DataLocations.of(
            fresh().also { it.resolve("imagenet64").smallImageNet(stored) },
            null,
            fresh(),
            listOf(),
          )
        val whole = DataCatalogue.get("imagenet64").load(place)
        // The one test image is below this budget.
        val pieces = ImageNet64Data(20_000).load(place)
        pieces.sha256() shouldBe whole.sha256()
        pieces.provenance() shouldBe whole.provenance()
        pieces.test().pixels(0) shouldBe interleaved(11, 4096)
        pieces.train().inputBytes() shouldBe 11L * 12288
        (0 until 11).forEach { pieces.train().input(it) shouldBe whole.train().input(it) }
        refused("found 11 of shape [64, 64, 3] (0.0 GB)", "lower data.validation") {
          pieces.train().bytes()
        }
        val some = pieces.split(0.3, 5)
        some.train().sha256() shouldBe whole.split(0.3, 5).train().sha256()
        some.validation().sha256() shouldBe whole.split(0.3, 5).validation().sha256()
        val few = ImageNet64Data(20_000).load(place, Limits(4, null))
        few.train().sha256() shouldBe whole.train().range(0, 4).sha256()
      }
    }

    test("images that are not compressed are left in their archives") {
      val folder = fresh()
      folder.file("stored.npz", npz(imageNet(1, 2, 3), stored = true))
      NpzArchive.open(folder.resolve("stored.npz"), "", "").use { archive ->
        val numbers = archive.mapped("data", archive.header("data"), 3 * 12288).get()
        numbers.isDirect shouldBe true
        List(3 * 12288) { numbers[it] } shouldBe (0..2).flatMap { planes(it, 4096).toList() }
        archive.mapped("labels", archive.header("labels"), 24).get().get(8) shouldBe 2
      }
      folder.file("compressed.npz", npz(imageNet(1, 2, 3)))
      NpzArchive.open(folder.resolve("compressed.npz"), "", "").use { archive ->
        archive.mapped("data", archive.header("data"), 3 * 12288).isPresent shouldBe false
      }
    }

    test("a changed byte in an archive that is not compressed is found out") {
      val place =
        fresh().also {
          it.resolve("imagenet64").smallImageNet(stored = true)
          val changed = npz(imageNet(5, 6), stored = true)
          changed[9000] = (changed[9000] + 1).toByte()
          it.resolve("imagenet64").file("train_data_batch_4.npz", changed)
        }
      refused("train_data_batch_4.npz: data: found a damaged array (IOException: wrong CRC-32)") {
        ImageNet64Data(0).load(DataLocations.of(place, null, fresh(), listOf()))
      }
    }

    test("more compressed images than memory holds are refused, with what to do") {
      val message =
        refused("1281167 compressed images (15.7 GB)") {
          ImageNet64Data.checkFits(Path.of("imagenet64"), "limitTrain", 1_281_167, 4_000_000_000)
        }
      message shouldBe
        "imagenet64: found 1281167 compressed images (15.7 GB), expected at most 4.0 GB, the memory that Java may still take; " +
          "write the archives with numpy.savez, which does not compress: then images are read as they are needed; " +
          "or give Java more memory with GLACIS_JAVA_OPTS=-Xmx19g, or lower data.limitTrain"
      ImageNet64Data.checkFits(Path.of("imagenet64"), "limitTrain", 300_000, 4_000_000_000)
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
