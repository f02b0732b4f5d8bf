package org.glacis.examples

import io.kotest.assertions.throwables.shouldNotThrowAny
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldBeIn
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.awt.image.BufferedImage
import java.io.ByteArrayOutputStream
import java.io.PrintStream
import java.nio.file.Files
import javax.imageio.ImageIO
import javax.xml.parsers.DocumentBuilderFactory
import org.glacis.cli.Main
import org.glacis.cli.Terminal
import org.glacis.dsl.crossEntropy
import org.glacis.dsl.experiment
import org.glacis.dsl.linf
import org.glacis.dsl.mnist
import org.glacis.dsl.ramp
import org.glacis.recipes.Recipes
import org.glacis.runtime.RunDirectory
import org.glacis.runtime.data.DataCatalogue
import org.glacis.runtime.data.DataLocations
import org.glacis.scripting.GlacisScripts
import org.glacis.spec.Experiment
import org.glacis.spec.ExperimentJson
import org.glacis.spec.InvalidExperimentException
import org.jetbrains.bio.npy.NpyFile

/**
 * What the documents show is true: programs compile and run, commands are understood and, where
 * they need nothing but the embedded digits, executed.
 */
class DocumentsTest :
  FunSpec({
    val documents = Document.all()
    val blocks = documents.flatMap { it.blocks }
    val readme = Document(ROOT.resolve("README.md"))
    val guide = Document(ROOT.resolve("docs/guide.md"))
    val directory = tempdir().toPath()
    val programs = Programs(tempdir().toPath())

    fun glacis(vararg args: String): Pair<Int, String> {
      val said = ByteArrayOutputStream()
      val stream = PrintStream(said, true, Charsets.UTF_8)
      return Main.execute(arrayOf(*args), Terminal.of(stream, stream, directory)) to
        said.toString(Charsets.UTF_8)
    }

    fun first(): Experiment = RunDirectory.open(directory.resolve("runs/first")).experiment()

    /** What documents take for granted: a finished run, shorter than the recipe's, and a sample. */
    fun furnish() {
      val (code, said) =
        glacis(
          *arrayOf("run", "interval-digits", "--out", "runs/interval-digits"),
          *arrayOf("--set", "train.epsilon.start=2", "--set", "train.epsilon.length=3"),
          *arrayOf("--set", "train.epochs=6", "--set", "train.learningRate.length=6"),
        )
      check(code == 0) { said }
      val sample = DataCatalogue.get("digits").load(DataLocations.system(null)).test().input(0)
      NpyFile.write(directory.resolve("digit.npy"), sample, intArrayOf(8, 8, 1))
      NpyFile.write(directory.resolve("radii.npy"), DoubleArray(64) { 0.01 }, intArrayOf(8, 8, 1))
      val image = BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY)
      sample.forEachIndexed { i, x -> image.raster.setSample(i % 8, i / 8, 0, (x * 255).toInt()) }
      ImageIO.write(image, "png", directory.resolve("digit.png").toFile())
    }
    furnish()

    test("blocks are of a kind that is looked at here") {
      blocks.forEach {
        withClue(it.name) {
          it.language shouldBeIn listOf("kotlin", "java", "json", "sh", "text", "xml")
        }
      }
    }

    test("links lead somewhere") { documents.flatMap { it.deadLinks() }.shouldBeEmpty() }

    test("Kotlin programs compile and run") {
      val sources =
        blocks
          .filter { it.language == "kotlin" }
          .associateBy { "Block" + it.name.filter(Char::isLetterOrDigit) }
      programs.kotlin(sources.entries.associate { (name, block) -> "$name.kt" to block.text })
      for ((name, block) in sources) {
        withClue(block.name) { programs.run("${name}Kt", directory) shouldContain "certified" }
      }
    }

    test("the first experiment is one value as Kotlin, Java, script and JSON") {
      val expected = first()
      val text = readme.blocks.first { it.language == "kotlin" }.text
      val script = text.substringAfter("val first = ").substringBefore("\nfun main")
      val file = Files.writeString(directory.resolve("first.glacis.kts"), script)
      GlacisScripts.load(file, directory.resolve("cache")) shouldBe expected
      val json = guide.blocks.first { it.language == "json" }
      ExperimentJson.decode(json.text, json.name).validated() shouldBe expected

      directory.resolve("runs/first").toFile().deleteRecursively()
      val java =
        blocks
          .filter { it.language == "java" }
          .associateBy { Regex("public class (\\w+)").find(it.text)!!.groupValues[1] }
      programs.java(java.entries.associate { (name, block) -> "$name.java" to block.text })
      for ((name, block) in java) {
        withClue(block.name) {
          programs.run(name, directory) shouldContain Regex("certified|proved")
        }
      }
      first() shouldBe expected
    }

    test("JSON is read as an experiment, and XML names what there is") {
      blocks
        .filter { it.language == "json" }
        .forEach { ExperimentJson.decode(it.text, it.name).validated() }
      val pom = Files.readString(ROOT.resolve("pom.xml"))
      blocks
        .filter { it.language == "xml" }
        .forEach { block ->
          val xml =
            DocumentBuilderFactory.newInstance()
              .newDocumentBuilder()
              .parse(block.text.byteInputStream())
          for (tag in listOf("groupId", "artifactId", "version")) {
            pom shouldContain "<$tag>${xml.getElementsByTagName(tag).item(0).textContent}</$tag>"
          }
        }
    }

    test("verbs in the guide's tables are Kotlin") {
      val code = Regex("`([^`]+)`")
      val verbs =
        listOf("Schedules", "Losses", "Optimisers", "Networks by name").flatMap { title ->
          guide.firstCells(title).flatMap { cell -> code.findAll(cell).map { it.groupValues[1] } }
        }
      verbs.size shouldBe 45
      programs.kotlin(
        mapOf(
          "Verbs.kt" to
            "import org.glacis.dsl.*\nimport org.glacis.spec.Shape\nval verbs: List<Any> = listOf(\n${verbs.joinToString(",\n")})\n"
        )
      )
    }

    test("the faults in the guide are those that are told") {
      val told =
        shouldThrow<InvalidExperimentException> {
          experiment("mnist") {
            data(mnist) {}
            perturbation = linf(0.1)
            model {
              input(28, 28, 1)
              relu()
              dense(10)
            }
            train(epochs = 5) {
              loss = crossEntropy()
              epsilon = ramp(2, 8)
            }
          }
        }
      guide.blocks.filter { it.language == "text" }.map { it.text.trimEnd() } shouldContain
        told.message
    }

    context("commands:") {
      val quick =
        listOf("list", "describe", "doctor", "certify", "predict", "export", "report", "bench")
      val lines = blocks.filter { it.language == "sh" }.flatMap { it.commands() }.distinct()
      for (line in lines.filter { "./glacis" in it }) {
        val words = line.substringAfter("./glacis").trim().split(Regex(" +")).toTypedArray()
        val network = "interval-mnist" in line && words[0] != "describe" || "gpu" in line
        test(line) {
          shouldNotThrowAny {
            Main.line(Terminal.of(System.out, System.err, directory)).parseArgs(*words)
          }
          if (
            words[0] in listOf("run", "describe", "bench", "tune") &&
              words[1].matches(Regex("[\\w-]+")) &&
              words[1] != "bounds"
          ) {
            settings(words)
              .fold(Recipes.get(words[1]).experiment()) { all, (path, value) ->
                all.with(path, value)
              }
              .validated()
          }
          if (words[0] in quick && !network || words.take(2) == listOf("data", "list")) {
            val (code, said) = glacis(*words)
            withClue(said) { code shouldBe 0 }
          }
        }
      }
      test("others are Maven and what is built") {
        lines
          .filter { "./glacis" !in it }
          .forEach { it.substringBefore(" ") shouldBeIn listOf("mvn", "java") }
      }
    }

    test("the guide's table of commands has them all") {
      guide
        .firstCells("The command")
        .flatMap { Regex("`([a-z]+)").findAll(it).map { m -> m.groupValues[1] } }
        .filter { it.first().isLowerCase() }
        .distinct() shouldContainExactlyInAnyOrder
        Main.line(Terminal.of(System.out, System.err, directory)).subcommands.keys.toList()
    }
  })

/** What follows each `--set`, as path and value. */
private fun settings(words: Array<String>): List<Pair<String, String>> =
  words
    .toList()
    .zipWithNext()
    .filter { it.first == "--set" }
    .map { (_, setting) -> setting.substringBefore('=') to setting.substringAfter('=') }
