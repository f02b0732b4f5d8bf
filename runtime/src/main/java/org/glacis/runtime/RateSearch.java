package org.glacis.runtime;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.glacis.evidence.Json;
import org.glacis.runtime.data.Dataset;
import org.glacis.runtime.data.Samples;
import org.glacis.runtime.report.HtmlReport;
import org.glacis.runtime.train.NotFiniteException;
import org.glacis.runtime.train.SampleOrder;
import org.glacis.runtime.train.TrainingProgram;
import org.glacis.spec.Clipped;
import org.glacis.spec.Condensing;
import org.glacis.spec.Constant;
import org.glacis.spec.CrownIbp;
import org.glacis.spec.DataSpec;
import org.glacis.spec.Experiment;
import org.glacis.spec.HolisticRobust;
import org.glacis.spec.IbpLoss;
import org.glacis.spec.InputException;
import org.glacis.spec.LossSpec;
import org.glacis.spec.OrthogonalityRegularizer;
import org.glacis.spec.ScheduleSpec;
import org.glacis.spec.Step;
import org.glacis.spec.Term;
import org.glacis.spec.TrainingSpec;
import org.glacis.spec.WeightedSum;
import org.jspecify.annotations.Nullable;

/**
 * A search for a learning rate (Smith 2017): one pass over at most one epoch, whose rate grows by
 * the same factor from step to step until the loss explodes. It trains from new weights at the full
 * radius, with the loss as it is at the end of its schedules.
 *
 * @param rates of the steps
 * @param losses of the steps' batches
 * @param smoothed the losses, smoothed over the steps
 * @param suggested the rate at which the smoothed loss falls most steeply against the rate's
 *     logarithm; NaN where it falls nowhere
 * @param exploded whether the loss exploded after the last of the rates
 * @param interrupted whether it was stopped before its end
 */
public record RateSearch(
    List<Double> rates,
    List<Double> losses,
    List<Double> smoothed,
    double suggested,
    boolean exploded,
    boolean interrupted) {
  private static final int FORMAT_VERSION = 1;

  /** More steps tell no more about the rate. */
  private static final int MOST_STEPS = 300;

  private static final int LEAST_STEPS = 10;

  /** The share of a smoothed loss that comes from the steps before. */
  private static final double MEMORY = 0.8;

  /** A loss that is so many times the smallest before it has exploded. */
  private static final double EXPLOSION = 4;

  public RateSearch {
    rates = List.copyOf(rates);
    losses = List.copyOf(losses);
    smoothed = List.copyOf(smoothed);
  }

  /**
   * Searches from one rate to another and writes {@code rate.json} and {@code rate.html}.
   *
   * @param options whose {@code out} is the directory for both; null for {@code runs/NAME-rate}
   * @throws InputException when the range, the declaration, the data or the directory is at fault
   */
  public static RateSearch run(Experiment experiment, RunOptions options, double from, double to) {
    if (!(from > 0 && from < to)) {
      throw new InputException(
          "--find-rate "
              + Sweep.text(from)
              + ".."
              + Sweep.text(to)
              + ": rates grow by a factor from step to step; give two numbers above 0, the smaller one first, such as 1e-6..1");
    }
    Implementations.check(experiment);
    options.device().checked();
    Dataset dataset = Glacis.dataset(experiment, options);
    Samples samples = Validation.split(experiment, dataset).train();
    int batch = experiment.getData().getBatch();
    int epoch =
        TrainingProgram.stepsPerEpoch(experiment.getTrain().getDropLast(), batch, samples.size());
    int steps = Math.min(epoch, MOST_STEPS);
    if (steps < LEAST_STEPS) {
      throw new InputException(
          "--find-rate: an epoch has "
              + steps
              + " steps, and "
              + LEAST_STEPS
              + " rates is the least to compare; take smaller batches with --set data.batch="
              + samples.size() / LEAST_STEPS);
    }
    Path out = options.out();
    RunDirectory directory = RunDirectory.create(out, experiment.getName() + "-rate");
    double factor = Math.pow(to / from, 1.0 / (steps - 1));
    RateSearch search;
    try (TrainingProgram program =
        new TrainingProgram(
            growing(experiment, from, factor, steps, epoch, samples.size()),
            samples,
            options.device(),
            0)) {
      program.initialize();
      int[] order = SampleOrder.of(experiment, samples.size(), 1);
      List<Double> rates =
          IntStream.range(0, steps).mapToObj(k -> from * Math.pow(factor, k)).toList();
      search = search(program, options, order, batch, rates);
    }
    if (!search.interrupted) {
      directory.write("rate.json", search.toJson(experiment.getName()));
      HtmlReport.rates(
          experiment.getName(),
          search.rates,
          search.losses,
          search.smoothed,
          search.suggested,
          directory.path().resolve("rate.html"));
    }
    return search;
  }

  private static RateSearch search(
      TrainingProgram program, RunOptions options, int[] order, int batch, List<Double> rates) {
    List<Double> losses = new ArrayList<>();
    List<Double> smoothed = new ArrayList<>();
    double mean = 0;
    double least = Double.POSITIVE_INFINITY;
    boolean exploded = false;
    for (int k = 0; k < rates.size() && !exploded; k++) {
      if (options.interruption().isRequested()) {
        return new RateSearch(rates.subList(0, k), losses, smoothed, Double.NaN, false, true);
      }
      int begin = k * batch;
      double loss = Double.NaN;
      try {
        int end = Math.min(begin + batch, order.length);
        loss = program.step(k, Arrays.copyOfRange(order, begin, end)).loss();
      } catch (NotFiniteException e) {
        // The end of the search, not a fault.
        exploded = true;
      }
      if (!exploded) {
        mean = MEMORY * mean + (1 - MEMORY) * loss;
        double now = mean / (1 - Math.pow(MEMORY, k + 1));
        losses.add(loss);
        smoothed.add(now);
        least = Math.min(least, now);
        exploded = now > EXPLOSION * least;
      }
    }
    return new RateSearch(
        rates.subList(0, losses.size()),
        losses,
        smoothed,
        suggested(rates, smoothed),
        exploded,
        false);
  }

  /**
   * Where the smoothed loss falls most steeply; rates are equally far apart as logarithms. What
   * comes after its minimum does not count: there it falls only from a peak of its own making.
   */
  private static double suggested(List<Double> rates, List<Double> smoothed) {
    double steepest = 0;
    double best = Double.NaN;
    int lowest = smoothed.isEmpty() ? 0 : smoothed.indexOf(Collections.min(smoothed));
    for (int k = 1; k < lowest; k++) {
      double slope = smoothed.get(k + 1) - smoothed.get(k - 1);
      if (slope < steepest) {
        steepest = slope;
        best = rates.get(k);
      }
    }
    return best;
  }

  /**
   * The experiment with a rate that grows from step to step: each step counts as an epoch, which a
   * batch larger than the data gives, and the program is handed the batches of the declaration.
   *
   * @param epoch steps of an epoch of the declaration, at whose end its schedules are taken
   */
  private static Experiment growing(
      Experiment experiment, double from, double factor, int steps, int epoch, int samples) {
    TrainingSpec train = experiment.getTrain();
    long last = (long) train.getEpochs() * epoch - 1;
    double full = train.getEpsilon().getGreatest();
    Experiment first = experiment.with("train.optimizer.learningRate", Sweep.text(from));
    TrainingSpec growing =
        new TrainingSpec(
            steps,
            atEnd(train.getLoss(), last, epoch),
            new Constant(full),
            first.getTrain().getOptimizer(),
            new Step(IntStream.range(1, steps).boxed().toList(), factor),
            train.getGradientClip(),
            train.getInitialization(),
            train.getClipBox(),
            train.getShuffle(),
            false,
            null,
            train.getAttack(),
            train.getEpsilonFactor(),
            train.getLeastEpsilon(),
            null,
            train.getL1(),
            train.getBatchNorm(),
            train.getValidation(),
            null,
            null,
            train.getPrecision(),
            train.getAccumulation(),
            // An epoch of the declaration has more steps than one here.
            train.getCondense() == Condensing.EVERY_STEP ? Condensing.EVERY_STEP : Condensing.NEVER,
            atEnd(train.getOrthogonality(), last, epoch),
            train.getConstraint());
    DataSpec data = experiment.getData();
    DataSpec whole =
        new DataSpec(
            data.getSource(),
            samples + 1,
            data.getValidation(),
            data.getLimitTrain(),
            data.getLimitTest(),
            data.getAugmentation(),
            data.getClasses(),
            data.getFraction(),
            data.getCorruption());
    return new Experiment(
        experiment.getName(),
        whole,
        experiment.getPerturbation(),
        experiment.getModel(),
        growing,
        List.of(),
        experiment.getSeed(),
        List.of(),
        List.of());
  }

  private static LossSpec atEnd(LossSpec loss, long step, int epoch) {
    if (loss instanceof IbpLoss ibp) {
      return new IbpLoss(atEnd(ibp.getKappa(), step, epoch));
    } else if (loss instanceof CrownIbp crown) {
      return new CrownIbp(
          atEnd(crown.getKappa(), step, epoch), crown.getMixing(), crown.getFusion());
    } else if (loss instanceof WeightedSum sum) {
      return new WeightedSum(
          sum.getTerms().stream()
              .map(
                  term ->
                      new Term(
                          atEnd(term.getLoss(), step, epoch), atEnd(term.getWeight(), step, epoch)))
              .toList());
    } else if (loss instanceof HolisticRobust risk) {
      return risk.over(atEnd(risk.getLoss(), step, epoch));
    } else if (loss instanceof Clipped clipped) {
      return new Clipped(clipped.getLimit(), atEnd(clipped.getLoss(), step, epoch));
    }
    return loss;
  }

  private static @Nullable OrthogonalityRegularizer atEnd(
      @Nullable OrthogonalityRegularizer orthogonality, long step, int epoch) {
    return orthogonality == null
        ? null
        : new OrthogonalityRegularizer(
            atEnd(orthogonality.getDense(), step, epoch),
            atEnd(orthogonality.getConvolutions(), step, epoch));
  }

  private static Constant atEnd(ScheduleSpec schedule, long step, int epoch) {
    return new Constant(schedule.value(step, epoch));
  }

  private String toJson(String recipe) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("formatVersion", FORMAT_VERSION);
    json.put("recipe", recipe);
    json.put("suggested", suggested);
    json.put("exploded", exploded);
    json.put("rates", rates);
    json.put("losses", losses);
    json.put("smoothed", smoothed);
    return Json.pretty(json);
  }
}
