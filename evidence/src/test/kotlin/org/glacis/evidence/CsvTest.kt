package org.glacis.evidence

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempfile
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import kotlin.io.path.writeText
import org.glacis.evidence.file.Csv

class CsvTest :
  FunSpec({
    fun read(text: String) = Csv.read(tempfile().toPath().also { it.writeText(text) })

    test("cells are as RFC 4180 has them") {
      read("a,b\n1,\n\"x, \"\"y\"\"\",\"two\nlines\"\n") shouldBe
        listOf(listOf("a", "b"), listOf("1", ""), listOf("x, \"y\"", "two\nlines"))
      read("a,b\r\n1,2") shouldBe listOf(listOf("a", "b"), listOf("1", "2"))
      read(",\n,\n") shouldBe listOf(listOf("", ""), listOf("", ""))
    }

    test("what is no table is refused with its row") {
      for ((text, fault) in
        listOf(
          "" to "row 0: found nothing, expected a header",
          "a,b\n1\n" to "row 1: found 1 cells, expected 2, as in the header",
          "a,b\n1,\"2\n" to "row 1: found a quote that does not end",
          "a,b\n\"1\"2,3\n" to "row 1: found text behind a quote",
        )) shouldThrow<EvidenceException> { read(text) }.message!! shouldContain fault
    }
  })
