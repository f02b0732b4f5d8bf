package org.glacis.runtime

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.maps.shouldNotContainKey
import io.kotest.matchers.nulls.shouldBeNull
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import java.nio.file.Files
import java.nio.file.Path
import org.glacis.evidence.check.EvidenceChecker
import org.glacis.evidence.check.HeldOutChecker
import org.glacis.evidence.holistic.EventOrder
import org.glacis.evidence.holistic.HeldOutBound
import org.glacis.runtime.certify.Verdict
import org.glacis.runtime.data.Dataset
import org.glacis.runtime.data.Samples
import org.glacis.runtime.train.TOY_DATA
import org.glacis.runtime.train.TOY_OPTIONS
import org.glacis.runtime.train.toy
import org.glacis.spec.Baseline
import org.glacis.spec.CertificationSpec
import org.glacis.spec.CrossEntropy
import org.glacis.spec.Epsilon
import org.glacis.spec.HeldOut
import org.glacis.spec.Ibp
import org.glacis.spec.InputException
import org.glacis.spec.L2
import org.glacis.spec.Linf
import org.glacis.spec.Shape

private fun held(alpha: Double = 0.0, epsilon: Double = 0.02, limit: Int? = null) =
  CertificationSpec(Linf(Epsilon(epsilon)), listOf(Ibp), limit, heldOut = HeldOut(0.05, alpha))

private val OTHER =
  CertificationSpec(
    L2(Epsilon(0.03)),
    listOf(Ibp),
    20,
    heldOut = HeldOut(0.01, 0.1, org.glacis.spec.EventOrder.CORRUPT_THEN_SAMPLE),
  )

private val PLAIN = CertificationSpec(Linf(Epsilon(0.02)), listOf(Ibp))

/** The first [count] training samples, then test samples. */
private fun mixed(count: Int): Samples {
  val train = TOY_DATA.train()
  val test = TOY_DATA.test()
  return Samples.table(
    Shape(4),
    train.values().copyOf(4 * count) + test.values().copyOfRange(4 * count, 4 * test.size()),
    train.labels().copyOf(count) + test.labels().copyOfRange(count, test.size()),
  )
}

private fun refusal(act: () -> Any): String =
  shouldThrow<InputException> { act() }.message.orEmpty()

class HeldOutRunTest :
  FunSpec({
    val folder: Path = tempdir().toPath()
    val out = folder.resolve("run")
    val run =
      Glacis.run(
        toy()
          .copy(
            certify = listOf(held(), OTHER, PLAIN),
            baselines = listOf(Baseline("ERM", CrossEntropy)),
          ),
        TOY_OPTIONS.withOut(out),
      )

    test("errors are the samples that are not certified, and the bound follows from them") {
      val summary = RunDirectory.open(out).summary()
      val rows = run.certifications()[0].rows()
      val errors = rows.count { it.verdict() != Verdict.CERTIFIED }
      errors shouldBeGreaterThan 0
      (rows.size - errors) shouldBeGreaterThan 10
      val bound = HeldOutBound.of(errors.toLong(), 30, 0.0, 0.05, EventOrder.SAMPLE_THEN_CORRUPT)
      summary["heldOutErrorBound"] shouldBe bound
      val about = summary["heldOut"] as Map<*, *>
      listOf("errors", "samples", "delta", "alpha", "order").map { about[it] } shouldBe
        listOf(errors.toLong(), 30L, 0.05, 0.0, "sampleThenCorrupt")
      (about["hypotheses"] as List<*>).size shouldBe 5
      val baseline = (summary["baselines"] as List<*>).single() as Map<*, *>
      baseline["heldOutErrorBound"] shouldBe
        Run.load(out.resolve("baselines/ERM")).summary()["heldOutErrorBound"]
      run.certifications()[0].summary() shouldContain
        Regex(
          "\nbeyond these samples at most [0-9.]+ % are not certified, with probability 1 - 0.05"
        )
    }

    test("each certification that asks for a bound has its own, and others have none") {
      val blocks = run.summary()["certifications"] as List<*>
      val other = (blocks[1] as Map<*, *>)
      val errors = run.certifications()[1].rows().count { it.verdict() != Verdict.CERTIFIED }
      other["heldOutErrorBound"] shouldBe
        HeldOutBound.of(errors.toLong(), 20, 0.1, 0.01, EventOrder.CORRUPT_THEN_SAMPLE)
      @Suppress("UNCHECKED_CAST") val plain = blocks[2] as Map<String, Any>
      plain shouldNotContainKey "heldOut"
      run.certifications()[2].heldOut().shouldBeNull()
      run.certifications()[2].summary() shouldNotContain "beyond"
      Files.list(out).use { files ->
        files.map { it.fileName.toString() }.filter { "held-out" in it }.sorted().toList()
      } shouldBe listOf("held-out-2.json", "held-out.json")
    }

    test("the checker counts the same errors on the claims that it proves") {
      val reports = HeldOutChecker.check(out, EvidenceChecker.checkRun(out, Int.MAX_VALUE))
      reports.flatMap { it.faults }.shouldBeEmpty()
      reports.map { it.certificate } shouldBe
        listOf(run.certifications()[0].heldOut(), run.certifications()[1].heldOut())
    }

    test("the report shows each bound with what it takes for granted") {
      val page = Files.readString(out.resolve("report.html"))
      page shouldContain "Held-out certificate, l∞, ε = 0.02, within [0, 1]"
      page shouldContain "Held-out certificate, l2, ε = 0.03, within [0, 1]"
      page shouldContain "The 30 samples were drawn independently"
      page shouldContain
        "Before they were drawn, at most a share alpha = 0.1 of the law was replaced"
      page shouldContain "Asymptotic, and not used for this bound"
      page shouldContain "held-out.json"
    }

    test("training samples are refused before anything is trained or written") {
      fun refused(test: Samples, spec: CertificationSpec): String {
        val data = Dataset.of("toy", TOY_DATA.train(), test).withOutputs(3)
        val there = folder.resolve("refused")
        val message = refusal {
          Glacis.run(
            toy().copy(certify = listOf(spec)),
            TOY_OPTIONS.withDataset(data).withOut(there),
          )
        }
        Files.exists(there) shouldBe false
        return message
      }
      refused(TOY_DATA.train(), held()) shouldBe
        "heldOut: 46 of the 46 samples to certify are training samples, from which no bound of the error on new samples follows; certify samples that were held out, or leave heldOut out"
      refused(mixed(15), held()) shouldContain "15 of the 30 samples"
      refused(mixed(5), held(limit = 10)) shouldContain "5 of the 10 samples"
    }

    test(
      "one network gets no bound from its training samples, but from others, a few alike or not"
    ) {
      Glacis.train(toy(), TOY_OPTIONS).use { model ->
        refusal { model.certify(held(), TOY_DATA.train()) } shouldContain "are training samples"
        refusal { model.certify(held(), TOY_DATA.train().range(3, 9)) } shouldContain "6 of the 6"
        model.certify(PLAIN, TOY_DATA.train()).heldOut().shouldBeNull()
        model.certify(held(), TOY_DATA.test()).heldOut()!!.samples shouldBe 30
        model.certify(held(), mixed(14)).heldOut()!!.samples shouldBe 30
      }
      refusal { Glacis.load(out).use { it.certify(held(), TOY_DATA.test()) } } shouldContain
        "found a source in memory without its arrays"
    }

    test("with epsilon 0 an error is a wrong decision") {
      Glacis.train(toy(), TOY_OPTIONS).use { model ->
        val found = model.certify(held(epsilon = 0.0), TOY_DATA.test())
        found.heldOut()!!.errors shouldBe found.rows().count { it.prediction() != it.label() }
      }
    }
  })
