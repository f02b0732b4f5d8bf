package org.glacis.runtime.train

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import org.glacis.runtime.graph.Weights
import org.glacis.runtime.graph.WeightsFile
import org.glacis.spec.InputException

class CheckpointTest :
  FunSpec({
    val weights =
      Weights(mapOf("layers/0/kernel" to Weights.Entry(intArrayOf(2), floatArrayOf(1f, -2f))))

    test("every number of the progress comes back as it was, infinity and NaN included") {
      val numbers =
        listOf(
          0.0,
          -0.0,
          Math.PI,
          -1e300,
          Double.MIN_VALUE,
          Double.MAX_VALUE,
          Double.POSITIVE_INFINITY,
          Double.NEGATIVE_INFINITY,
          Double.NaN,
        )
      val named = numbers.withIndex().associate { "n${it.index}" to it.value }
      val history = listOf(EpochRecord(1, named), EpochRecord(2, mapOf("loss" to 0.1)))
      val progress = Progress(3, 7, named, named, history, 1e-3, numbers, WeightAverage.NONE)
      val checkpoint = Checkpoint(tempdir().toPath())
      checkpoint.write(Progress.State(weights, progress))
      val read = checkpoint.read()
      read.progress() shouldBe progress
      read.variables().bits() shouldBe weights.bits()
      read.progress().stepMillis().map { it.toRawBits() } shouldBe numbers.map { it.toRawBits() }
    }

    test(
      "averaged weights come back with the number of steps in them, and no weights are taken for others"
    ) {
      val other =
        Weights(mapOf("layers/0/kernel" to Weights.Entry(intArrayOf(2), floatArrayOf(3f, 1e-9f))))
      val checkpoint = Checkpoint(tempdir().toPath())
      val average = WeightAverage.NONE.with(other).with(weights)
      val progress = Progress(3, 7, emptyMap(), emptyMap(), emptyList(), 1.0, emptyList(), average)
      checkpoint.write(Progress.State(weights, progress))
      val read = checkpoint.read()
      read.progress().average().count() shouldBe 2
      read.progress().average().mean().bits() shouldBe average.mean().bits()
      read.variables().bits() shouldBe weights.bits()
    }

    test("a state before the first step has no times of steps") {
      val checkpoint = Checkpoint(tempdir().toPath())
      checkpoint.write(Progress.State(weights, Progress.atStartOf(1, emptyList())))
      checkpoint.read().progress().stepMillis().shouldBeEmpty()
    }

    test("progress in another form is refused, with the remedy") {
      val folder = tempdir().toPath()
      val other = Weights.Entry(intArrayOf(2, 3), FloatArray(6))
      WeightsFile.write(folder.resolve("last.npz"), Weights(mapOf("progress/position" to other)))
      val fault = shouldThrow<InputException> { Checkpoint(folder).read() }
      fault.message shouldContain "last.npz: found progress of shape [2, 3], expected (numbers, 4)"
      fault.message shouldContain "begin a new run"
    }
  })
