package org.glacis.spec

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldNotContain

/** Faults of what trains the kernels of plain layers: regulariser and constraint. */
class PlainKernelValidationTest :
  FunSpec({
    fun weighing(term: OrthogonalityRegularizer): Experiment.() -> Experiment = {
      training { copy(orthogonality = term) }
    }

    test("a regulariser that weighs nothing, less than nothing, or longer than training") {
      faults(weighing(OrthogonalityRegularizer())) shouldBe
        "1 fault\n  train.orthogonality  weighs nothing; give dense, convolutions, or both a weight above 0"
      faults(weighing(OrthogonalityRegularizer(Constant(-1.0), Linear(1, 20)))) shouldBe
        """
        2 faults
          train.orthogonality.dense         goes down to -1.0; give values of 0 or more
          train.orthogonality.convolutions  ends at epoch 20 but training stops at epoch 10; lengthen train.epochs or shorten the schedule
        """
          .trimIndent()
    }

    test("a regulariser of layers that are not there, or are constrained") {
      faults {
        layers(Flatten, SpectralDense(10))
          .run(weighing(OrthogonalityRegularizer(Constant(), Constant())))
      } shouldBe
        """
        2 faults
          train.orthogonality.dense         is set but the model has no plain dense layer; leave it out
          train.orthogonality.convolutions  is set but the model has no plain convolution; leave it out
        """
          .trimIndent()
      small
        .layers(Residual(listOf(Conv2d(1, 3))), Flatten, Dense(10))
        .run(weighing(OrthogonalityRegularizer(Constant(), Constant())))
        .validate()
        .shouldBeEmpty()
    }

    test("constraints with impossible numbers, or without a layer") {
      val bad =
        mapOf(
          SpectralNorm(0.0) to "norm  is 0.0",
          FrobeniusNorm(-1.0) to "norm  is -1.0",
          WeightClip(Double.NaN) to "limit  is NaN",
          AutoWeightClip(Double.POSITIVE_INFINITY) to "scale  is Infinity",
        )
      for ((constraint, told) in bad) faults { training { copy(constraint = constraint) } } shouldBe
        "1 fault\n  train.constraint.$told; give a finite number above 0"
      faults {
        layers(Flatten, FrobeniusDense(10)).training { copy(constraint = SpectralNorm()) }
      } shouldBe
        "1 fault\n  train.constraint  is set but the model has no plain dense layer or convolution; leave it out"
    }

    test("how many windows see one pixel bounds the norm of a layer") {
      val overlaps =
        mapOf(
          Dense(3) to 1.0,
          Conv2d(3, 3) to 3.0,
          Conv2d(3, 3, stride = 2) to 2.0,
          Conv2d(3, 2, stride = 2) to 1.0,
          Conv1d(3, 9) to 3.0,
          Conv2dTranspose(3, 4, stride = 2) to 2.0,
        )
      for ((layer, overlap) in overlaps) layer.overlap shouldBe overlap
    }

    test("neither stands in the JSON form where it is not declared") {
      small.toJson() shouldNotContain "orthogonality"
      small.toJson() shouldNotContain "constraint"
    }
  })
