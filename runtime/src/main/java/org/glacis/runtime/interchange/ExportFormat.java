package org.glacis.runtime.interchange;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.glacis.runtime.Glacis;
import org.glacis.runtime.TrainedModel;
import org.glacis.runtime.interchange.onnx.OnnxModels;
import org.glacis.spec.InputException;
import org.glacis.spec.Nearest;

/** What a network can be written as, for other programs. */
public enum ExportFormat {
  /** One ONNX file; see {@link OnnxModels}. */
  ONNX("onnx", "network.onnx") {
    @Override
    public void write(TrainedModel model, Path target) {
      OnnxModels.write(model, target);
    }

    @Override
    public double[][] predict(Path written, TrainedModel model, float[][] inputs) {
      return OnnxModels.predict(written, inputs, model.experiment().getModel());
    }
  },

  /** A folder that TensorFlow reads; see {@link SavedModels}. */
  SAVED_MODEL("saved-model", "saved-model") {
    @Override
    public void write(TrainedModel model, Path target) {
      SavedModels.write(model, target);
    }

    @Override
    public double[][] predict(Path written, TrainedModel model, float[][] inputs) {
      return SavedModels.predict(written, inputs, model.experiment().getModel());
    }
  },

  /** Layers and weights as text; see {@link NetworkJson}. */
  JSON("json", "network.json") {
    @Override
    public void write(TrainedModel model, Path target) {
      NetworkJson.write(model, target);
    }

    @Override
    public double[][] predict(Path written, TrainedModel model, float[][] inputs) {
      try (TrainedModel read = Glacis.of(model.experiment(), NetworkJson.read(written))) {
        return read.predict(inputs);
      }
    }
  };

  private final String tag;
  private final String file;

  ExportFormat(String tag, String file) {
    this.tag = tag;
    this.file = file;
  }

  /** The name on the command line: {@code saved-model}. */
  public String tag() {
    return tag;
  }

  /** What it is called in the directory of a run. */
  public String file() {
    return file;
  }

  /**
   * Writes the network to {@code target}, which appears at once and whole.
   *
   * @throws InputException if there is something at {@code target}, or the format cannot hold the
   *     network
   */
  public abstract void write(TrainedModel model, Path target);

  /**
   * What is stored at {@code written} computes, by the program that it is meant for.
   *
   * @return samples × outputs
   */
  public abstract double[][] predict(Path written, TrainedModel model, float[][] inputs);

  /** The names of all formats. */
  public static List<String> tags() {
    return Arrays.stream(values()).map(ExportFormat::tag).sorted().toList();
  }

  /**
   * The format of that name.
   *
   * @throws InputException if there is none
   */
  public static ExportFormat of(String tag) {
    return Arrays.stream(values())
        .filter(format -> format.tag.equals(tag))
        .findFirst()
        .orElseThrow(
            () ->
                new InputException(
                    "--to " + tag + ": no such format; " + Nearest.nearest(tag, tags(), "format")));
  }
}
