package org.glacis.evidence.check

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.nio.file.Path

/** Fields of a claim that its method does not derive are refused, not believed. */
class StrangeClaimsTest :
  FunSpec({
    val root = tempdir().toPath()
    val honest =
      mapOf(
        "ball" to SmallRun(root.resolve("ball")).ball(),
        "box" to SmallRun(root.resolve("box")).box(),
        "regression" to SmallRun(root.resolve("regression")).regression(),
      )

    fun refused(kind: String, reason: String, change: (MutableMap<String, Any?>) -> Unit) {
      val run: Path = root.resolve("copy")
      run.toFile().deleteRecursively()
      honest.getValue(kind).toFile().copyRecursively(run.toFile())
      val folder = run.resolve("certificates")
      changeClaims(folder, change)
      seal(folder)
      val report = EvidenceChecker.checkRun(run, 1000).single()
      val said = (report.faults + report.samples.map { it.reason }).joinToString("\n")
      withClue(said) {
        report.isConfirmed shouldBe false
        said shouldContain reason
      }
    }

    test("the runs are honest before") {
      for (run in honest.values) EvidenceChecker.checkRun(run, 1000).single().faults.shouldBeEmpty()
    }

    test("a radius in a box, or of a regression") {
      refused("box", "the radius 100.0 is claimed") { it.sample(0)["radius"] = 100.0 }
      refused("regression", "the radius 100.0 is claimed") { it.sample(0)["radius"] = 100.0 }
    }

    test("a margin of a regression") {
      refused("regression", "the margin 9.0 is claimed") { it.sample(0)["margin"] = 9.0 }
    }

    test("intervals of classes, and ends that do not pair") {
      for (kind in listOf("ball", "box")) refused(kind, "intervals are claimed") {
        it.sample(0)["lower"] = listOf(0.0)
        it.sample(0)["upper"] = listOf(1.0)
      }
      refused("regression", "lower ends and") { it.sample(0)["upper"] = listOf<Double>() }
    }

    test("another range than that of the network") {
      refused("box", "claims are about sets in the range") { it["range"] = listOf(0.25, 0.75) }
    }
  })
