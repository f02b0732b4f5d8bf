package org.glacis.recipes

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.datatest.withData
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldBeUnique
import io.kotest.matchers.doubles.shouldBeBetween
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import org.glacis.dsl.adam
import org.glacis.dsl.adversarial
import org.glacis.dsl.carliniWagner
import org.glacis.dsl.cnn5
import org.glacis.dsl.holisticRobust
import org.glacis.dsl.ibp
import org.glacis.dsl.l2
import org.glacis.dsl.linf
import org.glacis.dsl.pgd
import org.glacis.dsl.preActResNet18
import org.glacis.dsl.resNet18
import org.glacis.dsl.sgd
import org.glacis.dsl.smallCnn
import org.glacis.dsl.step
import org.glacis.dsl.trades
import org.glacis.spec.Attack
import org.glacis.spec.AttackObjective
import org.glacis.spec.CertificateValidation
import org.glacis.spec.DataSpec
import org.glacis.spec.ExperimentJson
import org.glacis.spec.HeldOut
import org.glacis.spec.InputException
import org.glacis.spec.Shape
import org.glacis.spec.WrongLabels

/** What holds for the catalogue as a whole. */
class RecipesTest :
  FunSpec({
    context("a recipe declares an experiment of its name that is valid and survives JSON:") {
      withData(nameFn = { it.name() }, Recipes.all()) { recipe ->
        val experiment = recipe.experiment()
        experiment.name shouldBe recipe.name()
        experiment.validate().shouldBeEmpty()
        ExperimentJson.decode(experiment.toJson()) shouldBe experiment
        recipe
          .published()
          .filter { "Accuracy" in it.metric() }
          .forEach { it.value().shouldBeBetween(0.0, 1.0, 0.0) }
        recipe.published().map { it.metric() }.shouldBeUnique()
      }
    }

    test("names are unique") { Recipes.all().map { it.name() }.shouldBeUnique() }

    test("each family has its recipes") {
      val names = Recipes.all().map { it.name() }
      names.count { it.startsWith("interval-") } shouldBe 7
      val methods = listOf("ibp", "crown-ibp", "cc-ibp", "mtl-ibp", "exp-ibp", "sabr", "pgd")
      for (ending in listOf("digits", "mnist-small", "mnist-small-0.3")) {
        names.filter { name -> name.endsWith("-$ending") && OTHERS.none(name::startsWith) } shouldBe
          methods.map { "$it-$ending" }
      }
      names.filter { "cnn5" in it } shouldBe
        listOf(
          "cc-ibp-mnist-cnn5",
          "mtl-ibp-mnist-cnn5",
          "sabr-mnist-cnn5",
          "cc-ibp-mnist-cnn5-0.3",
          "mtl-ibp-mnist-cnn5-0.3",
          "mtl-ibp-cifar10-2-255-cnn5",
        )
      names.filter { name -> LIPSCHITZ.any(name::startsWith) } shouldBe
        listOf(
          "hkr-digits",
          "hkr-fashion-mnist",
          "soft-hkr-fashion-mnist",
          "hkr-mnist",
          "hkr-mnist-accurate",
          "tau-mnist",
          "tau-mnist-accurate",
          "hkr-binary-mnist",
          "wasserstein-toy",
        )
      names.filter { it.startsWith("holistic-") } shouldBe
        listOf(
          "holistic-digits",
          "holistic-certified-digits",
          "holistic-tabular",
          "holistic-mnist",
          "holistic-mnist-poisoned",
          "holistic-overfitting-cifar10",
          "holistic-all-cifar10",
        )
      names.size shouldBe 7 + 3 * 7 + 6 + 18 + 9 + 7
    }

    test("holistic recipes of CIFAR-10 have the authors' settings") {
      val overfitting = Recipes.get("holistic-overfitting-cifar10").experiment()
      val shape = Shape(32, 32, 3)
      overfitting.model.name shouldBe "PreActResNet18"
      overfitting.model.layers.drop(1) shouldBe preActResNet18(shape, 10).layers
      overfitting.train.loss shouldBe holisticRobust(0.0, 0.2, adversarial())
      overfitting.train.attack shouldBe pgd(10, 0.25)
      overfitting.train.optimizer shouldBe sgd(0.1, 0.9, false, 5e-4)
      overfitting.train.learningRate shouldBe step(listOf(100, 150))
      overfitting.perturbation shouldBe linf(8 / 255.0)
      overfitting.baselines.map { it.name } shouldBe listOf("ERM", "PGD", "TRADES")
      overfitting.baselines[2].loss shouldBe trades(6.0)
      val all = Recipes.get("holistic-all-cifar10").experiment()
      all.model.layers.drop(1) shouldBe resNet18(shape, 10).layers
      all.train.loss shouldBe holisticRobust(0.05, 0.0)
      all.train.optimizer shouldBe adam(1e-2)
      all.data.fraction shouldBe 0.25
      all.data.corruption shouldBe listOf(WrongLabels(0.1, redrawn = true))
      all.data.validation shouldBe 0.3
      all.perturbation shouldBe l2(0.1)
      // Steps of 0.2 in a ball of 0.1.
      all.certify.single().steps shouldBe listOf(Attack(pgd(10, 2.0)))
    }

    test("1-Lipschitz recipes have their radii attacked") {
      fun validated(name: String) =
        Recipes.get(name).experiment().certify.single().validateCertificates!!
      validated("hkr-digits").samples shouldBe 50
      validated("hkr-fashion-mnist") shouldBe
        CertificateValidation(
          listOf(carliniWagner(), pgd(40, 0.1, objective = AttackObjective.MARGIN)),
          500,
        )
    }

    test("a holistic recipe has a bound beyond its test samples, over a certified loss") {
      val experiment = Recipes.get("holistic-certified-digits").experiment()
      experiment.train.loss shouldBe holisticRobust(0.05, 0.1, ibp())
      experiment.certify.single().heldOut shouldBe HeldOut(0.01, 0.01)
    }

    test("only recipes of our own keep the default share of samples for validation") {
      val own = Recipes.all().filter { it.experiment().data.validation == DataSpec.VALIDATION }
      own.map { it.name() } shouldBe
        Recipes.all()
          .map { it.name() }
          .filter { name -> OTHERS.none(name::startsWith) }
          .filter { "-digits" in it || "-small" in it }
    }

    test("small recipes have small networks") {
      fun network(name: String) = Recipes.get(name).experiment().model
      network("pgd-digits") shouldBe smallCnn(Shape(8, 8, 1), 10)
      network("mtl-ibp-mnist-small") shouldBe smallCnn(Shape(28, 28, 1), 10)
      network("ibp-mnist-small-0.3") shouldBe smallCnn(Shape(28, 28, 1), 10)
      network("sabr-mnist-cnn5") shouldBe cnn5(Shape(28, 28, 1), 10)
      network("mtl-ibp-cifar10-2-255-cnn5").name shouldBe "CNN5, width 64"
    }

    test("an unknown name is told with the nearest") {
      shouldThrow<InputException> { Recipes.get("mtl-ibp-mnist-0.2") }.message shouldContain
        "no recipe \"mtl-ibp-mnist-0.2\"; did you mean \"mtl-ibp-mnist-0.1\"?"
    }
  })
