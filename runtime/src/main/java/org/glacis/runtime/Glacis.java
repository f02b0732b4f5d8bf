package org.glacis.runtime;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.glacis.evidence.Json;
import org.glacis.runtime.certify.Certification;
import org.glacis.runtime.certify.Certifier;
import org.glacis.runtime.data.DataLocations;
import org.glacis.runtime.data.DataSets;
import org.glacis.runtime.data.Dataset;
import org.glacis.runtime.data.Samples;
import org.glacis.runtime.graph.Device;
import org.glacis.runtime.graph.Weights;
import org.glacis.runtime.graph.WeightsFile;
import org.glacis.runtime.report.HtmlReport;
import org.glacis.runtime.report.Pictures;
import org.glacis.spec.CertificationSpec;
import org.glacis.spec.Experiment;
import org.glacis.spec.InMemory;
import org.glacis.spec.InputException;
import org.glacis.spec.Shape;
import org.glacis.spec.Task;
import org.jspecify.annotations.Nullable;

/** The door to the runtime: experiments are run and trained, networks are loaded. */
public final class Glacis {
  private Glacis() {}

  /** Trains in memory and returns the network; nothing is written. */
  public static TrainedModel train(Experiment experiment) {
    return train(experiment, RunOptions.defaults());
  }

  /** Trains in memory and returns the network; {@code out} and {@code resume} play no role. */
  public static TrainedModel train(Experiment experiment, RunOptions options) {
    Implementations.check(experiment);
    Dataset dataset = dataset(experiment, options);
    RunOptions fresh = options.withResume(false);
    fresh.device().checked();
    Training training = Training.run(experiment, dataset, fresh, null);
    return new TrainedModel(experiment, training.weights(), fresh.device(), dataset);
  }

  /**
   * Trains, certifies and reports: the whole pipeline, with everything that it leaves in a run
   * directory.
   */
  public static Run run(Experiment experiment) {
    return run(experiment, RunOptions.defaults());
  }

  /**
   * Trains, certifies and reports. A run that is finished is left as it is when it is resumed, and
   * returned as {@link Run#load} does.
   *
   * @throws InputException when the declaration, the data or the run directory is at fault; then
   *     nothing was written
   */
  public static Run run(Experiment experiment, RunOptions options) {
    Implementations.check(experiment);
    options.device().checked();
    RunDirectory before = options.resume() ? resumed(experiment, options.out()) : null;
    if (before != null && before.isFinished()) {
      return Run.load(before.path());
    }
    Dataset dataset = dataset(experiment, options);
    if (before != null) {
      before.checkData(dataset);
    }
    experiment.getCertify().forEach(s -> HeldOutSamples.check(s, dataset.train(), dataset.test()));
    RunDirectory directory =
        before != null ? before : RunDirectory.create(options.out(), experiment.getName());
    directory.goOn();
    try {
      return completed(experiment, dataset, options, directory);
    } catch (InputException e) {
      throw e;
    } catch (RuntimeException | OutOfMemoryError e) {
      directory.failed(e);
      throw e;
    }
  }

  private static Run completed(
      Experiment experiment, Dataset dataset, RunOptions options, RunDirectory directory) {
    Training training = Training.run(experiment, dataset, options, directory);
    if (!training.finished()) {
      return new Run(directory.path(), false, List.of(), Map.of());
    }
    WeightsFile.write(directory.weights(), training.weights());
    List<Certification> certifications = new ArrayList<>();
    List<Certifier.CurvePoint> curve = new ArrayList<>();
    List<Map<String, Object>> stressed;
    boolean shown = false;
    try (TrainedModel model =
        new TrainedModel(experiment, training.weights(), options.device(), dataset)) {
      if (!model.experiment().equals(experiment)) {
        model.save(directory.frozen());
      }
      for (CertificationSpec spec : experiment.getCertify()) {
        try (Certifier certifier = model.certifier(spec.getPerturbation())) {
          Certification certification = certifier.certify(spec, dataset.test());
          directory.writeCertificates(certifications.size(), certification, dataset);
          RunEvidence.write(
              directory.evidence(certifications.size()),
              model.experiment(),
              model.weights(),
              certification,
              certification.rows(),
              dataset.test(),
              directory.dataSum());
          if (certifications.isEmpty() && experiment.getTask() == Task.CLASSIFICATION) {
            curve.addAll(certifier.curve(spec, dataset.test()));
          }
          if (!shown && AdversarialGallery.has(spec, dataset)) {
            AdversarialGallery.write(
                directory, certifier, certification, dataset, options.galleryTargets());
            shown = true;
          }
          certifications.add(certification);
        }
      }
      stressed = StressTest.of(experiment, model, dataset.test());
    }
    Map<String, Object> compared = Baselines.run(experiment, options, directory.path());
    if (compared == null) {
      return new Run(directory.path(), false, List.of(), Map.of());
    }
    Map<String, Object> summary =
        Summary.of(experiment, dataset, directory.data(), options, training, certifications, curve);
    summary.putAll(compared);
    StressTest.add(summary, stressed, directory.path());
    directory.write("summary.json", Json.pretty(summary));
    HtmlReport.write(directory.path(), pictures(dataset.test()));
    return new Run(directory.path(), true, certifications, summary);
  }

  /** The network of a finished run. */
  public static TrainedModel load(Path run) {
    return load(run, Device.CPU);
  }

  /**
   * The network of a finished run.
   *
   * @param device where attacks search; outputs, bounds and certificates are computed on the CPU
   * @throws InputException when there is no such run or no such device
   */
  public static TrainedModel load(Path run, Device device) {
    return load(run, device, null);
  }

  /**
   * The network of a finished run.
   *
   * @param device where attacks search
   * @param dataset the data of the run, where they were read already; null to read them when they
   *     are asked for
   * @throws InputException when there is no such run or no such device
   */
  public static TrainedModel load(Path run, Device device, @Nullable Dataset dataset) {
    RunDirectory directory = RunDirectory.open(run);
    if (!Files.isRegularFile(directory.weights())) {
      throw new InputException(
          run + ": the run is not finished, there is no weights.npz; go on with --resume");
    }
    return new TrainedModel(
        directory.experiment().validated(),
        WeightsFile.read(directory.weights()),
        device.checked(),
        dataset);
  }

  /** A network of the declared layers with weights from an npz archive. */
  public static TrainedModel load(Experiment experiment, Path weights) {
    return of(experiment, WeightsFile.read(weights));
  }

  /** A network of the declared layers with the given weights. */
  public static TrainedModel of(Experiment experiment, Weights weights) {
    return of(experiment, weights, Device.CPU);
  }

  private static TrainedModel of(Experiment experiment, Weights weights, Device device) {
    return new TrainedModel(experiment.validated(), weights, device, null);
  }

  /** The test samples as pictures for the report; null where they are none. */
  public static @Nullable Pictures pictures(Samples samples) {
    Shape shape = samples.shape();
    boolean image = shape.getRank() == 3 && (shape.get(2) == 1 || shape.get(2) == 3);
    if (!image) {
      return null;
    }
    return new Pictures() {
      @Override
      public float @Nullable [] pixels(int index) {
        return index < samples.size() ? samples.input(index) : null;
      }

      @Override
      public Shape shape() {
        return shape;
      }
    };
  }

  private static RunDirectory resumed(Experiment experiment, @Nullable Path out) {
    if (out == null) {
      throw new InputException("--resume needs --out, the directory of the run to go on with");
    }
    RunDirectory directory = RunDirectory.open(out);
    Experiment before = directory.experiment();
    if (!before.equals(experiment)) {
      throw new InputException(
          out
              + ": holds another experiment (\""
              + before.getName()
              + "\", or other settings); resume with glacis run "
              + out.resolve("experiment.json")
              + " --resume --out "
              + out);
    }
    directory.checkState();
    return directory;
  }

  /** The data that the experiment declares, or the program hands over, if they fit the model. */
  static Dataset dataset(Experiment experiment, RunOptions options) {
    Dataset handed = options.dataset();
    Dataset dataset;
    if (experiment.getData().getSource() instanceof InMemory source) {
      if (handed == null) {
        throw new InputException(
            "data.source: \""
                + source.getName()
                + "\" stands for arrays in memory; hand them over with RunOptions.withDataset");
      }
      dataset = DataSets.accept(source, handed).chosenBy(experiment.getData());
    } else {
      dataset =
          handed != null
              ? handed.chosenBy(experiment.getData())
              : DataSets.load(experiment.getData(), DataLocations.system(options.dataDir()));
    }
    if (dataset.shape().getSize() != experiment.getModel().getInput().getSize()) {
      throw new InputException(
          "model.input is "
              + experiment.getModel().getInput()
              + " but a sample of "
              + dataset.name()
              + " is "
              + dataset.shape()
              + "; declare the input as it is");
    }
    int outputs = experiment.getModel().getOutput().getSize();
    if (outputs != dataset.outputs()) {
      throw new InputException(
          "model.layers end with "
              + outputs
              + " outputs but "
              + dataset.name()
              + " has "
              + dataset.outputs()
              + "; end with dense("
              + dataset.outputs()
              + ")");
    }
    if (dataset.task() != experiment.getTask()) {
      throw new InputException(
          "train.loss is for "
              + experiment.getTask()
              + " but "
              + dataset.name()
              + " is for "
              + dataset.task()
              + "; take a loss for "
              + dataset.task());
    }
    return dataset;
  }
}
