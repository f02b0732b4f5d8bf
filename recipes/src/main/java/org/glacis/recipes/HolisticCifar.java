package org.glacis.recipes;

import java.util.List;
import org.glacis.dsl.Architectures;
import org.glacis.dsl.Attacks;
import org.glacis.dsl.Data;
import org.glacis.dsl.Experiments;
import org.glacis.dsl.Losses;
import org.glacis.dsl.Optimizers;
import org.glacis.dsl.Perturbations;
import org.glacis.dsl.Schedules;
import org.glacis.spec.AttackObjective;
import org.glacis.spec.CropMode;
import org.glacis.spec.Experiment;
import org.glacis.spec.ModelSpec;
import org.glacis.spec.Monitored;
import org.glacis.spec.Pgd;
import org.glacis.spec.Selection;
import org.glacis.spec.Shape;

/**
 * Holistic robust learning of CIFAR-10 with the settings of the authors' programs for sections 6.2
 * and 6.3 of Bennouna, Lucas and Van Parys (2023), beside plain training (ERM), adversarial
 * training and TRADES of the same network. The authors' tables are not quoted: they could not be
 * verified.
 *
 * <p>What differs: all wrong labels and subsets are drawn by the seed, no training stops early, and
 * running statistics of batch normalisation move with the clean batch too, not with the adversarial
 * one alone.
 */
public final class HolisticCifar {
  /** Mean and deviation of each channel over the training images. */
  private static final List<Double> MEAN = List.of(0.4914, 0.4822, 0.4465);

  private static final List<Double> DEVIATION = List.of(0.2470, 0.2435, 0.2616);

  private static final Shape IMAGE = new Shape(32, 32, 3);
  private static final double EIGHT = 8.0 / 255;

  private HolisticCifar() {}

  static List<Recipe> recipes() {
    return List.of(
        new Recipe(
            "holistic-overfitting-cifar10",
            "robust overfitting: holistic weights, r 0.2, on the losses of PGD-10 at 8/255, CIFAR-10, PreActResNet18",
            List.of(),
            HolisticCifar::overfitting),
        new Recipe(
            "holistic-all-cifar10",
            "all sources of error: a quarter of CIFAR-10, 10 % of the labels wrong, ResNet18, alpha 0.05",
            List.of(),
            HolisticCifar::all));
  }

  /**
   * Robust overfitting (section 6.2): adversarial training at 8/255 (l-inf) for 200 epochs, whose
   * robust accuracy falls again after its first decay of the rate. For context, a model card of
   * others' gives plain adversarial training of this network 45.91 % under PGD-20 after 105 epochs,
   * and 36.18 % after 200. The network is PreActResNet18, behind a normalisation; a step makes 12
   * times the products of plain training, so that it takes a GPU.
   */
  public static Experiment overfitting() {
    Pgd attack = Attacks.pgd(10, 0.25);
    return Experiments.experiment(
        "holistic-overfitting-cifar10",
        x ->
            x.data(
                    Data.cifar10(),
                    d ->
                        d.batch(128).validation(0).randomCrop(4, CropMode.ZERO).horizontalFlip(0.5))
                .perturbation(Perturbations.linf(EIGHT))
                .model(normalized(Architectures.preActResNet18(IMAGE, 10)))
                .train(
                    200,
                    t ->
                        t.loss(Losses.holisticRobust(0.0, 0.2, Losses.adversarial()))
                            .attack(attack)
                            .optimizer(Optimizers.sgd(0.1, 0.9, false, 5e-4))
                            .learningRate(Schedules.step(List.of(100, 150)))
                            .validation(Monitored.CLEAN, Selection.LAST, 1, 1, true))
                .certify(Perturbations.linf(EIGHT), c -> c.attack(attack))
                .baseline("ERM", Losses.crossEntropy())
                .baseline("PGD", Losses.adversarial(), attack)
                .baseline("TRADES", Losses.trades(6), divergence(10, 0.25)));
  }

  /**
   * All sources of error (section 6.3): few data, wrong labels that are drawn anew in each epoch,
   * and attacks (l2, 0.1) and noise on the test images. ResNet18 behind a normalisation; 30 % of
   * the samples are kept for validation, as the authors choose alpha, r and epsilon with them.
   */
  public static Experiment all() {
    Pgd attack = Attacks.pgd(10, 2.0);
    return Experiments.experiment(
        "holistic-all-cifar10",
        x ->
            x.data(
                    Data.cifar10(),
                    d -> d.batch(128).validation(0.3).fraction(0.25).wrongLabels(0.1, true))
                .perturbation(Perturbations.l2(0.1))
                .model(normalized(Architectures.resNet18(IMAGE, 10)))
                .train(
                    300,
                    t ->
                        t.loss(Losses.holisticRobust(0.05, 0.0))
                            .optimizer(Optimizers.adam(1e-2))
                            .validation(Monitored.CLEAN, Selection.LAST, 1, 1, true))
                .certify(Perturbations.l2(0.1), c -> c.attack(attack))
                .baseline("ERM", Losses.crossEntropy())
                .baseline("PGD", Losses.adversarial(), attack)
                .baseline("TRADES", Losses.trades(6), divergence(10, 2.0))
                .stressTest(s -> s.gaussianNoise(0.12).evasion(attack, 0.1)));
  }

  /** As {@link Attacks#pgd(int, double)}, away from the clean image's class probabilities. */
  private static Pgd divergence(int steps, double stepSize) {
    return Attacks.pgd(steps, stepSize, 1, true, AttackObjective.KL);
  }

  private static ModelSpec normalized(ModelSpec network) {
    return network.normalized(MEAN, DEVIATION);
  }
}
