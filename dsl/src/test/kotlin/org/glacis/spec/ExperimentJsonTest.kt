package org.glacis.spec

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldStartWith
import io.kotest.property.checkAll
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject

class ExperimentJsonTest :
  FunSpec({
    test("an experiment written and read again is equal, whatever it holds") {
      checkAll(500, Generators.experiments) { experiment ->
        ExperimentJson.decode(experiment.toJson()) shouldBe experiment
      }
    }

    test("every type of every family survives by itself") {
      val families =
        with(Generators) {
          listOf(
            layers,
            schedules,
            losses,
            attacks,
            optimizers,
            sets,
            steps,
            sources,
            augmentations,
            corruptions,
          )
        }
      families
        .flatMap { it.entries }
        .forEach { (type, values) ->
          checkAll(20, values) { value ->
            val holder = holding(value as Any)
            withClue("${type.simpleName}: $value") {
              ExperimentJson.decode(holder.toJson()) shouldBe holder
            }
          }
        }
    }

    context("a file of format version 1 loads, and what it says is still written so") {
      // Keys with a default may be added; none may go, move or change.
      for ((file, experiment) in
        listOf("experiment-v1.json" to everything, "expressive.json" to expressive)) {
        test(file) {
          val text = resource(file)
          ExperimentJson.decode(text, file).validated() shouldBe experiment
          missing(Json.parseToJsonElement(text), Json.parseToJsonElement(experiment.toJson()))
            .shouldBeEmpty()
        }
      }
    }

    test("the version of the format comes first") {
      small.toJson() shouldStartWith "{\n  \"formatVersion\": 1,\n  \"name\": \"small\",\n"
    }

    test("what has a default may be left out") {
      val text =
        """
        {
          "formatVersion": 1,
          "name": "short",
          "data": {"source": {"type": "named", "name": "digits"}},
          "perturbation": {"type": "linf", "epsilon": 0.02},
          "model": {"input": [8, 8, 1], "layers": [{"type": "flatten"}, {"type": "dense", "units": 10}]},
          "train": {"epochs": 3}
        }
        """
      val short = ExperimentJson.decode(text).validated()
      short.data.batch shouldBe 128
      short.data.validation shouldBe 0.1
      short.train shouldBe TrainingSpec(3)
      short.perturbation shouldBe Linf(Epsilon(0.02), DataRange(0.0, 1.0))
    }
  })

internal fun resource(name: String): String =
  ExperimentJsonTest::class.java.getResource(name)!!.readText()

/** The paths of [old] that [new] lacks, or where it has another value. */
private fun missing(old: JsonElement, new: JsonElement?, path: String = ""): List<String> =
  when {
    old is JsonObject && new is JsonObject ->
      old.flatMap { (key, value) -> missing(value, new[key], "$path.$key") }
    old is JsonArray && new is JsonArray && old.size == new.size ->
      old.indices.flatMap { missing(old[it], new[it], "$path[$it]") }
    else -> if (old == new) emptyList() else listOf(path)
  }

private fun holding(value: Any): Experiment =
  when (value) {
    is LayerSpec -> small.copy(model = small.model.copy(layers = listOf(value)))
    is ScheduleSpec -> small.copy(train = small.train.copy(epsilon = value))
    is LossSpec -> small.copy(train = small.train.copy(loss = value))
    is AttackSpec ->
      small.copy(certify = listOf(CertificationSpec(small.perturbation, listOf(Attack(value)))))
    is OptimizerSpec -> small.copy(train = small.train.copy(optimizer = value))
    is PerturbationSet -> small.copy(perturbation = value)
    is CertificationStep ->
      small.copy(certify = listOf(CertificationSpec(small.perturbation, listOf(value))))
    is AugmentationSpec -> small.copy(data = small.data.copy(augmentation = listOf(value)))
    is CorruptionSpec -> small.copy(data = small.data.copy(corruption = listOf(value)))
    is DataSource -> small.copy(data = DataSpec(value))
    else -> error("no place for $value")
  }
