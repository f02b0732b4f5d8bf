package org.glacis.evidence.check

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.nio.file.Files
import java.nio.file.Path
import kotlin.random.Random
import org.glacis.evidence.Json
import org.glacis.evidence.holistic.EventOrder
import org.glacis.evidence.holistic.HeldOutCertificate

/** The evidence has 12; nothing is claimed of the last three. */
private const val SAMPLES = 15

private const val FIRST = 0

private fun Path.told(): Path = resolve("held-out.json")

private fun Path.csv(): Path = resolve("certificates.csv")

/** A file of a bound, for as many errors as are told. */
private fun held(
  run: Path,
  errors: Int,
  samples: Int = SAMPLES,
  first: Int = FIRST,
  epsilon: Double = 0.01,
) {
  val certificate =
    HeldOutCertificate.of(errors, samples, 0.05, 0.0, EventOrder.SAMPLE_THEN_CORRUPT)
  val range = Claims.Range(0.0, 1.0)
  val file = HeldOutFile(certificate, "linf", listOf(epsilon), range, "bytes", first)
  Files.writeString(run.told(), file.toJson("certificates"))
}

private fun rows(run: Path, labels: List<Int>) {
  val rows = labels.mapIndexed { i, label -> "$i,$label,$label,certified,ibp,0.5" }
  val header = "index,label,prediction,verdict,method,margin"
  Files.write(run.csv(), listOf(header) + rows)
}

@Suppress("UNCHECKED_CAST")
private fun change(file: Path, change: (MutableMap<String, Any?>) -> Unit) {
  val json = Json.parse(Files.readString(file), "file") as MutableMap<String, Any?>
  change(json)
  Files.writeString(file, Json.pretty(json))
}

@Suppress("UNCHECKED_CAST")
private fun MutableMap<String, Any?>.about() = get("about") as MutableMap<String, Any?>

private fun reports(run: Path): List<HeldOutReport> =
  HeldOutChecker.check(run, listOf(EvidenceChecker.check(run.resolve("certificates"))))

private fun report(run: Path): HeldOutReport = reports(run).single()

/** What the run asked for, and what its summary says. */
private fun statements(run: Path, errors: Int, heldOut: String) {
  val certificate =
    HeldOutCertificate.of(errors, SAMPLES, 0.05, 0.0, EventOrder.SAMPLE_THEN_CORRUPT)
  Files.writeString(run.resolve("experiment.json"), """{"certify": [{"heldOut": $heldOut}]}""")
  val figures = certificate.figures()
  val summary = figures + ("certifications" to listOf(figures))
  Files.writeString(run.resolve("summary.json"), Json.pretty(summary))
}

class HeldOutCheckerTest :
  FunSpec({
    val root = tempdir().toPath()
    val honest = Files.createDirectories(root.resolve("honest"))
    val folder = Evidence(honest.resolve("certificates")).ibp()
    Files.copy(folder.resolve("weights.npz"), honest.resolve("weights.npz"))
    val labels = MutableList(SAMPLES) { 0 }
    val claimed = mutableSetOf<Int>()
    changeClaims(folder) { json ->
      for (claim in (json["samples"] as List<*>).map { it as Map<*, *> }) {
        labels[(claim["index"] as Long).toInt()] = (claim["label"] as Long).toInt()
        claimed += (claim["index"] as Long).toInt()
      }
    }
    val proved = claimed.size
    seal(folder)
    rows(honest, labels)
    held(honest, SAMPLES - proved)

    fun copy(): Path {
      val copy = root.resolve("copy")
      copy.toFile().deleteRecursively()
      honest.toFile().copyRecursively(copy.toFile())
      return copy
    }

    fun refused(reason: String, change: (Path) -> Unit) {
      val run = copy()
      change(run)
      val found = report(run)
      withClue("$reason: $found") {
        found.isConfirmed shouldBe false
        found.faults.joinToString("\n") shouldContain reason
      }
    }

    test("errors are the samples without a proved claim, and an honest bound is confirmed") {
      (SAMPLES - proved) shouldBeGreaterThan 0
      proved shouldBeGreaterThan 4
      val found = report(honest)
      found.faults.shouldBeEmpty()
      found.certificate!!.errors shouldBe SAMPLES - proved
      HeldOutChecker.check(root, listOf()).shouldBeEmpty()
    }

    test("what the run asked for, and what its summary says, is what the file has") {
      val run = copy()
      statements(run, SAMPLES - proved, """{"delta": 0.05, "alpha": 0}""")
      report(run).faults.shouldBeEmpty()
      statements(
        run,
        SAMPLES - proved,
        """{"delta": 0.05, "alpha": 0.0, "order": "sampleThenCorrupt"}""",
      )
      report(run).faults.shouldBeEmpty()
      for (other in
        listOf(
          """{"delta": 0.01, "alpha": 0.0}""",
          """{"delta": 0.05, "alpha": 0.1}""",
          """{"delta": 0.05, "alpha": 0.0, "order": "corruptThenSample"}""",
        )) {
        refused("experiment.json.certify[0].heldOut: declares another delta, alpha or order") {
          statements(it, SAMPLES - proved, other)
        }
      }
      refused("summary.json.heldOutErrorBound: is not what the bound's own file says") {
        statements(it, SAMPLES - proved - 1, "null")
      }
      refused("summary.json.certifications[0].heldOut: is not what") { run ->
        statements(run, SAMPLES - proved, "null")
        change(run.resolve("summary.json")) { json ->
          val block = (json["certifications"] as List<*>)[0] as Map<*, *>
          @Suppress("UNCHECKED_CAST")
          (block["heldOut"] as MutableMap<String, Any?>)["hypotheses"] = listOf<String>()
        }
      }
    }

    test("a bound that is asked for, or told, has a file") {
      refused("held-out.json: is missing, but there is") { run ->
        statements(run, SAMPLES - proved, """{"delta": 0.05, "alpha": 0.0}""")
        Files.delete(run.told())
      }
      refused("is missing, but there is ${root.resolve("copy/summary.json")}.certifications[0]") {
        statements(it, SAMPLES - proved, "null")
        Files.delete(it.told())
      }
      val run = copy()
      Files.delete(run.told())
      Files.writeString(run.resolve("summary.json"), """{"certifications": [{}]}""")
      reports(run).shouldBeEmpty()
    }

    test("a bound from fewer errors, or more samples, than are counted is refused") {
      refused("errors: is ${SAMPLES - proved - 1}, but ${SAMPLES - proved} are counted") {
        held(it, SAMPLES - proved - 1)
      }
      refused("samples: is 16, but 15 are counted") { held(it, SAMPLES - proved, samples = 16) }
    }

    test("a claim for another class than the label of the sample counts as an error") {
      refused("errors: is ${SAMPLES - proved}, but ${SAMPLES - proved + 1} are counted") {
        rows(
          it,
          labels.mapIndexed { i, label -> if (i == claimed.first()) (label + 1) % 4 else label },
        )
      }
    }

    test("a claim that is refused counts as an error, and so does one that is gone") {
      refused("but ${SAMPLES - proved + 1} are counted") { run ->
        changeClaims(run.resolve("certificates")) { json -> json.sample(0)["margin"] = 1e9 }
        seal(run.resolve("certificates"))
      }
      refused("rests on evidence that is not confirmed") { run ->
        val manifest = run.resolve("certificates/manifest.json")
        Files.writeString(manifest, Files.readString(manifest) + "\n")
      }
      refused("but ${SAMPLES - proved + 1} are counted") { run ->
        changeClaims(run.resolve("certificates")) { json -> json.sample(0)["verdict"] = "unknown" }
        seal(run.resolve("certificates"))
      }
    }

    test("a bound about another set than its evidence, or other samples, is refused") {
      refused("is about another set") { held(it, SAMPLES - proved, epsilon = 0.02) }
      refused("is about another set") { run -> change(run.told()) { it.about()["range"] = null } }
      refused("is about another set") { run -> change(run.told()) { it.about()["norm"] = "l2" } }
      refused("row 1: found sample 0 with the label") { held(it, SAMPLES - proved, first = 1) }
      refused("about.split: found \"train\"") { run ->
        change(run.told()) { it.about()["split"] = "train" }
      }
      refused("about.evidence: found \"certificates-2\"") { run ->
        change(run.told()) { it.about()["evidence"] = "certificates-2" }
      }
      refused("no folder certificates-2 beside it") { run ->
        Files.move(run.told(), run.resolve("held-out-2.json"))
        change(run.resolve("held-out-2.json")) {
          it.about()["evidence"] = "certificates-2"
          it.about()["certificates"] = "certificates-2.csv"
        }
      }
    }

    test("rows that are missing, doubled or no rows are refused, with file and line") {
      refused("certificates.csv: cannot be read") { Files.delete(it.csv()) }
      refused("certificates.csv: column a") { Files.writeString(it.csv(), "a,b\n") }
      refused("certificates.csv: row 2: found sample 2 with the label") { run ->
        Files.write(run.csv(), Files.readAllLines(run.csv()).filterIndexed { i, _ -> i != 2 })
      }
      refused("certificates.csv: row 15: found sample 14 with the label 1.5") { run ->
        val lines = Files.readAllLines(run.csv())
        Files.write(run.csv(), lines.dropLast(1) + "14,1.5,1,certified,ibp,0.5")
      }
      refused("samples: is 15, but 14 are counted") { run ->
        Files.write(run.csv(), Files.readAllLines(run.csv()).dropLast(1))
      }
      refused("is damaged") { Files.writeString(it.told(), "{") }
    }

    test("of 500 random tamperings with the bound, its rows and its evidence none is accepted") {
      val random = Random(91)
      repeat(500) { round ->
        val run = copy()
        val what = random.nextInt(8)
        val factor = 1 + random.nextDouble(0.01, 2.0)
        when (what) {
          0 -> held(run, random.nextInt(SAMPLES - proved))
          1 -> held(run, SAMPLES - proved, SAMPLES + random.nextInt(1, 1000))
          2 -> {
            val key = listOf("delta", "errorBound").random(random)
            change(run.told()) {
              it[key] = (it[key] as Double) * (if (random.nextBoolean()) factor else 1 / factor)
            }
          }
          3 -> change(run.told()) { it["alpha"] = random.nextDouble(1e-6, 1.0) }
          4 -> {
            val key = listOf("errors", "samples").random(random)
            change(run.told()) { it[key] = (it[key] as Long) + random.nextLong(1, 5) }
          }
          5 -> held(run, SAMPLES - proved, epsilon = 0.01 * factor)
          6 -> {
            val lines = Files.readAllLines(run.csv())
            val sample = labels.indices.random(random)
            val other = (labels[sample] + random.nextInt(1, 4)) % 4
            val kept = lines.filterIndexed { i, _ -> i != sample + 1 }
            // A row less for a sample that is an error, another label for one that is none.
            val isError = sample !in claimed
            Files.write(
              run.csv(),
              if (isError) kept
              else
                lines.toMutableList().also { it[sample + 1] = "$sample,$other,0,certified,ibp,1" },
            )
          }
          else -> {
            val place = random.nextInt(100)
            changeClaims(run.resolve("certificates")) { json ->
              if (random.nextBoolean()) json.sample(place)["margin"] = 1e3 * factor
              else json.sample(place)["method"] = "crownIbp$round"
            }
            seal(run.resolve("certificates"))
          }
        }
        withClue("round $round, tampering $what") { report(run).isConfirmed shouldBe false }
      }
    }
  })
