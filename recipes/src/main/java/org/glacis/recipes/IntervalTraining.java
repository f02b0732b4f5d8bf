package org.glacis.recipes;

import java.util.List;
import org.glacis.dsl.Attacks;
import org.glacis.dsl.Data;
import org.glacis.dsl.Experiments;
import org.glacis.dsl.Losses;
import org.glacis.dsl.ModelBuilder;
import org.glacis.dsl.Models;
import org.glacis.dsl.Optimizers;
import org.glacis.dsl.Perturbations;
import org.glacis.dsl.Schedules;
import org.glacis.spec.Experiment;
import org.glacis.spec.Initializer;
import org.glacis.spec.LossSpec;
import org.glacis.spec.ModelSpec;
import org.glacis.spec.NamedData;

/**
 * Interval training: a network learns to keep its output intervals apart over a box whose radius
 * grows from 0 (Gowal et al. 2018; the robust-training tutorial of Aidge, CEA List). Two clean
 * epochs, then the radius rises in equal steps, one an epoch. As in the tutorial, all training
 * samples are trained on and the last network is kept.
 */
public final class IntervalTraining {
  private static final String TUTORIAL = "Aidge, robust-training tutorial";

  private IntervalTraining() {}

  static List<Recipe> recipes() {
    return List.of(
        new Recipe(
            "interval-digits",
            "interval training on the embedded 8 x 8 digits, epsilon 0.02; seconds",
            List.of(),
            IntervalTraining::digits),
        new Recipe(
            "interval-mnist",
            "interval training on MNIST, FC 100-100-100, epsilon 0.01, robust cross-entropy alone",
            List.of(
                new Published("cleanAccuracy", 0.96, TUTORIAL),
                new Published("certifiedAccuracyBy.ibpBoxUnclipped", 0.93, TUTORIAL)),
            IntervalTraining::mnist),
        new Recipe(
            "interval-mnist-tutorial",
            "the same as the tutorial has it: cross-entropy plus robust cross-entropy, IBP initialisation, data in order",
            List.of(
                new Published("cleanAccuracy", 0.96, TUTORIAL),
                new Published("certifiedAccuracyBy.ibpBoxUnclipped", 0.93, TUTORIAL)),
            IntervalTraining::mnistTutorial),
        new Recipe(
            "interval-mnist-0.1",
            "interval training on MNIST up to epsilon 0.1 over 50 ramp epochs",
            List.of(),
            IntervalTraining::mnistLarge),
        new Recipe(
            "interval-mnist-width",
            "interval training on MNIST by cross-entropy and the width of the outputs",
            List.of(),
            IntervalTraining::mnistWidth),
        new Recipe(
            "interval-fashion-mnist",
            "interval training on Fashion-MNIST, FC 100-100-100, epsilon 0.01",
            List.of(),
            IntervalTraining::fashionMnist),
        new Recipe(
            "interval-diabetes",
            "interval training of a regression on the embedded diabetes table: certified output intervals",
            List.of(),
            IntervalTraining::diabetes));
  }

  /** Digits of 8 × 8 pixels, epsilon 0.02, two convolutions. */
  public static Experiment digits() {
    return Experiments.experiment(
        "interval-digits",
        x ->
            x.data(Data.digits(), d -> d.batch(128).validation(0))
                .perturbation(Perturbations.linf(0.02))
                .model(
                    m ->
                        m.input(8, 8, 1)
                            .conv2d(32, 3)
                            .relu()
                            .conv2d(32, 3, 2)
                            .relu()
                            .flatten()
                            .dense(10))
                .train(
                    100,
                    t ->
                        t.loss(Losses.robustCrossEntropy())
                            .epsilon(Schedules.ramp(5, 66))
                            .optimizer(Optimizers.adam(2e-3))
                            .learningRate(Schedules.cosine(100)))
                .certify(Perturbations.linf(0.02), c -> c.attack(Attacks.pgd(40, 0.1, 1)).ibp()));
  }

  /**
   * MNIST, epsilon 0.01, robust cross-entropy alone, reshuffled: the tutorial's experiment at its
   * best setting.
   */
  public static Experiment mnist() {
    return fullyConnected(
        "interval-mnist",
        Data.mnist(),
        Losses.robustCrossEntropy(),
        Initializer.FAN_IN_UNIFORM,
        true,
        0.01,
        8);
  }

  /** MNIST as the tutorial trains it. */
  public static Experiment mnistTutorial() {
    LossSpec loss = Losses.crossEntropy().plus(Losses.robustCrossEntropy());
    return fullyConnected(
        "interval-mnist-tutorial", Data.mnist(), loss, Initializer.IBP, false, 0.01, 8);
  }

  /** MNIST up to epsilon 0.1. */
  public static Experiment mnistLarge() {
    return fullyConnected(
        "interval-mnist-0.1",
        Data.mnist(),
        Losses.robustCrossEntropy(),
        Initializer.FAN_IN_UNIFORM,
        true,
        0.1,
        50);
  }

  /** MNIST by cross-entropy and the mean square width of the output intervals. */
  public static Experiment mnistWidth() {
    LossSpec loss = Losses.crossEntropy().plus(Losses.intervalWidth());
    return fullyConnected(
        "interval-mnist-width", Data.mnist(), loss, Initializer.IBP, true, 0.01, 8);
  }

  /** Fashion-MNIST, epsilon 0.01. */
  public static Experiment fashionMnist() {
    return fullyConnected(
        "interval-fashion-mnist",
        Data.fashionMnist(),
        Losses.robustCrossEntropy(),
        Initializer.FAN_IN_UNIFORM,
        true,
        0.01,
        8);
  }

  /** A regression with certified output intervals: each standardised feature may move by 0.1. */
  public static Experiment diabetes() {
    LossSpec loss = Losses.meanSquaredError().plus(Losses.weighted(0.5, Losses.intervalWidth()));
    return Experiments.experiment(
        "interval-diabetes",
        x ->
            x.data(Data.diabetes(), d -> d.batch(32).validation(0))
                .perturbation(Perturbations.linf(0.1, null))
                .model(m -> m.input(10).dense(32).relu().dense(32).relu().dense(1))
                .train(
                    150,
                    t -> t.loss(loss).epsilon(Schedules.ramp(20, 80)).optimizer(Optimizers.adam()))
                .certify(Perturbations.linf(0.1, null), c -> c.ibp()));
  }

  /** The network of the tutorial: 784-100-100-100-10 with ReLU. */
  public static ModelSpec fc100() {
    return Models.model(IntervalTraining::layers);
  }

  private static void layers(ModelBuilder m) {
    m.input(28, 28, 1)
        .flatten()
        .dense(100)
        .relu()
        .dense(100)
        .relu()
        .dense(100)
        .relu()
        .dense(10)
        .named("FC 100-100-100");
  }

  private static Experiment fullyConnected(
      String name,
      NamedData data,
      LossSpec loss,
      Initializer weights,
      boolean shuffle,
      double epsilon,
      int ramp) {
    return Experiments.experiment(
        name,
        x ->
            x.data(data, d -> d.batch(256).validation(0))
                .perturbation(Perturbations.linf(epsilon))
                .model(fc100())
                .train(
                    2 + ramp,
                    t ->
                        t.loss(loss)
                            .epsilon(Schedules.ramp(2, ramp))
                            .optimizer(Optimizers.adam(1e-3))
                            .initialize(weights)
                            .clipBox(false)
                            .shuffle(shuffle)
                            .dropLast(true))
                .certify(
                    Perturbations.linf(epsilon), c -> c.attack(Attacks.pgd(40, 0.1, 1)).ibp()));
  }
}
