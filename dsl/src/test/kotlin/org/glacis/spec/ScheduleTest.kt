package org.glacis.spec

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeBetween
import io.kotest.matchers.doubles.shouldBeGreaterThanOrEqual
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.doubles.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import io.kotest.property.Arb
import io.kotest.property.arbitrary.bind
import io.kotest.property.arbitrary.enum
import io.kotest.property.arbitrary.int
import io.kotest.property.arbitrary.numericDouble
import io.kotest.property.checkAll
import kotlin.math.abs
import org.glacis.dsl.constant
import org.glacis.dsl.cosine
import org.glacis.dsl.linear
import org.glacis.dsl.ramp
import org.glacis.dsl.smoothed
import org.glacis.dsl.step

private fun ScheduleSpec.values(epochs: Int, stepsPerEpoch: Int) =
  (0L until epochs.toLong() * stepsPerEpoch).map { value(it, stepsPerEpoch) }

private val ramps: Arb<ScheduleSpec> =
  Arb.bind(
    Arb.int(1..6),
    Arb.int(0..8),
    Arb.enum<Every>(),
    Arb.int(0..1),
    Arb.numericDouble(0.0, 0.95),
  ) { start, length, every, kind, mid ->
    if (kind == 0) Linear(start, length, every = every)
    else Smoothed(start, length, mid, beta = 1.0 + 4 * mid)
  }

private val perEpoch = Arb.int(1..40)

class ScheduleTest :
  FunSpec({
    test("a ramp rises from 0 to 1 and stays there") {
      checkAll(300, ramps, perEpoch) { ramp, n ->
        val values = ramp.values(16, n)
        values.forEach { it.shouldBeBetween(0.0, 1.0, 0.0) }
        values.zipWithNext().forEach { (before, after) -> after shouldBeGreaterThanOrEqual before }
        values.last() shouldBe 1.0
      }
    }

    test("a ramp has its greatest value once its last epoch is over") {
      checkAll(300, ramps, perEpoch) { ramp, n ->
        ramp.value(ramp.lastEpoch.toLong() * n, n) shouldBe ramp.greatest
        ramp.values(16, n).forEach {
          it shouldBeLessThanOrEqual ramp.greatest
          it shouldBeGreaterThanOrEqual ramp.least
        }
      }
    }

    test("a smoothed ramp has one value and one slope where the curve meets the line") {
      checkAll(200, Arb.int(2..20), Arb.numericDouble(0.1, 0.9), Arb.numericDouble(1.0, 5.0)) {
        length,
        mid,
        beta ->
        val n = 1000
        val ramp = Smoothed(1, length, mid, beta)
        val middle = (length * n * mid).toLong()
        val (before, at, after) = (middle - 1..middle + 1).map { ramp.value(it, n) }
        // One step of a thousand changes little, and the slopes left and right differ by the
        // curvature of one step at most.
        (at - before) shouldBeLessThan 5.0 / n
        abs((after - at) - (at - before)) shouldBeLessThan
          (at - before) * beta / (middle - 1) + 1e-12
      }
    }

    test("a linear ramp by steps climbs equally, by epochs at once to the epoch's end") {
      linear(start = 2, length = 2).values(4, 4) shouldBe
        listOf(0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 8, 8).map { it / 8.0 }
      ramp(1, 2).values(4, 2) shouldBe listOf(0.0, 0.0, 0.5, 0.5, 1.0, 1.0, 1.0, 1.0)
    }

    test("ramp(2, 8) is the tutorial's: epoch t of 8 after two of warm-up has t / 8") {
      (1..12).map { epoch -> ramp(2, 8).value((epoch - 1) * 10L, 10) } shouldBe
        listOf(0.0, 0.0) + (1..8).map { it / 8.0 } + listOf(1.0, 1.0)
    }

    test("a ramp of no length jumps where it starts") {
      linear(start = 3, length = 0).values(4, 2) shouldBe
        listOf(0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0)
      linear(start = 3, length = 0).lastEpoch shouldBe 3
      linear(start = 1, length = 0).lastEpoch shouldBe 0
    }

    test("a linear schedule can fall") {
      val falling = linear(start = 1, length = 2, from = 2.0, to = 1.0)
      falling.values(3, 2) shouldBe listOf(2.0, 1.75, 1.5, 1.25, 1.0, 1.0)
      falling.greatest shouldBe 2.0
      falling.least shouldBe 1.0
    }

    test("steps multiply after their milestones") {
      val steps = step(listOf(1, 3), factor = 0.5)
      steps.values(4, 2) shouldBe listOf(1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25)
      steps.lastEpoch shouldBe 4
      step(emptyList()).lastEpoch shouldBe 0
    }

    test("a cosine falls from 1 to its end, half way in the middle") {
      val cosine = cosine(length = 4, to = 0.2)
      cosine.value(0, 10) shouldBe 1.0
      cosine.value(20, 10) shouldBe (0.6 plusOrMinus 1e-12)
      cosine.value(40, 10) shouldBe (0.2 plusOrMinus 1e-12)
      cosine.value(400, 10) shouldBe (0.2 plusOrMinus 1e-12)
      cosine.values(4, 10).zipWithNext().forEach { (before, after) ->
        after shouldBeLessThan before
      }
    }

    test("a constant never moves") {
      constant(0.3).values(3, 4).distinct() shouldBe listOf(0.3)
      constant().lastEpoch shouldBe 0
    }

    test("schedules print what they are") {
      listOf(constant(), ramp(2, 8), smoothed(1, 20), step(listOf(50, 60)), cosine(10)).map {
        it.toString()
      } shouldBe
        listOf(
          "Constant(value=1.0)",
          "Linear(start=3, length=8, from=0.0, to=1.0, every=EPOCH)",
          "Smoothed(start=1, length=20, mid=0.25, beta=4.0)",
          "Step(milestones=[50, 60], factor=0.1)",
          "Cosine(length=10, to=0.0)",
        )
    }

    test("schedules plot themselves, an epoch a bar") {
      ramp(2, 8).plot(12) shouldBe "  ▁▂▃▄▅▆▇███"
      linear(1, 8).plot(10) shouldBe " ▁▂▃▄▅▆▇██"
      smoothed(2, 8).plot(10) shouldBe "   ▁▂▃▄▆▇█"
      step(listOf(2, 4), 0.5).plot(6) shouldBe "██▄▄▂▂"
      cosine(8).plot(8) shouldBe "█▇▆▄▃▁  "
      constant(0.0).plot(3) shouldBe "   "
      constant(5.0).plot(3) shouldBe "███"
      constant().plot(0) shouldBe ""
    }
  })
