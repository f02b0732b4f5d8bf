package org.glacis.evidence.holistic

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import kotlin.random.Random
import org.glacis.evidence.EvidenceException
import org.glacis.evidence.Json

private val FIRST = EventOrder.SAMPLE_THEN_CORRUPT

@Suppress("UNCHECKED_CAST")
private fun changed(text: String, change: (MutableMap<String, Any?>) -> Unit): String =
  Json.pretty((Json.parse(text, "text") as MutableMap<String, Any?>).also(change))

private fun refusal(read: () -> Any): String =
  shouldThrow<EvidenceException> { read() }.message.orEmpty()

class HeldOutCertificateTest :
  FunSpec({
    test("a certificate survives JSON, to the last digit") {
      val random = Random(31)
      repeat(200) {
        val n = random.nextInt(1, 20_000)
        val certificate =
          HeldOutCertificate.of(
            random.nextInt(n + 1),
            n,
            1 - random.nextDouble(),
            if (it % 3 == 0) 0.0 else random.nextDouble(),
            EventOrder.entries.random(random),
          )
        HeldOutCertificate.parse(certificate.toJson(), "text") shouldBe certificate
      }
    }

    test("its JSON is the numbers, what they say, and what that takes for granted") {
      val certificate = HeldOutCertificate.of(0, 10, 0.05, 0.0, FIRST)
      certificate.errorBound shouldBe (0.2588655508 plusOrMinus 1e-9) // 1 - 0.05^(1/10)
      certificate.toJson() shouldBe
        """
        {
          "format": "glacis-held-out",
          "formatVersion": 1,
          "statement": "With probability 1 - 0.05 or more over the draw of the samples, at most 25.89 % of the law that they come from is not certified (0 of 10 samples are not).",
          "errors": 0,
          "samples": 10,
          "delta": 0.05,
          "alpha": 0.0,
          "order": "sampleThenCorrupt",
          "errorBound": ${certificate.errorBound},
          "hypotheses": [
            "The 10 samples were drawn independently of one another from one law, the one that the bound is about.",
            "Neither they nor anything learnt from them served to train or choose the network, or to choose the perturbation set, delta, alpha or the order of events.",
            "No sample was corrupted: inputs and labels are as the law has them.",
            "The bound is about one network: the one with the weights that were certified, whatever it was trained on.",
            "The count of errors rests on the certificates of the run: a sample without one for its own label is an error."
          ],
          "asymptotic": "Asymptotic, and not used for this bound: with probability 1 - exp(-r n + O(1)) the test loss of every network at once is at most its holistic robust loss on n training samples (Bennouna, Lucas and Van Parys 2023). O(1) is not known, so that no figure follows."
        }

        """
          .trimIndent()
    }

    test("the hypothesis of corruption is that of the order of events") {
      fun sentences(order: EventOrder) =
        HeldOutCertificate.of(3, 100, 0.01, 0.05, order).hypotheses()
      sentences(FIRST) shouldContain
        "After they were drawn, at most a share alpha = 0.05 of the samples was replaced, by whatever and knowing all of them."
      sentences(EventOrder.CORRUPT_THEN_SAMPLE) shouldContain
        "Before they were drawn, at most a share alpha = 0.05 of the law was replaced, by whatever; the bound is about the law before."
      for (order in EventOrder.entries) sentences(order).joinToString() shouldNotContain
        "No sample was corrupted"
    }

    test("a number that does not follow from the others is refused, in either direction") {
      val text = HeldOutCertificate.of(34, 360, 0.01, 0.02, FIRST).toJson()
      for ((key, value) in
        listOf(
          "errors" to 33L,
          "errors" to 35L,
          "samples" to 361L,
          "samples" to 359L,
          "delta" to 0.02,
          "delta" to 0.005,
          "alpha" to 0.0,
          "alpha" to 0.05,
          "order" to "corruptThenSample",
          "errorBound" to 0.1,
          "errorBound" to 0.9,
        )) {
        withClue("$key = $value") {
          refusal {
            HeldOutCertificate.parse(changed(text) { it[key] = value }, "text")
          } shouldContain "text: errorBound is "
        }
      }
    }

    test("of 1000 random tamperings with a number or a sentence none is accepted") {
      val random = Random(41)
      repeat(1000) { round ->
        val n = random.nextInt(20, 5000)
        val errors = random.nextInt(1, n / 2)
        val alpha = if (round % 2 == 0) 0.0 else random.nextDouble(0.01, 0.1)
        val certificate =
          HeldOutCertificate.of(
            errors,
            n,
            random.nextDouble(0.001, 0.2),
            alpha,
            EventOrder.entries.random(random),
          )
        val factor =
          if (random.nextBoolean()) random.nextDouble(0.1, 0.99) else random.nextDouble(1.01, 3.0)
        val key =
          listOf(
              "errors",
              "samples",
              "delta",
              "alpha",
              "errorBound",
              "hypotheses",
              "statement",
              "asymptotic",
            )
            .random(random)
        val text =
          changed(certificate.toJson()) { json ->
            json[key] =
              when (val value = json[key]) {
                is Long -> if (random.nextBoolean()) value + 1 else value - 1
                is Double -> if (value == 0.0) 0.01 else value * factor
                is List<*> -> value.filterIndexed { i, _ -> i != round % value.size }
                else -> value.toString().replaceFirst("a", "e")
              }
          }
        withClue("round $round: $key") { refusal { HeldOutCertificate.parse(text, "text") } }
      }
    }

    test("what is no certificate is refused, with the place and what was found") {
      val text = HeldOutCertificate.of(3, 10, 0.05, 0.0, FIRST).toJson()
      fun told(change: (MutableMap<String, Any?>) -> Unit) = refusal {
        HeldOutCertificate.parse(changed(text, change), "text")
      }
      told { it["format"] = "glacis-evidence" } shouldContain
        "text.format: found \"glacis-evidence\""
      told { it["formatVersion"] = 2L } shouldContain
        "text.formatVersion: found 2, expected at most 1"
      told { it["delta"] = 0.0 } shouldContain "text: delta is 0.0"
      told { it["delta"] = 1.5 } shouldContain "text: delta is 1.5"
      told { it["alpha"] = -0.1 } shouldContain "text: alpha is -0.1"
      told { it["alpha"] = 1.01 } shouldContain "text: alpha is 1.01"
      told { it["errors"] = 11L } shouldContain "text: 11 errors among 10 samples"
      told { it["errors"] = 0.5 } shouldContain "text.errors: found 0.5, expected a whole number"
      told { it["samples"] = 0L } shouldContain "text.samples: found 0"
      told { it.remove("errorBound") } shouldContain "text.errorBound: found nothing"
      told { it["order"] = "never" } shouldContain "text.order: found \"never\""
      told { it["hypotheses"] = listOf<String>() } shouldContain "text.hypotheses: found []"
      told { it["confidence"] = 1.0 } shouldContain "text.confidence: found a key"
      refusal { HeldOutCertificate.parse("{", "text") } shouldContain "text: is damaged"
      refusal { HeldOutCertificate.of(1, 0, 0.1, 0.0, FIRST) } shouldContain
        "1 errors among 0 samples"
      refusal { HeldOutCertificate(3, 10, 0.05, 0.0, FIRST, Double.NaN) } shouldContain
        "errorBound is NaN, but 3 errors among 10 samples prove 0.6"
    }
  })
