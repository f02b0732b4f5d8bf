package org.glacis.runtime.data;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import org.glacis.spec.DataFacts;
import org.glacis.spec.DataRange;
import org.glacis.spec.DataSpec;
import org.glacis.spec.Shape;
import org.glacis.spec.Task;
import org.jspecify.annotations.Nullable;

/**
 * Training and test samples, and what is known of them.
 *
 * @param outputs the number of classes, or of targets a sample
 * @param classNames one a class, in the order of the labels; empty if they have no names
 * @param range the values that features can have; null where any number is possible
 */
public record Dataset(
    String name,
    Task task,
    Shape shape,
    int outputs,
    List<String> classNames,
    @Nullable DataRange range,
    Samples train,
    Samples test,
    Provenance provenance) {

  /** Training samples and those kept back from training. */
  public record Split(Samples train, Samples validation) {}

  /**
   * Checks that everything fits.
   *
   * @throws org.glacis.spec.InputException if a split is empty, the splits do not fit each other,
   *     or a sample has a label without a class or a value outside the range
   */
  public Dataset {
    classNames = List.copyOf(classNames);
    DatasetChecks.check(name, task, shape, outputs, classNames, range, train);
    DatasetChecks.check(name, task, shape, outputs, classNames, range, test);
    DatasetChecks.checkSplits(name, train, test);
  }

  /**
   * Arrays that a program hands over. Classes are counted from the labels of both splits; the range
   * is 0 to 1 for bytes and open for floats. {@link #withOutputs}, {@link #withClassNames} and
   * {@link #withRange} say more.
   *
   * @throws org.glacis.spec.InputException if a split is empty or the splits do not fit each other
   */
  public static Dataset of(String name, Samples train, Samples test) {
    return read(name, train, test, Provenance.arrays());
  }

  static Dataset read(String name, Samples train, Samples test, Provenance provenance) {
    return new Dataset(
        name,
        train.task(),
        train.shape(),
        train.task() == Task.CLASSIFICATION
            ? Math.max(train.outputs(), test.outputs())
            : train.outputs(),
        List.of(),
        train.isBytes() ? DataRange.UNIT : null,
        train,
        test,
        provenance);
  }

  static Dataset known(DataFacts facts, Samples train, Samples test, Provenance provenance) {
    return new Dataset(
        facts.getName(),
        facts.getTask(),
        facts.getShape(),
        facts.getOutputs(),
        facts.getClassNames(),
        facts.getRange(),
        train,
        test,
        provenance);
  }

  /** This, with so many classes; those that no sample has count too. */
  public Dataset withOutputs(int classes) {
    return new Dataset(name, task, shape, classes, classNames, range, train, test, provenance);
  }

  /** This, with names for the classes in the order of the labels, which also says how many. */
  public Dataset withClassNames(List<String> names) {
    return new Dataset(name, task, shape, names.size(), names, range, train, test, provenance);
  }

  /** This, with the values that features can have; perturbation sets are clipped to them. */
  public Dataset withRange(@Nullable DataRange values) {
    return new Dataset(name, task, shape, outputs, classNames, values, train, test, provenance);
  }

  /** This, with other training samples. */
  Dataset withTrain(Samples samples) {
    return new Dataset(name, task, shape, outputs, classNames, range, samples, test, provenance);
  }

  /**
   * The first samples of each split.
   *
   * @param limitTrain how many training samples; null for all
   * @param limitTest how many test samples; null for all
   * @throws org.glacis.spec.InputException if there are fewer
   */
  public Dataset withLimits(@Nullable Integer limitTrain, @Nullable Integer limitTest) {
    return new Dataset(
        name,
        task,
        shape,
        outputs,
        classNames,
        range,
        limited("limitTrain", "training", train, limitTrain),
        limited("limitTest", "test", test, limitTest),
        provenance);
  }

  /** {@link #withLimits(Integer, Integer)} as {@code limits} has them. */
  public Dataset withLimits(Limits limits) {
    return withLimits(limits.train(), limits.test());
  }

  /** The samples that {@code spec} takes: of its classes, and of these as many as it says. */
  public Dataset chosenBy(DataSpec spec) {
    return withClasses(spec.getClasses()).withLimits(Limits.of(spec));
  }

  /**
   * The samples of some classes, numbered anew in this order; all samples for none.
   *
   * @throws org.glacis.spec.InputException if a class does not exist, or the data have none
   */
  public Dataset withClasses(List<Integer> classes) {
    if (classes.isEmpty()) {
      return this;
    }
    for (int chosen : classes) {
      if (task != Task.CLASSIFICATION || chosen < 0 || chosen >= outputs) {
        throw DataFault.of(
            "data.classes",
            "the class " + chosen,
            task == Task.CLASSIFICATION
                ? "classes from 0 to " + (outputs - 1) + " of " + name
                : "none, as " + name + " is for " + task,
            "change data.classes");
      }
    }
    return new Dataset(
        name,
        task,
        shape,
        classes.size(),
        classNames.isEmpty() ? classNames : classes.stream().map(classNames::get).toList(),
        range,
        train.ofClasses(classes),
        test.ofClasses(classes),
        provenance);
  }

  /**
   * Keeps the last samples of the training split for validation.
   *
   * @param validation their share, from 0 to below 1, rounded to the nearest whole sample
   * @throws org.glacis.spec.InputException if the share is outside, or leaves a part that is asked
   *     for without samples
   */
  public Split split(double validation) {
    int rest = train.size() - kept(validation);
    return new Split(train.range(0, rest), train.range(rest, train.size()));
  }

  /**
   * Keeps training samples for validation that are drawn at random; both parts stay in order.
   *
   * @param validation their share, as in {@link #split(double)}
   * @param seed on which alone it depends which samples are drawn
   */
  public Split split(double validation, long seed) {
    int kept = kept(validation);
    SplittableRandom random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L);
    int[] rest = new int[train.size() - kept];
    int[] drawn = new int[kept];
    int left = kept;
    for (int i = 0; i < train.size(); i++) {
      if (random.nextInt(train.size() - i) < left) {
        drawn[kept - left--] = i;
      } else {
        rest[i - (kept - left)] = i;
      }
    }
    return new Split(train.select(rest), train.select(drawn));
  }

  private int kept(double validation) {
    String where = name + ": validation";
    if (!(validation >= 0 && validation < 1)) {
      throw DataFault.of(where, "share " + validation, "0 to below 1", "give a share like 0.1");
    }
    int kept = (int) Math.round(validation * train.size());
    if (kept == train.size() || (kept == 0 && validation > 0)) {
      throw DataFault.of(
          where,
          "%d of %d training samples for a share of %s".formatted(kept, train.size(), validation),
          "at least one sample on both sides",
          "change data.validation (0 for none) or use more samples");
    }
    return kept;
  }

  /**
   * A checksum of all samples, whatever they were read from: equal splits have equal checksums.
   *
   * @return 64 hexadecimal digits
   */
  public String sha256() {
    return Sha256.of((train.sha256() + test.sha256()).getBytes(StandardCharsets.US_ASCII));
  }

  /** What is known without the samples. */
  public DataFacts facts() {
    return new DataFacts(name, shape, outputs, task, range, classNames);
  }

  @Override
  public String toString() {
    return "%s: %s, %d train and %d test, shape %s, %d outputs, range %s"
        .formatted(
            name, task, train.size(), test.size(), shape, outputs, range == null ? "open" : range);
  }

  private Samples limited(String option, String split, Samples samples, @Nullable Integer limit) {
    if (limit == null) {
      return samples;
    }
    if (limit < 1 || limit > samples.size()) {
      throw DataFault.of(
          "%s: %s".formatted(name, option),
          limit.toString(),
          "1 to %d, the number of %s samples".formatted(samples.size(), split),
          "lower it, or leave it out to use them all");
    }
    return samples.range(0, limit);
  }
}
