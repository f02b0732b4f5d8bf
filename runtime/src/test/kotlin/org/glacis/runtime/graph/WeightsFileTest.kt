package org.glacis.runtime.graph

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.shouldBe
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.nio.file.Files
import java.nio.file.Path
import java.util.zip.ZipEntry
import java.util.zip.ZipOutputStream
import org.glacis.spec.InputException

/** An archive as NumPy writes it: a whole array, and a second one of two numbers of [type]. */
private fun archive(file: Path, type: String, bytes: ByteArray): Path {
  fun npy(descr: String, data: ByteArray): ByteArray {
    val text = "{'descr': '$descr', 'fortran_order': False, 'shape': (2,), }"
    val header = text.padEnd(117) + "\n"
    val size =
      ByteBuffer.allocate(2).order(ByteOrder.LITTLE_ENDIAN).putShort(header.length.toShort())
    return byteArrayOf(0x93.toByte()) +
      "NUMPY".toByteArray() +
      byteArrayOf(1, 0) +
      size.array() +
      header.toByteArray() +
      data
  }
  val whole = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putFloat(0.5f).putFloat(-2f)
  ZipOutputStream(Files.newOutputStream(file)).use { zip ->
    for ((name, data) in
      listOf("layers/0/bias" to npy("<f4", whole.array()), "layers/0/kernel" to npy(type, bytes))) {
      zip.putNextEntry(ZipEntry("$name.npy"))
      zip.write(data)
      zip.closeEntry()
    }
  }
  return file
}

class WeightsFileTest :
  FunSpec({
    val folder = tempdir().toPath()

    test("float32 and float64 are read") {
      val wide =
        ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putDouble(1.5).putDouble(3.0)
      val weights = WeightsFile.read(archive(folder.resolve("wide.npz"), "<f8", wide.array()))
      weights["layers/0/bias"].values.toList() shouldBe listOf(0.5f, -2f)
      weights["layers/0/kernel"].values.toList() shouldBe listOf(1.5f, 3f)
    }

    // 1 and -2 in float16; NumPy has no bfloat16 of its own, and stores it as bytes without a type.
    for ((name, type) in listOf("float16" to "<f2", "bfloat16" to "|V2")) {
      test("$name is refused with the array's path and the remedy") {
        val half =
          archive(folder.resolve("$name.npz"), type, byteArrayOf(0, 0x3c, 0, 0xc0.toByte()))
        shouldThrow<InputException> { WeightsFile.read(half) }.message shouldBe
          "$half: the array \"layers/0/kernel\" has numbers of half precision, and nothing is certified of these; store the float32 weights that they were rounded from, or, to certify the rounded network, convert all of them to float32"
      }
    }

    test("what is no archive is refused") {
      val text = Files.writeString(folder.resolve("text.npz"), "no archive")
      shouldThrow<InputException> { WeightsFile.read(text) }
        .message!!
        .substringBefore(" (") shouldBe "$text: cannot be read as an npz archive"
    }
  })
