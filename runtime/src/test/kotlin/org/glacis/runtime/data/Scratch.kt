package org.glacis.runtime.data

import io.kotest.core.spec.style.FunSpec
import java.io.ByteArrayOutputStream
import java.nio.ByteBuffer
import java.nio.file.Files
import java.nio.file.Path
import java.util.zip.GZIPOutputStream
import kotlin.io.path.ExperimentalPathApi
import kotlin.io.path.createDirectories
import kotlin.io.path.deleteRecursively
import kotlin.io.path.writeBytes

/** A fresh folder, gone when the specification ends. */
@OptIn(ExperimentalPathApi::class)
internal fun FunSpec.scratch(): Path {
  val folder = Files.createTempDirectory("glacis-data")
  afterSpec { folder.deleteRecursively() }
  return folder
}

/** Writes [content] below [this], folders included. */
internal fun Path.file(name: String, content: ByteArray): Path =
  resolve(name).also {
    it.parent.createDirectories()
    it.writeBytes(content)
  }

internal fun gzip(content: ByteArray): ByteArray {
  val out = ByteArrayOutputStream()
  GZIPOutputStream(out).use { it.write(content) }
  return out.toByteArray()
}

/** An IDX file with this header and content, whether they fit or not. */
internal fun idx(magic: Int, extents: List<Int>, content: ByteArray): ByteArray {
  val buffer = ByteBuffer.allocate(4 + 4 * extents.size + content.size).putInt(magic)
  extents.forEach { buffer.putInt(it) }
  return buffer.put(content).array()
}

internal fun idxImages(count: Int, rows: Int = 28, columns: Int = 28): ByteArray =
  idx(2051, listOf(count, rows, columns), ByteArray(count * rows * columns) { (it % 251).toByte() })

internal fun idxLabels(vararg labels: Int): ByteArray =
  idx(2049, listOf(labels.size), ByteArray(labels.size) { labels[it].toByte() })

/** The four files of MNIST, with three training and two test samples. */
internal fun Path.smallMnist(name: String = "mnist"): Path {
  file("$name/train-images-idx3-ubyte.gz", gzip(idxImages(3)))
  file("$name/train-labels-idx1-ubyte.gz", gzip(idxLabels(0, 9, 5)))
  file("$name/t10k-images-idx3-ubyte.gz", gzip(idxImages(2)))
  file("$name/t10k-labels-idx1-ubyte.gz", gzip(idxLabels(1, 2)))
  return this
}
