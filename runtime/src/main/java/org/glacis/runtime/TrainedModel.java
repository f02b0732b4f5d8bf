package org.glacis.runtime;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.glacis.runtime.certify.Batch;
import org.glacis.runtime.certify.Certification;
import org.glacis.runtime.certify.Certifier;
import org.glacis.runtime.certify.Evaluation;
import org.glacis.runtime.certify.InputRange;
import org.glacis.runtime.certify.NetworkGraph;
import org.glacis.runtime.data.DataLocations;
import org.glacis.runtime.data.DataSets;
import org.glacis.runtime.data.Dataset;
import org.glacis.runtime.data.Samples;
import org.glacis.runtime.graph.Device;
import org.glacis.runtime.graph.Element;
import org.glacis.runtime.graph.Weights;
import org.glacis.runtime.graph.WeightsFile;
import org.glacis.runtime.interchange.ExportFormat;
import org.glacis.spec.CertificationSpec;
import org.glacis.spec.CertificationStep;
import org.glacis.spec.Epsilon;
import org.glacis.spec.Experiment;
import org.glacis.spec.Ibp;
import org.glacis.spec.InputException;
import org.glacis.spec.PerturbationSet;
import org.jspecify.annotations.Nullable;
import org.tensorflow.types.TFloat64;

/**
 * A network with its weights: it predicts, bounds its outputs over boxes, and is certified, saved
 * and exported. Outputs are computed in float64 from the stored float32 weights; bounds enclose
 * exact arithmetic. Holds native memory: close it.
 */
public final class TrainedModel implements AutoCloseable {
  private final Experiment experiment;
  private final Weights weights;
  private final Device device;
  private final @Nullable Dataset dataset;
  private final boolean constrained;
  private @Nullable NetworkGraph<TFloat64> network;

  TrainedModel(Experiment experiment, Weights weights, Device device, @Nullable Dataset dataset) {
    this.experiment = experiment.getPlain();
    this.weights = Freezing.plain(experiment.getModel(), weights);
    this.device = device;
    this.dataset = dataset;
    constrained = !this.experiment.getModel().equals(experiment.getModel());
  }

  /** The declaration that it was trained by, with plain layers where weights were constrained. */
  public Experiment experiment() {
    return experiment;
  }

  /**
   * The plain network's weights, by path: {@code layers/0/kernel} is inputs × units, or height ×
   * width × channels × filters.
   */
  public Weights weights() {
    return weights;
  }

  /**
   * The outputs (logits or predictions) at {@code inputs}, each a sample row by row. Samples ×
   * outputs.
   *
   * @throws InputException when an input does not fit, or lies outside the range of the
   *     experiment's perturbation set
   */
  public double[][] predict(float[][] inputs) {
    return rows(network().predict(flat(inputs), inputs.length), inputs.length);
  }

  /** The class with the largest logit for each input. */
  public int[] classify(float[][] inputs) {
    double[][] outputs = predict(inputs);
    int[] classes = new int[outputs.length];
    for (int i = 0; i < classes.length; i++) {
      for (int j = 1; j < outputs[i].length; j++) {
        classes[i] = outputs[i][j] > outputs[i][classes[i]] ? j : classes[i];
      }
    }
    return classes;
  }

  /**
   * Prediction and proved output intervals over the l-inf box of radius {@code epsilon}, clipped to
   * the data range.
   */
  public IntervalOutput interval(float[][] inputs, double epsilon) {
    return interval(inputs, new Epsilon(epsilon));
  }

  /**
   * Prediction and proved output intervals over a box with a radius of its own for each feature.
   */
  public IntervalOutput interval(float[][] inputs, Epsilon epsilon) {
    check(epsilon);
    int outputs = experiment.getModel().getOutput().getSize();
    double[] flat = flat(inputs);
    Batch batch = new Batch(inputs.length, flat, new double[inputs.length * outputs], new int[0]);
    var bounds = network().bounds(batch, network().radius(epsilon), true);
    return new IntervalOutput(
        rows(network().predict(flat, inputs.length), inputs.length),
        rows(bounds.lower(), inputs.length),
        rows(bounds.upper(), inputs.length));
  }

  /** Certifies the test samples of the experiment's data by interval bounds. */
  public Certification certify(PerturbationSet set) {
    return certify(
        new CertificationSpec(set, List.<CertificationStep>of(Ibp.INSTANCE), null), data().test());
  }

  /**
   * Runs the steps of {@code spec} on {@code samples}.
   *
   * @throws InputException if a sample does not fit, or {@code spec} asks for a bound from held-out
   *     samples and these are training samples of the experiment
   */
  public Certification certify(CertificationSpec spec, Samples samples) {
    if (spec.getHeldOut() != null) {
      HeldOutSamples.check(spec, data().train(), samples);
    }
    try (Certifier certifier = certifier(spec.getPerturbation())) {
      return certifier.certify(spec, samples);
    }
  }

  /** Clean and certified figures of {@code samples} by interval bounds, at any radius. */
  public Evaluation evaluate(Samples samples, PerturbationSet set) {
    try (Certifier certifier = certifier(set)) {
      return certifier.evaluate(samples, set);
    }
  }

  /** Whether layers were constrained while the network was trained. */
  public boolean isConstrained() {
    return constrained;
  }

  /**
   * The network with its proved constants, which are computed now: seconds for a 1-Lipschitz
   * network of convolutions, minutes for dense layers of tens of thousands of numbers.
   */
  public FrozenNetwork freeze() {
    NetworkGraph.Norms norms = network().norms();
    return new FrozenNetwork(experiment.getModel(), weights, norms.layers(), norms.network());
  }

  /**
   * Writes the network for other programs.
   *
   * @throws InputException if there is something at {@code target}, or the format cannot hold the
   *     network
   */
  public void export(ExportFormat format, Path target) {
    format.write(this, target);
  }

  /** Writes the weights, and only these, as an npz archive. */
  public void save(Path file) {
    WeightsFile.write(file, weights);
  }

  Certifier certifier(PerturbationSet set) {
    check(set.getEpsilon());
    return new Certifier(
        experiment.getModel(), weights, experiment.getTask(), set, device, experiment.getSeed());
  }

  /** The experiment's data: those handed over, or read anew. */
  public Dataset data() {
    return dataset != null
        ? dataset
        : DataSets.load(experiment.getData(), DataLocations.system(null));
  }

  private void check(Epsilon epsilon) {
    int size = experiment.getModel().getInput().getSize();
    if (epsilon.getValues().stream().anyMatch(e -> !(e >= 0) || e.isInfinite())) {
      throw new InputException("epsilon is " + epsilon + "; give finite numbers, 0 or above");
    }
    if (!epsilon.isScalar() && epsilon.getValues().size() != size) {
      throw new InputException(
          "epsilon has "
              + epsilon.getValues().size()
              + " numbers but an input has "
              + size
              + "; give 1 or "
              + size);
    }
  }

  private NetworkGraph<TFloat64> network() {
    if (network == null) {
      network =
          new NetworkGraph<>(
                  experiment.getModel(),
                  experiment.getTask(),
                  Element.FLOAT64,
                  experiment.getPerturbation().getRange(),
                  device.onCpu(),
                  true)
              .load(weights);
    }
    return network;
  }

  private double[] flat(float[][] inputs) {
    int size = experiment.getModel().getInput().getSize();
    double[] flat = new double[inputs.length * size];
    for (int i = 0; i < inputs.length; i++) {
      if (inputs[i].length != size) {
        throw new InputException(
            "input "
                + i
                + " has "
                + inputs[i].length
                + " numbers but the network takes "
                + size
                + ", the shape "
                + experiment.getModel().getInput()
                + " row by row");
      }
      for (int j = 0; j < size; j++) {
        if (!Float.isFinite(inputs[i][j])) {
          throw new InputException(
              "input " + i + " has " + inputs[i][j] + " at " + j + "; give finite numbers");
        }
        flat[i * size + j] = inputs[i][j];
      }
      InputRange.check("input " + i, inputs[i], experiment.getPerturbation().getRange());
    }
    return flat;
  }

  private static double[][] rows(double[] flat, int count) {
    int width = count == 0 ? 0 : flat.length / count;
    List<double[]> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      rows.add(Arrays.copyOfRange(flat, i * width, (i + 1) * width));
    }
    return rows.toArray(new double[0][]);
  }

  @Override
  public void close() {
    if (network != null) {
      network.close();
    }
  }
}
