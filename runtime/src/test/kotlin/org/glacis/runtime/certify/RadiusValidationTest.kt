package org.glacis.runtime.certify

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeBetween
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeGreaterThanOrEqual
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.doubles.shouldBeLessThanOrEqual
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.nulls.shouldBeNull
import io.kotest.matchers.nulls.shouldNotBeNull
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldStartWith
import io.kotest.matchers.types.shouldNotBeInstanceOf
import kotlin.random.Random
import org.glacis.recipes.Recipes
import org.glacis.runtime.Glacis
import org.glacis.runtime.RunOptions
import org.glacis.runtime.TrainedModel
import org.glacis.runtime.data.Samples
import org.glacis.runtime.graph.Element
import org.glacis.runtime.graph.Weights
import org.glacis.runtime.oracle.Interpreter
import org.glacis.runtime.oracle.ONE_THREAD
import org.glacis.spec.Attack
import org.glacis.spec.AttackObjective
import org.glacis.spec.AttackSpec
import org.glacis.spec.CarliniWagner
import org.glacis.spec.CertificateValidation
import org.glacis.spec.CertificationSpec
import org.glacis.spec.Constant
import org.glacis.spec.DataSpec
import org.glacis.spec.DeepFool
import org.glacis.spec.Dense
import org.glacis.spec.Epsilon
import org.glacis.spec.Faults
import org.glacis.spec.GlacisException
import org.glacis.spec.InMemory
import org.glacis.spec.InputException
import org.glacis.spec.L2
import org.glacis.spec.LipschitzMargin
import org.glacis.spec.ModelSpec
import org.glacis.spec.Pgd
import org.glacis.spec.Shape
import org.glacis.spec.Task
import org.tensorflow.types.family.TFloating

private val SET = L2(Epsilon(0.25))

/** A linear classifier: its radii are the exact distances to the boundary. */
private val LINE = ModelSpec(Shape(5), listOf(Dense(3)))

private val LINE_WEIGHTS =
  Random(8).let { random ->
    Weights(
      mapOf(
        "layers/0/kernel" to
          Weights.Entry(intArrayOf(5, 3), FloatArray(15) { random.nextFloat() * 2 - 1 }),
        "layers/0/bias" to Weights.Entry(intArrayOf(3), FloatArray(3)),
      )
    )
  }

private val LINE_SAMPLES =
  Random(9).let { random ->
    val oracle = Interpreter(LINE, LINE_WEIGHTS)
    val values = FloatArray(5 * 60) { 0.4f + 0.2f * random.nextFloat() }
    val labels =
      IntArray(60) { i ->
        val logits = oracle.forward(DoubleArray(5) { values[i * 5 + it].toDouble() })
        logits.indices.maxBy { logits[it] }
      }
    Samples.table(Shape(5), values, labels)
  }

private fun onLine(use: (Cascade) -> Unit) {
  fun <T : TFloating> graph(element: Element<T>, outward: Boolean) =
    NetworkGraph(LINE, Task.CLASSIFICATION, element, SET.range, ONE_THREAD, outward)
      .load(LINE_WEIGHTS)
  graph(Element.FLOAT64, true).use { exact ->
    graph(Element.FLOAT32, false).use { fast ->
      use(Cascade(LINE_SAMPLES, SET, Task.CLASSIFICATION, 3, 1, exact, fast))
    }
  }
}

class RadiusValidationTest :
  FunSpec({
    val recipe = Recipes.get("hkr-digits").experiment()
    val experiment =
      recipe.copy(train = recipe.train.copy(epochs = 15, learningRate = Constant(1.0)))
    val model: TrainedModel = Glacis.train(experiment, RunOptions.defaults().withDevice(ONE_THREAD))
    afterSpec { model.close() }
    val test = model.data().test()
    val proved = model.certify(CertificationSpec(SET, listOf(LipschitzMargin)), test)
    val some =
      proved.rows().filter { it.verdict() != Verdict.MISCLASSIFIED && it.radius() > 0 }.take(80)

    fun certifier() =
      Certifier(
        model.experiment().model,
        model.weights(),
        Task.CLASSIFICATION,
        SET,
        ONE_THREAD,
        experiment.seed,
      )

    fun nearest(attack: AttackSpec): Map<Int, Double> =
      certifier().use { certifier ->
        certifier.adversarials(attack, SET, test, some).associate {
          it.row().index() to it.distance()
        }
      }

    test("radii of a trained network withstand all attacks, and the figures say by how much") {
      val attacks = listOf(CarliniWagner(), Pgd(), DeepFool())
      val spec =
        CertificationSpec(SET, listOf(LipschitzMargin), null, CertificateValidation(attacks, 60))
      val found = model.certify(spec, test)
      val validation = found.validation().shouldNotBeNull()
      validation.attacks() shouldBe listOf("carliniWagner", "pgd", "deepFool")
      validation.samples() shouldBe 60
      validation.adversarials() shouldBe 60
      validation.smallestRatio().shouldBeBetween(1.0, 3.0, 0.0)
      validation.meanDistance().shouldBeBetween(0.1, 5.0, 0.0)
      val figures = found.figures()["certificateValidation"] as Map<*, *>
      figures["samples"] shouldBe 60
      figures["smallestRatio"] shouldBe validation.smallestRatio()
      found.summary().lines().last() shouldStartWith
        "60 radii withstood carliniWagner and pgd and deepFool: 60 wrong decisions, at "
      proved.validation().shouldBeNull()
    }

    test("Carlini-Wagner finds points as near as those of PGD in smaller and smaller balls") {
      val searched = nearest(CarliniWagner())
      val walked = nearest(DeepFool())
      val inBalls = nearest(Pgd(40, 0.1))
      searched.size shouldBe some.size
      for (row in some) {
        val distance = searched.getValue(row.index())
        withClue(row) {
          distance shouldBeGreaterThanOrEqual row.radius()
          inBalls[row.index()]?.let { distance shouldBeLessThanOrEqual 1.1 * it }
          walked[row.index()]?.let { it shouldBeGreaterThanOrEqual row.radius() }
        }
      }
      val both = searched.keys intersect inBalls.keys
      both.size shouldBeGreaterThan 60
      both.map(searched::getValue).average() shouldBeLessThanOrEqual
        1.03 * both.map(inBalls::getValue).average()
    }

    test("a wrong decision is one in exact numbers, at the distance that is told, in the range") {
      val oracle = Interpreter(model.experiment().model, model.weights())
      certifier().use { certifier ->
        val found = certifier.adversarials(CarliniWagner(), SET, test, some)
        found.size shouldBeGreaterThan 70
        val inBalls = certifier.adversarials(Pgd(), SET, test, some)
        inBalls.size shouldBeGreaterThan 70
        for (one in found + inBalls) {
          val logits = oracle.forward(one.point())
          val label = one.row().label().toInt()
          logits.indices.maxBy { logits[it] } shouldBe one.prediction()
          (one.prediction() != label) shouldBe true
          val x = test.input(one.row().index())
          kotlin.math.sqrt(
            x.indices.sumOf { (one.point()[it] - x[it]) * (one.point()[it] - x[it]) }
          ) shouldBe (one.distance() plusOrMinus 1e-6)
          one.point().all { it in 0.0..1.0 } shouldBe true
        }
      }
    }

    test(
      "as steps of a certification they refute what lies in the set, about as often as PGD or more"
    ) {
      fun refuted(attack: AttackSpec) =
        model
          .certify(
            CertificationSpec(L2(Epsilon(0.6)), listOf(Attack(attack), LipschitzMargin)),
            test,
          )
          .rows()
          .filter { it.verdict() == Verdict.FALSIFIED }
      val inBalls = refuted(Pgd())
      inBalls.size shouldBeGreaterThan 50
      for ((attack, name, share) in
        listOf(
          Triple(CarliniWagner(), "carliniWagner", 0.95),
          Triple(DeepFool(), "deepFool", 0.8),
        )) {
        val found = refuted(attack)
        found.map { it.method() }.toSet() shouldBe setOf(name)
        found.all { it.radius() < 0.6 } shouldBe true
        found.size.toDouble() / inBalls.size shouldBeGreaterThan share
      }
      // Of a 1-Lipschitz network PGD finds as much as the others where it follows the margin.
      val byMargin = refuted(Pgd(objective = AttackObjective.MARGIN)).size.toDouble()
      byMargin / inBalls.size shouldBeGreaterThan 1.2
      byMargin / refuted(CarliniWagner()).size shouldBeGreaterThan 0.95
    }

    test("the radii of a linear classifier are its distances: attacks come that near, no nearer") {
      val data = DataSpec(InMemory("line", Shape(5), 3), 8, 0.0)
      Glacis.of(experiment.copy(data = data, model = LINE), LINE_WEIGHTS).use { line ->
        for ((attack, most) in
          listOf(CarliniWagner() to 1.01, DeepFool() to 1.0001, Pgd(100, 0.1) to 1.1)) {
          val validation = CertificateValidation(listOf(attack), 60)
          val spec = CertificationSpec(SET, listOf(LipschitzMargin), null, validation)
          val found = line.certify(spec, LINE_SAMPLES).validation()!!
          withClue(attack) {
            found.samples() shouldBe 60
            found.smallestRatio() shouldBeGreaterThan 1 - 1e-9
            found.smallestRatio() shouldBeLessThan most
          }
        }
      }
    }

    test("a radius that is 2 % too large is caught by each attack, and the message tells where") {
      onLine { cascade ->
        CascadeSteps.run(LipschitzMargin, cascade)
        val wide = cascade.rows().map { it.withRadius(1.02 * it.radius()) }
        for ((attack, name) in
          listOf(CarliniWagner() to "carliniWagner", DeepFool() to "deepFool", Pgd() to "pgd")) {
          RadiusValidation.of(CertificateValidation(listOf(attack)), cascade.rows(), cascade)
          val fault =
            shouldThrow<GlacisException> {
              RadiusValidation.of(CertificateValidation(listOf(attack)), wide, cascade)
            }
          fault.shouldNotBeInstanceOf<InputException>()
          fault.message shouldContain
            Regex(
              "sample \\d+: $name finds a wrongly decided point at distance 0\\.\\d+, inside the proved radius 0\\.\\d+: "
            )
        }
      }
    }

    test("a target that the network has no class for is refused with its path") {
      val faults = Faults()
      val spec =
        CertificationSpec(
          SET,
          listOf(Attack(CarliniWagner(target = 10)), LipschitzMargin),
          null,
          CertificateValidation(listOf(CarliniWagner(target = 11))),
        )
      Certifier.check(spec, model.experiment().model, Task.CLASSIFICATION, faults)
      faults.all().map { it.toString() } shouldBe
        listOf(
          "steps[0].attack.target  is 10 but the network has 10 classes; give 0 to 9",
          "validateCertificates.attacks[0].target  is 11 but the network has 10 classes; give 0 to 9",
        )
    }
  })
