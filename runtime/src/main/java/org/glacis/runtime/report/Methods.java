package org.glacis.runtime.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** What the methods named in a summary stand for. */
final class Methods {
  private static final Map<String, String> MEANINGS =
      Map.of(
          "ibp",
              "interval bounds of the margins: last layer merged with the class differences, box clipped to the data range",
          "ibpBox", "interval bounds of the outputs, compared; box clipped to the data range",
          "ibpBoxUnclipped", "interval bounds of the outputs, compared; box not clipped",
          "crownIbp",
              "backward linear bounds of the margins over interval bounds of the hidden values, on what the steps before left open: certified by either",
          "crown", "backward linear bounds",
          "alphaCrown", "backward linear bounds with optimised slopes",
          "lipschitzMargin",
              "the outputs at the input itself and proved Lipschitz constants of their differences",
          "bab", "branch and bound");

  private Methods() {}

  static String meaning(String method) {
    return MEANINGS.getOrDefault(method, "");
  }

  /** The method whose certified accuracy is the summary's. */
  static Optional<String> deciding(RunFiles run) {
    Double certified = run.accuracy("certifiedAccuracy");
    return run.summary().object("certifiedAccuracyBy").numbers().entrySet().stream()
        .filter(by -> certified != null && Math.abs(by.getValue() - certified) < 1e-9)
        .map(Map.Entry::getKey)
        .findFirst();
  }

  /** The attacks that the experiment declares for certification, as declarations. */
  static Optional<String> attacks(RunFiles run) {
    List<String> attacks = new ArrayList<>();
    for (JsonTree certification : run.experiment().objects("certify"))
      for (JsonTree step : certification.objects("steps"))
        if ("attack".equals(step.text("type")) && step.has("attack"))
          attacks.add(Format.value(Objects.requireNonNull(step.get("attack"))));
    return attacks.isEmpty()
        ? Optional.empty()
        : Optional.of(String.join("; ", attacks.stream().distinct().toList()));
  }
}
