package org.glacis.recipes

import io.kotest.core.spec.style.FunSpec
import io.kotest.datatest.withData
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.maps.shouldContainAll
import io.kotest.matchers.shouldBe
import org.glacis.dsl.cnn7
import org.glacis.dsl.sabr
import org.glacis.spec.Shape

/**
 * Every command in the README of expressive-losses (De Palma et al. 2024), as it was read there,
 * and table 1 of the paper (SABR: its authors' figures).
 */
private const val COMMANDS =
  """
recipe                        epochs milestones schedule attack factor mul   lambda batch epsilon loss   a      l1   valid clean certified
cc-ibp-mnist-0.1              70     50,60      1,20     1x10   1      2.0   .5     256   .1      ccIbp  .1     2e-6 0     99.30 98.41
mtl-ibp-mnist-0.1             70     50,60      1,20     1x10   1      2.0   .5     256   .1      mtlIbp 1e-2   1e-5 0     99.25 98.38
cc-ibp-mnist-0.3              70     50,60      1,20     1x10   1      1.334 .5     256   .3      ccIbp  .3     3e-6 0     98.81 93.58
mtl-ibp-mnist-0.3             70     50,60      1,20     1x10   1      1.334 .5     256   .3      mtlIbp 8e-2   1e-6 0     98.80 93.62
cc-ibp-cifar10-2-255          160    120,140    2,80     8x.25  2.1    1     .5     128   .00784  ccIbp  1e-2   3e-6 0     80.09 63.78
mtl-ibp-cifar10-2-255         160    120,140    2,80     8x.25  2.1    1     .5     128   .00784  mtlIbp 4e-3   3e-6 0     80.11 63.24
exp-ibp-cifar10-2-255         160    120,140    2,80     8x.25  2.1    1     .5     128   .00784  expIbp 9.5e-2 4e-6 0     80.61 61.65
sabr-cifar10-2-255            160    120,140    2,80     8x.25  2.1    1     .5     128   .00784  sabr   3e-2   3e-6 .2    79.24 62.84
cc-ibp-cifar10-8-255          260    180,220    2,80     1x10   1      1     .5     128   .03137  ccIbp  .5     0    0     53.71 35.27
mtl-ibp-cifar10-8-255         260    180,220    2,80     1x10   1      1     .5     128   .03137  mtlIbp .5     1e-7 0     53.35 35.44
exp-ibp-cifar10-8-255         260    180,220    2,80     1x10   1      1     .5     128   .03137  expIbp .5     0    0     53.97 35.04
sabr-cifar10-8-255            260    180,220    2,80     1x10   1      1     .5     128   .03137  sabr   .6     0    .2    52.38 35.13
cc-ibp-tiny-imagenet-1-255    160    120,140    2,80     1x10   1      1     .2     128   .00392  ccIbp  1e-2   5e-5 0     38.61 26.39
mtl-ibp-tiny-imagenet-1-255   160    120,140    2,80     1x10   1      1     .2     128   .00392  mtlIbp 1e-2   5e-5 0     37.56 26.09
exp-ibp-tiny-imagenet-1-255   160    120,140    2,80     1x10   1      1     .2     128   .00392  expIbp 4e-2   5e-5 0     38.71 26.18
cc-ibp-imagenet64-1-255       80     60,70      2,20     1x10   1      1     .2     128   .00392  ccIbp  5e-2   1e-5 0     19.62 11.87
mtl-ibp-imagenet64-1-255      80     60,70      2,20     1x10   1      1     .2     128   .00392  mtlIbp 5e-2   1e-5 0     20.15 12.13
exp-ibp-imagenet64-1-255      80     60,70      2,20     1x10   1      1     .2     128   .00392  expIbp 5e-2   1e-5 0     22.73 13.30
"""

/** Data set, shape, classes, crop, mean, deviation, by what a name contains. */
private const val IMAGES =
  """
images         source         side channels classes crop mean                 deviation
-mnist-        mnist          28   1        10      0    -                    -
-cifar10-      cifar-10       32   3        10      2    .4914,.4822,.4465    .2023,.1994,.2010
-tiny-imagenet tiny-imagenet  64   3        200     4    .4802,.4481,.3975    .2302,.2265,.2262
-imagenet64-   imagenet64     64   3        1000    4    .4815,.4578,.4082    .2153,.2111,.2121
"""

/** Beginnings of the names of recipes for 1-Lipschitz networks. */
internal val LIPSCHITZ: List<String> = listOf("hkr-", "soft-hkr-", "tau-", "wasserstein-")

/** Beginnings of the names of recipes that are of no expressive loss. */
internal val OTHERS: List<String> = LIPSCHITZ + "interval-" + "holistic-"

class ExpressiveLossesTest :
  FunSpec({
    val commands = table(COMMANDS)
    val images = table(IMAGES)

    test("every command is a recipe, and nothing else claims to be one") {
      Recipes.all()
        .map { it.name() }
        .filter { name -> images.any { "$name-".contains(it.text("images")) } }
        .filter { "small" !in it && "cnn5" !in it }
        .filter { OTHERS.none(it::startsWith) }
        .shouldContainExactlyInAnyOrder(commands.map { it.text("recipe") })
    }

    context("the JSON of a recipe is its command:") {
      withData(nameFn = { it.text("recipe") }, commands) { row ->
        val experiment = Recipes.get(row.text("recipe")).experiment()
        val found = paths(experiment.toJson()).filterKeys { !it.startsWith("model") }
        found shouldBe
          expected(row, images.first { row.text("recipe").contains(it.text("images")) })
      }
    }

    context("the network is CNN7 behind the normalisation:") {
      withData(nameFn = { it.text("recipe") }, commands) { row ->
        val model = Recipes.get(row.text("recipe")).experiment().model
        val image = images.first { row.text("recipe").contains(it.text("images")) }
        val side = image.number("side").toInt()
        val network =
          cnn7(
            Shape(side, side, image.number("channels").toInt()),
            image.number("classes").toInt(),
            width = 64,
            batchNorm = true,
            fifthStride = if (side == 64) 2 else 1,
          )
        model shouldBe
          if (image.text("mean") == "-") network
          else network.normalized(image.numbers("mean"), image.numbers("deviation"))
      }
    }

    context("the figures are those of the table:") {
      withData(nameFn = { it.text("recipe") }, commands) { row ->
        val figures =
          Recipes.get(row.text("recipe")).published().associate { it.metric() to it.value() }
        figures.getValue("cleanAccuracy") shouldBe (row.number("clean") / 100 plusOrMinus 1e-9)
        figures.getValue("certifiedAccuracy") shouldBe
          (row.number("certified") / 100 plusOrMinus 1e-9)
      }
    }

    test("figures that no second source confirms say so") {
      Recipes.all()
        .filter { recipe -> recipe.published().any { it.source().startsWith("De Palma") } }
        .filter { recipe -> recipe.published().none { "not verified" in it.source() } }
        .map { it.name() } shouldContainExactlyInAnyOrder
        listOf(
          "mtl-ibp-mnist-0.3",
          "mtl-ibp-cifar10-2-255",
          "mtl-ibp-cifar10-8-255",
          "mtl-ibp-tiny-imagenet-1-255",
        )
    }

    test("a network of the user's own trains with the published settings") {
      val mine = cnn7(Shape(28, 28, 1), 10, width = 16)
      val experiment = ExpressiveLosses.mnist03("mine", mine, sabr(lambda = 0.6), 1e-6)
      experiment.model shouldBe mine
      paths(experiment.toJson()) shouldContainAll
        mapOf("name" to "mine", "train.loss.lambda" to 0.6, "train.epsilonFactor" to 1.334)
    }
  })

/** All that a recipe's file says, its model left out. */
private fun expected(row: Row, image: Row): Map<String, Any?> {
  val (steps, size) = row.text("attack").split("x").map { it.toDouble() }
  val (start, length) = row.numbers("schedule")
  val sabr = row.text("loss") == "sabr"
  val all =
    mutableMapOf<String, Any?>(
      "formatVersion" to 1.0,
      "name" to row.text("recipe"),
      "seed" to 100.0,
      "data.source.type" to "named",
      "data.source.name" to image.text("source"),
      "data.batch" to row.number("batch"),
      "data.validation" to row.number("valid"),
      "data.limitTrain" to null,
      "data.limitTest" to null,
      "train.epochs" to row.number("epochs"),
      "train.loss.type" to row.text("loss"),
      "train.loss.${if (sabr) "lambda" else "alpha"}" to row.number("a"),
      "train.epsilon.type" to "smoothed",
      "train.epsilon.start" to start,
      "train.epsilon.length" to length,
      "train.epsilon.mid" to 0.25,
      "train.epsilon.beta" to 4.0,
      "train.epsilonFactor" to row.number("mul"),
      "train.leastEpsilon" to 0.0,
      "train.optimizer.type" to "adam",
      "train.optimizer.learningRate" to 5e-4,
      "train.optimizer.beta1" to 0.9,
      "train.optimizer.beta2" to 0.999,
      "train.optimizer.epsilon" to 1e-8,
      "train.learningRate.type" to "step",
      "train.learningRate.milestones" to row.numbers("milestones"),
      "train.learningRate.factor" to 0.2,
      "train.gradientClip" to 10.0,
      "train.l1" to row.number("l1"),
      "train.regularizer.weight" to row.number("lambda"),
      "train.regularizer.tolerance" to 0.5,
      "train.regularizer.radius" to 1e-6,
      "train.regularizer.decays" to "true",
      "train.regularizer.terms" to listOf("tightness", "relu"),
      "train.regularizer.lastEpoch" to null,
      "train.initialization.weights" to "ibp",
      "train.initialization.lastLayer" to "fanInUniform",
      "train.initialization.biases" to "fanInUniform",
      "train.batchNorm.of" to "adversarial",
      "train.batchNorm.attack" to "population",
      "train.batchNorm.detached" to "false",
      "train.batchNorm.reestimated" to "false",
      "train.clipBox" to "true",
      "train.shuffle" to "true",
      "train.dropLast" to "false",
      "train.warmStart" to null,
      "train.validation.shuffled" to "false",
      "train.validation.every" to 1.0,
      "train.validation.monitor" to "certified",
      "train.validation.select" to "last",
      "train.validation.keepBest" to 1.0,
      "train.earlyStopping" to null,
      "train.averaging" to null,
      "train.precision" to "float32",
      "train.accumulation" to 1.0,
      "certify[0].limit" to null,
      "certify[0].steps[0].type" to "attack",
      "certify[0].steps[1].type" to "ibp",
      "certify[0].steps[2].type" to "crownIbp",
    )
  if (image.number("crop") == 0.0) all["data.augmentation"] = emptyList<Any>()
  else {
    all["data.augmentation[0].type"] = "horizontalFlip"
    all["data.augmentation[0].probability"] = 0.5
    all["data.augmentation[1].type"] = "randomCrop"
    all["data.augmentation[1].padding"] = image.number("crop")
    all["data.augmentation[1].mode"] = "edge"
  }
  for (set in listOf("perturbation", "certify[0].perturbation")) {
    all["$set.type"] = "linf"
    all["$set.epsilon"] = row.number("epsilon")
    all["$set.range.least"] = 0.0
    all["$set.range.most"] = 1.0
  }
  all += attack("train.attack", steps, size, row.number("factor"))
  all += attack("certify[0].steps[0].attack", 40.0, 0.035, 1.0)
  return all
}

private fun attack(path: String, steps: Double, size: Double, factor: Double): Map<String, Any?> =
  mapOf(
    "$path.type" to "pgd",
    "$path.steps" to steps,
    "$path.stepSize" to size,
    "$path.restarts" to 1.0,
    "$path.randomStart" to "true",
    "$path.objective" to "crossEntropy",
    "$path.decay" to 1.0,
    "$path.decayAt" to emptyList<Any>(),
    "$path.epsilonFactor" to factor,
  )

private class Row(private val cells: Map<String, String>) {
  fun text(column: String): String = cells.getValue(column)

  fun number(column: String): Double = text(column).toDouble()

  fun numbers(column: String): List<Double> = text(column).split(",").map { it.toDouble() }
}

private fun table(text: String): List<Row> {
  val lines = text.trim().lines().map { it.split(Regex(" +")) }
  return lines.drop(1).map { Row(lines[0].zip(it).toMap()) }
}
