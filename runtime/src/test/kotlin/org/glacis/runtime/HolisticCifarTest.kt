package org.glacis.runtime

import io.kotest.core.spec.style.FunSpec
import io.kotest.datatest.withData
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import java.nio.file.Files
import kotlin.io.path.createDirectories
import org.glacis.recipes.Recipes
import org.glacis.runtime.data.file
import org.glacis.runtime.data.scratch
import org.glacis.runtime.data.smallCifar
import org.glacis.runtime.lower.Lowerer
import org.glacis.runtime.lower.WeightSpec
import org.glacis.runtime.optimize.Initialization
import org.glacis.runtime.oracle.ONE_THREAD
import org.glacis.spec.Experiment

/** The recipe on two images: one step, and no baselines. */
private fun small(name: String): Experiment {
  val declared = Recipes.get(name).experiment()
  return declared.copy(
    data = declared.data.copy(batch = 2, validation = 0.0, fraction = null, limitTrain = 2),
    train = declared.train.copy(epochs = 1),
    baselines = emptyList(),
  )
}

class HolisticCifarTest :
  FunSpec({
    val root = scratch()

    withData(
      nameFn = { (name, parameters) -> "$name trains $parameters weights" },
      "holistic-overfitting-cifar10" to 11_172_170L,
      "holistic-all-cifar10" to 11_173_962L,
    ) { (name, parameters) ->
      val place = root.resolve("data").createDirectories()
      smallCifar().forEach { (file, records) -> place.file("cifar-10/$file", records) }
      val experiment = small(name)
      Architecture.of(experiment.model).trainable() shouldBe parameters
      val out = root.resolve(name)
      val options = RunOptions.defaults().withDevice(ONE_THREAD).withDataDir(place).withOut(out)
      val run = Glacis.run(experiment, options)
      run.finished() shouldBe true
      run.summary()["parameters"] shouldBe parameters
      run.summary()["attackAccuracy"] shouldNotBe null
      Files.exists(out.resolve("report.html")) shouldBe true
      // The step moved every kernel, those of shortcuts too.
      val specs = mutableListOf<WeightSpec>()
      Lowerer.outline(experiment.model, specs::add)
      val drawn = Initialization.draw(experiment.train.initialization, specs, experiment.seed)
      val kernels = specs.filter { it.role() == WeightSpec.Role.KERNEL }.map { it.path() }
      kernels.count { "/shortcut/0/" in it } shouldBe 3
      Glacis.load(out).use { model ->
        val trained = model.weights()
        kernels.filter { trained[it].values.contentEquals(drawn[it].values) }.shouldBeEmpty()
      }
    }
  })
