package org.glacis.spec

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldStartWith
import io.kotest.property.checkAll

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

    test("the text of format version 1 does not change") { everything.toJson() shouldBe pinned() }

    test("a file of format version 1 loads") {
      ExperimentJson.decode(pinned(), "experiment-v1.json").validated() shouldBe everything
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
      short.train shouldBe TrainingSpec(3)
      short.perturbation shouldBe Linf(Epsilon(0.02), DataRange(0.0, 1.0))
    }
  })

internal fun pinned(): String =
  ExperimentJsonTest::class.java.getResource("experiment-v1.json")!!.readText()

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
    is DataSource -> small.copy(data = DataSpec(value))
    else -> error("no place for $value")
  }
