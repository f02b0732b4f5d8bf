package org.glacis.runtime.data

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.nio.file.Path
import java.util.Base64
import org.glacis.spec.DataRange
import org.glacis.spec.NpzFile
import org.glacis.spec.Shape
import org.glacis.spec.Task

class NpzDataTest :
  FunSpec({
    val folder = scratch()
    var files = 0

    fun u1(vararg shape: Int, values: List<Int>) =
      npy("|u1", shape.toList(), content = ByteArray(values.size) { values[it].toByte() })

    fun f4(vararg shape: Int, values: List<Float>): ByteArray {
      val content = ByteBuffer.allocate(4 * values.size).order(ByteOrder.LITTLE_ENDIAN)
      values.forEach { content.putFloat(it) }
      return npy("<f4", shape.toList(), content = content.array())
    }

    fun f8(vararg shape: Int, values: List<Double>): ByteArray {
      val content = ByteBuffer.allocate(8 * values.size)
      values.forEach { content.putDouble(it) }
      return npy(">f8", shape.toList(), content = content.array())
    }

    fun archive(arrays: Map<String, ByteArray>): Path =
      folder.file("set${files++}.npz", npz(arrays))

    val images = u1(2, 1, 2, values = listOf(0, 51, 255, 128))
    val good =
      mapOf("x_train" to images, "y_train" to i8(1, 0), "x_test" to images, "y_test" to i8(0, 2))

    fun read(change: Map<String, ByteArray>): Dataset = NpzData.read(archive(good + change))

    test("an archive that NumPy wrote, compressed, is read as it was meant") {
      val written =
        Base64.getDecoder()
          .decode(
            """
          UEsDBC0AAAAIAAAAIQBEBHbF//////////8LABQAeF90cmFpbi5ucHkBABAAjAAAAAAAAABUAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loF
          5Taqiuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GsY6CkZApKmjUKtAHuBiENGwCUip6Fmw5cQdAFBLAwQtAAAACAAAACEAihrOE///
          ////////CwAUAHlfdHJhaW4ubnB5AQAQAJgAAAAAAAAASgAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRupaBuk2mhrqOgnpZfVFKUmBefX5SSCh
          J3S8wpTgWKF2ckFqQC+RrGOpo6CrUKFAAuJgZUwAilAVBLAwQtAAAACAAAACEApKMwHv//////////CgAUAHhfdGVzdC5ucHkBABAAhAAAAAAA
          AABKAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loF5Taqiuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GoY6CkZApKmjUKtAHuD6Dw
          QAUEsDBC0AAAAIAAAAIQA+mhRe//////////8KABQAeV90ZXN0Lm5weQEAEACIAAAAAAAAAEgAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWg
          bpNpoa6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkahjqaOgq1ChQALkYGCAAAUEsBAi0DLQAAAAgAAAAhAEQEdsVUAAAAjAAAAAsAAA
          AAAAAAAAAAAIABAAAAAHhfdHJhaW4ubnB5UEsBAi0DLQAAAAgAAAAhAIoazhNKAAAAmAAAAAsAAAAAAAAAAAAAAIABkQAAAHlfdHJhaW4ubnB5
          UEsBAi0DLQAAAAgAAAAhAKSjMB5KAAAAhAAAAAoAAAAAAAAAAAAAAIABGAEAAHhfdGVzdC5ucHlQSwECLQMtAAAACAAAACEAPpoUXkgAAACIAA
          AACgAAAAAAAAAAAAAAgAGeAQAAeV90ZXN0Lm5weVBLBQYAAAAABAAEAOIAAAAiAgAAAAA=
          """
              .replace(Regex("\\s"), "")
          )
      val data = NpzData.read(folder.file("numpy.npz", written))
      data.name() shouldBe "numpy"
      data.shape() shouldBe Shape(2, 2)
      data.outputs() shouldBe 3
      data.range() shouldBe DataRange.UNIT
      data.train().bytes().map { it.toInt() and 0xff } shouldBe List(12) { it * 20 }
      data.train().labels().toList() shouldBe listOf(2, 0, 1)
      data.test().input(0).toList() shouldBe List(4) { 1f }
      data.provenance().files() shouldBe
        listOf(
          DataFile(
            folder.resolve("numpy.npz").toString(),
            Sha256.of(written),
            written.size.toLong(),
          )
        )
    }

    test("unsigned bytes with labels are images") {
      val data =
        DataSets.load(
          NpzFile(archive(good).toString()),
          DataLocations.of(null, null, folder, listOf()),
        )
      data.task() shouldBe Task.CLASSIFICATION
      data.train().isBytes shouldBe true
      data.train().input(1).toList() shouldBe listOf(1f, 128 / 255f)
      data.outputs() shouldBe 3
    }

    test("floats of both sizes and byte orders with labels are a table with an open range") {
      val data =
        read(
          mapOf(
            "x_train" to f4(2, 2, values = listOf(1f, -2f, 3f, 0.5f)),
            "x_test" to f8(2, 2, values = listOf(0.25, 1e-3, 7.0, 8.0)),
          )
        )
      data.range() shouldBe null
      data.train().values().toList() shouldBe listOf(1f, -2f, 3f, 0.5f)
      data.test().values().toList() shouldBe listOf(0.25f, 1e-3f, 7f, 8f)
    }

    test("floating point y is regression; bytes are then read as 0 to 1") {
      val data =
        read(
          mapOf(
            "y_train" to f4(2, 2, values = listOf(1f, 2f, 3f, 4f)),
            "y_test" to f8(2, 2, values = listOf(5.0, 6.0, 7.0, 8.0)),
          )
        )
      data.task() shouldBe Task.REGRESSION
      data.outputs() shouldBe 2
      data.train().targets().toList() shouldBe listOf(1f, 2f, 3f, 4f)
      data.train().values().toList() shouldBe listOf(0f, 0.2f, 1f, 128 / 255f)
    }

    test("labels may be of any whole type, and in one column") {
      val column = u1(2, 1, values = listOf(200, 0))
      read(mapOf("y_train" to column)).train().labels().toList() shouldBe listOf(200, 0)
      val shorts = npy("<u2", listOf(2), content = byteArrayOf(0, 0x80.toByte(), 1, 0))
      read(mapOf("y_train" to shorts)).train().labels().toList() shouldBe listOf(32768, 1)
    }

    test("a missing array is named among those found") {
      refused(
        "set",
        "found the arrays x_test, x_train, y_train",
        "expected x_train, y_train, x_test and y_test",
      ) {
        NpzData.read(archive(good - "y_test"))
      }
      refused("found the arrays a, b") {
        NpzData.read(archive(mapOf("a" to images, "b" to images)))
      }
    }

    test("other types are refused by the name that NumPy gives them") {
      refused("x_train: found int64, expected uint8, float32 or float64") {
        read(mapOf("x_train" to i8(1, 2)))
      }
      refused("x_train: found int8") {
        read(mapOf("x_train" to npy("|i1", listOf(2, 1), content = ByteArray(2))))
      }
      refused("x_train: found float16") {
        read(mapOf("x_train" to npy("<f2", listOf(2, 1), content = ByteArray(4))))
      }
      refused("y_test: found object") {
        read(mapOf("y_test" to npy("|O", listOf(2), content = ByteArray(20))))
      }
      refused("y_test: found bool") {
        read(mapOf("y_test" to npy("|b1", listOf(2), content = ByteArray(2))))
      }
      refused("y_test: found type U3") {
        read(mapOf("y_test" to npy("<U3", listOf(2), content = ByteArray(24))))
      }
    }

    test("an array stored column by column is refused") {
      refused("x_test: found an array stored column by column", "ascontiguousarray") {
        read(mapOf("x_test" to npy("|u1", listOf(2, 1, 2), columns = true, content = ByteArray(4))))
      }
    }

    test("shapes that do not fit are refused") {
      refused("y_train: found shape [3], expected 2 rows, as x_train has") {
        read(mapOf("y_train" to i8(0, 1, 2)))
      }
      refused("x_train: found shape [2], expected samples first") {
        read(mapOf("x_train" to u1(2, values = listOf(1, 2))))
      }
      refused("y_train: found shape [2, 3], expected one label a sample", "argmax") {
        read(mapOf("y_train" to u1(2, 3, values = listOf(1, 0, 0, 0, 0, 1))))
      }
      refused("y_train: found shape [2, 1, 1]") {
        read(mapOf("y_train" to f4(2, 1, 1, values = listOf(1f, 2f))))
      }
      refused("samples of shape [4, 1], expected classification samples of shape [1, 2]") {
        read(mapOf("x_test" to u1(2, 4, 1, values = List(8) { 0 })))
      }
    }

    test("labels below 0 or beyond all reason are refused with their sample") {
      refused("y_train: found label -1 at sample 1") { read(mapOf("y_train" to i8(0, -1))) }
      refused("y_train: found label 18446744073709551615 at sample 0") {
        read(mapOf("y_train" to i8(-1, 0, type = "<u8")))
      }
      refused("label 4294967296 at sample 1") { read(mapOf("y_train" to i8(0, 1L shl 32))) }
    }

    test("numbers that are not finite are refused, also those that float32 cannot hold") {
      refused("x_train: found NaN at sample 1, value 0") {
        read(mapOf("x_train" to f4(2, 2, values = listOf(1f, 1f, Float.NaN, 1f))))
      }
      refused("x_train: found Infinity at sample 0, value 1") {
        read(mapOf("x_train" to f8(2, 2, values = listOf(1.0, 1e300, 1.0, 1.0))))
      }
    }

    test("files that are missing, no archive or damaged are refused") {
      refused("none.npz: found no such file") { NpzData.read(folder.resolve("none.npz")) }
      refused("text.npz: found no zip archive", "numpy.savez") {
        NpzData.read(folder.file("text.npz", "hello, this is no zip file".toByteArray()))
      }
      refused("x_train: found a damaged array") { read(mapOf("x_train" to "hello".toByteArray())) }
      refused("x_train: found a damaged array", "131 bytes instead of 132") {
        read(mapOf("x_train" to images.copyOf(images.size - 1)))
      }
      refused("x_train: found a damaged array", "133 bytes instead of 132") {
        read(mapOf("x_train" to images.copyOf(images.size + 1)))
      }
      refused("x_train: found a damaged array") {
        read(
          mapOf(
            "x_train" to
              npy("|u1", listOf(2000000000, 2000000000, 2000000000), content = ByteArray(4))
          )
        )
      }
    }
  })
