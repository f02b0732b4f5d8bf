package org.glacis.runtime.train

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.collections.shouldNotContain
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import org.glacis.runtime.oracle.ONE_THREAD
import org.glacis.spec.Constant
import org.glacis.spec.Dense
import org.glacis.spec.Experiment
import org.glacis.spec.Flatten
import org.glacis.spec.ModelSpec
import org.glacis.spec.Sgd
import org.glacis.spec.Shape
import org.glacis.spec.SoftHkr
import org.glacis.spec.TrainingSpec

private val MODEL = ModelSpec(Shape(4), listOf(Flatten, Dense(3)))
private val BATCH = IntArray(8) { it }

/** Trained at the rate 0, so that each step sees the same outputs. */
private fun still(loss: SoftHkr): Experiment =
  toy(model = MODEL, train = TrainingSpec(2, loss, optimizer = Sgd(1e-30))).validated()

class KeptNumbersTest :
  FunSpec({
    test("what a loss keeps goes from step to step, and into the state, not into the network") {
      val loss = SoftHkr(Constant(1.0), Constant(0.001), 1.0)
      TrainingProgram(still(loss), TOY_DATA.train(), ONE_THREAD, 0).use { program ->
        program.initialize()
        val size = { program.state()["loss/size"].values[0].toDouble() + 0.001 }
        val sizes = List(3) { size().also { program.step(0, BATCH) } } + size()
        sizes[0] shouldBe (0.001 plusOrMinus 1e-9)
        // 0.99 of the last and 0.01 of what is seen; but for the limit of 0.005 below.
        val seen = (sizes[3] - 0.99 * sizes[2]) / 0.01
        sizes[2] shouldBe ((0.99 * sizes[1] + 0.01 * seen) plusOrMinus 1e-6)
        sizes[3] shouldNotBe sizes[2]
        program.state().paths() shouldContain "loss/size"
        program.weights().paths() shouldNotContain "loss/size"
      }
    }

    test("a program that goes on from a state goes on as if it had not stopped") {
      val experiment = still(SoftHkr(Constant(1.0), Constant(0.5), 1.0))
      TrainingProgram(experiment, TOY_DATA.train(), ONE_THREAD, 0).use { first ->
        first.initialize()
        repeat(2) { first.step(it.toLong(), BATCH) }
        TrainingProgram(experiment, TOY_DATA.train(), ONE_THREAD, 0).use { second ->
          second.initialize()
          second.load(first.state())
          first.step(2, BATCH)
          second.step(2, BATCH)
          second.state()["loss/size"].values shouldBe first.state()["loss/size"].values
        }
      }
    }
  })
