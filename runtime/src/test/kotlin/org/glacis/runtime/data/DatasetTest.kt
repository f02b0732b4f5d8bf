package org.glacis.runtime.data

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.shouldBe
import org.glacis.spec.DataRange
import org.glacis.spec.InMemory
import org.glacis.spec.Shape
import org.glacis.spec.Task

class DatasetTest :
  FunSpec({
    val shape = Shape(2)

    fun bytes(vararg labels: Int) = Samples.images(shape, ByteArray(2 * labels.size), labels)

    fun floats(vararg labels: Int) =
      Samples.table(shape, FloatArray(2 * labels.size) { it / 4f }, labels)

    test("arrays say themselves how many classes there are and what bytes can be") {
      val data = Dataset.of("mine", bytes(0, 2, 1), bytes(3))
      data.outputs() shouldBe 4
      data.range() shouldBe DataRange.UNIT
      data.classNames().shouldBeEmpty()
      data.provenance() shouldBe Provenance.arrays()
      data.toString() shouldBe
        "mine: classification, 3 train and 1 test, shape [2], 4 outputs, range [0.0, 1.0]"
      Dataset.of("mine", floats(0), floats(0)).range() shouldBe null
    }

    test("what is known can be added, and is checked") {
      val data = Dataset.of("mine", floats(0, 1), floats(0))
      data.withOutputs(5).outputs() shouldBe 5
      data.withClassNames(listOf("a", "b", "c")).outputs() shouldBe 3
      data.withRange(DataRange(0.0, 1.0)).range() shouldBe DataRange.UNIT
      refused("mine: found label 1 at sample 1", "expected 0 to 0") { data.withOutputs(1) }
      refused("label 1 at sample 1") { data.withClassNames(listOf("a")) }
      refused("found 0.75 at sample 1, value 1", "values in [0.0, 0.5]") {
        data.withRange(DataRange(0.0, 0.5))
      }
      refused("least below most") { data.withRange(DataRange(1.0, 0.0)) }
      refused("as bytes are read") {
        Dataset.of("mine", bytes(0), bytes(0)).withRange(DataRange(0.0, 2.0))
      }
    }

    test("splits that do not fit each other are refused") {
      refused("a split without samples") { Dataset.of("mine", bytes(0), bytes()) }
      refused("bytes in one split and floats in the other") {
        Dataset.of("mine", floats(0), bytes(0))
      }
      refused("samples of shape [1]", "samples of shape [2]") {
        Dataset.of("mine", bytes(0), Samples.images(Shape(1), ByteArray(1), intArrayOf(0)))
      }
      refused("found regression samples", "expected classification samples") {
        Dataset.of("mine", floats(0), Samples.regression(shape, FloatArray(2), FloatArray(1), 1))
      }
      refused("found 2 targets a sample, expected 1") {
        Dataset.of(
          "mine",
          Samples.regression(shape, FloatArray(2), FloatArray(1), 1),
          Samples.regression(shape, FloatArray(2), FloatArray(2), 2),
        )
      }
    }

    test("limits keep the first samples, and more than there are is refused") {
      val data = Dataset.of("mine", bytes(0, 1, 2, 3), bytes(4, 5))
      val few = data.withLimits(2, 1)
      few.train().labels().toList() shouldBe listOf(0, 1)
      few.test().labels().toList() shouldBe listOf(4)
      few.outputs() shouldBe 6
      data.withLimits(null, null) shouldBe data
      refused("mine: limitTrain: found 5", "1 to 4, the number of training samples") {
        data.withLimits(5, null)
      }
      refused("mine: limitTest: found 0") { data.withLimits(null, 0) }
    }

    test("validation takes the last training samples") {
      val data = Dataset.of("mine", bytes(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), bytes(0))
      val split = data.split(0.29)
      split.train().labels().toList() shouldBe (0..6).toList()
      split.validation().labels().toList() shouldBe listOf(7, 8, 9)
      data.split(0.0).validation().size() shouldBe 0
      data.split(0.0).train().size() shouldBe 10
      refused("share 1.0") { data.split(1.0) }
      refused("share NaN") { data.split(Double.NaN) }
      refused("0 of 10 training samples") { data.split(0.01) }
      refused("10 of 10 training samples") { data.split(0.99) }
    }

    test(
      "validation draws training samples at random, by the seed alone; both parts stay in order"
    ) {
      val pixels = ByteArray(200) { it.toByte() }
      val data = Dataset.of("mine", Samples.images(shape, pixels, IntArray(100) { it }), bytes(0))
      val split = data.split(0.2, 7)
      val drawn = split.validation().labels().toList()
      drawn.size shouldBe 20
      drawn shouldBe drawn.sorted()
      split.train().labels().toList() shouldBe (0..99).toList() - drawn.toSet()
      split.validation().bytes().toList() shouldBe
        drawn.flatMap { listOf(pixels[2 * it], pixels[2 * it + 1]) }
      data.split(0.2, 7).validation().labels() shouldBe split.validation().labels()
      (data.split(0.2, 8).validation().labels().toList() == drawn) shouldBe false
      // Every fifth is drawn, wherever it lies.
      val often = IntArray(100)
      repeat(500) { seed ->
        data.split(0.2, seed.toLong()).validation().labels().forEach { often[it]++ }
      }
      often.forEach { it.toDouble() shouldBe (100.0 plusOrMinus 50.0) }
      refused("0 of 100 training samples") { data.split(0.001, 7) }
    }

    test("arrays for a declared source must be what it says") {
      val data = Dataset.of("anything", floats(0, 1), floats(0))
      val source = InMemory("mine", shape, 3, Task.CLASSIFICATION)
      DataSets.accept(source, data).outputs() shouldBe 3
      DataSets.accept(source, data).name() shouldBe "mine"
      refused(
        "data \"mine\"",
        "found classification of shape [2], 2 outputs",
        "shape [5], 2 outputs",
      ) {
        DataSets.accept(InMemory("mine", Shape(5), 2, Task.CLASSIFICATION), data)
      }
      refused("2 outputs, expected", "1 outputs") {
        DataSets.accept(InMemory("mine", shape, 1), data)
      }
      refused("expected regression") {
        DataSets.accept(InMemory("mine", shape, 2, Task.REGRESSION), data)
      }
    }
  })
