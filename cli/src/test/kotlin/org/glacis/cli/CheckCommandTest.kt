package org.glacis.cli

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldMatch
import io.kotest.matchers.string.shouldNotContain
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.readBytes
import kotlin.io.path.readText
import kotlin.io.path.writeBytes
import kotlin.io.path.writeText

class CheckCommandTest :
  FunSpec({
    fun certified(run: Path, file: String) =
      Files.readAllLines(run.resolve(file)).count { ",certified," in it }

    test("every certificate of a run is derived anew, whichever bound found it") {
      val directory = finishedRun()
      val run = directory.resolve("run")
      glacis(directory, "certify", "run", "--at", "linf:0.04", "--steps", "ibp,crown-ibp")
        .code shouldBe 0
      glacis(directory, "certify", "run", "--at", "l2:0.05", "--steps", "ibp", "--from", "300")
        .code shouldBe 0
      val outcome = glacis(directory, "check", "run")
      outcome.code shouldBe 0
      outcome.err shouldBe ""
      val lines = outcome.out.trim().lines()
      val stems = listOf("certificates", "certificates-l2-0.05", "certificates-linf-0.04")
      for ((said, stem) in lines.chunked(2).zip(stems)) {
        val count = certified(run, "$stem.csv")
        val samples = Files.readAllLines(run.resolve("$stem.csv")).size - 1
        said[0] shouldMatch Regex("$stem  $count claims: $count proved, 0 refused, in [0-9.]+ s")
        said[1] shouldBe "  $stem.csv certifies $count of $samples samples: $count proved"
      }
      lines.size shouldBe 6
      Files.readAllLines(run.resolve("certificates-linf-0.04.csv")).count {
        ",certified,crownIbp," in it
      } shouldBe
        Regex("\"method\": \"crownIbp\"")
          .findAll(run.resolve("certificates-linf-0.04/claims.json").readText())
          .count()
      val few = glacis(directory, "check", "run", "--limit", "5").out
      val all = certified(run, "certificates.csv")
      few shouldContain "certificates  5 claims: 5 proved"
      few shouldContain
        "certificates.csv certifies $all of 360 samples: 5 proved, ${all - 5} not checked"
      few shouldContain "  5 of $all claims were checked, so figures were not compared"
    }

    test("a run that says more than is proved is refused with exit code 1, file and row") {
      fun refused(file: String, reason: String, change: (String) -> String) {
        val directory = finishedRun()
        val path = directory.resolve("run").resolve(file)
        path.writeText(change(path.readText()).also { it shouldNotBe path.readText() })
        val outcome = glacis(directory, "check", "run")
        withClue(outcome.out) {
          outcome.code shouldBe 1
          outcome.out shouldContain "  fault: $path"
          outcome.out shouldContain reason
        }
      }
      refused("certificates.csv", "found certified by ibp, expected unknown") {
        it.replace(",unknown,,", ",certified,ibp,")
      }
      refused(
        "summary.json",
        ".certifiedAccuracyBy.ibpBoxUnclipped: found 0.99, expected at most",
      ) {
        it.replace(Regex("\"ibpBoxUnclipped\": [0-9.]+"), "\"ibpBoxUnclipped\": 0.99")
      }
      val directory = finishedRun()
      val declared = directory.resolve("run/experiment.json")
      declared.writeText(declared.readText().replaceFirst("\"relu\"", "\"tanh\""))
      val outcome = glacis(directory, "check", "run")
      outcome.code shouldBe 1
      outcome.out shouldContain
        "network.json.layers[2].type: found \"relu\", expected \"tanh\", as it is declared in $declared.model.layers[2]"
    }

    test("certificates without evidence are counted, and nothing certified needs no claim") {
      val directory = finishedRun()
      val run = directory.resolve("run")
      val csv = run.resolve("certificates.csv")
      val proved = certified(run, "certificates.csv")
      csv.writeText(csv.readText().replaceFirst(",unknown,,", ",certified,branchAndBound,"))
      val outcome = glacis(directory, "check", "run")
      outcome.code shouldBe 0
      outcome.out shouldContain
        "certificates.csv certifies ${proved + 1} of 360 samples: $proved proved, 1 without evidence, neither proved nor refused (1 by branchAndBound)"
      glacis(directory, "certify", "run", "--at", "linf:0.9", "--steps", "ibp", "--limit", "4")
        .code shouldBe 0
      val nothing = glacis(directory, "check", "run")
      nothing.code shouldBe 0
      nothing.out shouldContain "certificates-linf-0.9  0 claims: 0 proved, 0 refused"
      nothing.out shouldContain
        "certificates-linf-0.9.csv certifies none of 4 samples: there is nothing to prove"
    }

    test("pixels are kept as bytes, and the whole evidence of 360 digits is small") {
      val folder = finishedRun().resolve("run/certificates")
      val bytes = Files.list(folder).use { all -> all.mapToLong { Files.size(it) }.sum() }
      (bytes < 200_000) shouldBe true
    }

    test("TensorFlow is not loaded to check") {
      val directory = finishedRun()
      val process = process(directory, listOf("check", "run"), listOf("-Xlog:class+load"))
      val said = process.inputReader().readText()
      process.waitFor() shouldBe 0
      said shouldContain "org.glacis.evidence.check.EvidenceChecker"
      said shouldContain "0 refused"
      said shouldNotContain "org.tensorflow"
    }

    test("tampered evidence is refused with exit code 1 and the reason") {
      val directory = finishedRun()
      val claims = directory.resolve("run/certificates/claims.json")
      claims.writeText(claims.readText().replace("\"epsilon\": 0.02", "\"epsilon\": 0.2"))
      val outcome = glacis(directory, "check", "run")
      outcome.code shouldBe 1
      outcome.out shouldContain "fault: $claims: has"
      outcome.out shouldContain ": no margin above 0 is proved, but -"
      outcome.out shouldContain " more"
    }

    test("weights that are not the run's are refused") {
      val directory = finishedRun()
      glacis(directory, "certify", "run", "--at", "linf:0.01", "--steps", "ibp").code shouldBe 0
      val other = directory.resolve("run/certificates-linf-0.01/weights.npz")
      directory.resolve("run/weights.npz").writeBytes(other.readBytes())
      glacis(directory, "check", "run").code shouldBe 0
      other.writeBytes(other.readBytes().also { it[200] = (it[200] + 1).toByte() })
      glacis(directory, "check", "run").code shouldBe 1
    }

    test("a bound from held-out samples is made for a finished run, and checked with its claims") {
      val directory = finishedRun()
      val stem = "certificates-linf-0.01"
      val held = "held-out-linf-0.01.json"
      val outcome =
        glacis(
          directory,
          "certify",
          "run",
          "--at",
          "linf:0.01",
          "--steps",
          "ibp",
          "--held-out",
          "0.05",
        )
      outcome.code shouldBe 0
      val errors = 360 - certified(directory.resolve("run"), "$stem.csv")
      val said =
        Regex("beyond these samples at most [0-9.]+ % are not certified, .*\\($errors of 360 here")
      outcome.out shouldContain said
      val checked = glacis(directory, "check", "run")
      checked.code shouldBe 0
      checked.out shouldContain Regex("$held  confirmed: ${said.pattern}")
      glacis(directory, "check", "run", "--limit", "5").let {
        it.code shouldBe 0
        it.out shouldContain "$held  not checked: --limit leaves claims out"
      }
      val bound = directory.resolve("run/$held")
      bound.writeText(bound.readText().replace("\"errors\": $errors", "\"errors\": ${errors - 1}"))
      val refused = glacis(directory, "check", "run")
      refused.code shouldBe 1
      refused.out shouldContain "$held  refused\n  fault: $bound: errorBound is "
    }

    test("a run without evidence is wrong input, and the message says what to do") {
      val directory = tempdir().toPath()
      val nowhere = glacis(directory, "check", "nowhere")
      nowhere.code shouldBe 2
      nowhere.err.trim() shouldBe
        "${directory.resolve("nowhere")}: found no such folder, expected a run with the evidence of its certificates; certify it with this release; layers that the checker does not know leave no evidence"
      glacis(directory, "check", ".", "--limit", "0").code shouldBe 2
      glacis(directory, "check").code shouldBe 2
    }
  })
