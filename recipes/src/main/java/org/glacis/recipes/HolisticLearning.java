package org.glacis.recipes;

import java.util.List;
import org.glacis.dsl.Attacks;
import org.glacis.dsl.Block;
import org.glacis.dsl.Data;
import org.glacis.dsl.DataBuilder;
import org.glacis.dsl.Experiments;
import org.glacis.dsl.Losses;
import org.glacis.dsl.Optimizers;
import org.glacis.dsl.Perturbations;
import org.glacis.dsl.Schedules;
import org.glacis.spec.AttackObjective;
import org.glacis.spec.Experiment;
import org.glacis.spec.LossSpec;
import org.glacis.spec.Pgd;

/**
 * Holistic robust learning (Bennouna, Lucas and Van Parys 2023) on few data, each run beside plain
 * training (ERM), adversarial training and TRADES of the same network.
 */
public final class HolisticLearning {
  /** 40 steps of 0.01 in a ball of 0.2, as the authors' scripts have it. */
  private static final Pgd ATTACK = Attacks.pgd(40, 0.05);

  private static final Pgd DIVERGENCE = Attacks.pgd(10, 0.25, 1, true, AttackObjective.KL);

  private static final Pgd ERRORS = Attacks.pgd(10, 0.25, 1, true, AttackObjective.LOSS);

  private HolisticLearning() {}

  static List<Recipe> recipes() {
    return List.of(
        new Recipe(
            "holistic-digits",
            "holistic robust loss on a fifth of the embedded digits, 10 % of the labels wrong; seconds",
            List.of(),
            HolisticLearning::digits),
        new Recipe(
            "holistic-certified-digits",
            "holistic robust loss over interval bounds on the embedded digits, epsilon 0.02, with a bound of the certified error beyond the test samples; seconds",
            List.of(),
            HolisticLearning::certifiedDigits),
        new Recipe(
            "holistic-tabular",
            "holistic robust squared error at attacked inputs of the diabetes table, beside ERM and PGD; seconds",
            List.of(),
            HolisticLearning::tabular),
        new Recipe(
            "holistic-mnist",
            "holistic robust loss on 5 % of MNIST, alpha 0.25, r 0.1, beside ERM, adversarial training and TRADES",
            List.of(),
            HolisticLearning::mnist),
        new Recipe(
            "holistic-mnist-poisoned",
            "the same where 25 % of the labels are wrong",
            List.of(),
            HolisticLearning::poisonedMnist));
  }

  /** Digits of 8 × 8 pixels. */
  public static Experiment digits() {
    return Experiments.experiment(
        "holistic-digits",
        x ->
            x.data(Data.digits(), d -> d.batch(64).validation(0).fraction(0.2).wrongLabels(0.1))
                .perturbation(Perturbations.l2(0.2))
                .model(m -> m.input(8, 8, 1).flatten().dense(64).relu().dense(64).relu().dense(10))
                .train(60, t -> t.loss(Losses.holisticRobust(0.25, 0.1)))
                .certify(Perturbations.l2(0.2), c -> c.attack(ATTACK))
                .baseline("ERM", Losses.crossEntropy())
                .stressTest(
                    s -> s.gaussianNoise(0.1, 0.2, 0.3).occlusion(2, 3).evasion(ATTACK, 0.2, 0.5)));
  }

  /**
   * Digits of 8 × 8 pixels: the inner maximum is a certified bound, and what is certified on the
   * test samples carries over to the law that they come from. For alpha 0.01 the bound allows for 3
   * of the 360 test samples being corrupted.
   */
  public static Experiment certifiedDigits() {
    return Experiments.experiment(
        "holistic-certified-digits",
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
                        t.loss(Losses.holisticRobust(0.05, 0.1, Losses.ibp()))
                            .epsilon(Schedules.ramp(5, 66))
                            .optimizer(Optimizers.adam(2e-3))
                            .learningRate(Schedules.cosine(100)))
                .certify(
                    Perturbations.linf(0.02),
                    c -> c.attack(Attacks.pgd(40, 0.1, 1)).ibp().heldOut(0.01, 0.01))
                .baseline("IBP", Losses.ibp()));
  }

  /**
   * Progression of diabetes from ten numbers, of which no range is known: errors at the worst
   * points of the set, 10 at most, more than any wrong prediction between the least and the
   * greatest score has.
   */
  public static Experiment tabular() {
    LossSpec attacked = Losses.adversarial(Losses.meanSquaredError());
    return Experiments.experiment(
        "holistic-tabular",
        x ->
            x.data(Data.diabetes(), d -> d.batch(64).validation(0))
                .perturbation(Perturbations.linf(0.1, null))
                .model(m -> m.input(10).dense(64).relu().dense(64).relu().dense(1))
                .train(
                    60,
                    t ->
                        t.loss(Losses.holisticRobust(0.05, 0.1, Losses.clipped(10, attacked)))
                            .attack(ERRORS))
                .certify(Perturbations.linf(0.1, null), c -> c.ibp())
                .baseline("ERM", Losses.meanSquaredError())
                .baseline("PGD", attacked, ERRORS));
  }

  /** MNIST with clean labels. */
  public static Experiment mnist() {
    return mnist("holistic-mnist", d -> d.batch(64).validation(0).fraction(0.05));
  }

  /** MNIST with wrong labels, the same ones in each epoch. */
  public static Experiment poisonedMnist() {
    return mnist(
        "holistic-mnist-poisoned", d -> d.batch(64).validation(0).fraction(0.05).wrongLabels(0.25));
  }

  private static Experiment mnist(String name, Block<DataBuilder> data) {
    return Experiments.experiment(
        name,
        x ->
            x.data(Data.mnist(), data)
                .perturbation(Perturbations.l2(0.2))
                .model(
                    m ->
                        m.input(28, 28, 1)
                            .normalize(0.1307, 0.3081)
                            .flatten()
                            .dense(128)
                            .relu()
                            .dense(128)
                            .relu()
                            .dense(10))
                .train(60, t -> t.loss(Losses.holisticRobust(0.25, 0.1)))
                .certify(Perturbations.l2(0.2), c -> c.attack(ATTACK))
                .baseline("ERM", Losses.crossEntropy())
                .baseline("PGD", Losses.adversarial(), ATTACK)
                .baseline("TRADES", Losses.trades(6), DIVERGENCE)
                .baseline("HR-PGD", Losses.holisticRobust(0.25, 0.1, Losses.adversarial()), ATTACK)
                .stressTest(
                    s ->
                        s.gaussianNoise(0.2, 0.4, 0.6)
                            .occlusion(4, 8, 12)
                            .evasion(ATTACK, 0.1, 0.2, 0.4)));
  }
}
