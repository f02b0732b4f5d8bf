package org.glacis.cli

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeLessThanOrEqual
import io.kotest.matchers.ints.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldStartWith
import java.awt.image.BufferedImage
import java.nio.file.Files
import java.nio.file.Path
import java.security.MessageDigest
import java.util.HexFormat
import javax.imageio.ImageIO
import kotlin.math.abs
import org.glacis.evidence.Json
import org.glacis.runtime.Glacis
import org.glacis.runtime.data.DataCatalogue
import org.glacis.runtime.data.DataLocations
import org.glacis.runtime.graph.Element
import org.glacis.runtime.graph.Tensors
import org.glacis.runtime.interchange.onnx.OnnxModels
import org.glacis.spec.Epsilon
import org.jetbrains.bio.npy.NpyFile
import org.tensorflow.SavedModelBundle
import org.tensorflow.types.TFloat32

/** The commands that read a finished run. */
class NetworkCommandsTest :
  FunSpec({
    val test = DataCatalogue.get("digits").load(DataLocations.system(null)).test()

    test("certify prints the figures and writes a certificate a sample, beside those of the run") {
      val directory = finishedRun()
      val before = files(directory)
      val outcome = glacis(directory, "certify", "run", "--at", "linf:0.01", "--steps", "ibp")
      outcome.code shouldBe 0
      outcome.out shouldStartWith "linf(0.01) in [0.0, 1.0], 360 samples: clean "
      val file = directory.resolve("run/certificates-linf-0.01.csv")
      outcome.out shouldContain "certificates  $file"
      Files.readAllLines(file) shouldHaveSize 361
      files(directory).filterNot { "certificates-linf" in it } shouldBe before
    }

    test("certify --validate attacks the proved radii, and says how far the attacks had to go") {
      val directory = finishedRun()
      val steps = arrayOf("--at", "l2:0.02", "--steps", "lipschitz-margin", "--limit", "40")
      val outcome = glacis(directory, "certify", "run", *steps, "--validate", "10")
      outcome.err shouldBe ""
      outcome.code shouldBe 0
      outcome.out shouldContain
        Regex("10 radii withstood carliniWagner and pgd: 10 wrong decisions, at \\S+ on average")
      val about = json(directory.resolve("run/certificates-l2-0.02.json"))
      val found = about["certificateValidation"] as Map<*, *>
      found["samples"] shouldBe 10L
      (found["smallestRatio"] as Double >= 1.0) shouldBe true
    }

    test("certify by Lipschitz constants leaves the radius to each class, and the curve of radii") {
      val directory = finishedRun()
      val steps = arrayOf("--at", "l2:0.02", "--steps", "lipschitz-margin")
      val part = arrayOf("--from", "100", "--limit", "40")
      val outcome = glacis(directory, "certify", "run", *steps, *part)
      outcome.code shouldBe 0
      outcome.out shouldContain Regex("average certified radius 0\\.\\d+")
      val stem = directory.resolve("run/certificates-l2-0.02").toString()
      fun table(name: String) = Files.readAllLines(Path.of(name)).map { it.split(",") }
      val rows = table("$stem.csv").drop(1).filter { it[3] != "misclassified" }
      val targets = table("$stem-radii.csv")
      targets[0] shouldBe listOf("index", "label") + (0..9).map { "$it" }
      targets.drop(1).map { it[0] } shouldBe rows.map { it[0] }
      targets.drop(1).zip(rows).forEach { (target, row) ->
        target[2 + target[1].toInt()] shouldBe ""
        target.drop(2).filter { it.isNotEmpty() }.minOf { it.toDouble() } shouldBe
          row.last().toDouble()
      }
      val curve = (json(Path.of("$stem.json"))["radiusCurve"] as List<*>).map { it as Map<*, *> }
      val radii = rows.map { it.last().toDouble() }
      curve.map { it["epsilon"] } shouldBe (radii + 0.0).distinct().sorted()
      curve.map { it["certified"] } shouldBe
        curve.map { at -> radii.count { it > at["epsilon"] as Double } / 40.0 }
    }

    test("certify takes the attacks that look for the nearest wrong decision, each by its name") {
      val directory = finishedRun()
      val set = arrayOf("--at", "l2:1.0", "--limit", "40")
      for ((step, method) in
        listOf("carlini-wagner" to "carliniWagner", "deep-fool" to "deepFool")) {
        val outcome = glacis(directory, "certify", "run", *set, "--steps", step)
        outcome.err shouldBe ""
        outcome.code shouldBe 0
        val file = Path.of(outcome.out.lines().single { it.startsWith("certificates ") }.drop(14))
        val found = Files.readAllLines(file).filter { ",falsified," in it }
        found.map { it.split(",")[4] }.toSet() shouldBe setOf(method)
      }
    }

    test("certify never overwrites certificates: the next file has a number") {
      val directory = finishedRun()
      repeat(2) { glacis(directory, "certify", "run", "--limit", "20").code shouldBe 0 }
      Files.exists(directory.resolve("run/certificates-linf-0.02.csv")) shouldBe true
      Files.exists(directory.resolve("run/certificates-linf-0.02-2.csv")) shouldBe true
    }

    test("certify counts samples from the first of the test split, whichever part it is given") {
      val directory = finishedRun()
      glacis(directory, "certify", "run", "--steps", "ibp").code shouldBe 0
      glacis(directory, "certify", "run", "--steps", "ibp", "--from", "100", "--limit", "7")
        .code shouldBe 0
      val all = Files.readAllLines(directory.resolve("run/certificates-linf-0.02.csv"))
      val part = Files.readAllLines(directory.resolve("run/certificates-linf-0.02-2.csv"))
      part shouldHaveSize 8
      part.drop(1).zip(all.drop(101)).forEach { (one, other) ->
        one.substringBeforeLast(",") shouldBe other.substringBeforeLast(",")
        // Products of another batch size may be summed in another order.
        one.substringAfterLast(",").toDouble() shouldBe
          (other.substringAfterLast(",").toDouble() plusOrMinus 1e-9)
      }
    }

    test("beside the certificates stands what they are about: data, weights, set, steps, figures") {
      val directory = finishedRun()
      val run = directory.resolve("run")
      val outcome =
        glacis(
          directory,
          "certify",
          "run",
          "--dataset",
          "digits",
          "--steps",
          "attack,ibp",
          "--from",
          "100",
          "--limit",
          "50",
        )
      outcome.code shouldBe 0
      outcome.out shouldContain "about them    ${run.resolve("certificates-linf-0.02.json")}"
      val about = json(run.resolve("certificates-linf-0.02.json"))
      val rows = Files.readAllLines(run.resolve("certificates-linf-0.02.csv")).drop(1)
      val verdicts = rows.groupingBy { it.split(",")[3] }.eachCount()
      about["recipe"] shouldBe "short-digits"
      about["dataset"] shouldBe "digits"
      about["split"] shouldBe "test"
      about["first"] shouldBe 100L
      about["samples"] shouldBe 50L
      about["norm"] shouldBe "linf"
      about["epsilon"] shouldBe 0.02
      about["range"] shouldBe listOf(0.0, 1.0)
      (about["steps"] as List<*>).map { (it as Map<*, *>)["type"] } shouldBe listOf("attack", "ibp")
      about["certificates"] shouldBe "certificates-linf-0.02.csv"
      for ((verdict, count) in about["verdicts"] as Map<*, *>) {
        (verdicts[verdict] ?: 0).toLong() shouldBe count
      }
      about["certifiedAccuracy"] shouldBe (verdicts["certified"] ?: 0) / 50.0
      val data = about["data"] as Map<*, *>
      data["sha256"] shouldBe DataCatalogue.get("digits").load(DataLocations.system(null)).sha256()
      data shouldBe json(run.resolve("summary.json"))["data"]
      val weights = about["weights"] as Map<*, *>
      weights["sha256"] shouldBe sha256(run.resolve("weights.npz"))
      (about["versions"] as Map<*, *>)["glacis"] shouldBe "0.1.0-SNAPSHOT"
    }

    test("certify refuses data that are not those of the run, and writes nothing") {
      val directory = finishedRun()
      val run = directory.resolve("run")
      val own = (json(run.resolve("summary.json"))["data"] as Map<*, *>)["sha256"] as String
      val other = "0".repeat(64)
      val text = Files.readString(run.resolve("summary.json"))
      Files.writeString(run.resolve("summary.json"), text.replace(own, other))
      val before = files(directory)
      for (arguments in listOf(arrayOf(), arrayOf("--dataset", "digits"))) {
        val outcome = glacis(directory, "certify", "run", *arguments)
        outcome.code shouldBe 2
        outcome.err shouldContain
          "data \"digits\": found other samples than the run was made with: SHA-256 $own"
        outcome.err shouldContain "expected $other, as ${run.resolve("summary.json")} has it"
        files(directory) shouldBe before
      }
    }

    test("certify proves less over a larger set, and nothing is both certified and falsified") {
      val directory = finishedRun()
      fun verdicts(at: String): Map<String, Int> {
        glacis(directory, "certify", "run", "--at", at, "--steps", "attack,ibp").code shouldBe 0
        val file = directory.resolve("run/certificates-${at.replace(':', '-')}.csv")
        return Files.readAllLines(file).drop(1).groupingBy { it.split(",")[3] }.eachCount()
      }
      val near = verdicts("linf:0.005")
      val far = verdicts("linf:0.05")
      (far["certified"] ?: 0).toDouble() shouldBeLessThanOrEqual (near["certified"] ?: 0).toDouble()
      near["misclassified"] shouldBe far["misclassified"]
    }

    test("certify takes an l2 ball and another data set") {
      val directory = finishedRun()
      val outcome =
        glacis(
          directory,
          "certify",
          "run",
          "--at",
          "l2:0.02",
          "--dataset",
          "digits",
          "--limit",
          "9",
        )
      outcome.code shouldBe 0
      outcome.out shouldStartWith "l2(0.02) in [0.0, 1.0], 9 samples: clean "
    }

    test("predict tells class, output, lower, upper of an array, as the network has them") {
      val directory = finishedRun()
      NpyFile.write(directory.resolve("one.npy"), test.input(3), intArrayOf(8, 8))
      val outcome = glacis(directory, "predict", "run", "one.npy", "--at", "linf:0.001")
      outcome.code shouldBe 0
      Glacis.load(directory.resolve("run")).use { model ->
        val inputs = arrayOf(test.input(3))
        val best = model.classify(inputs)[0]
        val interval = model.interval(inputs, 0.001)
        val lines = outcome.out.lines()
        lines[0] shouldStartWith "class $best, "
        lines[1].trim().split(Regex(" +")) shouldBe listOf("class", "output", "lower", "upper")
        val cells = lines[2 + best].trim().split(Regex(" +"))
        cells[0] shouldBe "$best"
        cells[1].toDouble() shouldBe (interval.prediction[0][best] plusOrMinus 1e-4)
        cells[2].toDouble() shouldBe (interval.lower[0][best] plusOrMinus 1e-4)
        cells[3].toDouble() shouldBe (interval.upper[0][best] plusOrMinus 1e-4)
        cells[4] shouldBe "*"
      }
    }

    test("predict says certified where a proof exists, and not certified where none does") {
      val directory = finishedRun()
      NpyFile.write(directory.resolve("one.npy"), test.input(3), intArrayOf(1, 64))
      glacis(directory, "predict", "run", "one.npy", "--at", "linf:0").out shouldContain
        Regex("^class \\d, certified at linf\\(0.0\\) in \\[0.0, 1.0\\] \\(ibp, least margin ")
      glacis(directory, "predict", "run", "one.npy", "--at", "linf:0.5").out shouldContain
        Regex("^class \\d, not certified at linf\\(0.5\\) in \\[0.0, 1.0\\] \\(ibp, least margin -")
    }

    test("predict takes a radius for each pixel, as the network's own interval does") {
      val directory = finishedRun()
      val radii = DoubleArray(64) { if (it < 32) 0.0 else 0.01 }
      NpyFile.write(directory.resolve("one.npy"), test.input(3), intArrayOf(8, 8))
      NpyFile.write(directory.resolve("radii.npy"), radii, intArrayOf(8, 8, 1))
      val outcome = glacis(directory, "predict", "run", "one.npy", "--at", "linf:radii.npy")
      outcome.err shouldBe ""
      outcome.out shouldContain "at linf(up to 0.01) in [0.0, 1.0] (ibp, least margin "
      Glacis.load(directory.resolve("run")).use { model ->
        val interval = model.interval(arrayOf(test.input(3)), Epsilon(radii.toList()))
        outcome.out.lines().drop(2).take(10).forEachIndexed { j, line ->
          val cells = line.trim().split(Regex(" +"))
          cells[2].toDouble() shouldBe (interval.lower[0][j] plusOrMinus 1e-4)
          cells[3].toDouble() shouldBe (interval.upper[0][j] plusOrMinus 1e-4)
        }
      }
    }

    test("certify takes a radius for each pixel: fewer moving pixels, no fewer proofs") {
      val directory = finishedRun()
      fun certified(radii: DoubleArray): Int {
        NpyFile.write(directory.resolve("radii.npy"), radii, intArrayOf(64))
        glacis(directory, "certify", "run", "--at", "linf:radii.npy", "--threads", "1")
          .out
          .lines()
          .first { it.startsWith("certificates") }
          .let { line ->
            return Files.readAllLines(Path.of(line.substringAfter("  "))).count {
              ",certified," in it
            }
          }
      }
      val all = certified(DoubleArray(64) { 0.02 })
      val half = certified(DoubleArray(64) { if (it < 32) 0.0 else 0.02 })
      all shouldBe
        Files.readAllLines(directory.resolve("run/certificates.csv")).count { ",certified," in it }
      all shouldBeLessThanOrEqual half
      Files.exists(directory.resolve("run/certificates-linf-up-to-0.02-2.csv")) shouldBe true
    }

    test("predict reads pictures: grey levels are 0 to 1") {
      val directory = finishedRun()
      val image = BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY)
      val values = FloatArray(64)
      for (i in 0 until 64) {
        val level = Math.round(test.input(5)[i] * 255)
        image.raster.setSample(i % 8, i / 8, 0, level)
        values[i] = level / 255f
      }
      ImageIO.write(image, "png", directory.resolve("one.png").toFile())
      NpyFile.write(directory.resolve("one.npy"), values, intArrayOf(8, 8, 1))
      val picture = glacis(directory, "predict", "run", "one.png")
      picture.code shouldBe 0
      picture shouldBe glacis(directory, "predict", "run", "one.npy")
    }

    test(
      "an exported SavedModel gives the outputs of the run, and bounds that enclose its bounds"
    ) {
      val directory = finishedRun()
      val outcome = glacis(directory, "export", "run", "--to", "saved-model")
      outcome.code shouldBe 0
      outcome.out shouldContain "read back: 64 random inputs give equal outputs"
      val inputs = Array(20) { test.input(it) }
      val x = Element.FLOAT32.tensor(inputs.flatMap { it.toList() }.toFloatArray(), 20, 8, 8, 1)
      val epsilon = TFloat32.scalarOf(0.02f)
      Glacis.load(directory.resolve("run")).use { model ->
        SavedModelBundle.load(directory.resolve("run/saved-model").toString()).use { bundle ->
          val plain = bundle.function("serving_default").call(mapOf("x" to x))
          Tensors.doubles(plain.get("output").get()).toList() shouldBeNear
            model.predict(inputs).flatMap { it.toList() }
          val both = bundle.function("interval").call(mapOf("x" to x, "epsilon" to epsilon))
          val own = model.interval(inputs, 0.02f.toDouble())
          Tensors.doubles(both.get("prediction").get()).toList() shouldBeNear
            own.prediction.flatMap { it.toList() }
          val lower = Tensors.doubles(both.get("lower").get())
          val upper = Tensors.doubles(both.get("upper").get())
          lower.toList() shouldBeNear own.lower.flatMap { it.toList() }
          upper.toList() shouldBeNear own.upper.flatMap { it.toList() }
          own.lower
            .flatMap { it.toList() }
            .forEachIndexed { i, l -> lower[i] shouldBeLessThanOrEqual l }
          own.upper
            .flatMap { it.toList() }
            .forEachIndexed { i, u -> u shouldBeLessThanOrEqual upper[i] }
        }
      }
    }

    test("an exported SavedModel takes a radius for each pixel") {
      val directory = finishedRun()
      glacis(directory, "export", "run", "--to", "saved-model", "--out", "net").code shouldBe 0
      val x = Element.FLOAT32.tensor(test.input(0), 1, 8, 8, 1)
      val epsilon = Element.FLOAT32.tensor(FloatArray(64), 8, 8, 1)
      SavedModelBundle.load(directory.resolve("net").toString()).use { bundle ->
        val both = bundle.function("interval").call(mapOf("x" to x, "epsilon" to epsilon))
        Tensors.doubles(both.get("lower").get()).toList() shouldBeNear
          Tensors.doubles(both.get("upper").get()).toList()
      }
    }

    test("exported JSON holds the whole network: another program computes the same outputs") {
      val directory = finishedRun()
      val outcome = glacis(directory, "export", "run", "--to", "json")
      outcome.code shouldBe 0
      outcome.out shouldContain "largest difference 0.0e+00"
      val network = JsonNetwork.read(directory.resolve("run/network.json"))
      Glacis.load(directory.resolve("run")).use { model ->
        val expected = model.predict(Array(20) { test.input(it) })
        for (i in 0 until 20) {
          network.predict(test.input(i)) shouldBeNear expected[i].toList()
        }
      }
    }

    test("exported ONNX gives the outputs of the run") {
      val directory = finishedRun()
      val outcome = glacis(directory, "export", "run", "--to", "onnx")
      outcome.code shouldBe 0
      outcome.out shouldContain "read back: 64 random inputs give equal outputs"
      val inputs = Array(20) { test.input(it) }
      Glacis.load(directory.resolve("run")).use { model ->
        val file = directory.resolve("run/network.onnx")
        val there = OnnxModels.predict(file, inputs, model.experiment().model)
        there.flatMap { it.toList() } shouldBeNear model.predict(inputs).flatMap { it.toList() }
      }
    }

    test("report writes the page of a run anew, and one page about several") {
      val directory = finishedRun()
      val page = directory.resolve("run/report.html")
      val first = Files.readString(page)
      Files.delete(page)
      glacis(directory, "report", "run").out.trim() shouldBe page.toString()
      Files.readString(page) shouldBe first
      directory.resolve("run").toFile().copyRecursively(directory.resolve("other").toFile())
      glacis(directory, "report", "run", "other").out.trim() shouldBe
        directory.resolve("comparison.html").toString()
      glacis(directory, "report", "run", "other").out.trim() shouldBe
        directory.resolve("comparison-2.html").toString()
    }

    test("describe reads the network of a run") {
      val directory = finishedRun()
      val outcome = glacis(directory, "describe", "run")
      outcome.code shouldBe 0
      outcome.out.lines() shouldContain "parameters   17,610 trainable, 0 other, 68.8 KiB"
    }
  })

private fun json(file: Path) = Json.parse(Files.readString(file), file.toString()) as Map<*, *>

private fun sha256(file: Path): String =
  HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)))

/** Equal to 1e-5. */
private infix fun List<Double>.shouldBeNear(expected: List<Double>) {
  this shouldHaveSize expected.size
  for (i in indices) abs(this[i] - expected[i]) shouldBeLessThanOrEqual 1e-5
}
