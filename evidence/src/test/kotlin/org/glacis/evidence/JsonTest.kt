package org.glacis.evidence

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldStartWith
import io.kotest.property.Arb
import io.kotest.property.arbitrary.double
import io.kotest.property.arbitrary.list
import io.kotest.property.arbitrary.string
import io.kotest.property.checkAll

class JsonTest :
  FunSpec({
    test("a value is printed readably, and NaN and infinity as null") {
      Json.pretty(
        linkedMapOf(
          "name" to "a \"quoted\"\n\u0001 text",
          "empty" to listOf<Int>(),
          "none" to mapOf<String, Int>(),
          "numbers" to listOf(1, 2.5, Double.NaN, Double.POSITIVE_INFINITY, 1e-9f),
          "truth" to true,
          "nothing" to null,
        )
      ) shouldBe
        """
        {
          "name": "a \"quoted\"\n\u0001 text",
          "empty": [],
          "none": {},
          "numbers": [
            1,
            2.5,
            null,
            null,
            1.0E-9
          ],
          "truth": true,
          "nothing": null
        }

        """
          .trimIndent()
    }

    test("what is printed is read again") {
      checkAll(100, Arb.string(0..20), Arb.list(Arb.double(-1e300, 1e300), 0..5)) { text, numbers ->
        val value =
          linkedMapOf<String, Any?>(text to numbers, "$text." to listOf(text, null, false))
        Json.parse(Json.pretty(value), "text") shouldBe value
      }
    }

    test("whole numbers are longs, others doubles, and escapes are understood") {
      Json.parse(" [0, -12, 1.5e3, 12345678901234567890, \"\\u00e9\\/\\t\"] ", "text") shouldBe
        listOf(0L, -12L, 1500.0, 12345678901234567890.0, "é/\t")
    }

    test("what is no JSON is refused with the file and the line") {
      for (text in
        listOf(
          "",
          "{",
          "[1,]",
          "{\"a\" 1}",
          "{\"a\": 1,}",
          "{a: 1}",
          "[1 2]",
          "nul",
          "01",
          "1.",
          "-",
          "\"a",
          "\"\\x\"",
          "\"\\u12g4\"",
          "\"\n\"",
          "1 1",
          "{\"a\": 1, \"a\": 2}",
          "[".repeat(100_000),
        )) {
        val thrown = shouldThrow<EvidenceException> { Json.parse(text, "some.json") }
        thrown.message!! shouldStartWith "some.json: is damaged (no JSON in line "
      }
      shouldThrow<EvidenceException> { Json.parse("{\n\n  \"a\": ?\n}", "some.json") }
        .message!! shouldContain "line 3"
    }
  })
