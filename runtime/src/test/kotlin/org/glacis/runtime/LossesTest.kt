package org.glacis.runtime

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeGreaterThanOrEqual
import io.kotest.matchers.doubles.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import kotlin.math.exp
import kotlin.math.ln
import kotlin.math.pow
import kotlin.math.sign
import kotlin.random.Random
import org.glacis.dsl.pgd
import org.glacis.runtime.data.Samples
import org.glacis.runtime.oracle.Corners
import org.glacis.runtime.oracle.Linearization
import org.glacis.runtime.oracle.Network
import org.glacis.runtime.oracle.ONE_THREAD
import org.glacis.runtime.oracle.Step
import org.glacis.runtime.oracle.weights
import org.glacis.runtime.train.TOY_DATA
import org.glacis.runtime.train.toy
import org.glacis.spec.BatchNorm
import org.glacis.spec.Dense
import org.glacis.spec.Epsilon
import org.glacis.spec.Flatten
import org.glacis.spec.InputException
import org.glacis.spec.L2
import org.glacis.spec.LayerSpec
import org.glacis.spec.MaxPool2d
import org.glacis.spec.ModelSpec
import org.glacis.spec.MtlIbp
import org.glacis.spec.Pgd
import org.glacis.spec.Relu
import org.glacis.spec.Reshape
import org.glacis.spec.Shape
import org.glacis.spec.Term
import org.glacis.spec.WeightedSum

private const val EPSILON = 0.05

/** One step from the input to the corner that its gradient points to. */
private val FGSM = pgd(1, 1.0, randomStart = false)

private fun network(seed: Int, vararg layers: LayerSpec): Network {
  val model = ModelSpec(Shape(4), layers.toList())
  return Network(model, Random(seed).weights(model))
}

private val DEEP = arrayOf(Dense(7), BatchNorm(), Relu, Dense(6), Relu, Dense(3))

private fun losses(
  network: Network,
  attack: Pgd? = FGSM,
  alpha: Double? = null,
  batch: Int = 30,
  samples: Samples = TOY_DATA.test(),
): Map<String, Losses.Row> =
  Glacis.of(toy(model = network.model, epsilon = Epsilon(EPSILON)), network.weights).use { model ->
    val options = Losses.Options(attack, alpha, batch)
    Losses.of(model, samples, ONE_THREAD, options).rows.associateBy { it.name }
  }

private fun crossEntropy(margins: List<Double>) = ln(1 + margins.sumOf { exp(-it) })

/** One sample, and what plain doubles make of it. */
private class Sample(val network: Network, val x: DoubleArray, val label: Int) {
  val others = (0..2).filter { it != label }
  val box =
    Corners(
      DoubleArray(4) { maxOf(x[it] - EPSILON, 0.0) },
      DoubleArray(4) { minOf(x[it] + EPSILON, 1.0) },
    )

  val attacked: DoubleArray by lazy {
    val logits = network.oracle.forward(x)
    val total = logits.sumOf { exp(it) }
    val jacobian = Linearization(network, x).jacobian()
    DoubleArray(4) { i ->
      val slope =
        (0..2).sumOf { (exp(logits[it]) / total - if (it == label) 1 else 0) * jacobian[it][i] }
      (x[i] + sign(slope) * (box.upper[i] - box.lower[i]) / 2).coerceIn(box.lower[i], box.upper[i])
    }
  }

  /** The small box of SABR. */
  fun small(share: Double): Corners {
    val s = share * EPSILON
    val centre = DoubleArray(4) { minOf(maxOf(attacked[it], box.lower[it] + s), box.upper[it] - s) }
    return Corners(
      DoubleArray(4) { maxOf(centre[it] - s, 0.0) },
      DoubleArray(4) { minOf(centre[it] + s, 1.0) },
    )
  }

  fun margins(x: DoubleArray) =
    network.oracle.forward(x).let { logits -> others.map { logits[label] - logits[it] } }

  /** Lower bounds of the margins, the last layer merged into the differences. */
  fun margins(box: Corners): List<Double> {
    val hidden = network.oracle.steps.dropLast(1)
    val last = network.oracle.steps.last() as Step.Linear
    val at = hidden.fold(box) { b, step -> through(step, b) }
    return others.map { j ->
      val own = last.rows[label]
      val other = last.rows[j]
      own.bias - other.bias +
        own.weights.indices.sumOf {
          val w = own.weights[it] - other.weights[it]
          w * if (w > 0) at.lower[it] else at.upper[it]
        }
    }
  }

  private fun through(step: Step, b: Corners): Corners =
    when (step) {
      is Step.Linear -> {
        fun end(near: DoubleArray, far: DoubleArray) =
          DoubleArray(step.rows.size) { i ->
            val row = step.rows[i]
            row.bias +
              row.weights.indices.sumOf { k ->
                val w = row.weights[k]
                w * (if (w > 0) near else far)[row.indices[k]]
              }
          }
        Corners(end(b.lower, b.upper), end(b.upper, b.lower))
      }
      is Step.Pointwise ->
        Corners(
          b.lower.map(step.function).toDoubleArray(),
          b.upper.map(step.function).toDoubleArray(),
        )
      else -> error("no such step here")
    }
}

private fun samples(network: Network) =
  List(30) { i ->
    val x = TOY_DATA.test().input(i).map(Float::toDouble).toDoubleArray()
    Sample(network, x, TOY_DATA.test().labels()[i])
  }

class LossesTest :
  FunSpec({
    test("each loss is its formula, in plain doubles, with the running statistics") {
      for (seed in 1..8) {
        val network = network(seed, *DEEP)
        val all = samples(network)
        fun mean(margins: (Sample) -> List<Double>) =
          all.map { crossEntropy(margins(it)) }.average()
        val alpha = 0.3
        val natural = mean { it.margins(it.x) }
        val adversarial = mean { it.margins(it.attacked) }
        val ibp = mean { it.margins(it.box) }
        val expected =
          mapOf(
            "natural" to natural,
            "adversarial" to adversarial,
            "ibp" to ibp,
            "ccIbp" to
              mean {
                it.margins(it.box).zip(it.margins(it.attacked)) { bound, at ->
                  alpha * bound + (1 - alpha) * at
                }
              },
            "mtlIbp" to alpha * ibp + (1 - alpha) * adversarial,
            "expIbp" to ibp.pow(alpha) * adversarial.pow(1 - alpha),
            "sabr" to mean { it.margins(it.small(alpha)) },
          )
        val found = losses(network, alpha = alpha)
        found.keys.toList() shouldBe
          listOf("natural", "adversarial", "ibp", "crownIbp", "ccIbp", "mtlIbp", "expIbp", "sabr")
        for ((name, value) in expected) {
          withClue("$name, seed $seed") {
            found.getValue(name).mean shouldBe (value plusOrMinus 2e-5 * (1 + value))
          }
        }
      }
    }

    test("without activations all bounds are exact and CROWN-IBP is IBP") {
      val found = losses(network(3, Dense(5), Dense(3)))
      val crown = found.getValue("crownIbp").mean
      val exact =
        network(3, Dense(5), Dense(3)).let { network ->
          samples(network)
            .map { sample ->
              val jacobian = Linearization(network, sample.x).jacobian()
              crossEntropy(
                sample.others.map { j ->
                  sample.x.indices.sumOf {
                    val w = jacobian[sample.label][it] - jacobian[j][it]
                    w * (if (w > 0) sample.box.lower[it] else sample.box.upper[it])
                  } + network.oracle.forward(DoubleArray(4)).let { z -> z[sample.label] - z[j] }
                }
              )
            }
            .average()
        }
      crown shouldBe (exact plusOrMinus 1e-5)
    }

    test(
      "no attack finds more than bounds allow, and 40 steps find no less than the clean inputs"
    ) {
      for (seed in 1..4) {
        val found =
          losses(network(seed, *DEEP), attack = null, alpha = 0.5).mapValues { it.value.mean }
        for (bound in listOf("ibp", "crownIbp")) {
          found.getValue(bound) shouldBeGreaterThanOrEqual found.getValue("adversarial") - 1e-5
        }
        found.getValue("adversarial") shouldBeGreaterThanOrEqual found.getValue("natural") - 1e-5
        found.getValue("ccIbp") shouldBeLessThanOrEqual found.getValue("mtlIbp") + 1e-5
        found.getValue("expIbp") shouldBeLessThanOrEqual found.getValue("mtlIbp") + 1e-5
        found.getValue("sabr") shouldBeLessThanOrEqual found.getValue("ibp") + 1e-5
      }
    }

    test("the batch plays no part but in Exp-IBP, which is of a batch's means") {
      val whole = losses(network(1, *DEEP), batch = 30)
      val parts = losses(network(1, *DEEP), batch = 7)
      for (name in whole.keys - "expIbp") {
        parts.getValue(name).mean shouldBe (whole.getValue(name).mean plusOrMinus 1e-5)
      }
    }

    test("a coefficient is that of the declared loss where it is of the kind, else a half") {
      val network = network(1, *DEEP)
      val declared =
        toy(
          model = network.model,
          watching = { copy(loss = WeightedSum(listOf(Term(MtlIbp(0.01)))), attack = FGSM) },
        )
      Glacis.of(declared, network.weights).use { model ->
        val of = { options: Losses.Options ->
          Losses.of(model, TOY_DATA.test(), ONE_THREAD, options).rows.associate {
            it.name to it.coefficient
          }
        }
        of(Losses.Options.defaults()).filterValues { !it.isNaN() } shouldBe
          mapOf("ccIbp" to 0.5, "mtlIbp" to 0.01, "expIbp" to 0.5, "sabr" to 0.5)
        of(Losses.Options(FGSM, 0.2, 8)).getValue("mtlIbp") shouldBe 0.2
      }
    }

    test("what is not defined says why, and the others are there") {
      val pooled =
        network(2, Dense(8), Relu, Reshape(Shape(2, 4, 1)), MaxPool2d(2), Flatten, Dense(3))
      val row = losses(pooled).getValue("crownIbp")
      row.undefined shouldBe "model.layers[3] has no linear bounds"
      row.mean.isNaN() shouldBe true
      losses(pooled).getValue("ibp").mean.isFinite() shouldBe true

      val network = network(1, *DEEP)
      val ball = toy(model = network.model).copy(perturbation = L2(Epsilon(EPSILON)))
      Glacis.of(ball, network.weights).use { model ->
        val rows = Losses.of(model, TOY_DATA.test(), ONE_THREAD, Losses.Options.defaults()).rows
        rows.filter { it.undefined.isNotEmpty() }.associate { it.name to it.undefined } shouldBe
          mapOf("sabr" to "l2(0.05) in [0.0, 1.0] is no box that a smaller one could lie in")
      }
    }

    test("coefficients and batches out of range are refused") {
      shouldThrow<InputException> { losses(network(1, *DEEP), alpha = 1.5) }.message shouldBe
        "alpha is 1.5; give a number from 0 to 1"
      shouldThrow<InputException> { losses(network(1, *DEEP), batch = 0) }.message shouldBe
        "the batch is 0 of 30 samples; give 1 or more of each"
    }
  })
