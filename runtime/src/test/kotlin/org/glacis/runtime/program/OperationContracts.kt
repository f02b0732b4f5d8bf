package org.glacis.runtime.program

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.doubles.shouldBeGreaterThanOrEqual
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.doubles.shouldBeLessThanOrEqual
import io.kotest.matchers.ints.shouldBeGreaterThanOrEqual
import io.kotest.matchers.shouldBe
import kotlin.math.abs
import kotlin.math.ulp
import kotlin.random.Random
import org.glacis.runtime.graph.Element
import org.glacis.runtime.oracle.deviation
import org.glacis.runtime.oracle.evaluate
import org.glacis.runtime.oracle.evaluateOne
import org.glacis.runtime.oracle.row
import org.glacis.spec.Shape
import org.tensorflow.Operand
import org.tensorflow.op.Ops
import org.tensorflow.types.TFloat64

/** The unit roundoff of float64. */
private val UNIT = Element.FLOAT64.unitRoundoff()

/** A batch of [count] samples of [shape] as a constant. */
fun constant(tf: Ops, values: DoubleArray, count: Int, shape: Shape): Operand<TFloat64> =
  Element.FLOAT64.constant(
    tf,
    values,
    count.toLong(),
    *shape.extents.map(Int::toLong).toLongArray(),
  )

private fun Random.numbers(count: Int, least: Double = -2.0, most: Double = 2.0) =
  DoubleArray(count) { nextDouble(least, most) }

private fun dot(a: DoubleArray, b: DoubleArray) = a.indices.sumOf { a[it] * b[it] }

/**
 * What every affine operation must keep.
 *
 * @param count samples a batch, where the operation has a fixed one
 */
fun FunSpec.affineContract(
  name: String,
  input: Shape,
  output: Shape,
  count: Int = 3,
  make: (Ops) -> Affine<TFloat64>,
) {
  val random = Random(5)

  fun applied(x: DoubleArray) = evaluateOne { tf ->
    make(tf).apply(tf, constant(tf, x, count, input))
  }

  /** The matrix of each sample, output by input, from what the operation does to unit vectors. */
  val zero = lazy { applied(DoubleArray(count * input.size)) }
  val columns = lazy {
    List(input.size) { k ->
      val unit = DoubleArray(count * input.size) { if (it % input.size == k) 1.0 else 0.0 }
      val moved = applied(unit)
      DoubleArray(moved.size) { moved[it] - zero.value[it] }
    }
  }

  test("$name: spread is |W| r") {
    val radius = random.numbers(count * input.size, 0.0)
    val spread = evaluateOne { tf -> make(tf).spread(tf, constant(tf, radius, count, input)) }
    val expected =
      DoubleArray(count * output.size) { at ->
        val sample = at / output.size
        (0 until input.size).sumOf { abs(columns.value[it][at]) * radius[sample * input.size + it] }
      }
    deviation(spread, expected) shouldBeLessThan 1e-12
  }

  test("$name: no output moves further than the spread of what the inputs moved") {
    repeat(5) {
      val x = random.numbers(count * input.size)
      val y = random.numbers(count * input.size)
      val moved = applied(x).zip(applied(y)) { a, b -> abs(a - b) }
      val radius = DoubleArray(x.size) { abs(x[it] - y[it]) }
      val spread = evaluateOne { tf -> make(tf).spread(tf, constant(tf, radius, count, input)) }
      moved.forEachIndexed { i, by -> by shouldBeLessThanOrEqual spread[i] + 1e-12 }
    }
  }

  test("$name: pulling back rows is the adjoint") {
    for (specifications in listOf(1, 4)) {
      val rows = random.numbers(count * specifications * output.size)
      val pulled = evaluateOne { tf ->
        make(tf).pullBack(tf, constant(tf, rows, count * specifications, output))
      }
      pulled.size shouldBe count * specifications * input.size
      val x = random.numbers(count * input.size)
      val y = applied(x)
      for (row in 0 until count * specifications) {
        val sample = row / specifications
        val change =
          DoubleArray(output.size) {
            y[sample * output.size + it] - zero.value[sample * output.size + it]
          }
        val there = dot(rows.row(row, output.size), change)
        val here = dot(pulled.row(row, input.size), x.row(sample, input.size))
        withClue("row $row") { here shouldBeNear there }
      }
    }
  }

  test("$name: the shift is what it makes of zero") {
    val shift = evaluate { tf ->
      val added = make(tf).shift()
      val still = Element.FLOAT64.constant(tf, DoubleArray(output.size), 1, *extents(output))
      listOf(if (added == null) still else tf.math.add(still, added))
    }
    for (sample in 0 until count) {
      deviation(zero.value.row(sample, output.size), shift[0]) shouldBeLessThan 1e-14
    }
  }

  test("$name: no output adds up more products than it says") {
    val most = (0 until count * output.size).maxOf { at -> columns.value.count { it[at] != 0.0 } }
    evaluateOne { tf ->
      make(tf).terms() shouldBeGreaterThanOrEqual most
      Element.FLOAT64.constant(tf, 0.0)
    }
  }
}

private fun extents(shape: Shape) = shape.extents.map(Int::toLong).toLongArray()

private infix fun Double.shouldBeNear(expected: Double) {
  abs(this - expected) shouldBeLessThanOrEqual 1e-10 * (1 + abs(expected))
}

/** What every elementwise operation must keep. */
fun FunSpec.elementwiseContract(
  name: String,
  operation: Elementwise<TFloat64>,
  exact: (Double) -> Double,
) {
  elementwiseContract(name, operation, { operation }, exact)
}

/**
 * What every elementwise operation must keep.
 *
 * @param operation tells its error and its slope
 * @param make the same operation in a graph
 * @param exact the function itself
 */
fun FunSpec.elementwiseContract(
  name: String,
  operation: Elementwise<TFloat64>,
  make: (Ops) -> Elementwise<TFloat64>,
  exact: (Double) -> Double,
) {
  val points =
    buildList {
        for (size in
          listOf(0.0, 1e-300, 1e-9, 1e-4, 0.5, 1.0, 3.0, 20.0, 36.0, 38.0, 700.0, 800.0, 1e9)) {
          add(size)
          add(-size)
        }
        val random = Random(3)
        repeat(2000) { add(random.nextDouble(-40.0, 40.0)) }
      }
      .sorted()
      .toDoubleArray()
  val shape = Shape(points.size)

  fun applied(x: DoubleArray) = evaluateOne { tf -> make(tf).apply(tf, constant(tf, x, 1, shape)) }

  test("$name: values are as exact as it says") {
    val values = applied(points)
    points.forEachIndexed { i, x ->
      val truth = exact(x)
      // The function that it is compared with may be wrong by two units itself.
      val allowed = operation.error() * UNIT * (1 + abs(truth)) + 2 * truth.ulp
      withClue("at $x") { abs(values[i] - truth) shouldBeLessThanOrEqual allowed }
    }
  }

  if (operation is Rising<*>)
    test("$name: it rises, but for its error") {
      val values = applied(points)
      for (i in 1 until points.size) {
        val slack = 2 * operation.error() * UNIT * (1 + abs(values[i]))
        values[i] shouldBeGreaterThanOrEqual values[i - 1] - slack
      }
    }

  test("$name: no slope is larger than it says") {
    val values = applied(points)
    for (i in 1 until points.size) {
      val slack = (4 * operation.error() + 4) * UNIT * (1 + abs(values[i]) + abs(values[i - 1]))
      abs(values[i] - values[i - 1]) shouldBeLessThanOrEqual
        operation.slope() * (points[i] - points[i - 1]) * (1 + 4 * UNIT) + slack
    }
  }

  test("$name: the image of an interval has the values at all of its points") {
    val random = Random(4)
    val centre = DoubleArray(points.size) { random.nextDouble(-5.0, 5.0) }
    val radius = DoubleArray(points.size) { random.nextDouble(0.0, 3.0) }
    val lower = DoubleArray(points.size) { centre[it] - radius[it] }
    val upper = DoubleArray(points.size) { centre[it] + radius[it] }
    val (low, high) =
      evaluate<TFloat64> { tf ->
        val image = make(tf).image(tf, constant(tf, lower, 1, shape), constant(tf, upper, 1, shape))
        listOf(image.lower(), image.upper())
      }
    repeat(10) {
      for (i in points.indices) {
        val value = exact(lower[i] + (upper[i] - lower[i]) * random.nextDouble())
        val slack = (operation.error() + 4) * UNIT * (1 + abs(value))
        value shouldBeGreaterThanOrEqual low[i] - slack
        value shouldBeLessThanOrEqual high[i] + slack
      }
    }
  }
}

/** What every operation that only moves numbers must keep. */
fun FunSpec.rearrangeContract(
  name: String,
  input: Shape,
  output: Shape,
  operation: Rearrange<TFloat64>,
) {
  val random = Random(6)

  test("$name: pulling back undoes it, whatever the number of rows") {
    for (rows in listOf(1, 7)) {
      val x = random.numbers(rows * input.size)
      val back = evaluateOne { tf ->
        operation.pullBack(tf, operation.apply(tf, constant(tf, x, rows, input)))
      }
      back.toList() shouldBe x.toList()
    }
  }

  test("$name: no number is changed") {
    val x = random.numbers(2 * input.size)
    val moved = evaluateOne { tf -> operation.apply(tf, constant(tf, x, 2, input)) }
    moved.size shouldBe 2 * output.size
    moved.sorted() shouldBe x.sorted()
  }
}

/** What every contraction must keep. */
fun FunSpec.contractionContract(name: String, input: Shape, operation: Contraction<TFloat64>) {
  contractionContract(name, input) { operation }
}

/**
 * What every contraction must keep.
 *
 * @param make the operation in a graph
 */
fun FunSpec.contractionContract(name: String, input: Shape, make: (Ops) -> Contraction<TFloat64>) {
  fun applied(x: DoubleArray, count: Int) = evaluateOne { tf ->
    make(tf).apply(tf, constant(tf, x, count, input))
  }

  fun constant() = evaluateOne { tf -> Element.FLOAT64.constant(tf, make(tf).lipschitz()) }.single()

  fun norm(values: DoubleArray) = Math.sqrt(dot(values, values))

  test("$name: its Lipschitz constant holds, single inputs that many outputs read included") {
    val random = Random(7)
    var largest = 0.0
    for (k in 0 until input.size + 40) {
      val x = random.numbers(input.size)
      // One number far above the others is the largest of all windows that see it.
      if (k < input.size) x[k] = 10.0
      val y =
        DoubleArray(input.size) {
          if (k < input.size) (if (it == k) 11.0 else x[it])
          else x[it] + random.nextDouble(-1.0, 1.0)
        }
      val distance = norm(DoubleArray(input.size) { x[it] - y[it] })
      val fx = applied(x, 1)
      val fy = applied(y, 1)
      val moved = norm(DoubleArray(fx.size) { fx[it] - fy[it] })
      largest = maxOf(largest, moved / distance)
    }
    largest shouldBeLessThanOrEqual constant() + 1e-12
  }

  test("$name: the image of a box has the values at all of its points") {
    val random = Random(8)
    val lower = random.numbers(input.size)
    val upper = DoubleArray(input.size) { lower[it] + random.nextDouble() }
    val (low, high) =
      evaluate<TFloat64> { tf ->
        val image = make(tf).image(tf, constant(tf, lower, 1, input), constant(tf, upper, 1, input))
        listOf(image.lower(), image.upper())
      }
    repeat(20) {
      val x = DoubleArray(input.size) { lower[it] + (upper[it] - lower[it]) * random.nextDouble() }
      applied(x, 1).forEachIndexed { i, value ->
        value shouldBeGreaterThanOrEqual low[i]
        value shouldBeLessThanOrEqual high[i]
      }
    }
  }
}
