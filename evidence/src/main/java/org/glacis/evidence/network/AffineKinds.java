package org.glacis.evidence.network;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.glacis.evidence.EvidenceException;
import org.glacis.evidence.file.Fields;
import org.glacis.evidence.network.Layers.Kind;
import org.jspecify.annotations.Nullable;

/** Layers that are a matrix and a shift. */
final class AffineKinds {
  private AffineKinds() {}

  static void register(Map<String, Kind> kinds) {
    kinds.put("dense", AffineKinds::dense);
    kinds.put("binaryLogits", AffineKinds::binaryLogits);
    kinds.put("conv2d", AffineKinds::conv2d);
    kinds.put("averagePool2d", AffineKinds::averagePool);
    kinds.put("scaledAveragePool2d", AffineKinds::scaledAveragePool);
    kinds.put("scaledGlobalAveragePool2d", AffineKinds::globalAveragePool);
    kinds.put("normalize", AffineKinds::normalize);
    kinds.put("batchNorm", AffineKinds::batchNorm);
    kinds.put("layerCentering", AffineKinds::layerCentering);
    kinds.put("scale", AffineKinds::scale);
  }

  private static void dense(Fields layer, String path, Layers to) {
    rank(1, layer, to);
    int inputs = to.size();
    int units = layer.whole("units", 1);
    double[] kernel = to.weights().get(path + "/kernel", inputs, units);
    to.add(path, new Dense(inputs, units, kernel, bias(layer, path, units, to)), units);
  }

  /** {@code -f / 2} and {@code f / 2}. */
  private static void binaryLogits(Fields layer, String path, Layers to) {
    rank(1, layer, to);
    if (to.size() != 1) {
      throw EvidenceException.of(
          layer.where(), to.size() + " inputs", "one input", "write the evidence anew");
    }
    to.add(path, new Dense(1, 2, new double[] {-0.5, 0.5}, null), 2);
  }

  /** A layer has a bias unless it says otherwise. */
  private static double @Nullable [] bias(Fields layer, String path, int size, Layers to) {
    boolean has = !layer.has("bias") || layer.truth("bias");
    return has ? to.weights().get(path + "/bias", size) : null;
  }

  private static void conv2d(Fields layer, String path, Layers to) {
    int side = layer.whole("kernel", 1);
    int filters = layer.whole("filters", 1);
    Windows windows = windows(layer, side, 1, "same", to);
    double[] kernel = to.weights().get(path + "/kernel", side, side, windows.channels(), filters);
    double[] bias = bias(layer, path, filters, to);
    to.add(
        path,
        new Conv2d(windows, filters, kernel, bias),
        windows.rows(),
        windows.columns(),
        filters);
  }

  /**
   * The windows of a layer with the settings {@code stride} and {@code padding}.
   *
   * @param stride where the layer does not say, likewise {@code usual} for the padding
   */
  static Windows windows(Fields layer, int side, int stride, String usual, Layers to) {
    rank(3, layer, to);
    int step = layer.has("stride") ? layer.whole("stride", 1) : stride;
    int height = to.shape()[0];
    int width = to.shape()[1];
    int[] sides = padding(layer, side, step, usual, height, width);
    boolean circular = sides.length == 5;
    int rows = Math.floorDiv(height + sides[0] + sides[1] - side, step) + 1;
    int columns = Math.floorDiv(width + sides[2] + sides[3] - side, step) + 1;
    if (rows < 1 || columns < 1) {
      throw EvidenceException.of(
          layer.where(),
          "windows of %d × %d on an image of %d × %d".formatted(side, side, height, width),
          "windows that fit",
          "write the evidence anew");
    }
    return new Windows(
        height, width, to.channels(), side, step, sides[0], sides[2], rows, columns, circular);
  }

  /** Top, bottom, left and right; a fifth number says that the image goes on. */
  private static int[] padding(
      Fields layer, int side, int stride, String usual, int height, int width) {
    Object declared = layer.has("padding") ? layer.value("padding") : usual;
    if (declared instanceof List<?>) {
      int[] sides = layer.wholes("padding", 0);
      if (sides.length == 4 && Arrays.stream(sides).allMatch(zeros -> zeros < side)) {
        return sides;
      }
    } else if ("valid".equals(declared)) {
      return new int[4];
    } else if ("same".equals(declared) || "circular".equals(declared)) {
      int down = missing(height, side, stride);
      int across = missing(width, side, stride);
      int[] same = {down / 2, down - down / 2, across / 2, across - across / 2};
      return "same".equals(declared) ? same : Arrays.copyOf(same, 5);
    }
    throw EvidenceException.of(
        layer.where() + ".padding",
        String.valueOf(declared),
        "same, valid, circular or [top, bottom, left, right] below the window's side",
        "write the evidence anew");
  }

  private static int missing(int extent, int side, int stride) {
    return Math.max(0, ((extent + stride - 1) / stride - 1) * stride + side - extent);
  }

  /** Windows of {@code pool} × {@code pool} next to one another, inside the image. */
  static Windows pools(Fields layer, Layers to) {
    rank(3, layer, to);
    int pool = layer.whole("pool", 1);
    int height = to.shape()[0];
    int width = to.shape()[1];
    if (height < pool || width < pool) {
      throw EvidenceException.of(
          layer.where() + ".pool",
          "%d on an image of %d × %d".formatted(pool, height, width),
          "windows that fit",
          "write the evidence anew");
    }
    return new Windows(
        height, width, to.channels(), pool, pool, 0, 0, height / pool, width / pool, false);
  }

  /** One window that sees the whole image. */
  static Windows global(Fields layer, Layers to) {
    rank(3, layer, to);
    int height = to.shape()[0];
    int width = to.shape()[1];
    int side = Math.max(height, width);
    return new Windows(height, width, to.channels(), side, side, 0, 0, 1, 1, false);
  }

  /** Windows of {@code same} divide by the pixels that they see, others by all of the window. */
  private static void averagePool(Fields layer, String path, Layers to) {
    int pool = layer.whole("pool", 1);
    Windows windows = windows(layer, pool, pool, "valid", to);
    boolean seen = layer.has("padding") && "same".equals(layer.value("padding"));
    double[] weights = new double[windows.rows() * windows.columns()];
    for (int window = 0; window < weights.length; window++) {
      int count = 0;
      for (int k = 0; k < pool * pool; k++) {
        int p = window / windows.columns();
        int q = window % windows.columns();
        count += windows.pixel(p, q, k / pool, k % pool) >= 0 ? 1 : 0;
      }
      weights[window] = 1.0 / (seen ? count : pool * pool);
    }
    if (windows.circular()) {
      throw EvidenceException.of(
          layer.where() + ".padding", "circular", "same, valid or four numbers", "take another");
    }
    to.add(
        path,
        new AveragePool(windows, weights),
        windows.rows(),
        windows.columns(),
        windows.channels());
  }

  /** The mean times the side of the window. */
  private static void scaledAveragePool(Fields layer, String path, Layers to) {
    Windows windows = pools(layer, to);
    double[] weights = new double[windows.rows() * windows.columns()];
    Arrays.fill(weights, 1.0 / windows.side());
    to.add(
        path,
        new AveragePool(windows, weights),
        windows.rows(),
        windows.columns(),
        windows.channels());
  }

  /** The mean times the square root of the number of pixels. */
  private static void globalAveragePool(Fields layer, String path, Layers to) {
    Windows windows = global(layer, to);
    double pixels = (double) windows.height() * windows.width();
    to.add(
        path, new AveragePool(windows, new double[] {1 / Math.sqrt(pixels)}), windows.channels());
  }

  private static void normalize(Fields layer, String path, Layers to) {
    double[] mean = layer.numbers("mean");
    double[] deviation = layer.numbers("deviation");
    perChannel(layer.where() + ".mean", mean.length, to);
    perChannel(layer.where() + ".deviation", deviation.length, to);
    int channels = Math.max(mean.length, deviation.length);
    double[] scale = new double[channels];
    double[] shift = new double[channels];
    double[] size = new double[channels];
    for (int c = 0; c < channels; c++) {
      double divisor = deviation[c % deviation.length];
      if (divisor <= 0) {
        throw EvidenceException.of(
            layer.where() + ".deviation",
            Double.toString(divisor),
            "numbers above 0",
            "write the evidence anew");
      }
      scale[c] = 1 / divisor;
      shift[c] = -mean[c % mean.length] / divisor;
      size[c] = Math.nextUp(Math.abs(shift[c]));
    }
    to.add(path, new ScaleShift(to.size(), scale, shift, size), to.shape());
  }

  private static void batchNorm(Fields layer, String path, Layers to) {
    int channels = to.channels();
    double epsilon = layer.number("epsilon");
    layer.value("momentum");
    double[] gamma = to.weights().get(path + "/gamma", channels);
    double[] beta = to.weights().get(path + "/beta", channels);
    double[] mean = to.weights().get(path + "/mean", channels);
    double[] variance = to.weights().get(path + "/variance", channels);
    double[] scale = new double[channels];
    double[] shift = new double[channels];
    double[] size = new double[channels];
    for (int c = 0; c < channels; c++) {
      if (!(variance[c] >= 0 && epsilon > 0)) {
        throw EvidenceException.of(
            layer.where() + ": " + path + "/variance",
            variance[c] + " with an epsilon of " + epsilon,
            "a variance of 0 or more and an epsilon above 0",
            "write the evidence anew");
      }
      scale[c] = gamma[c] / Math.sqrt(variance[c] + epsilon);
      double moved = mean[c] * scale[c];
      shift[c] = beta[c] - moved;
      size[c] = Math.nextUp(Math.nextUp(Math.abs(beta[c])) + Math.abs(moved) * (1 + 0x1p-40));
    }
    to.add(path, new ScaleShift(to.size(), scale, shift, size), to.shape());
  }

  private static void layerCentering(Fields layer, String path, Layers to) {
    rank(3, layer, to);
    int channels = to.channels();
    boolean has = layer.has("bias") ? layer.truth("bias") : to.weights().has(path + "/bias");
    double[] bias = has ? to.weights().get(path + "/bias", channels) : null;
    to.add(path, new Centering(to.size() / channels, channels, bias), to.shape());
  }

  private static void scale(Fields layer, String path, Layers to) {
    double[] factor = {layer.number("factor")};
    to.add(path, new ScaleShift(to.size(), factor, new double[1], new double[1]), to.shape());
  }

  private static void perChannel(String where, int count, Layers to) {
    if (count != 1 && count != to.channels()) {
      throw EvidenceException.of(
          where, count + " numbers", "1 or " + to.channels(), "write the evidence anew");
    }
  }

  static void rank(int rank, Fields layer, Layers to) {
    if (to.shape().length != rank) {
      throw EvidenceException.of(
          layer.where(),
          "an input of the shape " + Arrays.toString(to.shape()),
          rank == 1 ? "one axis" : "height × width × channels",
          "write the evidence anew");
    }
  }
}
