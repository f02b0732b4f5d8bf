package org.glacis.runtime;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.glacis.evidence.Json;
import org.glacis.spec.Experiment;
import org.glacis.spec.ExpressiveLossSpec;
import org.glacis.spec.InputException;
import org.glacis.spec.LossSpec;
import org.glacis.spec.Task;
import org.jspecify.annotations.Nullable;

/**
 * One number of a declaration, taken at several values. Points are compared on validation samples:
 * where the declaration keeps none back, {@link #SHARE} of the training samples are, and each point
 * ends with its last network, as the declaration's own run would. Nothing is certified, so the test
 * samples are not looked at.
 *
 * @param recipe the experiment's name
 * @param path of the number in the declaration, such as {@code train.loss.alpha}
 * @param logarithmic whether the values are equally far apart as logarithms
 * @param values ascending
 * @param points the experiment at each value, valid
 * @param keptBack whether validation samples were kept back for the sweep alone
 */
public record Sweep(
    String recipe,
    String path,
    boolean logarithmic,
    List<Double> values,
    List<Experiment> points,
    boolean keptBack) {
  /** Kept back for validation where the declaration keeps nothing back. */
  public static final double SHARE = 0.1;

  private static final MathContext READABLE = new MathContext(4);
  private static final Pattern STEP = Pattern.compile("\\[(\\d+)]|\\w+");

  public Sweep {
    values = List.copyOf(values);
    points = List.copyOf(points);
  }

  /**
   * The experiment with {@code count} values from {@code from} to {@code to}. Between the ends,
   * values have four significant digits, and are whole where the field is.
   *
   * @param logarithmic null for: where {@code from} is above 0
   * @throws InputException if there is no such number, or a value does not fit it
   */
  public static Sweep over(
      Experiment experiment,
      String path,
      double from,
      double to,
      int count,
      @Nullable Boolean logarithmic) {
    String asked = "--over " + path + "=" + text(from) + ".." + text(to);
    check(asked, from, to, count);
    checkPath(asked, path);
    boolean log = Objects.requireNonNullElse(logarithmic, from > 0);
    if (log && from <= 0) {
      throw new InputException(
          asked + ": a logarithmic range begins above 0; begin there, or take --linear");
    }
    boolean keptBack = experiment.getData().getValidation() == 0;
    Experiment base = experiment.with("certify", "[]");
    if (keptBack) {
      base = base.with("data.validation", text(SHARE)).with("train.validation.select", "last");
    }
    boolean whole = at(base, path) instanceof Long;
    List<Double> values = values(from, to, count, log, whole);
    if (values.stream().distinct().count() < count) {
      throw new InputException(
          asked + ": has fewer than " + count + " whole numbers so far apart; lower --points");
    }
    List<Experiment> points = new ArrayList<>();
    for (double value : values) {
      points.add(point(base, path, value, asked));
    }
    return new Sweep(experiment.getName(), path, log, values, points, keptBack);
  }

  /**
   * The path of the coefficient of the experiment's expressive loss, whatever it is called.
   *
   * @throws InputException if the loss has none, or several
   */
  public static String coefficient(Experiment experiment) {
    List<String> found = new ArrayList<>();
    coefficients("train.loss", experiment.getTrain().getLoss(), found);
    if (found.size() == 1) {
      return found.get(0);
    }
    throw new InputException(
        "--alpha: the loss "
            + experiment.getTrain().getLoss()
            + (found.isEmpty()
                ? " has no coefficient; take a recipe with CC-IBP, MTL-IBP, Exp-IBP or SABR, or --over PATH=a..b"
                : " has "
                    + found.size()
                    + " coefficients; take --over with one of: "
                    + String.join(", ", found)));
  }

  private static void coefficients(String path, LossSpec loss, List<String> found) {
    if (loss instanceof ExpressiveLossSpec expressive) {
      found.add(path + "." + expressive.getCoefficient());
    }
    loss.getInner().forEach((inside, inner) -> coefficients(path + "." + inside, inner, found));
  }

  private static void check(String asked, double from, double to, int count) {
    if (!(from < to)) {
      throw new InputException(
          asked
              + (from == to ? ": begins where it ends" : ": is reversed")
              + "; give the smaller number first, such as 1e-3..1");
    }
    if (count < 2) {
      throw new InputException("--points " + count + ": give 2 or more, both ends among them");
    }
  }

  private static void checkPath(String asked, String path) {
    if (path.equals("certify") || path.startsWith("certify[")) {
      throw new InputException(
          asked + ": certification has no part in training; tune what does, such as train.loss");
    }
    if (path.equals("data.validation") || path.equals("seed")) {
      throw new InputException(
          asked
              + ": points must be compared on the same validation samples; tune another number"
              + (path.equals("seed") ? ", with --seeds 0,1,2 for their spread" : ""));
    }
  }

  private static Experiment point(Experiment base, String path, double value, String asked) {
    try {
      return base.with(path, text(value)).validated();
    } catch (InputException e) {
      String message = String.valueOf(e.getMessage()).replaceFirst("^--set ", "--over ");
      throw new InputException(
          message.startsWith("--over ") ? message : asked + ", at " + text(value) + ": " + message,
          e);
    }
  }

  private static List<Double> values(
      double from, double to, int count, boolean log, boolean whole) {
    List<Double> exact =
        IntStream.range(0, count)
            .mapToObj(i -> (double) i / (count - 1))
            .map(at -> log ? from * Math.pow(to / from, at) : from + (to - from) * at)
            .toList();
    List<Double> rounded = new ArrayList<>();
    for (double value : exact.subList(1, count - 1)) {
      rounded.add(whole ? Math.rint(value) : new BigDecimal(value).round(READABLE).doubleValue());
    }
    rounded.add(0, from);
    rounded.add(to);
    // A narrow range needs all its digits.
    return whole || isAscending(rounded) ? rounded : exact;
  }

  private static boolean isAscending(List<Double> values) {
    return IntStream.range(1, values.size()).allMatch(i -> values.get(i - 1) < values.get(i));
  }

  /** The value at {@code path} of the declaration; null where there is none. */
  private static @Nullable Object at(Experiment experiment, String path) {
    Object at = Json.parse(experiment.toJson(), "the experiment");
    Matcher steps = STEP.matcher(path);
    while (steps.find()) {
      String index = steps.group(1);
      if (index != null && at instanceof List<?> list) {
        at = Integer.parseInt(index) < list.size() ? list.get(Integer.parseInt(index)) : null;
      } else {
        at = at instanceof Map<?, ?> fields ? fields.get(steps.group()) : null;
      }
    }
    return at;
  }

  /** Whether points are compared by accuracies; otherwise by mean absolute errors. */
  public boolean classifies() {
    return points.get(0).getTask() == Task.CLASSIFICATION;
  }

  /** A number as a declaration has it: without a fraction where it is whole. */
  public static String text(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }
}
