// The tutorial's experiment at its best setting: glacis run examples/scripts/mnist-interval.glacis.kts
experiment("interval-mnist") {
  data(mnist) { batch = 256; validation = 0.0 }
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
    epsilon = ramp(warmup = 2, length = 8) // 0 for two epochs, then up by an eighth each epoch
    optimizer = adam(1e-3)
    clipBox = false
    dropLast = true
  }
  certify(linf(0.01)) {
    attack(pgd(steps = 40, stepSize = 0.1))
    ibp()
  }
}
