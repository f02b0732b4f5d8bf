package org.glacis.examples

import org.glacis.dsl.adam
import org.glacis.dsl.constant
import org.glacis.dsl.diabetes
import org.glacis.dsl.experiment
import org.glacis.dsl.intervalWidth
import org.glacis.dsl.linf
import org.glacis.dsl.meanSquaredError
import org.glacis.dsl.ramp
import org.glacis.runtime.Glacis
import org.glacis.spec.Experiment
import org.glacis.spec.times

/**
 * A regression whose outputs are proved to stay in an interval while only the blood measurements
 * may be off.
 */
fun diabetesRegression(epochs: Int = 120): Experiment {
  // age, sex, body mass index and blood pressure are exact; the six serum values may move by 0.2
  // deviations.
  val uncertainty = linf(List(4) { 0.0 } + List(6) { 0.2 }, range = null)
  return experiment("diabetes-serum") {
    data(diabetes) {
      batch = 32
      validation = 0.0
    }
    perturbation = uncertainty
    model { input(10).dense(32).relu().dense(32).relu().dense(1) }
    train(epochs) {
      loss = meanSquaredError() + constant(0.5) * intervalWidth()
      epsilon = ramp(warmup = epochs / 4, length = epochs / 2)
      optimizer = adam(1e-3)
    }
    certify(uncertainty) { ibp() }
  }
}

fun main(args: Array<String>) {
  val epochs = args.firstOrNull()?.toInt() ?: 120
  Glacis.train(diabetesRegression(epochs)).use { model ->
    println(model.certify(diabetesRegression(epochs).perturbation).summary())
  }
}
