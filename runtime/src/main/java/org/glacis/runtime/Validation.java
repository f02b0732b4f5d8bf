package org.glacis.runtime;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.glacis.runtime.certify.Diagnostics;
import org.glacis.runtime.certify.Evaluation;
import org.glacis.runtime.certify.LipschitzEvaluation;
import org.glacis.runtime.certify.NetworkGraph;
import org.glacis.runtime.data.Corruptions;
import org.glacis.runtime.data.Dataset;
import org.glacis.runtime.data.Samples;
import org.glacis.runtime.graph.Element;
import org.glacis.runtime.graph.Weights;
import org.glacis.runtime.train.EpochRecord;
import org.glacis.runtime.train.Monitor;
import org.glacis.runtime.train.Ranking;
import org.glacis.spec.Experiment;
import org.glacis.spec.L2;
import org.glacis.spec.LipschitzMargin;
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

  /**
   * Of so many training samples one is looked at more closely, so that it takes little of an
   * epoch's time; at least {@link #FEWEST} are, at most {@link #MONITORED}. The attack, which takes
   * several passes, gets half as many.
   */
  private static final int ONE_OF = 50;

  private static final int FEWEST = 50;

  /** The quantiles of the margins, in percent. */
  private static final int[] QUANTILES = {5, 25, 50, 75, 95};

  private final Experiment experiment;
  private final ValidationSpec spec;
  private final Samples samples;
  private final int few;
  private final boolean selects;
  private final NetworkGraph<TFloat32> network;
  private final Ranking ranking;
  private final BestWeights best;

  /** Whether a declared certificate rests on Lipschitz constants, and not on boxes. */
  private final boolean byConstants;

  private final List<EpochRecord> history = new ArrayList<>();
  private int measured;
  private double[] margins = {};

  /**
   * The network that a run ends with.
   *
   * @param epoch after which it was as it is
   * @param summary which and why, for {@code summary.json}
   * @param relus the shares of each of its ReLUs, for {@code summary.json}
   */
  record Selected(
      Weights weights, int epoch, Map<String, Object> summary, List<Map<String, Object>> relus) {}

  /**
   * A validation that has measured nothing.
   *
   * @param split whose second part is measured
   */
  Validation(
      Experiment experiment,
      RunOptions options,
      Dataset.Split split,
      @Nullable RunDirectory directory) {
    this.experiment = experiment;
    samples = split.validation();
    few =
        Math.min(
            samples.size(), Math.min(MONITORED, Math.max(FEWEST, split.train().size() / ONE_OF)));
    spec = experiment.getTrain().getValidation();
    selects = experiment.getData().getValidation() > 0;
    ranking = new Ranking(experiment);
    byConstants =
        experiment.getPerturbation() instanceof L2
            && experiment.getCertify().stream()
                .anyMatch(spec -> spec.getSteps().contains(LipschitzMargin.INSTANCE));
    best =
        new BestWeights(
            directory == null ? null : directory.checkpointFolder(), spec.getKeepBest());
    network =
        new NetworkGraph<>(
            experiment.getModel().getPlain(),
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
      Dataset.Split split =
          experiment.getTrain().getValidation().getShuffled()
              ? dataset.split(share, experiment.getSeed())
              : dataset.split(share);
      Samples kept = Corruptions.validation(experiment, split.validation(), dataset.outputs());
      return new Dataset.Split(split.train(), kept);
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
    network.load(Freezing.plain(experiment.getModel(), weights));
    Evaluation evaluation = evaluation();
    measured = epoch;
    margins = Arrays.stream(evaluation.margins()).filter(Double::isFinite).toArray();
    Map<String, Double> figures = figures(evaluation);
    if (selects) {
      history.add(new EpochRecord(epoch, figures));
      best.keep(epoch, weights, epochs());
    }
    return figures;
  }

  private Evaluation evaluation() {
    return byConstants
        ? LipschitzEvaluation.of(
            network, samples, experiment.getPerturbation().getEpsilon().getLargest())
        : Evaluation.clipped(
            network,
            samples,
            experiment.getPerturbation(),
            experiment.getTask(),
            network.outputs());
  }

  /** The finite margin bounds that were measured after {@code epoch}; none where none were. */
  double[] margins(int epoch) {
    return epoch == measured ? margins.clone() : new double[0];
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
    Weights weights = chooses ? best.after(epoch) : last;
    network.load(Freezing.plain(experiment.getModel(), weights));
    return new Selected(
        weights,
        epoch,
        summary,
        diagnostics().layers().stream().map(Diagnostics.Relus::fields).toList());
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
    String certified =
        byConstants ? "lipschitzMargin" : classifies ? "ibp" : "certifiedMeanAbsoluteError";
    if (selects) {
      figures.put("valLoss", at.get(classifies ? "crossEntropy" : "meanSquaredError"));
      figures.put(classifies ? "valAccuracy" : "valMeanAbsoluteError", at.get(clean));
      figures.put(
          classifies ? "valCertifiedAccuracy" : "valCertifiedMeanAbsoluteError", at.get(certified));
    } else {
      figures.put(clean, at.get(clean));
      figures.put(classifies ? "certifiedAccuracy" : certified, at.get(certified));
    }
    if (byConstants) {
      String radius = "meanCertifiedRadius";
      figures.put(selects ? "valMeanCertifiedRadius" : radius, at.get(radius));
      String kr = "krOverConstant";
      figures.put(selects ? "valKrOverConstant" : kr, at.get(kr));
    } else if (classifies) {
      double attacked =
          Diagnostics.attackAccuracy(
              network,
              samples,
              at,
              experiment.getPerturbation(),
              experiment.getSeed(),
              (few + 1) / 2);
      if (Double.isFinite(attacked)) {
        figures.put(selects ? "valAttackAccuracy" : "attackAccuracy", attacked);
      }
    }
    for (int percent : classifies && margins.length > 0 ? QUANTILES : new int[0]) {
      figures.put("marginP" + percent, Diagnostics.quantile(margins, percent / 100.0));
    }
    if (!byConstants) {
      figures.putAll(diagnostics().figures());
    }
    return figures;
  }

  private Diagnostics diagnostics() {
    return Diagnostics.of(network, samples.range(0, few), experiment.getPerturbation());
  }

  @Override
  public void close() {
    network.close();
  }
}
