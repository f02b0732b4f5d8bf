package org.glacis.spec

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain

/** Faults and warnings of kernels that are condensed. */
class CondensingValidationTest :
  FunSpec({
    fun constrained(how: Orthogonalization) =
      small
        .layers(Residual(listOf(SpectralConv2d(1, 3, orthogonalization = how))), Flatten, Dense(10))
        .training { copy(condense = Condensing.EVERY_EPOCH) }

    test("condensing where there is nothing to condense") {
      val told =
        "1 fault\n  train.condense  is set but no layer has a kernel that can be condensed; take layers such as spectralDense(64) with bjorck, qr or cholesky, or leave it out"
      faults { training { copy(condense = Condensing.EVERY_STEP) } } shouldBe told
      faults { constrained(MatrixExponential()) } shouldBe told
      for (how in listOf(Bjorck(), Qr, Cholesky)) constrained(how).validate().shouldBeEmpty()
      small
        .layers(Flatten, FrobeniusDense(10))
        .training { copy(condense = Condensing.EVERY_STEP) }
        .validate()
        .shouldBeEmpty()
    }

    test("few iterations are warned of where kernels are never condensed, inside of blocks too") {
      val few = constrained(Bjorck(14))
      few.warnings().shouldBeEmpty()
      few.training { copy(condense = Condensing.NEVER) }.warnings().map(Fault::toString) shouldBe
        listOf(
          "model.layers[0].layers[0].orthogonalization.iterations  is 14, which leaves small singular values below 1 as kernels move away from orthogonal ones; give 15 or more, or set train.condense to everyEpoch"
        )
      for (how in listOf(Bjorck(15), Qr, MatrixExponential())) {
        constrained(how).training { copy(condense = Condensing.NEVER) }.warnings().shouldBeEmpty()
      }
      small.warnings().shouldBeEmpty()
    }

    test("the plain experiment has nothing to condense") {
      constrained(Qr).plain shouldBe
        small.layers(Residual(listOf(Conv2d(1, 3))), Flatten, Dense(10)).validated()
      val projected = Residual(listOf(SpectralConv2d(2, 3)), listOf(SpectralConv2d(2, 1), MaxMin))
      small.layers(projected, Flatten, Dense(10)).plain.model.layers[0] shouldBe
        Residual(listOf(Conv2d(2, 3)), listOf(Conv2d(2, 1), MaxMin))
    }

    test("each layer has the path of the declaration") {
      constrained(Qr).model.layersByPath().keys.toList() shouldBe
        listOf("layers[0]", "layers[0].layers[0]", "layers[1]", "layers[2]")
      val inner = Residual(listOf(Relu), listOf(Tanh))
      val projected = small.layers(Residual(listOf(Flatten), listOf(Flatten, inner)), Dense(10))
      projected.validated().model.layersByPath() shouldBe
        mapOf(
          "layers[0]" to Residual(listOf(Flatten), listOf(Flatten, inner)),
          "layers[0].layers[0]" to Flatten,
          "layers[0].shortcut[0]" to Flatten,
          "layers[0].shortcut[1]" to inner,
          "layers[0].shortcut[1].layers[0]" to Relu,
          "layers[0].shortcut[1].shortcut[0]" to Tanh,
          "layers[1]" to Dense(10),
        )
      projected.with("model.layers[0].shortcut[1].shortcut[0]", """{"type": "elu"}""") shouldBe
        small.layers(
          Residual(listOf(Flatten), listOf(Flatten, Residual(listOf(Relu), listOf(Elu)))),
          Dense(10),
        )
    }

    test("condensing stands in the JSON form where it is declared, and only there") {
      val declared = constrained(Qr)
      declared.toJson() shouldContain "\"condense\": \"everyEpoch\""
      ExperimentJson.decode(declared.toJson()) shouldBe declared
      small.toJson() shouldNotContain "condense"
      declared.with("train.condense", "everyStep").train.condense shouldBe Condensing.EVERY_STEP
      small.with("train.condense", "everyStep").train.condense shouldBe Condensing.EVERY_STEP
      small.with("model.lipschitz", "2").model.lipschitz shouldBe 2.0
    }
  })
