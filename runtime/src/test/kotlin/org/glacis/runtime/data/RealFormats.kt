package org.glacis.runtime.data

import java.awt.image.BufferedImage
import java.io.ByteArrayOutputStream
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.nio.file.Path
import java.util.zip.CRC32
import java.util.zip.ZipEntry
import java.util.zip.ZipOutputStream
import javax.imageio.ImageIO

// Small files in the formats of the published ones.

/** An npy file of [type] and [shape], in format 1.0. */
internal fun npy(
  type: String,
  shape: List<Int>,
  columns: Boolean = false,
  content: ByteArray,
): ByteArray {
  val tuple = shape.joinToString(", ", "(", if (shape.size == 1) ",)" else ")")
  val order = if (columns) "True" else "False"
  val text = "{'descr': '$type', 'fortran_order': $order, 'shape': $tuple, }"
  val head = text.padEnd((text.length + 11) / 64 * 64 + 53) + "\n"
  val start = ByteBuffer.allocate(10).order(ByteOrder.LITTLE_ENDIAN)
  start
    .put(byteArrayOf(0x93.toByte()))
    .put("NUMPY".toByteArray())
    .put(1)
    .put(0)
    .putShort(head.length.toShort())
  return start.array() + head.toByteArray() + content
}

/** An npy file of whole numbers of eight bytes. */
internal fun i8(vararg values: Long, type: String = "<i8"): ByteArray {
  val content = ByteBuffer.allocate(8 * values.size).order(ByteOrder.LITTLE_ENDIAN)
  values.forEach { content.putLong(it) }
  return npy(type, listOf(values.size), content = content.array())
}

/** An npz archive, as `numpy.savez_compressed` or, if [stored], `numpy.savez` writes it. */
internal fun npz(arrays: Map<String, ByteArray>, stored: Boolean = false): ByteArray {
  val out = ByteArrayOutputStream()
  ZipOutputStream(out).use { zip ->
    arrays.forEach { (name, content) ->
      val entry = ZipEntry("$name.npy")
      if (stored) {
        entry.method = ZipEntry.STORED
        entry.size = content.size.toLong()
        entry.crc = CRC32().also { it.update(content) }.value
      }
      zip.putNextEntry(entry)
      zip.write(content)
    }
  }
  return out.toByteArray()
}

/** Byte [i] of image [number]: red is 0 to 99, green 100 to 199, blue 200 to 255. */
internal fun planeByte(number: Int, i: Int, pixels: Int): Int {
  val place = i % pixels
  return when (i / pixels) {
    0 -> (number + place) % 100
    1 -> 100 + (number + 3 * place) % 100
    else -> 200 + (number + 5 * place) % 56
  }
}

/** [planeByte] of all of an image of [pixels], in planes. */
internal fun planes(number: Int, pixels: Int) =
  ByteArray(3 * pixels) { planeByte(number, it, pixels).toByte() }

/** What [planes] are, as a network is to see them: red, green, blue of each pixel. */
internal fun interleaved(number: Int, pixels: Int): List<Int> =
  List(3 * pixels) { planeByte(number, it % 3 * pixels + it / 3, pixels) }

/** Image [i] of samples as whole numbers from 0 to 255. */
internal fun Samples.pixels(i: Int): List<Int> =
  List(shape().size) { bytes()[i * shape().size + it].toInt() and 0xff }

internal val CIFAR_FILES = (1..5).map { "data_batch_$it.bin" } + "test_batch.bin"

/** Records of CIFAR-10 with these [labels]; image i is number [first] + i. */
internal fun records(labels: List<Int>, first: Int = 0): ByteArray =
  labels
    .mapIndexed { i, label -> byteArrayOf(label.toByte()) + planes(first + i, 1024) }
    .fold(ByteArray(0), ByteArray::plus)

/** The six files, two records each, labels 0 to 9 and 8, 9. */
internal fun smallCifar(): Map<String, ByteArray> =
  CIFAR_FILES.mapIndexed { i, name ->
      name to records(listOf(2 * i % 10, (2 * i + 1) % 10), first = 2 * i)
    }
    .toMap()

/** A tar archive as `tar --format=ustar` writes it; folders end with a slash. */
internal fun tar(files: Map<String, ByteArray>): ByteArray {
  val out = ByteArrayOutputStream()
  for ((name, content) in files) {
    val header = ByteArray(512)
    name.toByteArray().copyInto(header)
    "%011o".format(content.size).toByteArray().copyInto(header, 124)
    header[156] = (if (name.endsWith("/")) '5' else '0').code.toByte()
    out.write(header)
    out.write(content)
    out.write(ByteArray((512 - content.size % 512) % 512))
  }
  out.write(ByteArray(1024))
  return out.toByteArray()
}

/** A colour JPEG of one colour. */
internal fun jpeg(grey: Int, size: Int = 64): ByteArray {
  val image = BufferedImage(size, size, BufferedImage.TYPE_INT_RGB)
  for (i in 0 until size * size) image.setRGB(i % size, i / size, grey * 0x010101)
  return ByteArrayOutputStream().also { check(ImageIO.write(image, "jpg", it)) }.toByteArray()
}

internal val TINY_CLASSES = List(200) { "n%08d".format(10_000_000 + 7 * it) }

/** TinyImageNet with [each] training images a class and three for validation. */
internal fun Path.smallTinyImageNet(each: Int = 1): Path {
  file("wnids.txt", TINY_CLASSES.reversed().joinToString("\n").toByteArray())
  TINY_CLASSES.forEachIndexed { label, name ->
    val image = jpeg(label)
    for (i in 0 until each) file("train/$name/images/${name}_$i.JPEG", image)
    file("train/$name/${name}_boxes.txt", "0\t0\t1\t1".toByteArray())
  }
  listOf(7, 199, 7).forEachIndexed { i, label -> file("val/images/val_$i.JPEG", jpeg(label)) }
  file("val/val_annotations.txt", annotations(7, 199, 7).toByteArray())
  return this
}

internal fun annotations(vararg labels: Int): String =
  labels.withIndex().joinToString("") { (i, label) ->
    "val_$i.JPEG\t${TINY_CLASSES[label]}\t0\t32\t44\t62\n"
  }

internal val IMAGE_NET_FILES = (1..10).map { "train_data_batch_$it.npz" } + "val_data.npz"

/** An archive of ImageNet64 with these [labels]; image i is number [first] + i. */
internal fun imageNet(vararg labels: Long, first: Int = 0): Map<String, ByteArray> {
  val images = labels.indices.map { planes(first + it, 4096) }.fold(ByteArray(0), ByteArray::plus)
  return mapOf(
    "data" to npy("|u1", listOf(labels.size, 12288), content = images),
    "labels" to i8(*labels),
    "mean" to npy("<f8", listOf(1), content = ByteArray(8)),
  )
}

/** The eleven archives, one image each but two in the first. */
internal fun Path.smallImageNet(stored: Boolean = false): Path {
  IMAGE_NET_FILES.forEachIndexed { i, name ->
    val arrays = if (i == 0) imageNet(1000, 1) else imageNet(100L * i % 1000 + 1, first = i + 1)
    file(name, npz(arrays, stored))
  }
  return this
}
