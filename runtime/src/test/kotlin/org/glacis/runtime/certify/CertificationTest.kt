package org.glacis.runtime.certify

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.booleans.shouldBeTrue
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.comparables.shouldBeLessThanOrEqualTo
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeGreaterThanOrEqual
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.doubles.shouldBeLessThanOrEqual
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import io.kotest.matchers.string.shouldContain
import java.math.BigDecimal
import kotlin.random.Random
import org.glacis.runtime.Glacis
import org.glacis.runtime.RunOptions
import org.glacis.runtime.TrainedModel
import org.glacis.runtime.data.Samples
import org.glacis.runtime.graph.Element
import org.glacis.runtime.graph.Weights
import org.glacis.runtime.lower.members
import org.glacis.runtime.oracle.Interpreter
import org.glacis.runtime.oracle.ONE_THREAD
import org.glacis.runtime.oracle.row
import org.glacis.spec.Adam
import org.glacis.spec.Attack
import org.glacis.spec.AttackObjective
import org.glacis.spec.CertificationSpec
import org.glacis.spec.CertificationStep
import org.glacis.spec.CrownIbpBound
import org.glacis.spec.DataSpec
import org.glacis.spec.Dense
import org.glacis.spec.Epsilon
import org.glacis.spec.Experiment
import org.glacis.spec.Faults
import org.glacis.spec.Flatten
import org.glacis.spec.Ibp
import org.glacis.spec.InputException
import org.glacis.spec.InvalidExperimentException
import org.glacis.spec.L2
import org.glacis.spec.LayerSpec
import org.glacis.spec.Linear
import org.glacis.spec.Linf
import org.glacis.spec.MaxPool2d
import org.glacis.spec.ModelSpec
import org.glacis.spec.NamedData
import org.glacis.spec.PerturbationSet
import org.glacis.spec.Pgd
import org.glacis.spec.Relu
import org.glacis.spec.Residual
import org.glacis.spec.RobustCrossEntropy
import org.glacis.spec.Shape
import org.glacis.spec.Tanh
import org.glacis.spec.Task
import org.glacis.spec.TrainingSpec

private const val EPSILON = 0.03

private val SET = Linf(Epsilon(EPSILON))

private val EXPERIMENT =
  Experiment(
    "digits",
    DataSpec(NamedData("digits"), 64, 0.0),
    SET,
    ModelSpec(Shape(8, 8, 1), listOf(Flatten, Dense(40), Relu, Dense(40), Relu, Dense(10))),
    TrainingSpec(15, RobustCrossEntropy(), Linear(start = 3, length = 10), Adam(5e-3)),
    seed = 1,
  )

private fun cascade(model: TrainedModel, samples: Samples, set: Linf, use: (Cascade) -> Unit) {
  fun <T : org.tensorflow.types.family.TFloating> graph(element: Element<T>, outward: Boolean) =
    NetworkGraph(EXPERIMENT.model, Task.CLASSIFICATION, element, set.range, ONE_THREAD, outward)
      .load(model.weights())
  graph(Element.FLOAT64, true).use { exact ->
    graph(Element.FLOAT32, false).use { fast ->
      use(Cascade(samples, set, Task.CLASSIFICATION, 10, EXPERIMENT.seed, exact, fast))
    }
  }
}

class CertificationTest :
  FunSpec({
    val model: TrainedModel = Glacis.train(EXPERIMENT, RunOptions.defaults().withDevice(ONE_THREAD))
    val test: Samples = model.data().test()
    val oracle = Interpreter(EXPERIMENT.model, model.weights())
    val attack = Attack(Pgd(40, 0.1, 1))

    afterSpec { model.close() }

    fun input(i: Int) = Batch.of(test, i, i + 1, 10).inputs

    fun decision(x: DoubleArray): Int {
      val logits = oracle.forward(x)
      return logits.indices.maxBy { logits[it] }
    }

    test("every step has an implementation") {
      (members(CertificationStep::class.java) - CascadeSteps.known()).shouldBeEmpty()
    }

    test("no attack succeeds inside a certified box") {
      val certification = model.certify(CertificationSpec(SET, listOf(Ibp)), test)
      val proved = certification.rows().filter { it.verdict() == Verdict.CERTIFIED }
      proved.size shouldBeGreaterThan 150
      val indices = proved.map { it.index() }.toIntArray()
      val random = Random(4)
      cascade(model, test, SET) { cascade ->
        val batch = cascade.batch(indices)
        val radius = DoubleArray(64) { EPSILON }
        val box = AttackSearch.Corners.of(batch, radius, SET.range)
        for (pgd in listOf(Pgd(30, 0.25, 3), Pgd(2, 2.0, 4))) {
          val worst = AttackSearch.worstPoints(pgd, cascade, indices, batch, box)
          box.clip(worst)
          indices.indices.forEach { k ->
            val logits = oracle.forward(worst.row(k, 64))
            withClue("sample ${indices[k]}") {
              val label = proved[k].label().toInt()
              val margin =
                logits.indices.filter { it != label }.minOf { logits[label] - logits[it] }
              // Not only right: no closer to the border than what was proved.
              margin shouldBeGreaterThanOrEqual proved[k].margin()
            }
          }
        }
        // Corners and random points.
        for (k in indices.indices) {
          repeat(5) {
            val point =
              DoubleArray(64) { i ->
                val at = k * 64 + i
                when {
                  it < 3 -> if (random.nextBoolean()) box.lower[at] else box.upper[at]
                  else -> box.lower[at] + (box.upper[at] - box.lower[at]) * random.nextDouble()
                }
              }
            decision(point) shouldBe proved[k].label().toInt()
          }
        }
      }
    }

    test("counterexamples lie in the exact box and are decided wrongly by the interpreter") {
      val set = Linf(Epsilon(0.15))
      val certification = model.certify(CertificationSpec(set, listOf(attack)), test)
      val fooled =
        certification.rows().filter { it.verdict() == Verdict.FALSIFIED }.map { it.index() }
      fooled.size shouldBeGreaterThan 50
      cascade(model, test, set) { cascade ->
        // The same search: starts are a function of seed, restart and sample.
        for (part in cascade.undecided()) {
          val batch = cascade.batch(part)
          val box = AttackSearch.Corners.of(batch, DoubleArray(64) { 0.15 }, set.range)
          val worst = AttackSearch.worstPoints(attack.attack as Pgd, cascade, part, batch, box)
          box.clip(worst)
          part.forEachIndexed { k, i ->
            val x = input(i)
            val point = worst.row(k, 64)
            for (j in 0 until 64) {
              (BigDecimal(point[j]) - BigDecimal(x[j])).abs() shouldBeLessThanOrEqualTo
                BigDecimal(0.15)
              (point[j] in 0.0..1.0).shouldBeTrue()
            }
            if (i in fooled) decision(point) shouldNotBe test.labels()[i]
          }
        }
      }
    }

    test("certified is no more than attacked, and attacked no more than clean") {
      for (epsilon in listOf(0.0, 0.01, EPSILON, 0.1, 0.3)) {
        val spec = CertificationSpec(Linf(Epsilon(epsilon)), listOf(attack, Ibp))
        val found = model.certify(spec, test)
        found.certifiedAccuracy() shouldBeLessThanOrEqual found.attackAccuracy()
        found.attackAccuracy() shouldBeLessThanOrEqual found.cleanAccuracy()
        // The order of the steps decides who is named, not what is known.
        val turned = model.certify(spec.copy(steps = listOf(Ibp, attack)), test)
        turned.certifiedAccuracy() shouldBe found.certifiedAccuracy()
        turned.attackAccuracy() shouldBe found.attackAccuracy()
        found.evaluation().get("ibp") shouldBe found.certifiedAccuracy()
        found.evaluation().get("ibpBox") shouldBeLessThanOrEqual found.evaluation().get("ibp")
        found.evaluation().get("ibpBoxUnclipped") shouldBeLessThanOrEqual
          found.evaluation().get("ibpBox")
        found.evaluation().get("cleanAccuracy") shouldBe found.cleanAccuracy()
        if (epsilon == 0.0) found.certifiedAccuracy() shouldBe found.cleanAccuracy()
      }
    }

    test("an attack does what it declares: where it begins, how far it goes, what it makes large") {
      val set = Linf(Epsilon(0.15))
      fun attacked(pgd: Pgd) =
        model.certify(CertificationSpec(set, listOf(Attack(pgd))), test).let { found ->
          found.rows().filter { it.verdict() == Verdict.FALSIFIED }.map { it.index() }.toSet()
        }
      // From the input itself, no step: only what is wrong there. From random points more.
      val still = Pgd(1, 1e-9, randomStart = false)
      attacked(still).size shouldBe 0
      attacked(still.copy(randomStart = true)).size shouldBeGreaterThan 0
      val oneStep = Pgd(1, 1.0, randomStart = false)
      attacked(oneStep).size shouldBeGreaterThan attacked(still).size
      attacked(oneStep.copy(objective = AttackObjective.MARGIN)) shouldNotBe attacked(oneStep)
      // Steps that shrink at once go no farther than the first one.
      val far = Pgd(10, 0.2, randomStart = false)
      val soon = far.copy(decay = 1e-9, decayAt = listOf(0.05))
      attacked(far).size shouldBeGreaterThan attacked(soon).size
    }

    test("linear bounds decide more of what interval bounds leave open, and the figures say so") {
      for (epsilon in listOf(EPSILON, 0.06)) {
        val set = Linf(Epsilon(epsilon))
        fun certified(vararg steps: CertificationStep): Certification =
          model.certify(CertificationSpec(set, steps.toList()), test)
        fun proved(by: Certification) =
          by.rows().filter { it.verdict() == Verdict.CERTIFIED }.map { it.index() }.toSet()
        val ibp = certified(Ibp)
        val crown = certified(CrownIbpBound)
        val both = certified(attack, Ibp, CrownIbpBound)
        val turned = certified(CrownIbpBound, Ibp, attack)
        proved(both) shouldBe proved(ibp) + proved(crown)
        proved(turned) shouldBe proved(both)
        (proved(crown) - proved(ibp)).size shouldBeGreaterThan 0
        fun by(found: Certification) = found.figures()["certifiedAccuracyBy"] as Map<*, *>
        by(ibp).keys shouldBe setOf("ibp", "ibpBox", "ibpBoxUnclipped")
        by(both)["crownIbp"] shouldBe both.certifiedAccuracy()
        by(both)["ibp"] shouldBe ibp.certifiedAccuracy()
        by(turned)["crownIbp"] shouldBe crown.certifiedAccuracy()
        // What neither decides keeps the better of both bounds.
        both
          .rows()
          .filter { it.verdict() == Verdict.UNKNOWN }
          .forEach {
            val i = it.index()
            it.margin() shouldBe maxOf(ibp.rows()[i].margin(), crown.rows()[i].margin())
          }
      }
    }

    test("no attack succeeds inside a box that linear bounds certified") {
      val set = Linf(Epsilon(0.06))
      val found = model.certify(CertificationSpec(set, listOf(CrownIbpBound)), test)
      val proved = found.rows().filter { it.verdict() == Verdict.CERTIFIED }
      proved.map { it.method() }.toSet() shouldBe setOf("crownIbp")
      val indices = proved.map { it.index() }.toIntArray()
      cascade(model, test, set) { cascade ->
        val batch = cascade.batch(indices)
        val box = AttackSearch.Corners.of(batch, DoubleArray(64) { 0.06 }, set.range)
        val worst = AttackSearch.worstPoints(Pgd(30, 0.25, 3), cascade, indices, batch, box)
        box.clip(worst)
        proved.forEachIndexed { k, row ->
          val logits = oracle.forward(worst.row(k, 64))
          val label = row.label().toInt()
          logits.indices
            .filter { it != label }
            .minOf { logits[label] - logits[it] } shouldBeGreaterThanOrEqual row.margin()
        }
      }
    }

    test("linear bounds of layers that have none, or of no margins, are refused") {
      fun faults(layers: List<LayerSpec>, task: Task): List<String> {
        val faults = Faults()
        val spec = CertificationSpec(SET, listOf(Ibp, CrownIbpBound))
        Certifier.check(spec, ModelSpec(Shape(8, 8, 1), layers), task, faults.at("certify[0]"))
        return faults.all().map { it.toString() }
      }
      val pooled = listOf(MaxPool2d(2), Flatten, Residual(listOf(Dense(16), Tanh)), Dense(10))
      faults(pooled, Task.CLASSIFICATION) shouldBe
        listOf(
          "certify[0].steps[1]  needs linear bounds, which model.layers[0], " +
            "model.layers[2].layers[1] have not; leave crownIbp() out, or take relu() and " +
            "leakyRelu() for activations"
        )
      faults(listOf(Flatten, Dense(10)), Task.REGRESSION) shouldBe
        listOf("certify[0].steps[1]  bounds margins, and regression has none; take ibp()")
      faults(listOf(Flatten, Dense(10), Relu), Task.CLASSIFICATION).shouldBeEmpty()
      // Before any training.
      val experiment =
        EXPERIMENT.copy(
          model = ModelSpec(Shape(8, 8, 1), pooled),
          certify = listOf(CertificationSpec(SET, listOf(CrownIbpBound))),
        )
      shouldThrow<InvalidExperimentException> { Glacis.train(experiment) }.message shouldContain
        "certify[0].steps[0]  needs linear bounds"
    }

    test("rows are in order and say what the verdict says") {
      val found = model.certify(CertificationSpec(Linf(Epsilon(0.08)), listOf(attack, Ibp)), test)
      found.rows().map { it.index() } shouldBe (0 until test.size()).toList()
      for (row in found.rows()) {
        withClue("$row") {
          row.label() shouldBe test.labels()[row.index()].toDouble()
          row.prediction() shouldBe decision(input(row.index())).toDouble()
          when (row.verdict()!!) {
            Verdict.CERTIFIED -> {
              row.margin() shouldBeGreaterThan 0.0
              row.method() shouldBe "ibp"
              row.prediction() shouldBe row.label()
            }
            Verdict.FALSIFIED -> row.method() shouldBe "pgd"
            Verdict.MISCLASSIFIED -> row.prediction() shouldNotBe row.label()
            Verdict.UNKNOWN -> {
              row.margin() shouldBeLessThanOrEqual 0.0
              row.method() shouldBe ""
            }
          }
        }
      }
      found.rows().map { it.verdict() }.toSet().size shouldBe 4
    }

    test("a limit certifies the first samples as the whole does") {
      val spec = CertificationSpec(SET, listOf(attack, Ibp))
      val part = model.certify(spec.copy(limit = 40), test)
      part.rows() shouldBe model.certify(spec, test).rows().take(40)
    }

    test("the best margin so far never decreases") {
      cascade(model, test, SET) { cascade ->
        val open = cascade.undecided().first().first()
        cascade.proved(open, "first", -2.0)
        cascade.rows()[open].margin() shouldBe -2.0
        cascade.proved(open, "worse", -3.0)
        cascade.rows()[open].margin() shouldBe -2.0
        cascade.rows()[open].verdict() shouldBe Verdict.UNKNOWN
        cascade.proved(open, "nothing", Double.NaN)
        cascade.rows()[open].verdict() shouldBe Verdict.UNKNOWN
        cascade.rows()[open].margin() shouldBe -2.0
        cascade.proved(open, "zero", 0.0)
        cascade.rows()[open].verdict() shouldBe Verdict.UNKNOWN
        cascade.proved(open, "better", 1.0)
        cascade.rows()[open].margin() shouldBe 1.0
        cascade.rows()[open].verdict() shouldBe Verdict.CERTIFIED
        cascade.rows()[open].method() shouldBe "better"
      }
    }

    test("the curve of certified accuracy falls, and the attacked one stays above it") {
      Certifier(EXPERIMENT.model, model.weights(), Task.CLASSIFICATION, SET, ONE_THREAD, 0).use {
        val curve = it.curve(CertificationSpec(SET, listOf(Attack(Pgd(10, 0.25, 1)), Ibp)), test)
        curve.first().epsilon() shouldBe 0.0
        curve.first().certified() shouldBe curve.first().attacked()
        curve.zipWithNext { near, far ->
          near.epsilon() shouldBeLessThan far.epsilon()
          far.certified() shouldBeLessThanOrEqual near.certified()
        }
        curve.forEach { point -> point.certified() shouldBeLessThanOrEqual point.attacked() }
      }
    }

    test("the attack depends on neither the batch nor the order of the other samples") {
      val spec = CertificationSpec(Linf(Epsilon(0.1)), listOf(attack))
      val whole = model.certify(spec, test).rows().map { it.verdict() }
      model.certify(spec, test.range(0, 100)).rows().map { it.verdict() } shouldBe whole.take(100)
    }

    test("an l2 ball is bounded by its box, and fewer of its points are found than of the box") {
      val ball = L2(Epsilon(EPSILON))
      val proved = model.certify(CertificationSpec(ball, listOf(Ibp)), test)
      proved.certifiedAccuracy() shouldBe
        model.certify(CertificationSpec(SET, listOf(Ibp)), test).certifiedAccuracy()
      fun attacked(set: PerturbationSet) =
        model.certify(CertificationSpec(set, listOf(attack)), test).attackAccuracy()
      val large = Epsilon(0.3)
      attacked(L2(large)) shouldBeGreaterThan attacked(Linf(large))
      attacked(L2(Epsilon(0.6))) shouldBeLessThan attacked(L2(Epsilon(0.0)))
    }

    test("inputs outside the range are refused, and the message says where and what to do") {
      val outside = FloatArray(64) { if (it == 7) 1.5f else 0.5f }
      fun message(use: () -> Unit) = shouldThrow<InputException> { use() }.message
      val expected =
        "found 1.5 at place 7, expected [0.0, 1.0], the range of the perturbation set; " +
          "scale the values (bytes: x / 255), or declare the range that the data have"
      val inputs = arrayOf(test.input(0), outside)
      message { model.predict(inputs) } shouldBe "input 1: $expected"
      message { model.classify(inputs) } shouldBe "input 1: $expected"
      message { model.interval(inputs, 0.1) } shouldBe "input 1: $expected"
      val samples = Samples.table(Shape(8, 8, 1), test.input(0) + outside, intArrayOf(0, 0))
      message { model.certify(CertificationSpec(SET, listOf(Ibp)), samples) } shouldBe
        "sample 1: $expected"
      message { model.evaluate(samples, SET) } shouldBe "sample 1: $expected"
      val open = EXPERIMENT.copy(perturbation = Linf(Epsilon(EPSILON), null))
      Glacis.of(open, model.weights()).use { it.predict(inputs).size shouldBe 2 }
    }

    test("the summary names the set and its range") {
      model.certify(CertificationSpec(SET, listOf(Ibp), 10), test).summary() shouldContain
        "linf(0.03) in [0.0, 1.0], 10 samples"
    }

    test("a certifier refuses sets of another range and samples that do not fit") {
      Certifier(EXPERIMENT.model, model.weights(), Task.CLASSIFICATION, SET, ONE_THREAD, 0).use {
        // Bounds over clipped boxes say nothing about boxes that are not clipped.
        val open = Linf(Epsilon(EPSILON), null)
        shouldThrow<InputException> { it.certify(CertificationSpec(open, listOf(Ibp)), test) }
        shouldThrow<InputException> { it.evaluate(test, open) }
        shouldThrow<InputException> { it.curve(CertificationSpec(open, listOf(Ibp)), test) }
        val spec = CertificationSpec(SET, listOf(Ibp))
        val image = ByteArray(128)
        val eleventh = Samples.images(Shape(8, 8, 1), image, intArrayOf(10, 0))
        shouldThrow<InputException> { it.certify(spec, eleventh) }
        val small = Samples.images(Shape(8, 4, 1), image, IntArray(4))
        shouldThrow<InputException> { it.certify(spec, small) }
        val targets = Samples.regression(Shape(64), FloatArray(64), FloatArray(10), 10)
        shouldThrow<InputException> { it.certify(spec, targets) }
      }
    }

    test("a network of weights that are no numbers decides nothing and proves nothing") {
      val broken =
        Weights(
          model.weights().entries().mapValues { (path, entry) ->
            if (path == "layers/3/kernel")
              Weights.Entry(entry.shape, FloatArray(entry.values.size) { Float.NaN })
            else entry
          }
        )
      Glacis.of(EXPERIMENT, broken).use {
        val found = it.certify(CertificationSpec(SET, listOf(attack, Ibp)), test)
        found.rows().map { row -> row.verdict() }.toSet() shouldBe setOf(Verdict.MISCLASSIFIED)
        found.certifiedAccuracy() shouldBe 0.0
      }
    }

    test("a radius of infinity or below 0, or of another size, is refused") {
      for (epsilon in
        listOf(
          Epsilon(-0.1),
          Epsilon(Double.NaN),
          Epsilon(Double.POSITIVE_INFINITY),
          Epsilon(List(5) { 0.1 }),
        )) {
        shouldThrow<InputException> { model.certify(Linf(epsilon)) }
        shouldThrow<InputException> { model.interval(arrayOf(test.input(0)), epsilon) }
      }
      shouldThrow<InputException> { model.interval(arrayOf(FloatArray(63)), 0.1) }
      shouldThrow<InputException> { model.predict(arrayOf(FloatArray(64) { Float.NaN })) }
      members(CertificationStep::class.java) shouldContain Ibp::class.java
    }
  })
