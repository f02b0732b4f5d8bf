package org.glacis.recipes;

import java.util.List;
import org.glacis.dsl.Attacks;
import org.glacis.dsl.Data;
import org.glacis.dsl.Experiments;
import org.glacis.dsl.Losses;
import org.glacis.dsl.Models;
import org.glacis.dsl.Optimizers;
import org.glacis.dsl.Perturbations;
import org.glacis.dsl.Schedules;
import org.glacis.spec.Experiment;
import org.glacis.spec.ModelSpec;
import org.glacis.spec.Padding;

/**
 * 1-Lipschitz networks with hinge-Kantorovich-Rubinstein losses (Serrurier et al. 2021), as the
 * demonstrations of deel-lip have them: certificates come from the outputs and from constants that
 * are proved from the final weights, and attacks try to refute them.
 */
public final class LipschitzNetworks {
  private static final String DEMO4 = "deel-lip, demo 4";

  private LipschitzNetworks() {}

  static List<Recipe> recipes() {
    return List.of(
        new Recipe(
            "hkr-digits",
            "multiclass HKR on the embedded digits, l2 ball of 0.25; seconds",
            List.of(),
            LipschitzNetworks::digits),
        new Recipe(
            "hkr-fashion-mnist",
            "multiclass HKR on Fashion-MNIST, 105,856 parameters, alpha 100, margin 0.25",
            List.of(new Published("cleanAccuracy", 0.8514, DEMO4)),
            LipschitzNetworks::fashionMnist));
  }

  /** Digits of 8 × 8 pixels, one convolution, l2 ball of 0.25. */
  public static Experiment digits() {
    return Experiments.experiment(
        "hkr-digits",
        x ->
            x.data(Data.digits(), d -> d.batch(128).validation(0))
                .perturbation(Perturbations.l2(0.25))
                .model(
                    m ->
                        m.input(8, 8, 1)
                            .spectralConv2d(16, 3)
                            .maxMin()
                            .scaledL2NormPool2d(2)
                            .flatten()
                            .spectralDense(64)
                            .maxMin()
                            .frobeniusDense(10, true, false))
                .train(
                    60,
                    t ->
                        t.loss(Losses.multiclassHkr(50, 0.5))
                            .optimizer(Optimizers.adam(5e-3))
                            .learningRate(Schedules.cosine(60)))
                .certify(
                    Perturbations.l2(0.25),
                    c ->
                        c.attack(Attacks.pgd(40, 0.1))
                            .lipschitzMargin()
                            .validateCertificates(
                                50, Attacks.carliniWagner(), Attacks.pgd(20, 0.2))));
  }

  /** Fashion-MNIST as deel-lip's demo 4 has it. */
  public static Experiment fashionMnist() {
    return Experiments.experiment(
        "hkr-fashion-mnist",
        x ->
            x.data(Data.fashionMnist(), d -> d.batch(4096).validation(0))
                .perturbation(Perturbations.l2(36 / 255.0))
                .model(demo4())
                .train(
                    100,
                    t -> t.loss(Losses.multiclassHkr(100, 0.25)).optimizer(Optimizers.adam(1e-4)))
                .certify(
                    Perturbations.l2(36 / 255.0),
                    c ->
                        c.attack(Attacks.pgd(40, 0.1))
                            .lipschitzMargin()
                            .validateCertificates(
                                500, Attacks.carliniWagner(), Attacks.pgd(40, 0.1))));
  }

  private static ModelSpec demo4() {
    return Models.model(
        m ->
            m.input(28, 28, 1)
                .spectralConv2d(16, 3, 1, Padding.SAME, true)
                .maxMin()
                .scaledL2NormPool2d(2)
                .spectralConv2d(32, 3, 1, Padding.SAME, true)
                .maxMin()
                .scaledL2NormPool2d(2)
                .flatten()
                .spectralDense(64)
                .maxMin()
                .frobeniusDense(10, true, false));
  }
}
