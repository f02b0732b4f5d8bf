package org.glacis.runtime.bound

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import org.glacis.runtime.graph.Element
import org.glacis.runtime.oracle.evaluate
import org.glacis.spec.DataRange
import org.tensorflow.types.TFloat64

class BoxTest :
  FunSpec({
    fun within(lower: DoubleArray, upper: DoubleArray, range: DataRange?) =
      evaluate<TFloat64> { tf ->
          val size = lower.size.toLong()
          val box =
            Interval.ofCorners(
              Element.FLOAT64.constant(tf, lower, 1, size),
              Element.FLOAT64.constant(tf, upper, 1, size),
            )
          val part = Box.within(tf, Element.FLOAT64, box, range)
          listOf(tf.identity(part.lower(tf)), tf.identity(part.upper(tf)))
        }
        .map { it.toList() }

    test("the part of a box within a range; a box out of it keeps its nearest corner") {
      val lower = doubleArrayOf(0.25, -0.5, 0.75, -0.5, 1.5, -2.0)
      val upper = doubleArrayOf(0.5, 0.5, 1.5, 1.5, 2.0, -1.0)
      within(lower, upper, DataRange.UNIT) shouldBe
        listOf(listOf(0.25, 0.0, 0.75, 0.0, 1.5, -1.0), listOf(0.5, 0.5, 1.0, 1.0, 1.5, -1.0))
      within(lower, upper, null) shouldBe listOf(lower.toList(), upper.toList())
    }
  })
