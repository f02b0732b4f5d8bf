package org.glacis.runtime.certify

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeGreaterThanOrEqual
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.doubles.shouldBeLessThanOrEqual
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import kotlin.math.sqrt
import kotlin.random.Random
import org.glacis.recipes.Recipes
import org.glacis.runtime.Glacis
import org.glacis.runtime.RunOptions
import org.glacis.runtime.TrainedModel
import org.glacis.runtime.graph.Weights
import org.glacis.runtime.oracle.Interpreter
import org.glacis.runtime.oracle.ONE_THREAD
import org.glacis.spec.Attack
import org.glacis.spec.CarliniWagner
import org.glacis.spec.CertificationSpec
import org.glacis.spec.ConstrainedLayerSpec
import org.glacis.spec.Epsilon
import org.glacis.spec.L2
import org.glacis.spec.LipschitzMargin
import org.glacis.spec.Pgd
import org.glacis.spec.Task

private const val EPSILON = 0.25
private val SET = L2(Epsilon(EPSILON))

private fun Certification.number(name: String): Double = constants().getValue(name) as Double

class LipschitzMarginTest :
  FunSpec({
    val experiment = Recipes.get("hkr-digits").experiment()
    val model: TrainedModel = Glacis.train(experiment, RunOptions.defaults().withDevice(ONE_THREAD))
    afterSpec { model.close() }
    val test = model.data().test()
    val steps = listOf(Attack(Pgd(40, 0.1)), LipschitzMargin)
    val found = model.certify(CertificationSpec(SET, steps), test)
    val oracle = Interpreter(model.experiment().model, model.weights())

    test("what is certified is the plain network, whose constants are at most 1") {
      model.experiment().model.layers.none { it is ConstrainedLayerSpec } shouldBe true
      found.number("lipschitzBound") shouldBeLessThanOrEqual 1.0
      found.number("lipschitzBound") shouldBeGreaterThan 0.5
      found.certifiedAccuracy() shouldBeGreaterThan 0.4
      found.certifiedAccuracy() shouldBeLessThanOrEqual found.attackAccuracy()
      found.attackAccuracy() shouldBeLessThanOrEqual found.cleanAccuracy()
    }

    test("a sample is certified where its radius is larger than the set's, and only there") {
      for (row in found.rows()) {
        val radius = row.radius().takeUnless(Double::isNaN) ?: 0.0
        withClue(row) { (row.verdict() == Verdict.CERTIFIED) shouldBe (radius > EPSILON) }
      }
    }

    test("each rightly decided sample has a radius to each other class, the least is its own") {
      val right = found.rows().filter { it.verdict() != Verdict.MISCLASSIFIED }
      found.targeted().map { it.index() } shouldBe right.map { it.index() }
      found.targeted().zip(right).forEach { (targeted, row) ->
        targeted.label() shouldBe row.label().toInt()
        targeted.radii().size shouldBe 10
        targeted.radii()[targeted.label()] shouldBe Double.POSITIVE_INFINITY
        targeted.least() shouldBe row.radius()
      }
    }

    test("no attack makes the decision a class nearer than the radius to that class") {
      val plain = model.experiment().model
      val certifier = Certifier(plain, model.weights(), Task.CLASSIFICATION, SET, ONE_THREAD, 1)
      val few = found.targeted().take(30)
      val rows = few.map { found.rows()[it.index()] }
      var reached = 0
      for (target in listOf(1, 8)) {
        val attack = CarliniWagner(target = target)
        for (wrong in certifier.adversarials(attack, SET, test, rows)) {
          wrong.prediction() shouldBe target
          val own = few.single { it.index() == wrong.row().index() }
          wrong.distance() shouldBeGreaterThan own.radii()[target]
          // So that the least radius of all would not do.
          if (wrong.distance() > own.least() && own.radii()[target] > own.least()) reached++
        }
      }
      certifier.close()
      reached shouldBeGreaterThan 20
    }

    test("nothing inside a radius is decided otherwise: random, far and straight points") {
      val random = Random(5)
      var least = Double.POSITIVE_INFINITY
      for (row in found.rows().filter { it.radius() > 0 }.take(100)) {
        val x = test.input(row.index()).map(Float::toDouble).toDoubleArray()
        val label = row.label().toInt()
        repeat(20) { n ->
          val direction = DoubleArray(x.size) { random.nextDouble(-1.0, 1.0) }
          val length = sqrt(direction.sumOf { it * it })
          val share = if (n % 2 == 0) 0.999999 else random.nextDouble()
          val near = DoubleArray(x.size) { x[it] + direction[it] / length * row.radius() * share }
          val logits = oracle.forward(near)
          val margin = logits.indices.filter { it != label }.minOf { logits[label] - logits[it] }
          margin shouldBeGreaterThan 0.0
          least = minOf(least, margin)
        }
      }
      least shouldBeLessThan 1.0
    }

    test("attacks inside the proved radius of each sample fail") {
      val radii = found.rows().filter { it.radius() > 0.02 }.map { it.radius() }.sorted()
      for (at in listOf(radii[radii.size / 4], radii[radii.size / 2], radii[3 * radii.size / 4])) {
        val attacked =
          model.certify(
            CertificationSpec(L2(Epsilon(at)), listOf(Attack(Pgd(30, 0.2, 3)), LipschitzMargin)),
            test,
          )
        attacked
          .rows()
          .filter { it.verdict() == Verdict.FALSIFIED }
          .forEach { it.radius() shouldBeLessThanOrEqual at }
        attacked.rows().count { it.verdict() == Verdict.FALSIFIED } shouldBeGreaterThan 0
      }
    }

    test("constants follow the weights: a kernel of norm 1.02 makes bounds larger by as much") {
      val entries = LinkedHashMap(model.weights().entries())
      val path = "layers/4/kernel"
      val kernel = entries.getValue(path)
      entries[path] =
        Weights.Entry(kernel.shape, FloatArray(kernel.values.size) { kernel.values[it] * 1.02f })
      Glacis.of(model.experiment(), Weights(entries)).use { planted ->
        val other = planted.certify(CertificationSpec(SET, steps), test)
        other.number("lipschitzBound") / found.number("lipschitzBound") shouldBeGreaterThanOrEqual
          1.0199
      }
    }
  })
