package org.glacis.runtime

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.datatest.withData
import io.kotest.inspectors.forAll
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.shouldBe
import java.nio.file.Path
import java.util.concurrent.Callable
import java.util.concurrent.ExecutionException
import java.util.concurrent.Executors
import java.util.concurrent.Future
import kotlin.io.path.createDirectories
import org.glacis.recipes.Recipe
import org.glacis.recipes.Recipes
import org.glacis.runtime.data.DataLocations
import org.glacis.runtime.data.DataSets
import org.glacis.runtime.data.file
import org.glacis.runtime.data.scratch
import org.glacis.runtime.data.smallCifar
import org.glacis.runtime.data.smallImageNet
import org.glacis.runtime.data.smallMnist
import org.glacis.runtime.data.smallTinyImageNet
import org.glacis.runtime.graph.Weights
import org.glacis.runtime.lower.WeightSpec
import org.glacis.runtime.oracle.ONE_THREAD
import org.glacis.runtime.train.TrainingProgram
import org.glacis.spec.Experiment
import org.glacis.spec.NamedData

private const val BATCH = 2

/** Classes and trainable numbers of CNN7, by the data set. */
private val SIZES =
  mapOf(
    "mnist" to Pair(10, 13_259_338L),
    "cifar-10" to Pair(10, 17_192_650L),
    "tiny-imagenet" to Pair(200, 17_290_120L),
    "imagenet64" to Pair(1000, 17_700_520L),
  )

private val Experiment.dataName: String
  get() = (data.source as NamedData).name

/** The files of the four data sets as they are published, but with few samples. */
private fun Path.smallFiles() {
  smallMnist()
  smallCifar().forEach { (name, records) -> file("cifar-10/$name", records) }
  resolve("tiny-imagenet").createDirectories().smallTinyImageNet()
  resolve("imagenet64").createDirectories().smallImageNet()
}

/** What a step measured, and which kernels it left as they were. */
private class Step(val number: Long, val metrics: List<Float>, val unmoved: List<String>)

private class Trained(
  val parameters: Long,
  val classes: Int,
  val steps: List<Step>,
  val notFinite: String,
)

/** A step at radius 0, then three at the full radius, at which the rate is still the first. */
private fun train(experiment: Experiment, place: DataLocations): Trained {
  val dataset = DataSets.load(experiment.data, place)
  val samples = Validation.split(experiment, dataset).train()
  TrainingProgram(experiment, samples, ONE_THREAD, 0).use { program ->
    program.initialize()
    val kernels = program.weightSpecs().filter { it.role() == WeightSpec.Role.KERNEL }
    fun moved(before: Weights, after: Weights) =
      kernels.map { it.path() }.filter { after[it].values.contentEquals(before[it].values) }
    val full = experiment.train.epsilon.lastEpoch.toLong() * program.stepsPerEpoch()
    check(program.epsilonFactor(0) == 0.0 && program.epsilonFactor(full) == 1.0)
    var weights = program.weights()
    val steps =
      listOf(0, full, full + 1, full + 2).map { number ->
        val batch = IntArray(BATCH) { ((number + it) % samples.size()).toInt() }
        val metrics = program.step(number, batch).values().toList()
        val before = weights
        weights = program.weights()
        Step(number, metrics, moved(before, weights))
      }
    return Trained(
      program.weightSpecs().filter { it.trainable() }.sumOf { it.size().toLong() },
      weights[kernels.last().path()].shape.last(),
      steps,
      weights.firstNotFinite(),
    )
  }
}

class RecipeStepsTest :
  FunSpec({
    val root = scratch()
    // Most of the time goes into building graphs, by one thread each; a graph takes about 1 GB.
    val two = Executors.newFixedThreadPool(2)
    afterSpec { two.shutdownNow() }
    val recipes = Recipes.all().filter { it.experiment().model.name == "CNN7" }
    val training by lazy {
      val place = root.resolve("data").createDirectories().also(Path::smallFiles)
      val locations = DataLocations.of(place, null, root, listOf())
      recipes.associate<Recipe, String, Future<Trained>> { recipe ->
        val declared = recipe.experiment()
        val small = declared.copy(data = declared.data.copy(batch = BATCH))
        recipe.name() to two.submit(Callable { train(small, locations) })
      }
    }

    test("every row of the published table is there") { recipes shouldHaveSize 18 }

    // Each waits only for its own: together they take longer than Kotest lets a test take.
    withData(nameFn = { "three steps of ${it.name()} on files as published" }, recipes) { recipe ->
      val trained =
        try {
          training.getValue(recipe.name()).get()
        } catch (e: ExecutionException) {
          throw e.cause ?: e
        }
      val (classes, parameters) = SIZES.getValue(recipe.experiment().dataName)
      trained.parameters shouldBe parameters
      trained.classes shouldBe classes
      trained.steps shouldHaveSize 4
      for (step in trained.steps) {
        withClue("step ${step.number}") {
          step.metrics.forAll { it.isFinite() shouldBe true }
          step.unmoved shouldBe emptyList()
        }
      }
      trained.notFinite shouldBe ""
    }
  })
