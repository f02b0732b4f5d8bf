package org.glacis.runtime.train;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.glacis.spec.EarlyStopping;
import org.glacis.spec.Experiment;
import org.glacis.spec.Monitored;
import org.glacis.spec.Task;
import org.jspecify.annotations.Nullable;

/**
 * Compares the epochs of a run by the figure that its validation monitors: a function of the
 * declaration and of what was measured, so that a resumed run decides as an uninterrupted one.
 *
 * <p>Epochs before the end of the epsilon schedule do not count: their networks were trained for
 * less than is asked for.
 */
public final class Ranking {
  private final Monitored monitored;
  private final boolean classifies;
  private final int firstEpoch;
  private final @Nullable EarlyStopping stopping;

  /** The ranking that {@code experiment} declares. */
  public Ranking(Experiment experiment) {
    monitored = experiment.getTrain().getValidation().getMonitor();
    classifies = experiment.getTask() == Task.CLASSIFICATION;
    firstEpoch = experiment.getTrain().getEpsilon().getLastEpoch();
    stopping =
        experiment.getData().getValidation() > 0 ? experiment.getTrain().getEarlyStopping() : null;
  }

  /** The epochs that count, the best first; of equal ones, that with the better clean figure. */
  public List<EpochRecord> best(List<EpochRecord> history) {
    return counted(history).stream()
        .sorted(
            Comparator.comparingDouble(this::value)
                .thenComparing(record -> clean(record.values()))
                .reversed())
        .toList();
  }

  /** Whether the monitored figure has not improved for as long as the declaration allows. */
  public boolean isStopped(List<EpochRecord> history) {
    if (stopping == null) {
      return false;
    }
    double best = Double.NEGATIVE_INFINITY;
    int waited = 0;
    for (EpochRecord record : counted(history)) {
      double value = value(record);
      if (value > best + stopping.getMinDelta() || best == Double.NEGATIVE_INFINITY) {
        best = value;
        waited = 0;
      } else {
        waited++;
      }
    }
    return waited >= stopping.getPatience();
  }

  /** The monitored figure, negated where less is better, so that more is better. */
  double value(EpochRecord record) {
    return switch (monitored) {
      case CLEAN -> clean(record.values());
      case CERTIFIED -> certified(record.values());
      case HARMONIC -> harmonic(clean(record.values()), certified(record.values()));
      case LOSS -> less(record.values(), "valLoss");
    };
  }

  private List<EpochRecord> counted(List<EpochRecord> history) {
    return history.stream()
        .filter(r -> r.epoch() >= firstEpoch && r.values().containsKey("valLoss"))
        .toList();
  }

  private double clean(Map<String, Double> values) {
    return classifies ? more(values, "valAccuracy") : less(values, "valMeanAbsoluteError");
  }

  private double certified(Map<String, Double> values) {
    return classifies
        ? more(values, "valCertifiedAccuracy")
        : less(values, "valCertifiedMeanAbsoluteError");
  }

  private static double harmonic(double clean, double certified) {
    return clean + certified > 0 ? 2 * clean * certified / (clean + certified) : 0;
  }

  private static double more(Map<String, Double> values, String name) {
    double value = values.getOrDefault(name, Double.NaN);
    return Double.isNaN(value) ? Double.NEGATIVE_INFINITY : value;
  }

  private static double less(Map<String, Double> values, String name) {
    return more(Map.of(name, -values.getOrDefault(name, Double.NaN)), name);
  }
}
