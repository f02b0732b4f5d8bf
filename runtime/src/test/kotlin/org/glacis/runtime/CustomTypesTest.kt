package org.glacis.runtime

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.booleans.shouldBeTrue
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeGreaterThanOrEqual
import io.kotest.matchers.doubles.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldStartWith
import kotlin.math.abs
import kotlin.random.Random
import org.glacis.runtime.attack.AttackInputs
import org.glacis.runtime.attack.AttackLowering
import org.glacis.runtime.attack.AttackLowerings
import org.glacis.runtime.certify.Certifier
import org.glacis.runtime.certify.Verdict
import org.glacis.runtime.loss.LossInputs
import org.glacis.runtime.loss.LossLowering
import org.glacis.runtime.loss.LossLowerings
import org.glacis.runtime.lower.LayerLowering
import org.glacis.runtime.lower.Lowerer
import org.glacis.runtime.lower.Lowerings
import org.glacis.runtime.lower.WeightSpec
import org.glacis.runtime.program.Elementwise
import org.glacis.runtime.train.TOY_DATA
import org.glacis.runtime.train.TOY_OPTIONS
import org.glacis.runtime.train.toy
import org.glacis.spec.Adam
import org.glacis.spec.Attack
import org.glacis.spec.CertificationSpec
import org.glacis.spec.CrossEntropy
import org.glacis.spec.CustomAttackSpec
import org.glacis.spec.CustomLayerSpec
import org.glacis.spec.CustomLossSpec
import org.glacis.spec.Dense
import org.glacis.spec.Epsilon
import org.glacis.spec.Experiment
import org.glacis.spec.Faults
import org.glacis.spec.Ibp
import org.glacis.spec.InputException
import org.glacis.spec.InvalidExperimentException
import org.glacis.spec.Linear
import org.glacis.spec.Linf
import org.glacis.spec.ModelSpec
import org.glacis.spec.MtlIbp
import org.glacis.spec.NpzFile
import org.glacis.spec.Pgd
import org.glacis.spec.Relu
import org.glacis.spec.Residual
import org.glacis.spec.Shape
import org.glacis.spec.Task
import org.glacis.spec.Term
import org.glacis.spec.TrainingSpec
import org.glacis.spec.WeightedSum
import org.tensorflow.Operand
import org.tensorflow.op.Ops
import org.tensorflow.types.family.TFloating

/** `|x - shift|`, a function that rises on one side only, with a weight for each number. */
private data object Fold : CustomLayerSpec() {
  override fun check(input: Shape, faults: Faults) {}

  override fun outputShape(input: Shape): Shape = input
}

private class FoldOp<T : TFloating>(private val shift: Operand<T>) : Elementwise<T> {
  override fun apply(tf: Ops, x: Operand<T>): Operand<T> = tf.math.abs(tf.math.sub(x, shift))

  override fun image(tf: Ops, lower: Operand<T>, upper: Operand<T>): Elementwise.Range<T> {
    val low = tf.math.sub(lower, shift)
    val high = tf.math.sub(upper, shift)
    val zero = tf.zerosLike(low)
    // Nearest to zero: 0 where the interval crosses it.
    val least = tf.math.maximum(zero, tf.math.maximum(low, tf.math.neg(high)))
    return Elementwise.Range(least, tf.math.maximum(tf.math.abs(low), tf.math.abs(high)))
  }

  override fun error() = 4.0
}

private object FoldLowering : LayerLowering<Fold> {
  override fun <T : TFloating> lower(layer: Fold, input: Int, to: Lowerer<T>): Int {
    val size = to.shapeOf(input).size
    return to.add(
      FoldOp(to.weight("shift", size, size, WeightSpec.Role.BIAS, size)),
      to.shapeOf(input),
      input,
    )
  }
}

/** Squared distance of the worst logits from the labels. */
private data object WorstSquares : CustomLossSpec() {
  override val task = Task.CLASSIFICATION
  override val needsBounds = true
}

private object WorstSquaresLowering : LossLowering<WorstSquares> {
  override fun <T : TFloating> scalar(loss: WorstSquares, inputs: LossInputs<T>): Operand<T> {
    val tf = inputs.tf()
    val logits = inputs.bounds().output()
    val far =
      tf.math.add(tf.math.abs(tf.math.sub(logits.centre(tf), inputs.truth())), logits.radius(tf))
    return inputs.mean(tf.math.square(far))
  }
}

private data object Unknown : CustomLayerSpec() {
  override fun check(input: Shape, faults: Faults) {}

  override fun outputShape(input: Shape): Shape = input
}

private data object UnknownLoss : CustomLossSpec() {
  override val task = Task.CLASSIFICATION
  override val needsBounds = false
}

private data object UnknownAttack : CustomAttackSpec()

/** The worst of some random points. */
private data class Darts(val count: Int) : CustomAttackSpec()

private object DartsLowering : AttackLowering<Darts> {
  override fun <T : TFloating> points(attack: Darts, `in`: AttackInputs<T>): Operand<T> {
    val tf = `in`.tf()
    var points = `in`.x()
    var least = right(`in`, points)
    for (k in 0 until attack.count) {
      val other = `in`.start(k)
      val there = right(`in`, other)
      val worse = tf.math.less(there, least)
      points = tf.select(tf.reshape(worse, `in`.broad()), other, points)
      least = tf.math.minimum(there, least)
    }
    return points
  }

  /** The logit of the label minus the mean of all. */
  private fun <T : TFloating> right(given: AttackInputs<T>, points: Operand<T>): Operand<T> {
    val tf = given.tf()
    val logits = given.at(points)
    val label = tf.reduceSum(tf.math.mul(logits, given.truth()), tf.constant(1))
    return tf.math.sub(label, tf.math.mean(logits, tf.constant(1)))
  }
}

class CustomTypesTest :
  FunSpec({
    val experiment =
      toy(
        model = ModelSpec(Shape(4), listOf(Dense(12), Fold, Dense(3))),
        train = TrainingSpec(40, WorstSquares, Linear(start = 2, length = 4), Adam(0.02)),
        epsilon = Epsilon(0.02),
      )

    test("a layer and a loss of the user's own are trained, bounded, attacked and certified") {
      Lowerings.register(Fold::class.java, FoldLowering)
      LossLowerings.register(WorstSquares::class.java, WorstSquaresLowering)
      Glacis.train(experiment, TOY_OPTIONS).use { model ->
        model.weights().get("layers/1/shift").values.any { it != 0f }.shouldBeTrue()
        val set = Linf(Epsilon(0.02))
        val spec = CertificationSpec(set, listOf(Attack(Pgd(20, 0.25, 2)), Ibp))
        val certification = model.certify(spec, TOY_DATA.test())
        certification.certifiedAccuracy() shouldBeGreaterThan 0.5
        certification.certifiedAccuracy() shouldBeLessThanOrEqual certification.attackAccuracy()
        certification.rows().any { it.verdict() == Verdict.CERTIFIED }.shouldBeTrue()

        val random = Random(1)
        val x = FloatArray(4) { random.nextFloat() }
        val bounds = model.interval(arrayOf(x), 0.02)
        repeat(50) {
          val near =
            FloatArray(4) { i ->
              (x[i] + 0.02f * random.nextDouble(-1.0, 1.0).toFloat()).coerceIn(
                maxOf(0f, x[i] - 0.0199f),
                minOf(1f, x[i] + 0.0199f),
              )
            }
          val output = model.predict(arrayOf(near))[0]
          for (j in output.indices) {
            output[j] shouldBeGreaterThanOrEqual bounds.lower()[0][j]
            output[j] shouldBeLessThanOrEqual bounds.upper()[0][j]
          }
        }
        // The fold was really there: the network is not what it would be without it.
        val kernel = model.weights().get("layers/0/kernel").values
        val bias = model.weights().get("layers/0/bias").values
        val shift = model.weights().get("layers/1/shift").values
        val last = model.weights().get("layers/2/kernel").values
        val lastBias = model.weights().get("layers/2/bias").values
        val hidden =
          DoubleArray(12) { j ->
            abs((0 until 4).sumOf { x[it].toDouble() * kernel[it * 12 + j] } + bias[j] - shift[j])
          }
        val expected =
          DoubleArray(3) { j -> (0 until 12).sumOf { hidden[it] * last[it * 3 + j] } + lastBias[j] }
        val actual = model.predict(arrayOf(x))[0]
        expected.indices.all { abs(expected[it] - actual[it]) < 1e-12 }.shouldBeTrue()
      }
    }

    test("an attack of the user's own works in training and in a certification") {
      AttackLowerings.register(Darts::class.java, DartsLowering)
      val declared =
        toy(
          model = ModelSpec(Shape(4), listOf(Dense(12), Relu, Dense(3))),
          train =
            TrainingSpec(
              20,
              MtlIbp(0.5),
              Linear(start = 2, length = 4),
              Adam(0.02),
              attack = Darts(3),
            ),
          epsilon = Epsilon(0.02),
        )
      Glacis.train(declared, TOY_OPTIONS).use { model ->
        val wide = Linf(Epsilon(0.3))
        fun attacked(count: Int) =
          model.certify(CertificationSpec(wide, listOf(Attack(Darts(count)))), TOY_DATA.test())
        val few = attacked(1)
        val many = attacked(30)
        few.cleanAccuracy() shouldBeGreaterThan few.attackAccuracy()
        few.attackAccuracy() shouldBeGreaterThan many.attackAccuracy()
        many
          .rows()
          .filter { it.verdict() == Verdict.FALSIFIED }
          .map { it.method() }
          .toSet() shouldBe setOf("darts")
      }
    }

    test("a layer without a lowering is refused, and the message says what to register") {
      val fault =
        shouldThrow<InputException> {
          Glacis.train(
            experiment.copy(model = ModelSpec(Shape(4), listOf(Unknown, Dense(3)))),
            TOY_OPTIONS,
          )
        }
      fault.message.orEmpty() shouldContain "Lowerings.register"
      Unknown.outputShape(Shape(4)) shouldBe Shape(4)
    }

    test("whatever has no implementation is told at once, before data are looked for") {
      val declared =
        toy(
            model = ModelSpec(Shape(4), listOf(Residual(listOf(Unknown)), Dense(3))),
            train = TrainingSpec(1, WeightedSum(listOf(Term(CrossEntropy), Term(UnknownLoss)))),
          )
          .copy(
            certify =
              listOf(CertificationSpec(Linf(Epsilon(0.1)), listOf(Ibp, Attack(UnknownAttack))))
          )
      val missing = declared.copy(data = declared.data.copy(source = NpzFile("no-such-file.npz")))
      for (experiment in listOf(declared, missing)) {
        for (start in
          listOf<(Experiment) -> Unit>({ Glacis.train(it) }, { Glacis.run(it, TOY_OPTIONS) })) {
          val message = shouldThrow<InvalidExperimentException> { start(experiment) }.message!!
          val lines = message.lines()
          lines[0] shouldBe "experiment \"toy\" has 3 faults"
          lines[1] shouldStartWith
            "  model.layers[0].layers[0]   is Unknown, which has no lowering; register one for "
          lines[1] shouldContain
            "Lowerings.register, or take one of Absolute, AveragePool2d, BatchCentering, BatchLipNorm, BatchNorm, "
          lines[2] shouldStartWith
            "  train.loss.terms[1].loss    is UnknownLoss, which has no lowering; register one for "
          lines[2] shouldContain
            "LossLowerings.register, or take one of Adversarial, CategoricalHinge, CcIbp, Clipped, CrossEntropy, "
          lines[3] shouldStartWith
            "  certify[0].steps[1].attack  is UnknownAttack, which has no lowering; register one for "
          lines[3] shouldContain "AttackLowerings.register, or take one of "
        }
      }
    }

    test("an attack on a regression is refused: it would search for nothing") {
      val faults = Faults()
      val spec = CertificationSpec(Linf(Epsilon(0.1)), listOf(Ibp, Attack()))
      Certifier.check(spec, toy().model, Task.CLASSIFICATION, faults)
      faults.all().size shouldBe 0
      Certifier.check(spec, toy().model, Task.REGRESSION, faults.at("certify[0]"))
      faults.all().single().toString() shouldBe
        "certify[0].steps[1]  searches for wrong decisions, and regression has none; " +
          "leave the attack out"
    }
  })
