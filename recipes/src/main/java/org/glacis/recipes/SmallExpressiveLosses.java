package org.glacis.recipes;

import static org.glacis.recipes.Published.accuracies;

import java.util.ArrayList;
import java.util.List;
import org.glacis.dsl.Attacks;
import org.glacis.dsl.Losses;
import org.glacis.dsl.Optimizers;
import org.glacis.dsl.Schedules;
import org.glacis.spec.Experiment;
import org.glacis.spec.LossSpec;
import org.glacis.spec.Pgd;

/**
 * Expressive losses and their relatives at the size of two cores: seconds on digits, minutes on
 * MNIST with the small CNN; CNN5 takes the epochs of the published rows, which is hours.
 * Coefficients are our own, larger than those of {@link ExpressiveLosses}: interval and linear
 * bounds certify here, not branch and bound.
 */
public final class SmallExpressiveLosses {
  private static final String CTRAIN =
      "CTRAIN 2026, CNN5 width 64, other settings (tuned), first 1,000 test images, by branch and bound";

  private static final Timetable MNIST01 = new Timetable(20, List.of(14, 18), 1, 6);

  /** A larger radius takes longer to grow to. */
  private static final Timetable MNIST03 = new Timetable(20, List.of(15, 18), 1, 10);

  /** Small batches and a large rate: few epochs have to do. */
  private static final int MNIST_BATCH = 128;

  /** The share of the training samples of MNIST that chooses the network. */
  private static final double VALIDATION = 0.1;

  private static final double LEARNING_RATE = 2e-3;

  private static final Timetable DIGITS = new Timetable(100, List.of(70, 85), 1, 50);

  private static final double REGULARIZER = 0.5;

  private static final double L1 = 1e-6;

  /** The attack of adversarial training alone, where one jump is too weak. */
  private static final Pgd STEPS = Attacks.pgd(5, 0.5);

  private SmallExpressiveLosses() {}

  static List<Recipe> recipes() {
    List<Recipe> all = new ArrayList<>();
    all.addAll(
        at01(new Setting("digits", "digits at 0.03, small CNN", SmallExpressiveLosses::digits)));
    all.addAll(
        at01(
            new Setting("mnist-small", "MNIST at 0.1, small CNN", SmallExpressiveLosses::mnist01)));
    all.addAll(
        at03(
            new Setting(
                "mnist-small-0.3", "MNIST at 0.3, small CNN", SmallExpressiveLosses::mnist03)));
    all.addAll(cnn5());
    return all;
  }

  private static List<Recipe> at01(Setting setting) {
    return List.of(
        setting.recipe("IBP", Losses.ibp(), L1, List.of()),
        setting.recipe("CROWN-IBP", crownIbp(), L1, List.of()),
        setting.recipe("CC-IBP", Losses.ccIbp(0.5), L1, List.of()),
        setting.recipe("MTL-IBP", Losses.mtlIbp(0.3), L1, List.of()),
        setting.recipe("Exp-IBP", Losses.expIbp(0.5), L1, List.of()),
        setting.recipe("SABR", Losses.sabr(0.8), L1, List.of()),
        setting.recipe("PGD", Losses.adversarial(), L1, List.of()));
  }

  private static List<Recipe> at03(Setting setting) {
    return List.of(
        setting.recipe("IBP", Losses.ibp(), L1, List.of()),
        setting.recipe("CROWN-IBP", crownIbp(), L1, List.of()),
        setting.recipe("CC-IBP", Losses.ccIbp(0.7), L1, List.of()),
        setting.recipe("MTL-IBP", Losses.mtlIbp(0.5), L1, List.of()),
        setting.recipe("Exp-IBP", Losses.expIbp(0.7), L1, List.of()),
        setting.recipe("SABR", Losses.sabr(0.9), L1, List.of()),
        setting.recipe("PGD", Losses.adversarial(), L1, List.of()));
  }

  /** The published settings of {@link ExpressiveLosses} with a smaller network. */
  private static List<Recipe> cnn5() {
    Setting small =
        new Setting(
            "mnist-cnn5",
            "MNIST at 0.1, CNN5",
            (name, loss, l1) -> ExpressiveLosses.mnist01(name, Images.MNIST.cnn5(16), loss, l1));
    Setting large =
        new Setting(
            "mnist-cnn5-0.3",
            "MNIST at 0.3, CNN5",
            (name, loss, l1) -> ExpressiveLosses.mnist03(name, Images.MNIST.cnn5(16), loss, l1));
    Setting cifar =
        new Setting(
            "cifar10-2-255-cnn5",
            "CIFAR-10 at 2/255, CNN5 of width 64",
            (name, loss, l1) ->
                ExpressiveLosses.cifar10At2(name, Images.CIFAR10.cnn5(64), loss, l1));
    return List.of(
        small.recipe("CC-IBP", Losses.ccIbp(0.1), 2e-6, List.of()),
        small.recipe("MTL-IBP", Losses.mtlIbp(1e-2), 1e-5, List.of()),
        small.recipe("SABR", Losses.sabr(0.4), 1e-6, List.of()),
        large.recipe("CC-IBP", Losses.ccIbp(0.3), 3e-6, List.of()),
        large.recipe("MTL-IBP", Losses.mtlIbp(8e-2), 1e-6, List.of()),
        cifar.recipe("MTL-IBP", Losses.mtlIbp(4e-3), 3e-6, accuracies(77.54, 66.4, CTRAIN)));
  }

  /** The loss with one backward row a sample. */
  private static LossSpec crownIbp() {
    return Losses.crownIbp(Schedules.constant(0.0), false, true);
  }

  /** Digits of 8 × 8 pixels at 0.03. */
  public static Experiment digits(String name, LossSpec loss, double l1) {
    return ExpressiveLosses.experiment(
        name,
        Images.DIGITS,
        Images.DIGITS.smallCnn(),
        0.03,
        DIGITS,
        t ->
            ExpressiveLosses.expressive(t, loss, l1, attack(loss), REGULARIZER)
                .optimizer(Optimizers.adam(LEARNING_RATE)));
  }

  /** MNIST, trained at 0.12 and certified at 0.1. */
  public static Experiment mnist01(String name, LossSpec loss, double l1) {
    return mnist(name, 0.1, 1.2, MNIST01, loss, l1);
  }

  /** MNIST, trained at 0.33 and certified at 0.3. */
  public static Experiment mnist03(String name, LossSpec loss, double l1) {
    return mnist(name, 0.3, 1.1, MNIST03, loss, l1);
  }

  private static Experiment mnist(
      String name, double epsilon, double factor, Timetable timetable, LossSpec loss, double l1) {
    return ExpressiveLosses.experiment(
            name,
            Images.MNIST,
            Images.MNIST.smallCnn(),
            epsilon,
            timetable,
            t ->
                ExpressiveLosses.expressive(t, loss, l1, attack(loss), REGULARIZER)
                    .epsilonFactor(factor)
                    .optimizer(Optimizers.adam(LEARNING_RATE)))
        .with("data.batch", Integer.toString(MNIST_BATCH))
        .with("data.validation", Double.toString(VALIDATION));
  }

  private static Pgd attack(LossSpec loss) {
    return loss.getNeedsBounds() ? ExpressiveLosses.JUMP : STEPS;
  }
}
