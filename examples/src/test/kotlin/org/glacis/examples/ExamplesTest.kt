package org.glacis.examples

import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.io.ByteArrayOutputStream
import java.io.PrintStream
import java.nio.file.Files
import java.nio.file.Path
import org.glacis.recipes.IntervalTraining
import org.glacis.runtime.RunOptions
import org.glacis.scripting.GlacisScripts
import org.glacis.spec.Experiment
import org.glacis.spec.ExperimentJson

/** Every example is run, and the four roads to one experiment lead to equal values. */
class ExamplesTest :
  FunSpec({
    val script = Path.of("scripts/mnist-interval.glacis.kts")
    val json = Path.of("experiments/mnist-interval.json")
    val known =
      setOf(
        "MnistInterval.kt",
        "MnistIntervalJava.java",
        "DigitsJava.java",
        "DiabetesRegression.kt",
        "package-info.java",
      )

    test("script, JSON, Kotlin program, Java program and recipe declare one experiment") {
      val expected = IntervalTraining.mnist()
      GlacisScripts.load(script, tempdir().toPath(), emptyList()) shouldBe expected
      ExperimentJson.decode(Files.readString(json), json.toString()) shouldBe expected
      mnistInterval() shouldBe expected
      MnistIntervalJava.experiment() shouldBe expected
    }

    test("the JSON file is written as Glacis writes it") {
      Files.readString(json) shouldBe IntervalTraining.mnist().toJson()
    }

    test("no example is left out of this test") {
      Files.walk(Path.of("src/main")).use { files ->
        files.filter(Files::isRegularFile).forEach { known shouldContain it.fileName.toString() }
      }
    }

    test("the digits program trains, certifies and shows an output interval") {
      val said = printed {
        DigitsJava.main(
          arrayOf(
            "train.epsilon.start=2",
            "train.epsilon.length=3",
            "train.epochs=6",
            "train.learningRate.length=6",
          )
        )
      }
      said shouldContain "certified"
      said shouldContain "logit 9"
    }

    test("the regression program proves an error") {
      printed { diabetesMain(arrayOf("8")) } shouldContain "(proved)"
    }

    val data = System.getenv("GLACIS_DATA")
    val absent = data == null || !Files.isDirectory(Path.of(data, "mnist"))
    val name =
      if (absent) "the MNIST programs run (skipped: GLACIS_DATA names no folder with mnist)"
      else "the MNIST programs run"
    test(name).config(enabled = !absent) {
      val short: (Experiment) -> Experiment = {
        it
          .with("data.limitTrain", "2560")
          .with("data.limitTest", "200")
          .with("train.epsilon.length", "2")
          .withEpochs(4)
      }
      printed {
        show(
          short(mnistInterval()),
          RunOptions.defaults().withOut(tempdir().toPath().resolve("kotlin")),
        )
      } shouldContain "report.html"
      printed {
        MnistIntervalJava.show(
          short(MnistIntervalJava.experiment()),
          RunOptions.defaults().withOut(tempdir().toPath().resolve("java")),
        )
      } shouldContain "report.html"
    }
  })

private fun diabetesMain(args: Array<String>) =
  Class.forName("org.glacis.examples.DiabetesRegressionKt")
    .getMethod("main", Array<String>::class.java)
    .invoke(null, args)

private fun printed(block: () -> Unit): String {
  val before = System.out
  val bytes = ByteArrayOutputStream()
  System.setOut(PrintStream(bytes, true))
  try {
    block()
  } finally {
    System.setOut(before)
  }
  return bytes.toString()
}
