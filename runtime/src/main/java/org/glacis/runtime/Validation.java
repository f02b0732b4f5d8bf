package org.glacis.runtime;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.glacis.runtime.certify.Evaluation;
import org.glacis.runtime.certify.NetworkGraph;
import org.glacis.runtime.data.Dataset;
import org.glacis.runtime.data.Samples;
import org.glacis.runtime.graph.Element;
import org.glacis.runtime.graph.Weights;
import org.glacis.runtime.train.EpochRecord;
import org.glacis.runtime.train.Monitor;
import org.glacis.runtime.train.Ranking;
import org.glacis.spec.Experiment;
import org.glacis.spec.Selection;
import org.glacis.spec.Task;
import org.glacis.spec.ValidationSpec;
import org.jspecify.annotations.Nullable;
import org.tensorflow.types.TFloat32;

/**
 * Measures the network between epochs; with validation samples it also keeps the best weights and
 * selects the network that the run ends with.
 */
final class Validation implements Monitor, AutoCloseable {
  /** Training samples that are measured where none are kept for validation. */
  private static final int MONITORED = 1_000;

  private final Experiment experiment;
  private final ValidationSpec spec;
  private final Samples samples;
  private final boolean selects;
  private final NetworkGraph<TFloat32> network;
  private final Ranking ranking;
  private final BestWeights best;
  private final List<EpochRecord> history = new ArrayList<>();

  /**
   * The network that a run ends with.
   *
   * @param epoch after which it was as it is
   * @param summary which and why, for {@code summary.json}
   */
  record Selected(Weights weights, int epoch, Map<String, Object> summary) {}

  Validation(
      Experiment experiment,
      RunOptions options,
      Samples samples,
      @Nullable RunDirectory directory) {
    this.experiment = experiment;
    this.samples = samples;
    spec = experiment.getTrain().getValidation();
    selects = experiment.getData().getValidation() > 0;
    ranking = new Ranking(experiment);
    best =
        new BestWeights(
            directory == null ? null : directory.checkpointFolder(), spec.getKeepBest());
    network =
        new NetworkGraph<>(
            experiment.getModel(),
            experiment.getTask(),
            Element.FLOAT32,
            experiment.getPerturbation().getRange(),
            options.device(),
            false);
  }

  /** The training samples of {@code dataset} in two: to train on, and to measure. */
  static Dataset.Split split(Experiment experiment, Dataset dataset) {
    double share = experiment.getData().getValidation();
    if (share > 0) {
      return experiment.getTrain().getValidation().getShuffled()
          ? dataset.split(share, experiment.getSeed())
          : dataset.split(share);
    }
    Samples all = dataset.train();
    return new Dataset.Split(all, all.range(0, Math.min(MONITORED, all.size())));
  }

  /** Remembers what the epochs before measured. */
  void resume(List<EpochRecord> before) {
    if (selects) {
      history.addAll(before);
      best.resume(epochs());
    }
  }

  @Override
  public Map<String, Double> measure(int epoch, Weights weights) {
    if (epoch % spec.getEvery() != 0 && epoch != experiment.getTrain().getEpochs()) {
      return Map.of();
    }
    Evaluation at =
        Evaluation.clipped(
            network.load(weights),
            samples,
            experiment.getPerturbation(),
            experiment.getTask(),
            experiment.getModel().getOutput().getSize());
    Map<String, Double> figures = figures(at);
    if (selects) {
      history.add(new EpochRecord(epoch, figures));
      best.keep(epoch, weights, epochs());
    }
    return figures;
  }

  /**
   * The network that the run ends with.
   *
   * @param last the network after the epoch {@code lastEpoch}, the last that was made
   */
  Selected selected(Weights last, int lastEpoch) {
    best.finish();
    List<EpochRecord> ranked = ranking.best(history);
    boolean chooses = selects && spec.getSelect() == Selection.BEST && !ranked.isEmpty();
    int epoch = chooses ? ranked.get(0).epoch() : lastEpoch;
    Map<String, Object> summary = new LinkedHashMap<>();
    summary.put("epoch", epoch);
    summary.put("select", chooses ? "best" : "last");
    summary.put("why", chooses ? why(ranked.get(0), ranked.size()) : whyLast());
    if (chooses) {
      summary.put("monitor", monitored());
      ranked.get(0).values().entrySet().stream()
          .filter(figure -> figure.getKey().startsWith("val"))
          .forEach(figure -> summary.put(figure.getKey(), figure.getValue()));
    }
    summary.put("stoppedEarly", lastEpoch < experiment.getTrain().getEpochs());
    return new Selected(chooses ? best.after(epoch) : last, epoch, summary);
  }

  private String why(EpochRecord chosen, int among) {
    return "epoch %d has the best figure (%s) on %d validation samples among the %d measured at the full radius"
        .formatted(chosen.epoch(), monitored(), samples.size(), among);
  }

  private String whyLast() {
    return selects
        ? "the declaration asks for the last"
        : "there are no validation samples, so the last is taken";
  }

  private String monitored() {
    return spec.getMonitor().name().toLowerCase(java.util.Locale.ROOT);
  }

  private List<Integer> epochs() {
    return ranking.best(history).stream().map(EpochRecord::epoch).toList();
  }

  private Map<String, Double> figures(Evaluation at) {
    Map<String, Double> figures = new LinkedHashMap<>();
    boolean classifies = experiment.getTask() == Task.CLASSIFICATION;
    String clean = classifies ? "cleanAccuracy" : "meanAbsoluteError";
    String certified = classifies ? "ibp" : "certifiedMeanAbsoluteError";
    if (selects) {
      figures.put("valLoss", at.get(classifies ? "crossEntropy" : "meanSquaredError"));
      figures.put(classifies ? "valAccuracy" : "valMeanAbsoluteError", at.get(clean));
      figures.put(
          classifies ? "valCertifiedAccuracy" : "valCertifiedMeanAbsoluteError", at.get(certified));
    } else {
      figures.put(clean, at.get(clean));
      figures.put(classifies ? "certifiedAccuracy" : certified, at.get(certified));
    }
    return figures;
  }

  @Override
  public void close() {
    network.close();
  }
}
