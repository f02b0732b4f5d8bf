package org.glacis.runtime.optimize

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.doubles.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import kotlin.math.abs
import kotlin.math.sqrt
import kotlinx.serialization.json.double
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.glacis.runtime.graph.Element
import org.glacis.runtime.lower.Lowerer
import org.glacis.runtime.lower.WeightSpec
import org.glacis.runtime.lower.WeightSpec.Role
import org.glacis.runtime.oracle.Golden
import org.glacis.runtime.oracle.Matrix
import org.glacis.runtime.oracle.evaluateOne
import org.glacis.spec.BiasInitializer
import org.glacis.spec.Dense
import org.glacis.spec.Flatten
import org.glacis.spec.InitializationSpec
import org.glacis.spec.Initializer
import org.glacis.spec.ModelSpec
import org.glacis.spec.Relu
import org.glacis.spec.Reshape
import org.glacis.spec.Residual
import org.glacis.spec.Shape

private fun dense(layer: Int, inputs: Int, units: Int) =
  listOf(
    WeightSpec(
      "layers/$layer/kernel",
      intArrayOf(inputs, units),
      inputs,
      units,
      Role.KERNEL,
      false,
    ),
    WeightSpec("layers/$layer/bias", intArrayOf(units), inputs, units, Role.BIAS, false),
  )

private fun IntArray.extents() = LongArray(size) { this[it].toLong() }

private fun moments(values: FloatArray): Pair<Double, Double> {
  val mean = values.average()
  return mean to sqrt(values.sumOf { (it - mean) * (it - mean) } / values.size)
}

class InitializationTest :
  FunSpec({
    test("IBP initialisation has the deviations of the golden examples, and mean 0") {
      val examples = Golden.kept("interval-initialization.json").jsonObject.getValue("examples")
      for (example in examples.jsonArray.map { it.jsonObject }) {
        val fanIn = example.getValue("fan_in").jsonPrimitive.int
        val deviation = example.getValue("std").jsonPrimitive.double
        val spec = WeightSpec("layers/0/kernel", intArrayOf(200, 200), fanIn, 1, Role.KERNEL, false)
        val drawn = Initialization.draw(InitializationSpec(Initializer.IBP), listOf(spec), 1)
        val (mean, found) = moments(drawn["layers/0/kernel"].values)
        // Four standard errors over 40,000 numbers.
        withClue("fan_in $fanIn") {
          abs(mean) shouldBeLessThan 4 * deviation / 200
          found shouldBe (deviation plusOrMinus 4 * deviation / sqrt(80_000.0))
        }
      }
    }

    test("the last layer has a law of its own where it is declared") {
      val weights = dense(0, 100, 100) + dense(2, 100, 100)
      val spec = InitializationSpec(Initializer.IBP, Initializer.FAN_IN_UNIFORM)
      val drawn = Initialization.draw(spec, weights, 1)
      val ibp = sqrt(2 * Math.PI) / 100
      moments(drawn["layers/0/kernel"].values).second shouldBe (ibp plusOrMinus 0.1 * ibp)
      drawn["layers/2/kernel"].values.maxOf { abs(it).toDouble() } shouldBe (0.1 plusOrMinus 0.001)
      drawn["layers/0/bias"].values.all { it == 0f } shouldBe true
      drawn["layers/2/bias"].values.all { it == 0f } shouldBe true
    }

    test("IBP initialisation halves the weights that read what a residual sum made") {
      val block = Residual(listOf(Dense(40), Relu, Dense(40)))
      val model =
        ModelSpec(
          Shape(40),
          listOf(Dense(40), Relu, block, Relu, block, Reshape(Shape(5, 8)), Flatten, Dense(40)) +
            listOf(Relu, Dense(40)),
        )
      val specs = mutableListOf<WeightSpec>()
      evaluateOne { tf ->
        Lowerer.lower(
          tf,
          Element.FLOAT64,
          model,
          { spec ->
            specs += spec
            Element.FLOAT64.constant(tf, DoubleArray(spec.size()), *spec.shape.extents())
          },
          null,
        )
        Element.FLOAT64.constant(tf, 0.0)
      }
      val halved = setOf("layers/4/layers/0", "layers/7")
      val drawn = Initialization.draw(InitializationSpec(Initializer.IBP), specs, 1)
      val ibp = sqrt(2 * Math.PI) / 40
      for (spec in specs.filter { it.role == Role.KERNEL }) {
        val deviation = if (spec.path.substringBeforeLast("/") in halved) ibp / 2 else ibp
        withClue(spec.path) {
          moments(drawn[spec.path].values).second shouldBe (deviation plusOrMinus 0.1 * deviation)
        }
      }
      val he = Initialization.draw(InitializationSpec(Initializer.HE_NORMAL), specs, 1)
      moments(he["layers/7/kernel"].values).second shouldBe
        (sqrt(2.0 / 40) plusOrMinus 0.1 * sqrt(2.0 / 40))
    }

    test("orthogonal kernels have singular values 1, spectral ones those of their layer") {
      val overlaps = mapOf("layers/0/kernel" to 3.0)
      for ((inputs, units) in listOf(50 to 20, 20 to 50)) for ((law, size) in
        listOf(Initializer.ORTHOGONAL to 1.0, Initializer.SPECTRAL to 1 / 9.0)) {
        val drawn =
          Initialization.draw(InitializationSpec(law), dense(0, inputs, units), overlaps, 4)
        val values = drawn["layers/0/kernel"].values.map(Float::toDouble).toDoubleArray()
        val w = Matrix(inputs, units, values).let { if (inputs > units) it else it.transposed() }
        val gram = w.transposed() * w
        for (i in 0 until 20) for (j in 0 until 20) {
          gram[i, j] shouldBe ((if (i == j) size else 0.0) plusOrMinus 1e-6)
        }
      }
      // Of each group of 5 units by itself; 20 units of 8 inputs are no orthonormal set.
      val shape = intArrayOf(2, 2, 2, 20)
      val grouped = WeightSpec("layers/0/kernel", shape, 8, 20, Role.KERNEL, false, 4)
      val drawn =
        Initialization.draw(InitializationSpec(Initializer.ORTHOGONAL), listOf(grouped), 4)
      val values = drawn["layers/0/kernel"].values.map(Float::toDouble).toDoubleArray()
      for (group in 0 until 4) {
        val w = Matrix.of(8, 5) { i, j -> values[i * 20 + group * 5 + j] }
        val gram = w.transposed() * w
        for (i in 0 until 5) for (j in 0 until 5) {
          gram[i, j] shouldBe ((if (i == j) 1.0 else 0.0) plusOrMinus 1e-6)
        }
      }
      val alone = InitializationSpec(Initializer.SPECTRAL)
      Initialization.draw(alone, dense(0, 9, 9), 4)["layers/0/kernel"].values shouldBe
        Initialization.draw(InitializationSpec(Initializer.ORTHOGONAL), dense(0, 9, 9), 4)[
            "layers/0/kernel"]
          .values
    }

    test("uniform laws reach their limits and do not pass them") {
      val laws =
        mapOf(
          Initializer.FAN_IN_UNIFORM to 1 / sqrt(50.0),
          Initializer.GLOROT_UNIFORM to sqrt(6.0 / (50 + 30)),
        )
      for ((law, limit) in laws) {
        val spec = InitializationSpec(law, biases = BiasInitializer.FAN_IN_UNIFORM)
        val drawn = Initialization.draw(spec, dense(0, 50, 30), 3)
        val values = drawn["layers/0/kernel"].values
        values.maxOf { abs(it).toDouble() } shouldBeLessThanOrEqual limit * (1 + 1e-6)
        values.maxOf { abs(it).toDouble() } shouldBe (limit plusOrMinus 0.02 * limit)
        values.average() shouldBe (0.0 plusOrMinus 0.05 * limit)
        drawn["layers/0/bias"].values.maxOf { abs(it).toDouble() } shouldBeLessThanOrEqual
          1 / sqrt(50.0) * (1 + 1e-6)
      }
    }

    test("He's law has the deviation sqrt(2 / fan_in)") {
      val drawn =
        Initialization.draw(InitializationSpec(Initializer.HE_NORMAL), dense(0, 200, 200), 3)
      moments(drawn["layers/0/kernel"].values).second shouldBe (0.1 plusOrMinus 0.002)
    }

    test("weights are a function of seed and path") {
      val weights = dense(0, 20, 20) + dense(1, 20, 20)
      fun drawn(seed: Long) = Initialization.draw(InitializationSpec(), weights, seed)
      val first = drawn(7)["layers/0/kernel"].values.toList()
      drawn(7)["layers/0/kernel"].values.toList() shouldBe first
      drawn(8)["layers/0/kernel"].values.toList() shouldNotBe first
      drawn(7)["layers/1/kernel"].values.toList() shouldNotBe first
    }

    test("seeds and layers do not repeat each other's numbers") {
      val weights = (0 until 20).flatMap { dense(it, 5, 5) }
      val all =
        (0L until 10L).flatMap { seed ->
          val drawn = Initialization.draw(InitializationSpec(), weights, seed)
          drawn.entries().filterKeys { it.endsWith("kernel") }.values.map { it.values.toList() }
        }
      all.toSet().size shouldBe all.size
    }
  })
