package org.glacis.runtime

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import org.glacis.runtime.certify.TargetedRadii

class RadiusTableTest :
  FunSpec({
    test("a column a class by its name, none for the sample's own, and radii in full") {
      val rows =
        listOf(
          TargetedRadii(3, 0, doubleArrayOf(Double.POSITIVE_INFINITY, 0.1 + 0.2, 2.0)),
          TargetedRadii(7, 1, doubleArrayOf(0.0, Double.POSITIVE_INFINITY, 1e-17)),
        )
      RadiusTable.of(rows, listOf("shirt, 'plain'", "a \"boot\"")) shouldBe
        listOf(
            "index,label,\"shirt, 'plain'\",\"a \"\"boot\"\"\",2",
            "3,\"shirt, 'plain'\",,0.30000000000000004,2.0",
            "7,\"a \"\"boot\"\"\",0.0,,1.0E-17",
          )
          .joinToString("\n", postfix = "\n")
    }
  })
