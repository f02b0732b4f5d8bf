package org.glacis.runtime.data

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.ints.shouldBeInRange
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import io.kotest.matchers.string.shouldContain
import kotlin.math.abs
import kotlin.math.sqrt
import org.glacis.runtime.Glacis
import org.glacis.runtime.train.TOY_DATA
import org.glacis.runtime.train.TOY_OPTIONS
import org.glacis.runtime.train.toy
import org.glacis.spec.DataRange
import org.glacis.spec.GaussianNoise
import org.glacis.spec.InputException
import org.glacis.spec.Occlusion
import org.glacis.spec.Shape
import org.glacis.spec.WrongLabels

private const val COUNT = 1000
private const val CLASSES = 10

private fun table(value: Float, shape: Shape = Shape(4)) =
  Samples.table(shape, FloatArray(COUNT * shape.size) { value }, IntArray(COUNT) { it % CLASSES })

class CorruptionsTest :
  FunSpec({
    test("a share of the labels is wrong, all other classes alike, and the inputs stay") {
      val plain = table(0.5f)
      val spoilt = Corruptions.of(WrongLabels(0.3), plain, CLASSES, null, 1)
      val wrong = (0 until COUNT).filter { spoilt.labels()[it] != plain.labels()[it] }
      wrong.size shouldBe 300
      val moves = wrong.groupingBy { (spoilt.labels()[it] - it % CLASSES + CLASSES) % CLASSES }
      // 300 draws of 9 classes: 33 each, with a deviation of 5.4.
      for (count in moves.eachCount().values) count shouldBeInRange 10..60
      moves.eachCount().keys shouldBe (1 until CLASSES).toSet()
      spoilt.values().toList() shouldBe plain.values().toList()
    }

    test("a seed spoils the same samples again, another seed others") {
      val plain = table(0.5f)
      fun labels(seed: Long) =
        Corruptions.of(WrongLabels(0.3), plain, CLASSES, null, seed).labels().toList()
      labels(5) shouldBe labels(5)
      labels(5) shouldNotBe labels(6)
    }

    test("noise has its deviation, and stays in the range") {
      val plain = table(0.5f)
      val open = Corruptions.of(GaussianNoise(0.1), plain, CLASSES, null, 2).values()
      val mean = open.average()
      mean shouldBe (0.5 plusOrMinus 0.01)
      sqrt(open.sumOf { (it - mean) * (it - mean) } / open.size) shouldBe (0.1 plusOrMinus 0.005)
      val closed = Corruptions.of(GaussianNoise(2.0), plain, CLASSES, DataRange.UNIT, 2).values()
      closed.min() shouldBe 0f
      closed.max() shouldBe 1f
    }

    test("a square of each image is black, somewhere else in each") {
      val shape = Shape(6, 5, 2)
      val spoilt = Corruptions.of(Occlusion(3), table(1f, shape), CLASSES, null, 3)
      val places =
        (0 until COUNT).map { i ->
          val black = spoilt.input(i).indices.filter { spoilt.input(i)[it] == 0f }
          black.size shouldBe 3 * 3 * 2
          black.first()
        }
      places.toSet().size shouldBe 4 * 3
    }

    test("bytes stay bytes") {
      val bytes = Samples.images(Shape(2, 2, 1), ByteArray(40) { 100 }, IntArray(10))
      val spoilt = Corruptions.of(GaussianNoise(0.01), bytes, 1, DataRange.UNIT, 4)
      spoilt.isBytes shouldBe true
      abs(spoilt.bytes().average() - 100) shouldBeLessThan 2.5
      spoilt.bytes().toSet().size shouldNotBe 1
    }

    test("a fraction is a random choice of so many samples, in their order") {
      val numbered =
        Samples.table(Shape(1), FloatArray(COUNT) { it.toFloat() }, IntArray(COUNT) { it % 7 })
      val part = Corruptions.fraction(numbered, 0.05, 9)
      part.size() shouldBe 50
      val chosen = part.values().toList()
      chosen shouldBe chosen.sorted()
      chosen.toSet().size shouldBe 50
      (chosen.average() / COUNT) shouldBe (0.5 plusOrMinus 0.15)
      for (i in 0 until 50) part.labels()[i] shouldBe chosen[i].toInt() % 7
    }

    test("a run trains on what its declaration says, and tests on what there is") {
      val plain = toy()
      val less =
        plain.copy(data = plain.data.copy(fraction = 0.5, corruption = listOf(WrongLabels(0.4))))
      val spoilt = Corruptions.of(less, TOY_DATA)
      spoilt.train().size() shouldBe 23
      spoilt.test() shouldBe TOY_DATA.test()
      Corruptions.of(plain, TOY_DATA) shouldBe TOY_DATA
      Glacis.train(less, TOY_OPTIONS).use { one ->
        Glacis.train(plain, TOY_OPTIONS).use { other ->
          val path = one.weights().paths().first()
          one.weights().get(path).values.toList() shouldNotBe
            other.weights().get(path).values.toList()
        }
      }
    }

    test("labels of a regression are not spoilt") {
      val numbers = Samples.regression(Shape(1), floatArrayOf(1f), floatArrayOf(2f), 1)
      shouldThrow<InputException> { Corruptions.of(WrongLabels(0.1), numbers, 1, null, 0) }
        .message shouldContain "regression"
    }
  })
