package org.glacis.kotlindl

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import org.glacis.dsl.linf
import org.glacis.dsl.ramp
import org.glacis.dsl.robustCrossEntropy
import org.glacis.spec.Shape
import org.jetbrains.kotlinx.dl.api.core.layer.core.Dense
import org.jetbrains.kotlinx.dl.api.core.layer.core.Input
import org.jetbrains.kotlinx.dl.api.core.layer.reshaping.Flatten
import org.jetbrains.kotlinx.dl.dataset.OnHeapDataset

class KotlinRoadTest :
  FunSpec({
    test("Java and Kotlin declare equal models, samples and robust training") {
      JavaRoad.model() shouldBe modelSpec(listOf(Input(2, 2, 1), Flatten(), Dense()))
      val data =
        OnHeapDataset.create(
          arrayOf(floatArrayOf(1f, 2f), floatArrayOf(3f, 4f)),
          floatArrayOf(0f, 1f),
        )
      JavaRoad.samples().sha256() shouldBe data.toSamples(Shape(2)).sha256()
      val robust =
        GlacisSequential.of(JavaRoad.layers())
          .robust {
            perturbation = linf(0.1)
            epsilon = ramp(2, 8)
            loss = robustCrossEntropy()
            gradientClip = 5.0
            clipBox = false
            shuffle = false
            dropLast = true
            seed = 7
          }
          .robustTraining
      JavaRoad.robust() shouldBe robust
    }
  })
