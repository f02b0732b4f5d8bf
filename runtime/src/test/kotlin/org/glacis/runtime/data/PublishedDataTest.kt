package org.glacis.runtime.data

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.shouldBe
import java.nio.file.Path
import kotlin.io.path.isDirectory
import kotlin.math.sqrt

private val MNIST_SIZES = listOf(60_000, 10_000)

/** Of the gzipped files of the binary version, as the folder's list has them. */
private val CIFAR_10 =
  listOf(
    "f27c826404183bf6fd3823fb45744b4f7fd83201dfa6253c32e8d2f8e60e8f1b",
    "02fe01458f48e448e62c9e3ed02273777e6de077b2d6535f021546497c9863f5",
    "2bc3a03d35afa1738b62b111f0cbfd1b56847e29eeff39665565edf74cf78b0b",
    "b9f3f055594a5476d65988beb6d01149f06524691cd8e1467a2684a3948bad88",
    "45b092592a9cd09c0750a5f6f78d6288ec0f1f7e1f787af7475c109d057212e5",
    "27ae0e1ce42c156c20a7e87f67dc90a50876ca6a755a60c608fc646a4ec4b937",
  )

/** The published files themselves, where the machine that tests has them. */
class PublishedDataTest :
  FunSpec({
    val folder =
      System.getProperty("glacis.shared")?.let { Path.of(it, "data") }
        ?: System.getenv("GLACIS_DATA")?.let(Path::of)

    fun counts(samples: Samples) =
      IntArray(10).also { n -> samples.labels().forEach { n[it]++ } }.toList()

    /** [files] are the checksums that those of the provenance must have. */
    fun published(name: String, sizes: List<Int>, files: List<String>, test: (Dataset) -> Unit) {
      val here = folder != null && folder.resolve(name).isDirectory()
      test("the published files of $name have the published counts, mean and checksums").config(
        enabled = here
      ) {
        val data = DataCatalogue.get(name).load(DataLocations.of(folder, null, folder!!, listOf()))
        listOf(data.train().size(), data.test().size()) shouldBe sizes
        data.provenance().files().map { it.sha256() } shouldBe files
        test(data)
      }
    }

    fun mean(samples: Samples) =
      samples.bytes().sumOf { (it.toInt() and 0xff).toLong() } / 255.0 / samples.bytes().size

    published("mnist", MNIST_SIZES, DataCatalogue.get("mnist").files().map { it.sha256() }) { data
      ->
      counts(data.train()) shouldBe
        listOf(5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949)
      counts(data.test()) shouldBe listOf(980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009)
      mean(data.train()) shouldBe (0.1307 plusOrMinus 5e-5)
    }

    published(
      "fashion-mnist",
      MNIST_SIZES,
      DataCatalogue.get("fashion-mnist").files().map { it.sha256() },
    ) { data ->
      counts(data.train()) shouldBe List(10) { 6000 }
      counts(data.test()) shouldBe List(10) { 1000 }
      mean(data.train()) shouldBe (0.2860 plusOrMinus 5e-5)
    }

    published("cifar-10", listOf(50_000, 10_000), CIFAR_10) { data ->
      counts(data.test()) shouldBe List(10) { 1000 }
      counts(data.train()) shouldBe List(10) { 5000 }
      counts(data.train().range(0, 10_000)) shouldBe
        listOf(1005, 974, 1032, 1016, 999, 937, 1030, 1001, 1025, 981)
      val bytes = data.train().bytes()
      val published = listOf(0.4914 to 0.2470, 0.4822 to 0.2435, 0.4465 to 0.2616)
      published.forEachIndexed { channel, (mean, deviation) ->
        var sum = 0.0
        var squares = 0.0
        for (i in channel until bytes.size step 3) {
          val value = (bytes[i].toInt() and 0xff) / 255.0
          sum += value
          squares += value * value
        }
        val count = bytes.size / 3
        sum / count shouldBe (mean plusOrMinus 5e-5)
        sqrt(squares / count - (sum / count) * (sum / count)) shouldBe (deviation plusOrMinus 1e-4)
      }
    }
  })
