package org.glacis.runtime.data

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.readBytes
import org.glacis.spec.DataSpec
import org.glacis.spec.NamedData

class Cifar10DataTest :
  FunSpec({
    val root = scratch()

    fun fresh(): Path = Files.createTempDirectory(root, "cifar")

    fun place(files: Map<String, ByteArray>): Path =
      fresh().also { place ->
        files.forEach { (name, bytes) -> place.file("cifar-10/$name", bytes) }
      }

    fun packed(files: Map<String, ByteArray> = smallCifar()) =
      tar(
        mapOf("cifar-10-batches-bin/" to ByteArray(0)) +
          files.mapKeys { "cifar-10-batches-bin/${it.key}" } +
          mapOf("cifar-10-batches-bin/readme.html" to "<html>".toByteArray())
      )

    fun read(place: Path, spec: DataSpec = DataSpec(NamedData("cifar-10"))) =
      DataSets.load(spec, DataLocations.of(place, null, fresh(), listOf()))

    fun Dataset.check() {
      facts() shouldBe DataCatalogue.get("cifar-10").facts()
      train().isBytes shouldBe true
      train().labels().toList() shouldBe (0..9).toList()
      test().labels().toList() shouldBe listOf(0, 1)
      (0 until 10).forEach { train().pixels(it) shouldBe interleaved(it, 1024) }
      (0 until 2).forEach { test().pixels(it) shouldBe interleaved(10 + it, 1024) }
    }

    test("records become images of red, green and blue, batch after batch") {
      val place = place(smallCifar().mapKeys { "${it.key}.gz" }.mapValues { gzip(it.value) })
      val data = read(place)
      data.check()
      data.provenance().files().map { it.path().substringAfterLast('/') } shouldBe
        CIFAR_FILES.map { "$it.gz" }
      data.provenance().files()[5].sha256() shouldBe
        Sha256.of(place.resolve("cifar-10/test_batch.bin.gz").readBytes())
    }

    test("plain files, and those in the folder that the archive unpacks to, are read alike") {
      read(place(smallCifar())).check()
      read(place(smallCifar().mapKeys { "cifar-10-batches-bin/${it.key}" })).check()
    }

    test("the published archive is read as it is") {
      val archive = gzip(packed())
      val data = read(place(mapOf("cifar-10-binary.tar.gz" to archive)))
      data.check()
      data.provenance().files().single().sha256() shouldBe Sha256.of(archive)
    }

    test("limits take the first samples") {
      val data = read(place(smallCifar()), DataSpec(NamedData("cifar-10"), 1, 0.0, 3, 1))
      data.train().labels().toList() shouldBe listOf(0, 1, 2)
      data.test().size() shouldBe 1
      refused("limitTrain: found 11") {
        read(place(smallCifar()), DataSpec(NamedData("cifar-10"), 1, 0.0, 11, 1))
      }
    }

    test("it is downloaded as one archive, whose checksum must be right; else nothing is kept") {
      val archive = gzip(packed())
      LoopbackMirror(mapOf("cifar-10-binary.tar.gz" to archive)).use { mirror ->
        val home = fresh()
        val where =
          DataLocations.of(null, null, home, listOf())
            .withMirrors(mapOf("cifar-10" to listOf(mirror.uri)))
        refused(
          "cifar-10-binary.tar.gz could not be downloaded",
          "after ${archive.size} of 170052171 bytes",
          "cifar-10-binary.tar.gz  170052171 bytes  sha256 c4a38c50",
        ) {
          DataCatalogue.get("cifar-10").load(where)
        }
        DataCatalogue.get("cifar-10").place(where) shouldBe "not here"
      }
    }

    context("refused:") {
      val good = smallCifar()
      val first = good.getValue("data_batch_1.bin")

      suspend fun faulty(what: String, files: Map<String, ByteArray>, vararg parts: String) {
        test(what) { refused(*parts) { read(place(files)) } }
      }
      faulty(
        "a file cut short within a record",
        good + ("data_batch_3.bin" to first.copyOf(5000)),
        "data_batch_3.bin: found 5000 bytes",
        "expected records of 3073 bytes (the published file: 10,000 records, 30730000 bytes)",
        "cut short",
      )
      faulty(
        "a file cut short between records",
        good + ("data_batch_3.bin" to first.copyOf(3073)),
        "data_batch_3.bin: found 1 records, expected 2, as ",
        "data_batch_1.bin has",
      )
      faulty("an empty file", good + ("test_batch.bin" to ByteArray(0)), "found 0 bytes")
      faulty(
        "a label that is none",
        good + ("data_batch_2.bin" to records(listOf(3, 10))),
        "data_batch_2.bin: found label 10 at record 1, expected 0 to 9",
        "not CIFAR-100",
      )
      faulty(
        "a gzip stream cut short",
        good.mapValues { gzip(it.value) }.mapKeys { "${it.key}.gz" } +
          ("data_batch_1.bin.gz" to gzip(first).let { it.copyOf(it.size - 9) }),
        "data_batch_1.bin.gz: found a file that ends early, expected a whole file",
      )
      faulty(
        "a gzip stream with a changed byte",
        mapOf(
          "cifar-10-binary.tar.gz" to
            gzip(packed()).also { it[it.size - 6] = (it[it.size - 6] + 1).toByte() }
        ),
        "cifar-10-binary.tar.gz: found a damaged gzip stream",
      )
      faulty(
        "an archive cut short",
        mapOf("cifar-10-binary.tar.gz" to gzip(packed().copyOf(20_000))),
        "cifar-10-binary.tar.gz: found a file that ends early",
      )
      faulty(
        "an archive of something else",
        mapOf("cifar-10-binary.tar.gz" to gzip(ByteArray(512) { 'x'.code.toByte() })),
        "cifar-10-binary.tar.gz: found a damaged file",
        "no tar header",
      )
      faulty(
        "an archive that lacks a file",
        mapOf("cifar-10-binary.tar.gz" to gzip(packed(good - "data_batch_4.bin"))),
        "found an archive without data_batch_4.bin",
      )
      faulty(
        "a folder that lacks files",
        good - "data_batch_4.bin" - "test_batch.bin",
        "found a folder (--data) without 2 files",
        "data_batch_4.bin.gz\n  test_batch.bin.gz",
      )
    }
  })
