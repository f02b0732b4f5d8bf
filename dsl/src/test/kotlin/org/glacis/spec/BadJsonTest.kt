package org.glacis.spec

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import kotlinx.serialization.KSerializer
import kotlinx.serialization.descriptors.elementNames

/** The message for a text that is the one of [small] with [old] replaced by [new]. */
private fun messageFor(old: String, new: String): String {
  val text = small.toJson()
  check(old in text) { "$old is not in the text" }
  return messageFor(text.replaceFirst(old, new))
}

private fun messageFor(text: String): String =
  shouldThrow<InputException> { ExperimentJson.decode(text, "x.json") }.message!!

/** The names of the fields of a type, as messages list them. */
internal fun fields(type: KSerializer<*>): String = type.descriptor.elementNames.joinToString(", ")

class BadJsonTest :
  FunSpec({
    context("what is no JSON at all") {
      test("a word") {
        messageFor("hello") shouldBe "x.json is not JSON: it begins with hello; expected {"
      }
      test("nothing") {
        messageFor("") shouldBe
          "x.json is not JSON: Cannot read Json element because of unexpected end of the input; complete the text"
      }
      test("a comma too many") {
        messageFor("{\n \"a\": 1,\n}") shouldBe
          "x.json:2:9 is not JSON: Trailing comma before the end of JSON object; mend the text there"
      }
      test("a text cut off") {
        messageFor(small.toJson().substringBefore("\"batch\"") + "\"batch\"") shouldBe
          "x.json:9:11 is not JSON: Expected colon ':', but had 'EOF' instead; mend the text there"
      }
      test("something after the end") {
        messageFor(small.toJson() + "x") shouldBe
          "x.json:${small.toJson().lines().size}:2 is not JSON: Expected EOF after parsing, but had x instead; mend the text there"
      }
    }

    context("what is no object") {
      test("a list") {
        messageFor("[]") shouldBe
          "x.json: found a list, expected an object with formatVersion, name, data, ..."
      }
      test("a number") {
        messageFor("12") shouldBe
          "x.json: found the value 12, expected an object with formatVersion, name, data, ..."
      }
    }

    context("a format version that is") {
      test("missing") {
        messageFor("\"formatVersion\": 1,", "") shouldBe
          "x.json: formatVersion is missing; add \"formatVersion\": 1"
      }
      test("zero") {
        messageFor("\"formatVersion\": 1", "\"formatVersion\": 0") shouldBe
          "x.json: formatVersion is 0; add \"formatVersion\": 1"
      }
      test("a text") {
        messageFor("\"formatVersion\": 1", "\"formatVersion\": \"1\"") shouldBe
          "x.json: formatVersion is \"1\"; add \"formatVersion\": 1"
      }
      test("from the future") {
        messageFor("\"formatVersion\": 1", "\"formatVersion\": 2") shouldBe
          "x.json: formatVersion is 2, but this release reads up to 1; use a newer Glacis"
      }
    }

    context("an unknown key") {
      test("at the top") {
        messageFor("\"seed\"", "\"sead\"") shouldBe
          """
          x.json has 1 fault
            sead  is not a field of an experiment; did you mean "seed"? known fields: name, data, perturbation, model, train, certify, seed, baselines, stressTest
          """
            .trimIndent()
      }
      test("in a part, which then lacks one") {
        messageFor("\"epochs\"", "\"epoch\"") shouldBe
          """
          x.json has 2 faults
            train.epoch   is not a field of train; did you mean "epochs"? known fields: ${fields(TrainingSpec.serializer())}
            train.epochs  is missing; add a whole number
          """
            .trimIndent()
      }
      test("in a layer") {
        messageFor("\"units\"", "\"unit\"") shouldBe
          """
          x.json has 2 faults
            model.layers[3].unit   is not a field of dense; did you mean "units"? known fields: units, bias
            model.layers[3].units  is missing; add a whole number
          """
            .trimIndent()
      }
      test("in a layer without fields") {
        messageFor("\"type\": \"relu\"", "\"type\": \"relu\", \"slope\": 0.1") shouldBe
          """
          x.json has 1 fault
            model.layers[1].slope  is not a field of relu; remove it; relu has no fields
          """
            .trimIndent()
      }
      test("in a step's attack") {
        messageFor("\"stepSize\"", "\"size\"") shouldBe
          """
          x.json has 1 fault
            certify[0].steps[0].attack.size  is not a field of pgd; known fields: ${fields(Pgd.serializer())}
          """
            .trimIndent()
      }
    }

    context("half precision") {
      test("of a certification") {
        messageFor("\"limit\"", "\"precision\": \"mixedBfloat16\", \"limit\"") shouldBe
          """
          x.json has 1 fault
            certify[0].precision  is not a field of certify; remove it: only train has a precision, and certificates are always computed in float64, of the float32 weights
          """
            .trimIndent()
      }
      test("of a step") {
        messageFor("\"type\": \"ibp\"", "\"type\": \"ibp\", \"precision\": \"float16\"") shouldBe
          """
          x.json has 1 fault
            certify[0].steps[1].precision  is not a field of ibp; remove it: only train has a precision, and certificates are always computed in float64, of the float32 weights
          """
            .trimIndent()
      }
      test("of weights that are trained") {
        messageFor("\"precision\": \"float32\"", "\"precision\": \"float16\"") shouldBe
          "x.json has 1 fault\n  train.precision  is \"float16\"; did you mean \"float32\"? known names: float32, mixedBfloat16"
      }
    }

    context("a wrong type") {
      test("text for a whole number") {
        messageFor("\"epochs\": 10", "\"epochs\": \"10\"") shouldBe
          "x.json has 1 fault\n  train.epochs  is \"10\"; give a whole number"
      }
      test("a fraction for a whole number") {
        messageFor("\"epochs\": 10", "\"epochs\": 2.5") shouldBe
          "x.json has 1 fault\n  train.epochs  is 2.5; give a whole number"
      }
      test("a number for true or false") {
        messageFor("\"shuffle\": true", "\"shuffle\": 1") shouldBe
          "x.json has 1 fault\n  train.shuffle  is 1; give true or false"
      }
      test("a word without quotes for a text") {
        messageFor("\"name\": \"small\"", "\"name\": small") shouldBe
          "x.json has 1 fault\n  name  is small; give a text in double quotes"
      }
      test("null where it means nothing") {
        messageFor("\"batch\": 32", "\"batch\": null") shouldBe
          "x.json has 1 fault\n  data.batch  is null; give a whole number"
      }
      test("an object for a list") {
        messageFor(
          "\"layers\": [",
          "\"layers\": {}, \"name\": \"\" }, \"rest\": {\"of\": [",
        ) shouldBe
          """
          x.json has 2 faults
            rest          is not a field of an experiment; known fields: name, data, perturbation, model, train, certify, seed, baselines, stressTest
            model.layers  is an object; give a list
          """
            .trimIndent()
      }
      test("a word for a loss") {
        val loss = "{\n      \"type\": \"robustCrossEntropy\",\n      \"elision\": false\n    }"
        messageFor(loss, "\"crossEntropy\"") shouldBe
          """
          x.json has 1 fault
            train.loss  is "crossEntropy"; give an object with a type, one of: adversarial, clipped, crossEntropy, holisticRobust, intervalWidth, categoricalHinge, hinge, hkr, kr, lseHkr, multiMargin, softHkr, temperatureCrossEntropy, meanSquaredError, robustCrossEntropy, crownIbp, ccIbp, expIbp, mtlIbp, sabr, ibp, trades, robustMeanSquaredError, sum, test.hinge
          """
            .trimIndent()
      }
    }

    context("a wrong name") {
      test("of an enum") {
        messageFor("\"weights\": \"fanInUniform\"", "\"weights\": \"heNorml\"") shouldBe
          """
          x.json has 1 fault
            train.initialization.weights  is "heNorml"; did you mean "heNormal"? known names: fanInUniform, ibp, heNormal, glorotUniform, orthogonal, spectral
          """
            .trimIndent()
      }
      test("of a type") {
        messageFor("\"type\": \"adam\"", "\"type\": \"adamw\"") shouldBe
          """
          x.json has 1 fault
            train.optimizer.type  is "adamw"; did you mean "adamW"? known types: adam, adamW, rAdam, sgd
          """
            .trimIndent()
      }
      test("of a layer, with the types that exist") {
        messageFor("\"type\": \"flatten\"", "\"kind\": \"flatten\"") shouldBe
          """
          x.json has 1 fault
            model.layers[2].type  is missing; add one of: absolute, clippedPRelu, elu, leakyRelu, relu, sigmoid, softplus, tanh, averagePool2d, binaryLogits, concatResidual, convexResidual, prescaledResidual, residual, concatMaxMin, frobeniusConv2d, frobeniusDense, spectralConv1d, spectralConv2d, spectralConv2dTranspose, spectralDense, dropout, flatten, fullSort, groupSort, householder, invertibleDownSampling, invertibleUpSampling, conv1d, conv2d, conv2dTranspose, dense, layerCentering, maxMin, maxPool2d, normalize, reshape, batchCentering, batchLipNorm, batchNorm, scaledAveragePool2d, scaledGlobalAveragePool2d, scaledGlobalL2NormPool2d, scaledL2NormPool2d, test.scale
          """
            .trimIndent()
      }
      test("of a padding") {
        messageFor("\"padding\": \"same\"", "\"padding\": \"sane\"") shouldBe
          """
          x.json has 1 fault
            model.layers[0].padding  is "sane"; give "same", "valid", "circular" or [top, bottom, left, right]
          """
            .trimIndent()
      }
    }

    context("epsilon") {
      test("NaN is no number of JSON") {
        messageFor("\"epsilon\": 0.02", "\"epsilon\": NaN") shouldBe
          "x.json has 1 fault\n  perturbation.epsilon  is NaN; give a number or a list of numbers"
      }
      test("a text") {
        messageFor("\"epsilon\": 0.02", "\"epsilon\": \"0.02\"") shouldBe
          "x.json has 1 fault\n  perturbation.epsilon  is \"0.02\"; give a number or a list of numbers"
      }
      test("too large for a double") {
        messageFor("\"epsilon\": 0.02", "\"epsilon\": 1e999") shouldBe
          "x.json has 1 fault\n  perturbation.epsilon  is 1e999; give a number or a list of numbers"
      }
      test("below zero is read, and refused by the validation") {
        val read =
          ExperimentJson.decode(
            small.toJson().replaceFirst("\"epsilon\": 0.02", "\"epsilon\": -0.02")
          )
        shouldThrow<InvalidExperimentException> { read.validated() }.message shouldBe
          "experiment \"small\" has 1 fault\n  perturbation.epsilon  is -0.02; give a finite number, 0 or above"
      }
    }

    test("faults everywhere are told at once, in the order of the format") {
      val text =
        small
          .toJson()
          .replaceFirst("\"batch\": 32", "\"batch\": \"many\"")
          .replaceFirst("\"filters\": 4", "\"filters\": true")
          .replaceFirst("\"seed\": 0", "\"seed\": 0.5")
      messageFor(text) shouldBe
        """
        x.json has 3 faults
          data.batch               is "many"; give a whole number
          model.layers[0].filters  is true; give a whole number
          seed                     is 0.5; give a whole number
        """
          .trimIndent()
    }

    test("an experiment with NaN is not written, and the message says where it is") {
      val broken = small.copy(perturbation = Linf(Epsilon(Double.NaN)))
      shouldThrow<InvalidExperimentException> { broken.toJson() }.message shouldBe
        "experiment \"small\" has 1 fault\n  perturbation.epsilon  is NaN; give a finite number, 0 or above"
    }
  })
