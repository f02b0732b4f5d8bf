package org.glacis.runtime.data

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.shouldBe
import java.nio.file.Path
import kotlin.io.path.isDirectory

/** The published files themselves, where the machine that tests has them. */
class PublishedDataTest :
  FunSpec({
    val folder =
      System.getProperty("glacis.shared")?.let { Path.of(it, "data") }
        ?: System.getenv("GLACIS_DATA")?.let(Path::of)

    fun counts(samples: Samples) =
      IntArray(10).also { n -> samples.labels().forEach { n[it]++ } }.toList()

    fun published(name: String, test: (Dataset) -> Unit) {
      val here = folder != null && folder.resolve(name).isDirectory()
      test("the published files of $name have the published counts, mean and checksums").config(
        enabled = here
      ) {
        val data = DataCatalogue.get(name).load(DataLocations.of(folder, null, folder!!, listOf()))
        data.train().size() shouldBe 60_000
        data.test().size() shouldBe 10_000
        data.provenance().files().map { it.sha256() } shouldBe
          DataCatalogue.get(name).files().map { it.sha256() }
        test(data)
      }
    }

    fun mean(samples: Samples) =
      samples.bytes().sumOf { (it.toInt() and 0xff).toLong() } / 255.0 / samples.bytes().size

    published("mnist") { data ->
      counts(data.train()) shouldBe
        listOf(5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949)
      counts(data.test()) shouldBe listOf(980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009)
      mean(data.train()) shouldBe (0.1307 plusOrMinus 5e-5)
    }

    published("fashion-mnist") { data ->
      counts(data.train()) shouldBe List(10) { 6000 }
      counts(data.test()) shouldBe List(10) { 1000 }
      mean(data.train()) shouldBe (0.2860 plusOrMinus 5e-5)
    }
  })
