package org.glacis.runtime.certify

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.booleans.shouldBeTrue
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldNotBeEmpty
import io.kotest.matchers.shouldBe
import java.math.BigDecimal
import kotlin.random.Random
import org.glacis.runtime.bound.Box
import org.glacis.runtime.bound.Rounding
import org.glacis.runtime.graph.Element
import org.glacis.runtime.oracle.Corners
import org.glacis.runtime.oracle.batchOf
import org.glacis.runtime.oracle.evaluate
import org.glacis.runtime.oracle.flatten
import org.glacis.runtime.oracle.row
import org.glacis.runtime.train.toy
import org.glacis.spec.Attack
import org.glacis.spec.CertificationSpec
import org.glacis.spec.DataRange
import org.glacis.spec.Epsilon
import org.glacis.spec.Experiment
import org.glacis.spec.ExperimentJson
import org.glacis.spec.Faults
import org.glacis.spec.Ibp
import org.glacis.spec.Linf
import org.glacis.spec.PerturbationSet
import org.glacis.spec.Shape
import org.glacis.spec.Task

private const val SIZE = 5

private val RANGES = listOf(DataRange.UNIT, DataRange(-0.3, 0.7), null)

/** A number of the range, often one of its ends. */
private fun Random.inside(range: DataRange?): Double {
  val least = range?.least ?: -1.0
  val most = range?.most ?: 1.0
  return when (nextInt(6)) {
    0 -> least
    1 -> most
    2 -> nextInt(256) / 255.0 * (most - least) + least
    else -> nextDouble(least, most)
  }.coerceIn(least, most)
}

/**
 * What every perturbation set must keep.
 *
 * @param radii draws radii that the set allows, one or one a feature
 * @param make the set with these radii
 * @param near whether a move by these amounts (exact numbers) stays within the radii
 */
fun FunSpec.setContract(
  name: String,
  radii: Random.() -> List<Double>,
  make: (Epsilon, DataRange?) -> PerturbationSet,
  near: (moved: List<BigDecimal>, radius: List<BigDecimal>) -> Boolean,
) {
  fun member(set: PerturbationSet, x: DoubleArray, point: DoubleArray): Boolean {
    val values = set.epsilon.values
    val radius = List(SIZE) { BigDecimal(values[if (values.size == 1) 0 else it]) }
    val moved = List(SIZE) { (BigDecimal(point[it]) - BigDecimal(x[it])).abs() }
    return point.all { set.range?.contains(it) ?: true } && near(moved, radius)
  }

  /** Points of the set, most of them as far out as their direction goes. */
  fun samples(random: Random, set: PerturbationSet, x: DoubleArray): List<DoubleArray> =
    List(20) { n ->
      val direction =
        DoubleArray(SIZE) {
          val values = set.epsilon.values
          val sign =
            if (n % 2 == 0) listOf(-1.0, 1.0).random(random) else random.nextDouble(-1.0, 1.0)
          sign * values[if (values.size == 1) 0 else it]
        }
      fun at(share: Double) =
        DoubleArray(SIZE) {
          val moved = x[it] + share * direction[it]
          set.range?.run { moved.coerceIn(least, most) } ?: moved
        }
      var share = 1.0
      var step = 0.5
      while (!member(set, x, at(share)) && share > 0) {
        share = if (step > 1e-12) share - step else 0.0
        step /= 2
        while (step > 1e-12 && member(set, x, at(share + step))) share += step
      }
      at(share)
    }

  fun each(check: (Random, PerturbationSet, List<DoubleArray>) -> Unit) {
    repeat(60) { seed ->
      val random = Random(seed)
      val range = RANGES.random(random)
      val set = make(Epsilon(random.radii()), range)
      val inputs = List(3) { DoubleArray(SIZE) { random.inside(range) } }
      withClue({ "$set around ${inputs.map { it.contentToString() }}" }) {
        check(random, set, inputs)
      }
    }
  }

  fun radius(set: PerturbationSet) =
    DoubleArray(SIZE) { set.epsilon.values[if (set.epsilon.isScalar) 0 else it] }

  /** The box that bounds are computed over. */
  fun boxes(set: PerturbationSet, inputs: List<DoubleArray>): List<Corners> {
    val element = Element.FLOAT64
    val (lower, upper) =
      evaluate { tf ->
        val x = element.constant(tf, inputs.flatten(), inputs.size.toLong(), SIZE.toLong())
        val epsilon = element.constant(tf, radius(set), 1, SIZE.toLong())
        val box = Box.around(tf, element, x, epsilon, set.range, Rounding.outward(element))
        listOf(box.lower(tf), box.upper(tf))
      }
    return inputs.indices.map { Corners(lower.row(it, SIZE), upper.row(it, SIZE)) }
  }

  fun shouldBeNear(box: Corners, lower: (Int) -> Double, upper: (Int) -> Double) {
    for (k in 0 until SIZE) {
      (Math.abs(box.lower[k] - lower(k)) < 1e-12).shouldBeTrue()
      (Math.abs(box.upper[k] - upper(k)) < 1e-12).shouldBeTrue()
    }
  }

  test("$name: has its centre") {
    each { _, set, inputs -> inputs.all { member(set, it, it) }.shouldBeTrue() }
  }

  test("$name: its box has all of its points and is clipped to the range") {
    each { random, set, inputs ->
      boxes(set, inputs).forEachIndexed { i, box ->
        val x = inputs[i]
        (samples(random, set, x) + x).all { it in box }.shouldBeTrue()
        shouldBeNear(
          box,
          { maxOf(x[it] - radius(set)[it], set.range?.least ?: Double.NEGATIVE_INFINITY) },
          { minOf(x[it] + radius(set)[it], set.range?.most ?: Double.POSITIVE_INFINITY) },
        )
      }
    }
  }

  test("$name: a radius of 0 leaves the point alone") {
    each { random, set, inputs ->
      val still = set.withEpsilon(set.epsilon * 0.0)
      inputs.forEachIndexed { i, x ->
        samples(random, still, x).all { it.contentEquals(x) }.shouldBeTrue()
        member(still, x, DoubleArray(SIZE) { if (it == i) x[it] + 1e-9 else x[it] }) shouldBe false
        shouldBeNear(boxes(still, inputs)[i], { x[it] }, { x[it] })
      }
    }
  }

  test("$name: another radius keeps the kind, the norm and the range") {
    each { _, set, _ ->
      val other = set.withEpsilon(Epsilon(0.25))
      other.javaClass shouldBe set.javaClass
      other.norm shouldBe set.norm
      other.range shouldBe set.range
      other.epsilon shouldBe Epsilon(0.25)
      other.withEpsilon(set.epsilon) shouldBe set
    }
  }

  test("$name: comes back from JSON, and is valid where it was") {
    each { _, set, _ ->
      val experiment: Experiment =
        toy().copy(perturbation = set, certify = listOf(CertificationSpec(set, listOf(Ibp))))
      ExperimentJson.decode(experiment.toJson()) shouldBe experiment
      set.toString() shouldBe ExperimentJson.decode(experiment.toJson()).perturbation.toString()
      val faults = Faults()
      set.check(Shape(SIZE), faults)
      faults.all().shouldBeEmpty()
      make(Epsilon(-1.0), set.range).check(Shape(SIZE), faults)
      faults.all().shouldNotBeEmpty()
    }
  }

  test("$name: the points of the attack lie in the set exactly") {
    each { random, set, inputs ->
      val faults = Faults()
      val spec = CertificationSpec(set, listOf(Attack()))
      Certifier.check(spec, toy().model, Task.CLASSIFICATION, faults)
      if (faults.all().isEmpty()) {
        val batch = batchOf(inputs, IntArray(3), 2)
        val corners = AttackSearch.Corners.of(batch, radius(set), set.range)
        val wild = listOf(Double.NaN, Double.POSITIVE_INFINITY, -1e300, 1e300, 0.5)
        val projected =
          List(10) {
            DoubleArray(3 * SIZE) {
                if (random.nextInt(3) == 0) wild.random(random) else random.nextDouble(-2.0, 2.0)
              }
              .also { AttackSearch.project(it, batch, corners, set) }
          }
        val ends =
          listOf(corners.lower, corners.upper).map { end ->
            end.copyOf().also { AttackSearch.project(it, batch, corners, set) }
          }
        for (points in projected + ends) {
          inputs.indices.all { member(set, inputs[it], points.row(it, SIZE)) }.shouldBeTrue()
        }
        // No number of a box is left out: the next ones beyond the corners lie outside.
        for (i in if (set is Linf) 0 until 3 * SIZE else IntRange.EMPTY) {
          val x = inputs[i / SIZE]
          for (beyond in listOf(Math.nextDown(corners.lower[i]), Math.nextUp(corners.upper[i]))) {
            val point = DoubleArray(SIZE) { if (it == i % SIZE) beyond else x[it] }
            member(set, x, point) shouldBe false
          }
        }
      }
    }
  }
}
