package org.glacis.spec

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe

private fun refusal(path: String, value: String): String =
  shouldThrow<InputException> { small.with(path, value) }.message!!

class SettingTest :
  FunSpec({
    context("a path sets") {
      test("a number") { small.with("train.epochs", "12") shouldBe small.withEpochs(12) }
      test("a number in a list") {
        small.with("model.layers[3].units", "20").model.layers[3] shouldBe Dense(20)
      }
      test("a word, with quotes or without") {
        small.with("name", "other").name shouldBe "other"
        small.with("name", "\"12\"").name shouldBe "12"
      }
      test("a data set") {
        small.with("data.source.name", "fashion-mnist").data.source shouldBe
          NamedData("fashion-mnist")
      }
      test("what is null") {
        small.with("train.gradientClip", "1.5").train.gradientClip shouldBe 1.5
      }
      test("null") { small.with("perturbation.range", "null").perturbation.range shouldBe null }
      test("a whole part") {
        small.with("train.loss", """{"type": "crossEntropy"}""").train.loss shouldBe CrossEntropy
      }
      test("an element of a list") {
        small.with("model.layers[1]", """{"type": "tanh"}""").model.layers[1] shouldBe Tanh
      }
      test("an epsilon, one or many") {
        small.with("perturbation.epsilon", "0.3").perturbation.epsilon shouldBe Epsilon(0.3)
        small.with("perturbation.epsilon", "[0.1, 0.2]").perturbation.epsilon shouldBe
          Epsilon(listOf(0.1, 0.2))
      }
      test("nothing else") { small.with("seed", "7") shouldBe small.withSeed(7) }
    }

    test("what is set is not yet validated, so that faults can be set right one by one") {
      small.with("train.epochs", "5").with("train.epsilon.length", "3").validate() shouldBe
        emptyList()
    }

    context("refused, with a remedy:") {
      test("an unknown field") {
        refusal("train.epoch", "5") shouldBe
          "--set train.epoch: train has no field \"epoch\"; did you mean \"epochs\"? known fields: ${fields(TrainingSpec.serializer())}"
      }
      test("an unknown part on the way") {
        refusal("trian.epochs", "5") shouldBe
          "--set trian.epochs: the experiment has no field \"trian\"; did you mean \"train\"? known fields: formatVersion, name, data, perturbation, model, train, certify, seed"
      }
      test("an unknown field of a layer") {
        refusal("model.layers[3].unit", "5") shouldBe
          "--set model.layers[3].unit: model.layers[3] has no field \"unit\"; did you mean \"units\"? known fields: type, units, bias"
      }
      test("an index out of range") {
        refusal("model.layers[4].units", "5") shouldBe
          "--set model.layers[4].units: model.layers has no element [4]; take one from [0] to [3]"
        refusal("model.layers[99999999999].units", "5") shouldBe
          "--set model.layers[99999999999].units: model.layers has no element [99999999999]; take one from [0] to [3]"
      }
      test("an index into nothing") {
        shouldThrow<InputException> {
            small.copy(certify = emptyList()).with("certify[0].limit", "5")
          }
          .message shouldBe "--set certify[0].limit: certify has no element [0]; it is empty"
      }
      test("an index where there is no list") {
        refusal("train[0].epochs", "5") shouldBe
          "--set train[0].epochs: train is no list, so it has no element [0]; leave [0] out"
      }
      test("a list without an index") {
        refusal("model.layers.units", "5") shouldBe
          "--set model.layers.units: model.layers is a list; say which element, such as model.layers[0].units"
      }
      test("a field of a number") {
        refusal("train.epochs.x", "5") shouldBe
          "--set train.epochs.x: train.epochs is 10 and has no fields; set train.epochs itself"
      }
      test("what is no path") {
        for (path in
          listOf("", "train..epochs", "layers[", "layers[-1]", "[0]", "train.epochs ")) refusal(
          path,
          "5",
        ) shouldBe
          "--set $path=5: \"$path\" is no path; write it like train.epochs or model.layers[0].units"
      }
      test("a wrong type") {
        refusal("train.epochs", "many") shouldBe
          "--set train.epochs=many has 1 fault\n  train.epochs  is \"many\"; give a whole number"
      }
      test("another type that keeps the old one's fields") {
        refusal("train.optimizer.type", "sgd") shouldBe
          """
          --set train.optimizer.type=sgd has 3 faults
            train.optimizer.beta1    is not a field of sgd; known fields: ${fields(Sgd.serializer())}
            train.optimizer.beta2    is not a field of sgd; known fields: ${fields(Sgd.serializer())}
            train.optimizer.epsilon  is not a field of sgd; known fields: ${fields(Sgd.serializer())}
          """
            .trimIndent()
      }
    }
  })
