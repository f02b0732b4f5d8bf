package org.glacis.runtime.data

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import org.glacis.spec.Shape

class IdxFileTest :
  FunSpec({
    val folder = scratch()
    val shape = Shape(2, 3, 1)
    val twelve = ByteArray(12) { (it * 20).toByte() }
    val labels = folder.file("labels", idxLabels(4, 0))

    fun images(name: String, content: ByteArray) = folder.file(name, content)

    fun read(name: String, content: ByteArray) =
      IdxFile.images(images(name, content), labels, shape, 10)

    test("gzipped and plain files give the same samples, whatever they are called") {
      val plain = idx(2051, listOf(2, 2, 3), twelve)
      val pair = read("plain", plain)
      pair.samples.bytes().toList() shouldBe twelve.toList()
      pair.samples.labels().toList() shouldBe listOf(4, 0)
      read("packed.gz", gzip(plain)).samples.sha256() shouldBe pair.samples.sha256()
      read("plain.gz", plain).samples.sha256() shouldBe pair.samples.sha256()
      pair.files[0] shouldBe DataFile(folder.resolve("plain").toString(), Sha256.of(plain), 28)
    }

    test("a file cut short is refused, gzipped or plain") {
      val whole = idx(2051, listOf(2, 2, 3), twelve)
      refused("short: found 11 of 12 bytes after the header", "copy it again") {
        read("short", whole.copyOf(whole.size - 1))
      }
      refused("head: found only 10 bytes") { read("head", whole.copyOf(10)) }
      refused("empty: found only 0 bytes") { read("empty", ByteArray(0)) }
      val packed = gzip(whole)
      refused("cut.gz: found a gzip stream that ends early") {
        read("cut.gz", packed.copyOf(packed.size - 12))
      }
      val broken = packed.copyOf().also { it[packed.size - 6] = (it[packed.size - 6] + 1).toByte() }
      refused("crc.gz: found a damaged gzip stream") { read("crc.gz", broken) }
    }

    test("a wrong magic number, so labels for images too, is refused") {
      refused("found magic number 2049", "expected 2051", "exchanged") {
        read("magic", idxLabels(*IntArray(20)))
      }
      refused("expected 2049") { IdxFile.read(images("x", idx(2051, listOf(2, 2, 3), twelve)), 1) }
    }

    test("bytes after the end are refused") {
      refused("found more bytes than the header states, expected 2 × 2 × 3 = 12 bytes") {
        read("long", idx(2051, listOf(2, 2, 3), ByteArray(13)))
      }
    }

    test("a header beyond all reason is refused before memory is asked for") {
      refused("a header that states 4294967295 × 4294967295 × 4294967295 bytes") {
        read("huge", idx(2051, listOf(-1, -1, -1), twelve))
      }
      refused("found 12 of 1879048192 bytes") {
        read("lie", idx(2051, listOf(0x0fffffff + 1, 7, 1), twelve))
      }
      refused("states 0 × 2 × 3 bytes") { read("none", idx(2051, listOf(0, 2, 3), ByteArray(0))) }
    }

    test("images of another size are refused") {
      refused("found images of 3 × 2 pixels, expected 2 × 3") {
        read("size", idx(2051, listOf(2, 3, 2), twelve))
      }
    }

    test("images and labels must be of one number") {
      refused("found 3 images, expected as many as the 2 labels of $labels") {
        read("three", idx(2051, listOf(3, 2, 3), ByteArray(18)))
      }
    }

    test("a label without a class is refused with its sample") {
      val wrong = folder.file("wrong", idxLabels(1, 200))
      refused("wrong: found label 200 at sample 1, expected 0 to 9") {
        IdxFile.images(images("ok", idx(2051, listOf(2, 2, 3), twelve)), wrong, shape, 10)
      }
    }

    test("a file that is not there is refused") {
      refused("nowhere: found no such file") { IdxFile.read(folder.resolve("nowhere"), 1) }
      refused("a file that cannot be read") { IdxFile.read(folder, 1) }
    }
  })
