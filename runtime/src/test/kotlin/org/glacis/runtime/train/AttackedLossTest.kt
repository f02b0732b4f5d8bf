package org.glacis.runtime.train

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.doubles.shouldBeGreaterThanOrEqual
import io.kotest.matchers.doubles.shouldBeLessThanOrEqual
import kotlin.math.abs
import kotlin.math.sqrt
import kotlin.random.Random
import org.glacis.runtime.Glacis
import org.glacis.runtime.RunOptions
import org.glacis.runtime.data.Dataset
import org.glacis.runtime.data.Samples
import org.glacis.runtime.graph.Weights
import org.glacis.spec.Adam
import org.glacis.spec.Adversarial
import org.glacis.spec.AttackObjective
import org.glacis.spec.DataSpec
import org.glacis.spec.Dense
import org.glacis.spec.Epsilon
import org.glacis.spec.Experiment
import org.glacis.spec.InMemory
import org.glacis.spec.L2
import org.glacis.spec.Linf
import org.glacis.spec.MeanSquaredError
import org.glacis.spec.ModelSpec
import org.glacis.spec.PerturbationSet
import org.glacis.spec.Pgd
import org.glacis.spec.Shape
import org.glacis.spec.Task
import org.glacis.spec.TrainingSpec

private const val COUNT = 32
private const val WIDTH = 5
private const val EPSILON = 0.7

/** A table whose numbers are far outside of 0 to 1. */
private val TABLE =
  Random(4).let { random ->
    Samples.regression(
      Shape(WIDTH),
      FloatArray(COUNT * WIDTH) { (20 * random.nextDouble() - 10).toFloat() },
      FloatArray(COUNT) { (6 * random.nextDouble() - 3).toFloat() },
      1,
    )
  }

class AttackedLossTest :
  FunSpec({
    /** The length of a direction in the norm that is dual to that of the set. */
    val duals: Map<PerturbationSet, (List<Double>) -> Double> =
      mapOf(
        Linf(Epsilon(EPSILON), null) to { w -> w.sumOf(::abs) },
        L2(Epsilon(EPSILON), null) to { w -> sqrt(w.sumOf { it * it }) },
      )

    duals.forEach { (set, length) ->
      test(
        "the squared error of a linear map is attacked in $set as far as it goes: no range cuts"
      ) {
        val experiment =
          Experiment(
            "linear",
            DataSpec(InMemory("table", Shape(WIDTH), 1, Task.REGRESSION), COUNT, 0.0),
            set,
            ModelSpec(Shape(WIDTH), listOf(Dense(1))),
            TrainingSpec(
              1,
              Adversarial(MeanSquaredError),
              optimizer = Adam(1e-9),
              // Both ends of the set are hills of the squared error: a start is on either side.
              attack = Pgd(30, 0.2, restarts = 6, objective = AttackObjective.LOSS),
            ),
          )
        var told = Double.NaN
        val listener =
          object : TrainingListener {
            override fun epochDone(record: EpochRecord) {
              told = record.values()["loss"]!!
            }
          }
        val options =
          RunOptions.defaults()
            .withDataset(Dataset.of("table", TABLE, TABLE))
            .withListener(listener)
        Glacis.train(experiment, options).use { model ->
          fun numbers(path: String): List<Double> {
            val weights: Weights = model.weights()
            val entry = weights.get(weights.paths().single { it.endsWith(path) })
            return entry.values().map { it.toDouble() }
          }
          val kernel = numbers("kernel")
          val bias = numbers("bias").single()
          val far = EPSILON * length(kernel)
          // The farthest point is away from the target: |e| grows by epsilon times the dual norm.
          val worst =
            (0 until COUNT)
              .map { i ->
                val x = TABLE.input(i)
                val error = kernel.indices.sumOf { kernel[it] * x[it] } + bias - TABLE.targets()[i]
                (abs(error) + far) * (abs(error) + far)
              }
              .average()
          told shouldBeLessThanOrEqual worst * (1 + 1e-5)
          told shouldBeGreaterThanOrEqual worst * (1 - 1e-3)
        }
      }
    }
  })
