package org.glacis.runtime.data

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.floats.plusOrMinus
import io.kotest.matchers.nulls.shouldNotBeNull
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.nio.file.Path
import kotlin.math.abs
import kotlin.math.sqrt
import org.glacis.spec.NamedData

class EmbeddedDataTest :
  FunSpec({
    val nowhere = DataLocations.of(null, null, Path.of("no", "such", "folder"), listOf())
    val digits = DataSets.load(NamedData("digits"), nowhere)
    val diabetes = DataSets.load(NamedData("diabetes"), nowhere)

    fun counts(samples: Samples) =
      IntArray(10).also { n -> samples.labels().forEach { n[it]++ } }.toList()

    test("digits are 1,437 and 360 images with the published counts of each class") {
      digits.train().size() shouldBe 1437
      digits.test().size() shouldBe 360
      counts(digits.train()) shouldBe listOf(143, 146, 142, 146, 144, 145, 144, 143, 141, 143)
      counts(digits.test()) shouldBe listOf(35, 36, 35, 37, 37, 37, 37, 36, 33, 37)
    }

    test("a pixel of digits is k / 16 exactly, in [0, 1]") {
      val all = digits.train().values() + digits.test().values()
      all.toSet() shouldBe (0..16).map { it / 16f }.toSet()
      all.sumOf { it.toDouble() } / all.size shouldBe (0.30526028624095713 plusOrMinus 1e-12)
      digits.train().values().sumOf { it.toDouble() } * 16 shouldBe 449372.0
      val first = digits.train().input(0).map { (it * 16).toInt() }
      first.take(16) shouldBe listOf(0, 0, 5, 13, 9, 1, 0, 0, 0, 0, 13, 15, 10, 15, 5, 0)
      digits.train().labels().take(3) shouldBe listOf(0, 1, 2)
    }

    test("diabetes has 353 and 89 patients of 10 features and one target") {
      diabetes.train().size() shouldBe 353
      diabetes.test().size() shouldBe 89
      diabetes.train().outputs() shouldBe 1
    }

    test("features of diabetes have mean 0 and deviation 1 over the training part") {
      val train = diabetes.train()
      for (feature in 0 until 10) {
        val column = (0 until train.size()).map { train.values()[it * 10 + feature].toDouble() }
        column.average() shouldBe (0.0 plusOrMinus 1e-6)
        sqrt(column.sumOf { it * it } / column.size) shouldBe (1.0 plusOrMinus 1e-6)
      }
      train.input(0)[0] shouldBe (0.76784424f plusOrMinus 1e-6f)
      diabetes.test().input(88)[9] shouldBe (0.07870958f plusOrMinus 1e-6f)
    }

    test("a target of diabetes is the score divided by 100") {
      diabetes.train().targets().take(3) shouldBe listOf(1.51f, 0.75f, 1.41f)
      val all = diabetes.train().targets() + diabetes.test().targets()
      all.average() shouldBe (1.5213348416289592 plusOrMinus 1e-6)
    }

    test("train and test of diabetes are alike, so their order needs no shuffling") {
      fun columns(samples: Samples) =
        (0 until 10).map { k ->
          (0 until samples.size()).map { samples.values()[it * 10 + k].toDouble() }
        } + listOf(samples.targets().map { it.toDouble() })
      columns(diabetes.train()).zip(columns(diabetes.test())).forEach { (a, b) ->
        fun error(x: List<Double>) =
          x.sumOf { (it - x.average()) * (it - x.average()) } / (x.size - 1) / x.size
        abs(a.average() - b.average()) / sqrt(error(a) + error(b)) shouldBeLessThan 0.9
      }
    }

    test("embedded files are those that the notice names") {
      val notice = EmbeddedData::class.java.getResource("NOTICE.txt").shouldNotBeNull().readText()
      val files = digits.provenance().files() + diabetes.provenance().files()
      files shouldHaveSize 3
      files.forEach { notice shouldContain "${it.path().substringAfterLast('/')} " }
      files.forEach { notice shouldContain it.sha256() }
    }
  })
