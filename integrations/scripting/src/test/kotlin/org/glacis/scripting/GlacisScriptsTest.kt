package org.glacis.scripting

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.file.shouldNotExist
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.types.shouldBeInstanceOf
import java.io.File
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.TimeUnit
import org.glacis.dsl.adam
import org.glacis.dsl.digits
import org.glacis.dsl.experiment
import org.glacis.dsl.linf
import org.glacis.dsl.pgd
import org.glacis.dsl.ramp
import org.glacis.dsl.robustCrossEntropy
import org.glacis.recipes.IntervalTraining
import org.glacis.spec.InputException
import org.glacis.spec.InvalidExperimentException

private val SCRIPT =
  """
  // A comment, so that lines count.
  experiment("scripted") {
    data(digits) { batch = 32 }
    perturbation = linf(0.02)
    model { input(8, 8, 1); conv2d(4, kernel = 3, padding = Padding.Valid); relu(); flatten(); dense(10) }
    train(epochs = args.firstOrNull()?.toInt() ?: 10) {
      loss = robustCrossEntropy()
      epsilon = ramp(2, 8)
      optimizer = adam(1e-3)
    }
    certify(linf(0.02)) { attack(pgd(steps = 10)); ibp() }
  }
  """
    .trimIndent()

private val DECLARED =
  experiment("scripted") {
    data(digits) { batch = 32 }
    perturbation = linf(0.02)
    model {
      input(8, 8, 1)
      conv2d(4, kernel = 3, padding = org.glacis.spec.Padding.Valid)
      relu()
      flatten()
      dense(10)
    }
    train(epochs = 10) {
      loss = robustCrossEntropy()
      epsilon = ramp(2, 8)
      optimizer = adam(1e-3)
    }
    certify(linf(0.02)) {
      attack(pgd(steps = 10))
      ibp()
    }
  }

class GlacisScriptsTest :
  FunSpec({
    val folder = tempdir().toPath()
    val cache = folder.resolve("cache")
    fun script(text: String, name: String = "x.glacis.kts"): Path =
      Files.writeString(folder.resolve(name), text)
    fun entries(at: Path = cache): List<File> = at.toFile().listFiles().orEmpty().toList()
    fun refusal(path: Path, args: List<String> = emptyList()): InputException =
      shouldThrow<InputException> { GlacisScripts.load(path, cache, args) }
    fun refusal(text: String): String = refusal(script(text)).message!!.replace("$folder/", "")

    context("a script") {
      test(
        "declares what the Kotlin builder declares, compiled for the first time and from the cache"
      ) {
        val path = script(SCRIPT)
        val own = folder.resolve("own")
        GlacisScripts.load(path, own) shouldBe DECLARED
        val files = entries(own)
        files shouldHaveSize 1
        val written = files.single().lastModified()
        GlacisScripts.load(path, own) shouldBe DECLARED
        LoadOnce.withDefaults(path, own) shouldBe DECLARED
        entries(own) shouldBe files
        files.single().lastModified() shouldBe written
      }

      test("reads its arguments, with one compilation for all") {
        val path = script(SCRIPT)
        val own = folder.resolve("arguments")
        GlacisScripts.load(path, own, listOf("12")) shouldBe DECLARED.withEpochs(12)
        GlacisScripts.load(path, own, listOf("15")) shouldBe DECLARED.withEpochs(15)
        entries(own) shouldHaveSize 1
      }

      test("may declare functions, values and classes, and use java.time and seconds") {
        val text =
          """
          class Widths(val units: Int)
          fun ModelBuilder.block(widths: Widths) { dense(widths.units).relu() }
          val limit = Duration.ofSeconds(60)
          val same = 60.seconds.inWholeMilliseconds == limit.toMillis()
          experiment(if (same) "equal" else "different") {
            data(digits)
            perturbation = linf(0.02)
            model { input(8, 8, 1); flatten(); listOf(20, 30).forEach { block(Widths(it)) }; dense(10) }
            train(epochs = 1)
          }
          """
            .trimIndent()
        val first = GlacisScripts.load(script(text), cache)
        first.name shouldBe "equal"
        first.model.layers shouldHaveSize 6
        GlacisScripts.load(script(text), cache) shouldBe first
      }

      test("may be a recipe with one thing changed") {
        GlacisScripts.load(script("IntervalTraining.digits().withSeed(7)"), cache) shouldBe
          IntervalTraining.digits().withSeed(7)
      }

      test("may begin with a byte order mark and have lines of Windows") {
        GlacisScripts.load(script("\uFEFF" + SCRIPT.replace("\n", "\r\n")), cache) shouldBe DECLARED
      }
    }

    context("the cache") {
      test("is another's when the text changes, and the first's when it changes back") {
        val own = folder.resolve("changes")
        GlacisScripts.load(script(SCRIPT), own) shouldBe DECLARED
        GlacisScripts.load(script(SCRIPT.replace("\"scripted\"", "\"other\"")), own) shouldBe
          DECLARED.withName("other")
        GlacisScripts.load(script(SCRIPT), own) shouldBe DECLARED
        entries(own) shouldHaveSize 2
      }

      test("depends on the class path") {
        val jar = Files.write(folder.resolve("a.jar"), byteArrayOf(1))
        val before = ScriptCache.key("x", "text", ClassPath(listOf(jar)))
        ScriptCache.key("x", "text", ClassPath(listOf(jar))) shouldBe before
        ScriptCache.key("x", "text", ClassPath(emptyList())) shouldNotBe before
        Files.write(jar, byteArrayOf(1, 2))
        ScriptCache.key("x", "text", ClassPath(listOf(jar))) shouldNotBe before
      }

      test("depends on the files of a folder of the class path") {
        val classes = Files.createDirectories(folder.resolve("classes/a"))
        val before = ScriptCache.key("x", "text", ClassPath(listOf(classes)))
        Files.write(classes.resolve("B.class"), byteArrayOf(1))
        ScriptCache.key("x", "text", ClassPath(listOf(classes))) shouldNotBe before
      }

      test("that is broken is compiled again") {
        val own = folder.resolve("broken")
        val path = script(SCRIPT)
        GlacisScripts.load(path, own) shouldBe DECLARED
        val file = entries(own).single()
        val good = file.readBytes()
        val bad =
          listOf(
            ByteArray(0),
            "no jar".toByteArray(),
            good.copyOf(good.size / 2),
            good.clone().also { it[good.size / 3] = (it[good.size / 3] + 1).toByte() },
          )
        bad.forEach { bytes ->
          file.writeBytes(bytes)
          GlacisScripts.load(path, own) shouldBe DECLARED
          file.readBytes().size shouldBe good.size
        }
        entries(own) shouldHaveSize 1
      }

      test("that cannot be written costs nothing but time") {
        val file = Files.writeString(folder.resolve("no-folder"), "in the way")
        GlacisScripts.load(script(SCRIPT), file) shouldBe DECLARED
        Files.readString(file) shouldBe "in the way"
      }

      test("holds nothing of a script that does not compile") {
        val own = folder.resolve("nothing")
        shouldThrow<InputException> { GlacisScripts.load(script("nonsense"), own) }
        own.toFile().shouldNotExist()
      }
    }

    context("refused with file, line and column:") {
      test("a name that does not exist") {
        refusal("experiment(\"x\") {\n  epsilonn = 3\n}") shouldBe
          "x.glacis.kts does not compile:\n  x.glacis.kts:2:3 Unresolved reference 'epsilonn'."
      }
      test("several errors at once") {
        refusal("val a: Int = \"text\"\nval b = nowhere\na") shouldBe
          """
          x.glacis.kts does not compile:
            x.glacis.kts:1:12 Initializer type mismatch: expected 'Int', actual 'String'.
            x.glacis.kts:2:9 Unresolved reference 'nowhere'.
          """
            .trimIndent()
      }
      test("a mistake of grammar") {
        refusal("experiment(\"x\" {") shouldContain "x.glacis.kts:1:17 Syntax error: Expecting '}'."
      }
      test("linear bounds in the scope of an l2 set, which has none") {
        val text = SCRIPT.replace("certify(linf(0.02)) {", "certify(l2(0.5)) { crownIbp();")
        refusal(text) shouldContain "x.glacis.kts does not compile:\n  x.glacis.kts:"
        refusal(text) shouldContain "linear bounds exist for l-inf sets alone"
      }
      test("an attack that looks for the nearest point in l2, in the scope of an l-inf set") {
        val text =
          SCRIPT.replace("certify(linf(0.02)) {", "certify(linf(0.02)) { attack(deepFool());")
        refusal(text) shouldContain "it looks for the nearest point in l2"
      }
      test("a verb of the block around, called by accident") {
        val text = SCRIPT.replace("loss = robustCrossEntropy()", "data(digits)")
        refusal(text) shouldContain "x.glacis.kts:7:5 "
        refusal(text) shouldContain "implicit receiver"
      }
    }

    context("refused with file and line:") {
      test("an exception of the script's own") {
        val thrown = refusal(script("val a = 1\ncheck(a == 2) { \"a is \$a\" }\na"))
        thrown.message shouldBe
          "$folder/x.glacis.kts:2: the script failed with java.lang.IllegalStateException: a is 1"
        thrown.cause.shouldBeInstanceOf<IllegalStateException>()
      }
      test("an exception inside a block, from the cache too") {
        val text = SCRIPT.replace("epsilon = ramp(2, 8)", "epsilon = ramp(2, \"eight\".toInt())")
        repeat(2) {
          refusal(text) shouldBe
            "x.glacis.kts:8: the script failed with java.lang.NumberFormatException: For input string: \"eight\""
        }
      }
      test("a declaration with faults, all of them") {
        val text =
          SCRIPT.replace("batch = 32", "batch = 0")
            .replace("epochs = args.firstOrNull()?.toInt() ?: 10", "epochs = 5")
        val thrown = refusal(script(text))
        thrown.message!!.replace("$folder/", "") shouldBe
          """
          x.glacis.kts:2: experiment "scripted" has 2 faults
            data.batch     is 0; give a whole number above 0
            train.epsilon  ends at epoch 10 but training stops at epoch 5; lengthen train.epochs or shorten the schedule
          """
            .trimIndent()
        thrown.cause.shouldBeInstanceOf<InvalidExperimentException>().faults shouldHaveSize 2
      }
      test("a function that calls itself for ever") {
        refusal("fun f(n: Int): Int = f(n + 1) + 1\nf(0)") shouldBe
          "x.glacis.kts:1: the script failed with java.lang.StackOverflowError"
      }
    }

    context("refused for what it ends with:") {
      val remedy = ", expected an Experiment; end the script with experiment(\"name\") { ... }"
      test("a number") {
        refusal("40 + 2") shouldBe
          "x.glacis.kts: the last expression is java.lang.Integer (42)$remedy"
      }
      test("null") {
        refusal("val a: String? = null\na") shouldBe
          "x.glacis.kts: the last expression is null$remedy"
      }
      test("a declaration") {
        refusal("val a = 3") shouldBe
          "x.glacis.kts: the script ends with a statement that has no value$remedy"
      }
      test("nothing") {
        refusal("") shouldBe
          "x.glacis.kts: the script ends with a statement that has no value$remedy"
      }
    }

    context("refused before it is read:") {
      test("a file that is not there") {
        refusal(folder.resolve("none.glacis.kts")).message shouldBe
          "$folder/none.glacis.kts: no such file; give the path of a script that ends in .glacis.kts"
      }
      test("a folder") {
        refusal(folder).message shouldBe
          "$folder: is no file; give the path of a script that ends in .glacis.kts"
      }
      test("a file of another kind") {
        refusal(script(SCRIPT, "x.kts")).message shouldBe
          "$folder/x.kts: is no Glacis script; give it a name that ends in .glacis.kts"
      }
      test("what is no text") {
        val path =
          Files.write(folder.resolve("binary.glacis.kts"), byteArrayOf(0xC3.toByte(), 0x28))
        refusal(path).message shouldBe "$path: is not UTF-8 text; save it as UTF-8"
      }
    }

    test("the second start, in a program of its own, loads nothing of the compiler") {
      val path = script(SCRIPT)
      val own = folder.resolve("start")
      GlacisScripts.load(path, own)
      val log = folder.resolve("classes.log")
      val java = Path.of(System.getProperty("java.home"), "bin", "java").toString()
      val program =
        ProcessBuilder(
            java,
            "-XX:TieredStopAtLevel=1",
            "-Xlog:class+load:file=$log",
            "-cp",
            System.getProperty("java.class.path"),
            "org.glacis.scripting.LoadOnce",
            path.toString(),
            own.toString(),
          )
          .redirectErrorStream(true)
          .start()
      program.inputStream.bufferedReader().readText().trim() shouldBe "scripted"
      program.waitFor(60, TimeUnit.SECONDS) shouldBe true
      val loaded = Files.readAllLines(log).map { it.substringAfterLast("] ").substringBefore(' ') }
      loaded.size shouldBeGreaterThan 400
      loaded
        .filter { it.startsWith("org.jetbrains.kotlin.") || it.startsWith("kotlin.script.") }
        .shouldBeEmpty()
    }
  })
