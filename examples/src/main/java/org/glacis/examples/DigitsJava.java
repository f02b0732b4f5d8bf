package org.glacis.examples;

import org.glacis.dsl.Perturbations;
import org.glacis.recipes.IntervalTraining;
import org.glacis.runtime.Glacis;
import org.glacis.runtime.IntervalOutput;
import org.glacis.runtime.TrainedModel;
import org.glacis.spec.Experiment;

/** Trains a recipe in memory, certifies it and asks for the output interval of one image. */
public final class DigitsJava {
  private DigitsJava() {}

  public static void main(String[] args) {
    Experiment experiment = IntervalTraining.digits();
    for (String setting : args) { // such as train.epochs=20
      String[] parts = setting.split("=", 2);
      experiment = experiment.with(parts[0], parts[1]);
    }
    try (TrainedModel model = Glacis.train(experiment)) {
      System.out.println(model.certify(Perturbations.linf(0.02)).summary());
      float[][] image = {model.data().test().input(0)};
      IntervalOutput output = model.interval(image, 0.02);
      System.out.printf("class %d%n", model.classify(image)[0]);
      for (int k = 0; k < output.prediction()[0].length; k++) {
        System.out.printf(
            "logit %d: %7.3f in [%7.3f, %7.3f]%n",
            k, output.prediction()[0][k], output.lower()[0][k], output.upper()[0][k]);
      }
    }
  }
}
