package org.glacis.examples;

import org.glacis.dsl.Attacks;
import org.glacis.dsl.Data;
import org.glacis.dsl.Experiments;
import org.glacis.dsl.Losses;
import org.glacis.dsl.Optimizers;
import org.glacis.dsl.Perturbations;
import org.glacis.dsl.Schedules;
import org.glacis.runtime.Glacis;
import org.glacis.runtime.Run;
import org.glacis.runtime.RunOptions;
import org.glacis.spec.Experiment;

/** MNIST with certified output intervals, as a Java program. */
public final class MnistIntervalJava {
  private MnistIntervalJava() {}

  /** The declaration. */
  public static Experiment experiment() {
    return Experiments.experiment(
        "interval-mnist",
        x ->
            x.data(Data.mnist(), d -> d.batch(256).validation(0))
                .perturbation(Perturbations.linf(0.01))
                .model(
                    m -> {
                      m.named("FC 100-100-100").input(28, 28, 1).flatten();
                      for (int i = 0; i < 3; i++) {
                        m.dense(100).relu();
                      }
                      m.dense(10);
                    })
                .train(
                    10,
                    t ->
                        t.loss(Losses.robustCrossEntropy())
                            .epsilon(Schedules.ramp(2, 8))
                            .optimizer(Optimizers.adam(1e-3))
                            .clipBox(false)
                            .dropLast(true))
                .certify(Perturbations.linf(0.01), c -> c.attack(Attacks.pgd(40, 0.1)).ibp()));
  }

  /** Trains, certifies and says where the report is. */
  public static void show(Experiment experiment, RunOptions options) {
    Run run = Glacis.run(experiment, options);
    run.certifications().forEach(c -> System.out.println(c.summary()));
    System.out.println("report: " + run.directory().resolve("report.html"));
  }

  public static void main(String[] args) {
    show(experiment(), RunOptions.defaults());
  }
}
