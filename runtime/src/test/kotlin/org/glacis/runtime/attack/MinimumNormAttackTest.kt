package org.glacis.runtime.attack

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeBetween
import io.kotest.matchers.doubles.shouldBeGreaterThanOrEqual
import io.kotest.matchers.doubles.shouldBeLessThanOrEqual
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import kotlin.math.sqrt
import kotlin.random.Random
import org.glacis.runtime.attack.AttackInputs.Region
import org.glacis.runtime.bound.Interval
import org.glacis.runtime.graph.Element
import org.glacis.runtime.graph.Weights
import org.glacis.runtime.lower.Noise
import org.glacis.runtime.lower.members
import org.glacis.runtime.oracle.Network
import org.glacis.runtime.oracle.batchOf
import org.glacis.runtime.oracle.evaluateOne
import org.glacis.runtime.oracle.flatten
import org.glacis.runtime.oracle.lowered
import org.glacis.runtime.oracle.row
import org.glacis.runtime.program.ForwardPass
import org.glacis.spec.AttackSpec
import org.glacis.spec.CarliniWagner
import org.glacis.spec.DataRange
import org.glacis.spec.DeepFool
import org.glacis.spec.Dense
import org.glacis.spec.ModelSpec
import org.glacis.spec.Relu
import org.glacis.spec.Shape

private const val SIZE = 6
private const val CLASSES = 4

private fun entry(random: Random, vararg shape: Int) =
  Weights.Entry(shape, FloatArray(shape.fold(1, Int::times)) { random.nextFloat() * 2 - 1 })

private val LINEAR =
  Random(3).let { random ->
    Network(
      ModelSpec(Shape(SIZE), listOf(Dense(CLASSES))),
      Weights(
        mapOf(
          "layers/0/kernel" to
            Weights.Entry(
              intArrayOf(SIZE, CLASSES),
              FloatArray(SIZE * CLASSES) { (1 + it % CLASSES) * (random.nextFloat() - 0.5f) },
            ),
          "layers/0/bias" to Weights.Entry(intArrayOf(CLASSES), FloatArray(CLASSES)),
        )
      ),
    )
  }

private val CURVED =
  Random(4).let { random ->
    Network(
      ModelSpec(Shape(SIZE), listOf(Dense(16), Relu, Dense(CLASSES))),
      Weights(
        mapOf(
          "layers/0/kernel" to entry(random, SIZE, 16),
          "layers/0/bias" to entry(random, 16),
          "layers/2/kernel" to entry(random, 16, CLASSES),
          "layers/2/bias" to entry(random, CLASSES),
        )
      ),
    )
  }

private fun inputs(count: Int, least: Double, most: Double): List<DoubleArray> {
  val random = Random(5)
  return List(count) { DoubleArray(SIZE) { random.nextDouble(least, most) } }
}

private fun Network.decision(x: DoubleArray): Int =
  oracle.forward(x).let { logits -> logits.indices.maxBy { logits[it] } }

private fun distance(a: DoubleArray, b: DoubleArray) =
  sqrt(a.indices.sumOf { (a[it] - b[it]) * (a[it] - b[it]) })

/** What [spec] finds for inputs that have the labels that the network gives them. */
private fun find(
  spec: AttackSpec,
  network: Network,
  inputs: List<DoubleArray>,
  range: DataRange? = DataRange.UNIT,
  labels: List<Int> = inputs.map(network::decision),
): List<DoubleArray> {
  val element = Element.FLOAT64
  val points = evaluateOne { tf ->
    val program = network.lowered(tf, element)
    val count = inputs.size.toLong()
    val x = element.constant(tf, inputs.flatten(), count, SIZE.toLong())
    val truth =
      element.constant(
        tf,
        batchOf(inputs, labels.toIntArray(), CLASSES).truth,
        count,
        CLASSES.toLong(),
      )
    fun corner(value: Double) =
      element.constant(tf, DoubleArray(inputs.size * SIZE) { value }, count, SIZE.toLong())
    val box =
      Interval.ofCorners(
        corner(range?.least ?: Double.NEGATIVE_INFINITY),
        corner(range?.most ?: Double.POSITIVE_INFINITY),
      )
    val output = ForwardPass.output(tf, "clean", program, x)
    val noise = Noise(tf.constant(intArrayOf(1, 5)), tf.constant(inputs.size))
    val given =
      AttackInputs(tf, element, program, x, truth, { output }, Region(box, null), noise, true)
    AttackLowerings.points(spec, given)
  }
  return inputs.indices.map { points.row(it, SIZE) }
}

/** The point of the boundary with class [j] that is nearest to [x], [beyond] logits behind it. */
private fun boundary(x: DoubleArray, j: Int, beyond: Double = 0.0): DoubleArray {
  val weights = LINEAR.weights["layers/0/kernel"].values
  val label = LINEAR.decision(x)
  val normal =
    DoubleArray(SIZE) { weights[it * CLASSES + j].toDouble() - weights[it * CLASSES + label] }
  val logits = LINEAR.oracle.forward(x)
  val far = (logits[label] - logits[j] + beyond) / normal.sumOf { it * it }
  return DoubleArray(SIZE) { x[it] + far * normal[it] }
}

/** Whether the boundary with class [j] lies well in the range: there the formula holds. */
private fun isReachable(x: DoubleArray, j: Int): Boolean {
  val there = boundary(x, j, 0.1)
  return x.indices.all { x[it] + 1.1 * (there[it] - x[it]) in 0.01..0.99 }
}

/** The nearest other class. */
private fun nearest(x: DoubleArray, beyond: Double = 0.0): Int =
  distances(x, beyond).minBy { it.value }.key

/** The others' classes at [x], with how far the boundary of each is. */
private fun distances(x: DoubleArray, beyond: Double = 0.0): Map<Int, Double> =
  (0 until CLASSES)
    .filter { it != LINEAR.decision(x) }
    .associateWith { distance(x, boundary(x, it, beyond)) }

class MinimumNormAttackTest :
  FunSpec({
    val quick = CarliniWagner()
    val thorough = CarliniWagner(binarySearchSteps = 6, steps = 1000)

    /** Inputs whose nearest boundary lies in the range. */
    val middle =
      inputs(400, 0.2, 0.8).filter {
        isReachable(it, nearest(it)) && isReachable(it, nearest(it, 0.1))
      }

    /** One step of the quick search is as long as the whole way to a boundary that is nearer. */
    val far = middle.filter { x -> distances(x).values.min() > 0.1 }

    test("every attack has a lowering") {
      (members(AttackSpec::class.java) - AttackLowerings.known()).shouldBeEmpty()
      middle.size shouldBeGreaterThan 50
      far.size shouldBeGreaterThan 20
    }

    test(
      "DeepFool finds the distance |f_y - f_j| / |w_y - w_j| of a linear classifier, and 2 % more"
    ) {
      for (spec in listOf(DeepFool(), DeepFool(overshoot = 0.1))) {
        find(spec, LINEAR, middle).forEachIndexed { i, point ->
          withClue("$spec, input $i") {
            val exact = distances(middle[i]).values.min()
            distance(point, middle[i]) shouldBe ((1 + spec.overshoot) * exact plusOrMinus 1e-9)
            (LINEAR.decision(point) != LINEAR.decision(middle[i])) shouldBe true
          }
        }
      }
    }

    test("DeepFool looks at as many classes as it is told, those of the largest logits") {
      // The second class has the logit next to the label's, and a boundary at 1; the third at 0.25.
      val kernel = FloatArray(SIZE * CLASSES)
      kernel[1] = 0.1f
      kernel[CLASSES + 2] = 2f
      val network =
        Network(
          LINEAR.model,
          Weights(
            mapOf(
              "layers/0/kernel" to Weights.Entry(intArrayOf(SIZE, CLASSES), kernel),
              "layers/0/bias" to
                Weights.Entry(intArrayOf(CLASSES), floatArrayOf(1f, 0.85f, -0.5f, -9f)),
            )
          ),
        )
      val x = DoubleArray(SIZE) { 0.5 }
      for ((candidates, far) in listOf(2 to 1.0, 3 to 0.25, 10 to 0.25)) {
        val point = find(DeepFool(candidates = candidates), network, listOf(x), range = null)[0]
        withClue(candidates) { distance(point, x) shouldBe (1.02 * far plusOrMinus 1e-6) }
      }
    }

    test("DeepFool needs no range, and keeps to one where there is one") {
      val free = find(DeepFool(), LINEAR, middle, range = null)
      val held = find(DeepFool(), LINEAR, middle)
      free.indices.forEach { distance(free[it], held[it]) shouldBe (0.0 plusOrMinus 1e-12) }
      val edge = inputs(60, 0.0, 1.0)
      find(DeepFool(), CURVED, edge).forEach { point ->
        point.forEach { it.shouldBeBetween(0.0, 1.0, 0.0) }
      }
    }

    test("Carlini-Wagner finds the distance of a linear classifier to a few percent") {
      for ((spec, most) in listOf(quick to 1.05, thorough to 1.01)) {
        find(spec, LINEAR, far).forEachIndexed { i, point ->
          withClue("$spec, input $i") {
            val exact = distances(far[i]).values.min()
            (LINEAR.decision(point) != LINEAR.decision(far[i])) shouldBe true
            distance(point, far[i]).shouldBeBetween(exact * (1 - 1e-9), exact * most, 0.0)
          }
        }
      }
    }

    test("Carlini-Wagner with a target ends in that class, at the distance of its boundary") {
      for (target in 0 until CLASSES) {
        val spec = quick.withTarget(target)
        val reachable =
          far.filter { x ->
            LINEAR.decision(x) != target &&
              isReachable(x, target) &&
              LINEAR.decision(boundary(x, target, 1e-3)) == target
          }
        find(spec, LINEAR, reachable).forEachIndexed { i, point ->
          withClue("$spec, input $i") {
            val exact = distances(reachable[i]).getValue(target)
            LINEAR.decision(point) shouldBe target
            distance(point, reachable[i]).shouldBeBetween(exact * (1 - 1e-9), exact * 1.06, 0.0)
          }
        }
      }
    }

    test("confidence puts the point so far behind the boundary") {
      val spec = quick.copy(confidence = 0.1)
      find(spec, LINEAR, far).forEachIndexed { i, point ->
        val logits = LINEAR.oracle.forward(point)
        val label = LINEAR.decision(far[i])
        withClue("input $i") {
          logits.indices.filter { it != label }.maxOf { logits[it] } -
            logits[label] shouldBeGreaterThanOrEqual 0.1
          val exact = distances(far[i], 0.1).values.min()
          distance(point, far[i]).shouldBeBetween(exact * (1 - 1e-9), exact * 1.06, 0.0)
        }
      }
    }

    test("where there is no such point, the input comes back") {
      val labels = middle.map(LINEAR::decision)
      val constant =
        Network(
          LINEAR.model,
          Weights(
            mapOf(
              "layers/0/kernel" to
                Weights.Entry(intArrayOf(SIZE, CLASSES), FloatArray(SIZE * CLASSES)),
              "layers/0/bias" to Weights.Entry(intArrayOf(CLASSES), floatArrayOf(3f, 1f, 0f, 0f)),
            )
          ),
        )
      labels.size shouldBeGreaterThan 0
      val none = middle.map { 0 }
      for (spec in listOf(quick, DeepFool())) {
        val points = find(spec, constant, middle, labels = none)
        points.indices.forEach { distance(points[it], middle[it]) shouldBe (0.0 plusOrMinus 1e-9) }
      }
    }

    test("what one input gets does not depend on the others") {
      val all = inputs(40, 0.0, 1.0)
      for (spec in listOf(quick, CarliniWagner(2, 300, abortEarly = true), DeepFool())) {
        val together = find(spec, CURVED, all)
        for (i in listOf(0, 17, 39)) {
          withClue("$spec, input $i") {
            distance(find(spec, CURVED, listOf(all[i]))[0], together[i]) shouldBe
              (0.0 plusOrMinus 1e-6)
          }
        }
        find(spec, CURVED, all).flatten().toList() shouldBe together.flatten().toList()
      }
    }

    test("on a network with bends more searches and steps find points that are nearer on average") {
      val all = inputs(60, 0.0, 1.0)
      fun mean(spec: AttackSpec): Double {
        val points = find(spec, CURVED, all)
        val wrong = all.indices.filter { CURVED.decision(points[it]) != CURVED.decision(all[it]) }
        wrong.size shouldBeGreaterThan 40
        return wrong.map { distance(points[it], all[it]) }.average()
      }
      mean(thorough) shouldBeLessThanOrEqual mean(quick)
      mean(thorough) shouldBeLessThanOrEqual mean(DeepFool())
    }
  })
