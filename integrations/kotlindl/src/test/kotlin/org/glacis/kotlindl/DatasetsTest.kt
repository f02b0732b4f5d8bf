package org.glacis.kotlindl

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import org.glacis.dsl.adam
import org.glacis.dsl.crossEntropy
import org.glacis.dsl.experiment
import org.glacis.dsl.linf
import org.glacis.dsl.memory
import org.glacis.runtime.Glacis
import org.glacis.runtime.RunOptions
import org.glacis.spec.DataRange
import org.glacis.spec.Shape
import org.glacis.spec.Task
import org.jetbrains.kotlinx.dl.dataset.Dataset as KotlinDlDataset
import org.jetbrains.kotlinx.dl.dataset.OnHeapDataset

class DatasetsTest :
  FunSpec({
    fun data(x: List<FloatArray>, vararg y: Float) = OnHeapDataset.create(x.toTypedArray(), y)
    val flat = listOf(floatArrayOf(1f, 2f, 3f, 4f), floatArrayOf(5f, 6f, 7f, 8f))

    test("samples are copied in order, with labels as classes") {
      val source = data(flat, 2f, 0f)
      val samples = source.toSamples(Shape(2, 2, 1))
      source.x[0][0] = 99f
      samples.values().toList() shouldBe (1..8).map { it.toFloat() }
      samples.labels().toList() shouldBe listOf(2, 0)
      samples.shape() shouldBe Shape(2, 2, 1)
      samples.outputs() shouldBe 3
    }

    test("labels of a regression are targets") {
      val samples = data(flat, 2.5f, -1f).toSamples(Shape(4), Task.REGRESSION)
      samples.targets().toList() shouldBe listOf(2.5f, -1f)
      samples.outputs() shouldBe 1
    }

    test("labels that are no classes are refused") {
      refused("sample 1 has the label 0.5, expected a class 0, 1, 2, ...", "regression") {
        data(flat, 1f, 0.5f).toSamples(Shape(4))
      }
      refused("sample 0 has the label -1.0") { data(flat, -1f, 0f).toSamples(Shape(4)) }
      refused("sample 0 has the label NaN") { data(flat, Float.NaN, 0f).toSamples(Shape(4)) }
      refused("sample 0 has the label 3.0E9") { data(flat, 3e9f, 0f).toSamples(Shape(4)) }
      refused("sample 1 has the label Infinity") {
        data(flat, 0f, Float.POSITIVE_INFINITY).toSamples(Shape(4))
      }
    }

    test("samples that are not of the shape are refused") {
      refused("sample 0 has 4 numbers but the shape [3, 3, 1] has 9") {
        data(flat, 0f, 1f).toSamples(Shape(3, 3, 1))
      }
      refused("it has no samples") { data(emptyList()).toSamples(Shape(4)) }
      refused("NaN at sample 1") {
        data(listOf(floatArrayOf(1f), floatArrayOf(Float.NaN)), 0f, 1f).toSamples(Shape(1))
      }
    }

    test("a data set is asked only for its size, its inputs and its labels") {
      val closed =
        object : KotlinDlDataset() {
          override fun split(splitRatio: Double) = error("asked to split")

          override fun xSize() = 2

          override fun getX(idx: Int) = flat[idx]

          override fun getY(idx: Int) = idx.toFloat()

          override fun shuffle() = error("asked to shuffle")

          override fun createDataBatch(batchStart: Int, batchLength: Int) =
            error("asked for a batch")
        }
      closed.toSamples(Shape(4)).sha256() shouldBe data(flat, 0f, 1f).toSamples(Shape(4)).sha256()
    }

    test("a pair of training and test data is a data set for any experiment") {
      val pair = digits()
      val dataset = pair.toDataset("digits by KotlinDL", Shape(8, 8, 1)).withRange(DataRange.UNIT)
      dataset.toString() shouldBe
        "digits by KotlinDL: classification, 1437 train and 360 test, shape [8, 8, 1], 10 outputs, range [0.0, 1.0]"
      val plain =
        experiment("from-kotlindl") {
          data(memory("digits by KotlinDL", Shape(8, 8, 1), 10)) { batch = 64 }
          perturbation = linf(0.0)
          model {
            input(8, 8, 1)
            flatten()
            dense(10)
          }
          train(epochs = 2) {
            loss = crossEntropy()
            optimizer = adam(1e-2)
          }
        }
      Glacis.train(plain, RunOptions.defaults().withDataset(dataset)).use { model ->
        val evaluation = model.evaluate(dataset.test(), linf(0.0))
        (evaluation["cleanAccuracy"] > 0.7) shouldBe true
      }
    }
  })
