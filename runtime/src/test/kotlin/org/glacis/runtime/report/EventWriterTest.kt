package org.glacis.runtime.report

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldBeMonotonicallyIncreasing
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.nio.file.Path
import java.time.Clock
import java.time.Instant
import java.time.ZoneOffset
import java.util.zip.CRC32C
import kotlin.io.path.name
import kotlin.io.path.readBytes
import kotlin.io.path.writeText
import org.glacis.spec.InputException
import org.tensorflow.proto.Event

class EventWriterTest :
  FunSpec({
    val runs = RunFixture(tempdir().toPath())
    val clock = Clock.fixed(Instant.parse("2030-01-02T03:04:05.250Z"), ZoneOffset.UTC)

    fun open(directory: Path = runs.directory()) = EventWriter.open(directory, clock, "host")

    test("the file is named after the second and the host, and begins with its version") {
      val writer = open().apply { close() }
      writer.file().name shouldBe "events.out.tfevents.1893553445.host"
      val first = events(writer.file()).single()
      first.fileVersion shouldBe "brain.Event:2"
      first.wallTime shouldBe 1893553445.25
    }

    test("numbers, texts and pictures are read back as they were written") {
      val png = Gallery.png(floatArrayOf(0f, 1f, 0.5f, 0.25f), RunFixture.pictures.shape())
      val writer = open()
      writer.use {
        it.scalar("loss", 0.5, 1)
        it.scalar("loss", Double.NaN, 2)
        it.text("experiment", "ε = 0.02", 0)
        it.image("worst", png, 112, 112, 2)
      }
      val (loss, nan, text, image) = events(writer.file()).drop(1)
      loss.step shouldBe 1
      loss.summary.getValue(0).tag shouldBe "loss"
      loss.summary.getValue(0).simpleValue shouldBe 0.5f
      nan.summary.getValue(0).simpleValue.isNaN() shouldBe true
      text.summary.getValue(0).metadata.pluginData.pluginName shouldBe "text"
      text.summary.getValue(0).tensor.getStringVal(0).toStringUtf8() shouldBe "ε = 0.02"
      image.summary.getValue(0).image.encodedImageString.toByteArray().toList() shouldBe
        png.toList()
    }

    test("a histogram keeps count, sum and ends, and every value falls in a bin") {
      val values = DoubleArray(1000) { Math.sin(it * 0.7) * it }
      val writer = open()
      writer.use { it.histogram("weights", values, 3) }
      val histogram = events(writer.file()).last().summary.getValue(0).histo
      histogram.num shouldBe 1000.0
      histogram.min shouldBe values.min()
      histogram.max shouldBe values.max()
      histogram.sum shouldBe (values.sum() plusOrMinus 1e-9)
      histogram.bucketList.sum() shouldBe 1000.0
      histogram.bucketLimitList.shouldBeMonotonicallyIncreasing()
      histogram.bucketLimitList.last() shouldBe values.max()
    }

    test("equal values make one bin") {
      val writer = open()
      writer.use { it.histogram("bias", DoubleArray(5), 0) }
      events(writer.file()).last().summary.getValue(0).histo.bucketList shouldContainExactly
        listOf(5.0)
    }

    test("a histogram of nothing, or with NaN, is refused by name") {
      open().use { writer ->
        shouldThrow<IllegalArgumentException> { writer.histogram("empty", doubleArrayOf(), 0) }
          .message shouldContain "histogram \"empty\""
        shouldThrow<IllegalArgumentException> {
            writer.histogram("w", doubleArrayOf(1.0, Double.NaN), 0)
          }
          .message shouldContain "NaN at position 1"
      }
    }

    test("opening again, as a resumed run does, makes a new file and leaves the old one") {
      val directory = runs.directory()
      val first = open(directory).apply { scalar("loss", 1.0, 1) }.apply { close() }
      val before = first.file().readBytes().toList()
      val second = open(directory).apply { scalar("loss", 0.5, 2) }.apply { close() }
      second.file().name shouldBe first.file().name + ".1"
      first.file().readBytes().toList() shouldBe before
      events(second.file()).size shouldBe 2
    }

    test("what was flushed is on disk before the writer is closed") {
      open().use {
        it.scalar("loss", 1.0, 1)
        it.flush()
        events(it.file()).size shouldBe 2
      }
    }

    test("a place that cannot be written to is the user's to mend") {
      val file = runs.directory().resolve("taken").apply { writeText("") }
      shouldThrow<InputException> { open(file) }.message shouldContain
        "name another directory with --out"
    }
  })

/** Reads TFRecord frames with their checksums, independently of the writer. */
private fun events(file: Path): List<Event> {
  val bytes = ByteBuffer.wrap(file.readBytes()).order(ByteOrder.LITTLE_ENDIAN)
  return buildList {
    while (bytes.hasRemaining()) {
      val header = ByteArray(8).also(bytes::get)
      bytes.getInt() shouldBe masked(header)
      val length = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).getLong()
      val data = ByteArray(length.toInt()).also(bytes::get)
      bytes.getInt() shouldBe masked(data)
      add(Event.parseFrom(data))
    }
  }
}

private fun masked(data: ByteArray): Int {
  val crc = CRC32C().apply { update(data) }.value
  return ((((crc ushr 15) or (crc shl 17)) + 0xa282ead8L) and 0xffffffffL).toInt()
}
