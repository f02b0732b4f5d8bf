package org.glacis.examples

import org.glacis.dsl.adam
import org.glacis.dsl.experiment
import org.glacis.dsl.linf
import org.glacis.dsl.mnist
import org.glacis.dsl.pgd
import org.glacis.dsl.ramp
import org.glacis.dsl.robustCrossEntropy
import org.glacis.runtime.Glacis
import org.glacis.runtime.RunOptions
import org.glacis.spec.Experiment

/** MNIST with certified output intervals, as a Kotlin program. */
fun mnistInterval(): Experiment =
  experiment("interval-mnist") {
    data(mnist) {
      batch = 256
      validation = 0.0
    }
    perturbation = linf(0.01)
    model {
      named("FC 100-100-100")
      input(28, 28, 1)
      flatten()
      repeat(3) {
        dense(100)
        relu()
      }
      dense(10)
    }
    train(epochs = 10) {
      loss = robustCrossEntropy()
      epsilon = ramp(warmup = 2, length = 8)
      optimizer = adam(1e-3)
      clipBox = false
      dropLast = true
    }
    certify(linf(0.01)) {
      attack(pgd(steps = 40, stepSize = 0.1))
      ibp()
    }
  }

/** Trains, certifies and says where the report is. */
fun show(experiment: Experiment, options: RunOptions = RunOptions.defaults()) {
  val run = Glacis.run(experiment, options)
  run.certifications.forEach { println(it.summary()) }
  println("report: ${run.directory.resolve("report.html")}")
}

fun main() {
  show(mnistInterval())
}
