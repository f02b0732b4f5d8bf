package org.glacis.runtime.report;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A measured figure of {@code summary.json}: its key, its name for readers and its unit. */
enum KeyFigure {
  CLEAN("cleanAccuracy", "Clean accuracy", Unit.SHARE),
  ATTACKED("attackAccuracy", "Accuracy under attack", Unit.SHARE),
  CERTIFIED("certifiedAccuracy", "Certified accuracy", Unit.SHARE),
  HELD_OUT("heldOutErrorBound", "Certified error, bound beyond the samples", Unit.BOUND),
  RADIUS("meanCertifiedRadius", "Average certified radius", Unit.NUMBER),
  KR("kr", "Kantorovich-Rubinstein term over the constant", Unit.NUMBER),
  CONSTANT("lipschitzBound", "Lipschitz constant of an output, proved", Unit.NUMBER),
  ABSOLUTE_ERROR("meanAbsoluteError", "Mean absolute error", Unit.NUMBER),
  CERTIFIED_ABSOLUTE_ERROR(
      "certifiedMeanAbsoluteError", "Certified mean absolute error", Unit.NUMBER),
  SQUARED_ERROR("meanSquaredError", "Mean squared error", Unit.NUMBER),
  CERTIFIED_SQUARED_ERROR("certifiedMeanSquaredError", "Certified mean squared error", Unit.NUMBER),
  WIDTH("meanOutputWidth", "Mean output width", Unit.NUMBER),
  EPOCHS("epochs", "Epochs", Unit.NUMBER),
  TRAINING_TIME("trainSeconds", "Training time", Unit.SECONDS),
  CERTIFICATION_TIME("certifySeconds", "Certification time", Unit.SECONDS),
  STEP("stepMillisMedian", "Median training step", Unit.MILLIS),
  THROUGHPUT("samplesPerSecond", "Samples per second", Unit.NUMBER),
  MEMORY("peakMemoryBytes", "Peak memory", Unit.BYTES);

  enum Unit {
    SHARE,
    /** A share that is rounded up. */
    BOUND,
    NUMBER,
    SECONDS,
    MILLIS,
    BYTES
  }

  private final String key;
  private final String title;
  private final Unit unit;

  KeyFigure(String key, String title, Unit unit) {
    this.key = key;
    this.title = title;
    this.unit = unit;
  }

  /** Whether it says what a run took, not what came out. */
  boolean isCost() {
    return compareTo(EPOCHS) >= 0;
  }

  String title() {
    return title;
  }

  String key() {
    return key;
  }

  /** The name for readers of the figure at {@code key}; the key itself where it has none. */
  static String title(String key) {
    return Arrays.stream(values())
        .filter(f -> f.key.equals(key))
        .map(f -> f.title)
        .findFirst()
        .orElse(key);
  }

  static boolean isKey(String key) {
    return Arrays.stream(values()).anyMatch(f -> f.key.equals(key));
  }

  /** The figure of {@code run} in words, without its spread; null where the run lacks it. */
  @Nullable String of(RunFiles run) {
    Double value = value(run);
    return value == null ? null : words(value, samples(run));
  }

  /** The spread over seeds in the figure's unit; null where there is none. */
  @Nullable String spread(RunFiles run) {
    Double spread = run.spread().number(key);
    if (spread == null) return null;
    return switch (unit) {
      case SHARE, BOUND -> Format.points(spread);
      case NUMBER, MILLIS -> Format.rough(spread);
      case SECONDS -> Format.seconds(spread);
      case BYTES -> Format.bytes(spread);
    };
  }

  /** The figure, {@code ±} its spread where there is one; {@code –} where the run lacks it. */
  String cell(RunFiles run) {
    String text = of(run);
    String spread = spread(run);
    if (text == null) return "–";
    if (spread == null) return text;
    String sign =
        switch (unit) {
          case SHARE, BOUND -> " %";
          case MILLIS -> " ms";
          default -> "";
        };
    return text.substring(0, text.length() - sign.length()) + " ± " + spread + sign;
  }

  @Nullable Double value(RunFiles run) {
    return unit == Unit.SHARE || unit == Unit.BOUND
        ? run.summary().fraction(key)
        : run.summary().number(key);
  }

  private String words(double value, double samples) {
    return switch (unit) {
      case SHARE -> Format.percent(value, samples);
      case BOUND -> Format.percentUp(value);
      case NUMBER -> Format.number(value);
      case SECONDS -> Format.seconds(value);
      case MILLIS -> Format.number(value) + " ms";
      case BYTES -> Format.bytes(value);
    };
  }

  /** How many samples stand behind a figure; a mean over seeds carries hundredths. */
  static double samples(RunFiles run) {
    Double samples = run.summary().number("samples");
    return samples == null ? 0 : run.isMean() ? 1000 : samples;
  }
}
