package org.glacis.runtime.bound

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.booleans.shouldBeTrue
import io.kotest.matchers.doubles.shouldBeGreaterThanOrEqual
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.doubles.shouldBeLessThanOrEqual
import io.kotest.matchers.doubles.shouldBeNaN
import kotlin.random.Random
import org.glacis.runtime.graph.Element
import org.glacis.runtime.graph.Tensors
import org.glacis.runtime.oracle.Ball
import org.glacis.runtime.oracle.Corners
import org.glacis.runtime.oracle.Network
import org.glacis.runtime.oracle.ball
import org.glacis.runtime.oracle.batchOf
import org.glacis.runtime.oracle.deviation
import org.glacis.runtime.oracle.evaluate
import org.glacis.runtime.oracle.flatten
import org.glacis.runtime.oracle.lowered
import org.glacis.runtime.oracle.network
import org.glacis.runtime.oracle.row

/** What a method proves of some inputs: corners of the outputs and least margins. */
private class Proved(
  private val lower: DoubleArray,
  private val upper: DoubleArray,
  val margins: DoubleArray,
  val boxMargins: DoubleArray,
) {
  fun box(i: Int): Corners {
    val outputs = lower.size / margins.size
    return Corners(lower.row(i, outputs), upper.row(i, outputs))
  }
}

private class Question(seed: Int) {
  val random = Random(seed)
  val network: Network = random.network()
  val ball: Ball = random.ball(network.model.input.size)
  val labels = IntArray(ball.inputs.size) { random.nextInt(network.model.output.size) }

  fun ask(
    method: BoundMethod,
    inputs: List<DoubleArray> = ball.inputs,
    labels: IntArray = this.labels,
    share: Double = 1.0,
  ): Proved {
    val element = Element.FLOAT64
    val model = network.model
    val truth = batchOf(inputs, labels, model.output.size).truth
    val radius = DoubleArray(model.input.size) { share * ball.radiusOf(it) }
    val (lower, upper, margins, boxMargins) =
      evaluate { tf ->
        val x =
          element.constant(
            tf,
            inputs.flatten(),
            *Tensors.batched(inputs.size.toLong(), model.input),
          )
        val epsilon = element.constant(tf, radius, *Tensors.batched(1, model.input))
        val y = element.constant(tf, truth, inputs.size.toLong(), model.output.size.toLong())
        val rounding = Rounding.outward(element)
        val box = Box.around(tf, element, x, epsilon, ball.range, rounding)
        val bounds = method.bounds(tf, network.lowered(tf, element), box, rounding)
        val proved = bounds.proved(tf)
        listOf(
          proved.lower(tf),
          proved.upper(tf),
          Margins.least(tf, element, Margins.elided(tf, element, bounds, y), y),
          Margins.least(tf, element, Margins.ofBox(tf, element, bounds, y), y),
        )
      }
    return Proved(lower, upper, margins, boxMargins)
  }

  fun least(logits: DoubleArray, i: Int): Double =
    logits.indices.filter { it != labels[i] }.minOf { logits[labels[i]] - logits[it] }

  override fun toString() = "$network\n$ball\nlabels ${labels.contentToString()}"
}

/** What every bound method must keep when it rounds outward. */
fun FunSpec.boundContract(name: String, method: BoundMethod) {
  fun each(count: Int, check: Question.() -> Unit) {
    repeat(count) { seed ->
      val question = Question(seed)
      withClue({ "network $seed: $question" }) { question.check() }
    }
  }

  test("$name: no point of the box escapes") {
    each(40) {
      val proved = ask(method)
      for (i in ball.inputs.indices) {
        for (x in ball.samples(random, ball.box(i, true), 20) + listOf(ball.inputs[i])) {
          val outputs = network.oracle.forward(x)
          (outputs in proved.box(i)).shouldBeTrue()
          proved.margins[i] shouldBeLessThanOrEqual least(outputs, i)
          proved.boxMargins[i] shouldBeLessThanOrEqual least(outputs, i)
        }
      }
    }
  }

  test("$name: a radius of 0 gives the outputs themselves") {
    each(20) {
      val proved = ask(method, share = 0.0)
      ball.inputs.forEachIndexed { i, x ->
        val outputs = network.oracle.forward(x)
        deviation(proved.box(i).lower, outputs) shouldBeLessThan 1e-9
        deviation(proved.box(i).upper, outputs) shouldBeLessThan 1e-9
        deviation(
          doubleArrayOf(proved.margins[i]),
          doubleArrayOf(least(outputs, i)),
        ) shouldBeLessThan 1e-9
      }
    }
  }

  test("$name: a larger radius proves no more") {
    each(20) {
      val shares = listOf(0.0, 0.3, 1.0, 1.5).map { ask(method, share = it) }
      shares.zipWithNext { near, far ->
        for (i in ball.inputs.indices) {
          val slack = 1e-11 * (1 + far.box(i).run { (lower + upper).maxOf(Math::abs) })
          near.box(i).lower.forEachIndexed { j, low ->
            low shouldBeGreaterThanOrEqual far.box(i).lower[j] - slack
            near.box(i).upper[j] shouldBeLessThanOrEqual far.box(i).upper[j] + slack
          }
          far.margins[i] shouldBeLessThanOrEqual near.margins[i] + slack
          far.boxMargins[i] shouldBeLessThanOrEqual near.boxMargins[i] + slack
        }
      }
    }
  }

  test("$name: samples are bounded one by one, in whatever order they come") {
    each(20) {
      val order = listOf(2, 0, 1, 2)
      val straight = ask(method)
      val turned = ask(method, order.map(ball.inputs::get), order.map(labels::get).toIntArray())
      order.forEachIndexed { at, i ->
        deviation(turned.box(at).lower, straight.box(i).lower) shouldBeLessThan 1e-11
        deviation(turned.box(at).upper, straight.box(i).upper) shouldBeLessThan 1e-11
        deviation(
          doubleArrayOf(turned.margins[at]),
          doubleArrayOf(straight.margins[i]),
        ) shouldBeLessThan 1e-11
      }
    }
  }

  test("$name: an input that is not finite is not certified, and spoils no other") {
    each(20) {
      val straight = ask(method)
      for (wild in listOf(Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY)) {
        val broken = ball.inputs[0].clone().also { it[random.nextInt(it.size)] = wild }
        val proved = ask(method, listOf(broken) + ball.inputs.drop(1))
        proved.margins[0].shouldBeNaN()
        proved.boxMargins[0].shouldBeNaN()
        proved.box(0).lower.all { it == Double.NEGATIVE_INFINITY }.shouldBeTrue()
        proved.box(0).upper.all { it == Double.POSITIVE_INFINITY }.shouldBeTrue()
        for (i in 1 until ball.inputs.size) {
          deviation(proved.box(i).lower, straight.box(i).lower) shouldBeLessThan 1e-11
          deviation(proved.box(i).upper, straight.box(i).upper) shouldBeLessThan 1e-11
        }
      }
    }
  }
}
