package org.glacis.runtime.attack

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeGreaterThanOrEqual
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.doubles.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import kotlin.math.exp
import kotlin.math.ln
import kotlin.math.sign
import kotlin.math.sqrt
import kotlin.random.Random
import org.glacis.runtime.attack.AttackInputs.Region
import org.glacis.runtime.bound.Box
import org.glacis.runtime.bound.Rounding
import org.glacis.runtime.graph.Element
import org.glacis.runtime.graph.Weights
import org.glacis.runtime.lower.Noise
import org.glacis.runtime.oracle.Network
import org.glacis.runtime.oracle.batchOf
import org.glacis.runtime.oracle.evaluate
import org.glacis.runtime.oracle.flatten
import org.glacis.runtime.oracle.lowered
import org.glacis.runtime.oracle.row
import org.glacis.runtime.program.ForwardPass
import org.glacis.spec.AttackObjective
import org.glacis.spec.DataRange
import org.glacis.spec.Dense
import org.glacis.spec.ModelSpec
import org.glacis.spec.Pgd
import org.glacis.spec.Relu
import org.glacis.spec.Shape
import org.tensorflow.Operand
import org.tensorflow.op.Ops
import org.tensorflow.types.TFloat64
import org.tensorflow.types.TInt32
import org.tensorflow.types.family.TFloating

private const val SIZE = 5
private const val RADIUS = 0.2

private val NETWORK =
  Random(11).let { random ->
    fun entry(vararg shape: Int) =
      Weights.Entry(shape, FloatArray(shape.fold(1, Int::times)) { random.nextFloat() * 4 - 2 })
    Network(
      ModelSpec(Shape(SIZE), listOf(Dense(8), Relu, Dense(3))),
      Weights(
        mapOf(
          "layers/0/kernel" to entry(SIZE, 8),
          "layers/0/bias" to entry(8),
          "layers/2/kernel" to entry(8, 3),
          "layers/2/bias" to entry(3),
        )
      ),
    )
  }

/** Inputs inside the range, and at its ends. */
private val INPUTS: List<DoubleArray> =
  Random(12).let { random ->
    List(10) { DoubleArray(SIZE) { random.nextDouble() } } +
      listOf(DoubleArray(SIZE) { 0.0 }, DoubleArray(SIZE) { 1.0 }) +
      listOf(DoubleArray(SIZE) { it % 2.0 })
  }

private val LABELS = IntArray(INPUTS.size) { it % 3 }

/** Seeds as a step has them; the starts that an attack draws are kept. */
private class Starts(tf: Ops, seed: Int) :
  Noise(tf.constant(intArrayOf(seed, 5)), tf.constant(INPUTS.size)) {
  val drawn = mutableListOf<Operand<*>>()

  override fun <T : TFloating> uniform(
    tf: Ops,
    element: Element<T>,
    place: String,
    shape: Operand<TInt32>,
  ): Operand<T> = super.uniform(tf, element, place, shape).also { drawn += it }
}

/** What an attack returns, and the random numbers in [0, 1) that it drew. */
private class Found(val points: List<DoubleArray>, val drawn: List<DoubleArray>)

private fun run(
  spec: Pgd,
  ball: Boolean,
  seed: Int = 1,
  network: Network = NETWORK,
  errors: Boolean = false,
): Found {
  val element = Element.FLOAT64
  val values = evaluate { tf ->
    val program = network.lowered(tf, element)
    val count = INPUTS.size.toLong()
    val x = element.constant(tf, INPUTS.flatten(), count, SIZE.toLong())
    val truth = element.constant(tf, batchOf(INPUTS, LABELS, 3).truth, count, 3)
    val radius = element.constant(tf, RADIUS)
    val box = Box.around(tf, element, x, radius, DataRange.UNIT, Rounding.ignored(element))
    val output = ForwardPass.output(tf, "clean", program, x)
    val starts = Starts(tf, seed)
    val given =
      AttackInputs(
        tf,
        element,
        program,
        x,
        truth,
        { output },
        Region(box, if (ball) radius else null),
        starts,
        errors,
      )
    @Suppress("UNCHECKED_CAST")
    listOf(AttackLowerings.points(spec, given)) + starts.drawn.map { it as Operand<TFloat64> }
  }
  return Found(INPUTS.indices.map { values[0].row(it, SIZE) }, values.drop(1))
}

private fun objective(kind: AttackObjective, i: Int, point: DoubleArray): Double {
  val logits = NETWORK.oracle.forward(point)
  val label = LABELS[i]
  fun logs(values: DoubleArray): List<Double> {
    val sum = values.max() + ln(values.sumOf { exp(it - values.max()) })
    return values.map { it - sum }
  }
  return when (kind) {
    AttackObjective.CROSS_ENTROPY -> -logs(logits)[label]
    AttackObjective.MARGIN -> logits.filterIndexed { j, _ -> j != label }.max() - logits[label]
    AttackObjective.KL ->
      logs(NETWORK.oracle.forward(INPUTS[i])).zip(logs(logits)).sumOf { (p, q) -> exp(p) * (p - q) }
    AttackObjective.LOSS -> error("there is a loss in training only: see AttackedLossTest")
  }
}

private fun distance(a: DoubleArray, b: DoubleArray) =
  sqrt(a.indices.sumOf { (a[it] - b[it]) * (a[it] - b[it]) })

class PgdAttackTest :
  FunSpec({
    val specs =
      (AttackObjective.entries - AttackObjective.LOSS).flatMap { objective ->
        listOf(
          Pgd(1, 10.0, objective = objective),
          Pgd(1, 10.0, randomStart = false, objective = objective),
          Pgd(6, 0.5, objective = objective),
          Pgd(6, 0.5, randomStart = false, objective = objective),
          Pgd(4, 1.0, restarts = 3, objective = objective, decay = 0.1, decayAt = listOf(0.5)),
        )
      }

    for ((name, ball) in listOf("l-inf" to false, "l2" to true)) {
      test("every point of an attack on an $name set is in the set, and in the range of the data") {
        for (spec in specs) {
          run(spec, ball).points.forEachIndexed { i, point ->
            withClue("$spec, input $i") {
              for (at in 0 until SIZE) {
                point[at] shouldBeGreaterThanOrEqual maxOf(0.0, INPUTS[i][at] - RADIUS) - 1e-12
                point[at] shouldBeLessThanOrEqual minOf(1.0, INPUTS[i][at] + RADIUS) + 1e-12
              }
              if (ball) distance(point, INPUTS[i]) shouldBeLessThanOrEqual RADIUS + 1e-12
            }
          }
        }
      }

      test("no point of an attack on an $name set is better for the network than its start") {
        for (spec in specs.filter { it.steps > 1 && !it.randomStart }) {
          var gain = 0.0
          run(spec, ball).points.forEachIndexed { i, point ->
            val there = objective(spec.objective, i, point)
            val here = objective(spec.objective, i, INPUTS[i])
            withClue("$spec, input $i") { there shouldBeGreaterThanOrEqual here - 1e-9 }
            gain += there - here
          }
          // At the input itself the divergence has no slope: nothing is found from there.
          if (spec.objective != AttackObjective.KL) gain shouldBeGreaterThan 1.0
        }
      }

      test("more restarts on an $name set find points that are as good or better") {
        for (spec in specs.filter { it.restarts > 1 }) {
          val once = run(spec.copy(restarts = 1), ball).points
          val often = run(spec, ball).points
          val gains =
            often.indices.map {
              objective(spec.objective, it, often[it]) - objective(spec.objective, it, once[it])
            }
          withClue("$spec") {
            gains.min() shouldBeGreaterThanOrEqual -1e-9
            gains.max() shouldBeGreaterThan 0.0
          }
        }
      }

      test("starts on an $name set depend on the seed of the step") {
        val spec = Pgd(2, 0.01)
        run(spec, ball).points.flatten().toList() shouldBe run(spec, ball).points.flatten().toList()
        run(spec, ball, 2).points.flatten().toList() shouldNotBe
          run(spec, ball).points.flatten().toList()
      }
    }

    test("the random starts of an l-inf set count as points that were seen") {
      for (spec in specs.filter { it.steps > 1 && it.randomStart }) {
        val found = run(spec, false)
        for (uniform in found.drawn) {
          found.points.forEachIndexed { i, point ->
            val start =
              DoubleArray(SIZE) {
                val lower = maxOf(0.0, INPUTS[i][it] - RADIUS)
                val upper = minOf(1.0, INPUTS[i][it] + RADIUS)
                lower + uniform[i * SIZE + it] * (upper - lower)
              }
            withClue("$spec, input $i") {
              objective(spec.objective, i, point) shouldBeGreaterThanOrEqual
                objective(spec.objective, i, start) - 1e-9
            }
          }
        }
      }
    }

    test("far points come to the nearest ones of ball and range") {
      val random = Random(21)
      repeat(20) {
        val far = INPUTS.map { x -> DoubleArray(SIZE) { i -> x[i] + random.nextDouble(-1.0, 1.0) } }
        val near = projected(far)
        for (i in INPUTS.indices) {
          val wanted = nearest(INPUTS[i], far[i])
          withClue("input $i") { distance(near[i], wanted) shouldBeLessThan 1e-9 }
        }
      }
    }

    test("points that are in ball and range stay there") {
      val random = Random(22)
      val inside =
        INPUTS.map { x ->
          DoubleArray(SIZE) { i -> (x[i] + random.nextDouble(-0.08, 0.08)).coerceIn(0.0, 1.0) }
        }
      projected(inside).forEachIndexed { i, point ->
        distance(point, inside[i]) shouldBeLessThan 1e-15
      }
    }

    test("no step is lost at the ends of the range: the worst point of a linear network is found") {
      // Where the label is 0, the margin's gradient is the same everywhere.
      val slope = DoubleArray(SIZE) { 2.25 - it }
      val kernel =
        FloatArray(SIZE * 3) { (if (it % 3 == 0) -slope[it / 3] else slope[it / 3]).toFloat() }
      val linear =
        Network(
          ModelSpec(Shape(SIZE), listOf(Dense(3))),
          Weights(
            mapOf(
              "layers/0/kernel" to Weights.Entry(intArrayOf(SIZE, 3), kernel),
              "layers/0/bias" to Weights.Entry(intArrayOf(3), FloatArray(3)),
            )
          ),
        )
      val spec = Pgd(20, 0.2, randomStart = false, objective = AttackObjective.MARGIN)
      val points = run(spec, true, network = linear).points
      for (i in INPUTS.indices.filter { LABELS[it] == 0 }) {
        fun gain(point: DoubleArray) =
          slope.indices.sumOf { slope[it] * (point[it] - INPUTS[i][it]) }
        // From far along the slope the nearest point is the one where the slope goes furthest.
        val best = gain(nearest(INPUTS[i], DoubleArray(SIZE) { INPUTS[i][it] + 1e6 * slope[it] }))
        withClue("input $i") {
          gain(points[i]) shouldBeGreaterThan 0.999 * best
          gain(points[i]) shouldBeLessThanOrEqual best + 1e-9
        }
      }
    }

    test("where the gradient is 0, an attack on a ball stays where it is") {
      val flat =
        Network(
          NETWORK.model,
          Weights(
            NETWORK.weights.entries().mapValues { (_, entry) ->
              Weights.Entry(entry.shape, FloatArray(entry.values.size))
            }
          ),
        )
      for (objective in AttackObjective.entries - AttackObjective.LOSS) {
        val spec = Pgd(3, 0.5, randomStart = false, objective = objective)
        for (ball in listOf(false, true)) {
          val points = run(spec, ball, network = flat).points
          points.flatten().toList() shouldBe INPUTS.flatten().toList()
        }
      }
    }

    test("steps shrink as declared, written out or in a loop: the points of a plain interpreter") {
      for (steps in listOf(4, 6)) {
        for ((decay, shares) in
          listOf(1.0 to listOf(), 0.5 to listOf(0.5), 0.1 to listOf(0.3, 0.6))) {
          val spec = Pgd(steps, 0.7, randomStart = false, decay = decay, decayAt = shares)
          val sizes =
            List(steps) { at ->
              shares.filter { at >= it * steps }.fold(0.7) { size, _ -> size * decay }
            }
          run(spec, ball = false).points.forEachIndexed { i, point ->
            withClue("$spec, input $i") {
              distance(point, ascended(i, sizes)) shouldBeLessThan 1e-12
            }
          }
        }
      }
      // The sizes matter: other points are found.
      val constant = run(Pgd(6, 0.7, randomStart = false), false).points
      val decayed =
        run(Pgd(6, 0.7, randomStart = false, decay = 0.1, decayAt = listOf(0.3)), false).points
      constant.indices.any { distance(constant[it], decayed[it]) > 1e-3 } shouldBe true
    }

    test("who looks for errors prefers them to a large objective") {
      for (spec in specs) {
        for (ball in listOf(false, true)) {
          val sought = run(spec, ball, errors = true).points
          val trained = run(spec, ball).points
          for (i in INPUTS.indices) {
            withClue("$spec, input $i") {
              objective(AttackObjective.MARGIN, i, sought[i]) shouldBeGreaterThanOrEqual
                objective(AttackObjective.MARGIN, i, trained[i]) - 1e-9
            }
          }
        }
      }
    }
  })

/** What the attack's own projection makes of [points], one an input. */
private fun projected(points: List<DoubleArray>): List<DoubleArray> {
  val element = Element.FLOAT64
  val values = evaluate { tf ->
    val shape = longArrayOf(INPUTS.size.toLong(), SIZE.toLong())
    val x = element.constant(tf, INPUTS.flatten(), *shape)
    val radius = element.constant(tf, RADIUS)
    val box = Box.around(tf, element, x, radius, DataRange.UNIT, Rounding.ignored(element))
    val truth = element.constant(tf, batchOf(INPUTS, LABELS, 3).truth, INPUTS.size.toLong(), 3)
    val program = NETWORK.lowered(tf, element)
    val region = Region(box, radius)
    val given =
      AttackInputs(tf, element, program, x, truth, { truth }, region, Starts(tf, 1), false)
    listOf(given.within(element.constant(tf, points.flatten(), *shape)))
  }
  return INPUTS.indices.map { values[0].row(it, SIZE) }
}

/**
 * The point of ball and range around [x] that is nearest to [far]: by the conditions of Karush,
 * Kuhn and Tucker it is `clip(x + t (far - x))`, with the largest `t <= 1` that stays in the ball;
 * `t` by bisection.
 */
private fun nearest(x: DoubleArray, far: DoubleArray): DoubleArray {
  fun at(t: Double) = DoubleArray(SIZE) { (x[it] + t * (far[it] - x[it])).coerceIn(0.0, 1.0) }
  if (distance(at(1.0), x) <= RADIUS) return at(1.0)
  var low = 0.0
  var high = 1.0
  repeat(200) {
    val middle = (low + high) / 2
    if (distance(at(middle), x) <= RADIUS) low = middle else high = middle
  }
  return at(low)
}

/** The point of the largest cross-entropy on a way of sign steps from input [i]. */
private fun ascended(i: Int, sizes: List<Double>): DoubleArray {
  val kernels = listOf("layers/0/kernel", "layers/2/kernel").map { NETWORK.weights[it].values }
  val biases = listOf("layers/0/bias", "layers/2/bias").map { NETWORK.weights[it].values }
  val lower = DoubleArray(SIZE) { maxOf(0.0, INPUTS[i][it] - RADIUS) }
  val upper = DoubleArray(SIZE) { minOf(1.0, INPUTS[i][it] + RADIUS) }
  var x = INPUTS[i]
  var best = x
  for (size in sizes + 0.0) {
    val loss = objective(AttackObjective.CROSS_ENTROPY, i, x)
    if (loss > objective(AttackObjective.CROSS_ENTROPY, i, best)) best = x
    val hidden =
      DoubleArray(8) { j -> biases[0][j] + (0 until SIZE).sumOf { x[it] * kernels[0][it * 8 + j] } }
    val logits =
      DoubleArray(3) { k ->
        biases[1][k] + (0 until 8).sumOf { maxOf(0.0, hidden[it]) * kernels[1][it * 3 + k] }
      }
    val sum = logits.sumOf { exp(it - logits.max()) }
    val back =
      DoubleArray(3) { exp(logits[it] - logits.max()) / sum - if (it == LABELS[i]) 1 else 0 }
    val slopes =
      DoubleArray(8) { j ->
        if (hidden[j] > 0) (0 until 3).sumOf { back[it] * kernels[1][j * 3 + it] } else 0.0
      }
    x =
      DoubleArray(SIZE) { at ->
        val slope = (0 until 8).sumOf { slopes[it] * kernels[0][at * 8 + it] }
        (x[at] + size * (upper[at] - lower[at]) / 2 * sign(slope)).coerceIn(lower[at], upper[at])
      }
  }
  return best
}
