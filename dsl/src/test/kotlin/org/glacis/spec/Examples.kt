package org.glacis.spec

import org.glacis.dsl.adam
import org.glacis.dsl.adamW
import org.glacis.dsl.adversarial
import org.glacis.dsl.ccIbp
import org.glacis.dsl.constant
import org.glacis.dsl.cosine
import org.glacis.dsl.crossEntropy
import org.glacis.dsl.crownIbp
import org.glacis.dsl.digits
import org.glacis.dsl.earlyStopping
import org.glacis.dsl.expIbp
import org.glacis.dsl.experiment
import org.glacis.dsl.fgsm
import org.glacis.dsl.ibp
import org.glacis.dsl.intervalWidth
import org.glacis.dsl.l2
import org.glacis.dsl.linear
import org.glacis.dsl.linf
import org.glacis.dsl.mtlIbp
import org.glacis.dsl.pgd
import org.glacis.dsl.ramp
import org.glacis.dsl.range
import org.glacis.dsl.robustCrossEntropy
import org.glacis.dsl.sabr
import org.glacis.dsl.sgd
import org.glacis.dsl.smoothed
import org.glacis.dsl.step
import org.glacis.dsl.warmUpRegularizer
import org.glacis.dsl.weightAveraging

/** A small experiment without faults, to be changed by the tests. */
internal val small: Experiment =
  experiment("small") {
    data(digits) { batch = 32 }
    perturbation = linf(0.02)
    model {
      input(8, 8, 1)
      conv2d(4, kernel = 3)
      relu()
      flatten()
      dense(10)
    }
    train(epochs = 10) {
      loss = robustCrossEntropy()
      epsilon = ramp(2, 8)
      optimizer = adam(1e-3)
    }
    certify(linf(0.02)) {
      attack(pgd(steps = 10))
      ibp()
    }
  }

/**
 * One of nearly everything that the first files could hold; the resource `experiment-v1.json` is
 * such a file.
 */
internal val everything: Experiment =
  experiment("everything") {
    data(digits) {
      batch = 64
      validation = 0.1
      limitTrain = 600
      limitTest = 200
    }
    perturbation = linf(0.1, range = range(-1.0, 2.0))
    seed = 42
    model {
      named("pinned")
      input(8, 8, 1)
      normalize(0.1307, 0.3081)
      conv2d(8, kernel = 3, padding = Padding.explicit(1, 0, 1, 2), bias = false)
      leakyRelu(0.05)
      conv2d(8, kernel = 4, stride = 2)
      elu()
      averagePool2d(2)
      maxPool2d(2, stride = 1)
      residual {
        conv2d(8, kernel = 3)
        softplus()
      }
      reshape(2, 4)
      flatten()
      dropout(0.25)
      dense(20)
      sigmoid()
      dense(20, bias = false)
      tanh()
      dense(20)
      relu()
      dense(10)
    }
    train(epochs = 12) {
      loss =
        constant(0.5) * crossEntropy() +
          smoothed(start = 1, length = 10, mid = 0.3, beta = 3.0) *
            robustCrossEntropy(elision = true) +
          linear(start = 2, length = 4, from = 1.0, to = 0.0) * intervalWidth() +
          cosine(length = 12, to = 0.1) * robustCrossEntropy()
      epsilon = ramp(2, 8)
      optimizer = sgd(0.05, momentum = 0.9, nesterov = true)
      learningRate = step(listOf(6, 9), factor = 0.2)
      gradientClip = 10.0
      initialize(Initializer.IBP, Initializer.HE_NORMAL, BiasInitializer.FAN_IN_UNIFORM)
      clipBox = false
      shuffle = false
      dropLast = true
      warmStart = "runs/before"
    }
    certify(linf(0.1, range = range(-1.0, 2.0))) {
      limit = 100
      attack(pgd(steps = 20, stepSize = 0.2, restarts = 3))
      ibp()
    }
    certify(linf(List(64) { if (it == 0) 0.0 else 0.05 }, range = range(-1.0, 2.0))) { ibp() }
    certify(l2(0.5, range = range(-1.0, 2.0))) { ibp() }
  }

/** What files can hold beside [everything]; the resource `expressive.json` is such a file. */
internal val expressive: Experiment =
  experiment("expressive") {
    data(digits) { validation = 0.2 }
    perturbation = linf(0.1)
    model {
      input(8, 8, 1)
      conv2d(8, kernel = 3)
      batchNorm(momentum = 0.2, epsilon = 1e-4)
      relu()
      flatten()
      dense(10)
    }
    train(epochs = 12) {
      loss =
        ccIbp(0.1) +
          mtlIbp(0.01) +
          expIbp(0.5) +
          sabr(0.4) +
          adversarial() +
          ibp(kappa = linear(1, 10, from = 1.0, to = 0.5)) +
          crownIbp(kappa = constant(0.1), mixing = false, fusion = true)
      epsilon = smoothed(start = 1, length = 10)
      epsilonFactor = 1.334
      leastEpsilon = 1e-5
      attack =
        pgd(
          steps = 8,
          stepSize = 0.25,
          restarts = 2,
          objective = AttackObjective.MARGIN,
          decay = 0.5,
          decayAt = listOf(0.5, 0.8),
          epsilonFactor = 2.1,
        )
      optimizer = adamW(5e-4, weightDecay = 1e-3)
      regularizer = warmUpRegularizer(weight = 0.2, decays = false)
      l1 = 1e-5
      batchNorm = BatchNormStatistics(of = StatisticsOf.CLEAN, detached = true, reestimated = true)
      validation(Monitored.HARMONIC, Selection.LAST, every = 2, keepBest = 3, shuffled = false)
      earlyStopping = earlyStopping(patience = 2, minDelta = 1e-3)
      averaging = weightAveraging(start = 11, every = 5)
      precision = mixedBfloat16
      accumulation = 4
    }
    certify(linf(0.1)) {
      attack(fgsm())
      ibp()
      crownIbp()
    }
  }
