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
    kinds.put("conv1d", AffineKinds::conv1d);
    kinds.put("conv2dTranspose", AffineKinds::conv2dTranspose);
    kinds.put("averagePool2d", AffineKinds::averagePool);
    kinds.put("scaledAveragePool2d", AffineKinds::scaledAveragePool);
    kinds.put("scaledGlobalAveragePool2d", AffineKinds::globalAveragePool);
    kinds.put("normalize", AffineKinds::normalize);
    kinds.put("batchNorm", AffineKinds::batchNorm);
    kinds.put("layerCentering", AffineKinds::layerCentering);
    kinds.put("batchCentering", AffineKinds::batchCentering);
    kinds.put("batchLipNorm", AffineKinds::batchLipNorm);
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
    int groups = layer.has("groups") ? layer.whole("groups", 1) : 1;
    int channels = windows.channels();
    if (channels % groups != 0 || filters % groups != 0) {
      throw EvidenceException.of(
          layer.where() + ".groups",
          "%d groups of %d channels and %d filters".formatted(groups, channels, filters),
          "a divisor of both",
          "write the evidence anew");
    }
    double[] kernel = to.weights().get(path + "/kernel", side, side, channels / groups, filters);
    double[] bias = bias(layer, path, filters, to);
    to.add(
        path,
        new Conv2d(windows, filters, groups, kernel, bias),
        windows.rows(),
        windows.columns(),
        filters);
  }

  /** A sequence is an image that is one pixel wide. */
  private static void conv1d(Fields layer, String path, Layers to) {
    rank(2, layer, to);
    int length = layer.whole("kernel", 1);
    int filters = layer.whole("filters", 1);
    int step = layer.has("stride") ? layer.whole("stride", 1) : 1;
    int channels = to.channels();
    Frame frame = new Frame(length, 1, step, 1, to.shape()[0], 1, channels);
    Windows windows = windows(layer, frame, "same");
    double[] kernel = to.weights().get(path + "/kernel", length, channels, filters);
    double[] bias = bias(layer, path, filters, to);
    to.add(path, new Conv2d(windows, filters, 1, kernel, bias), windows.rows(), filters);
  }

  /** The kernel is that of the convolution whose adjoint this is. */
  private static void conv2dTranspose(Fields layer, String path, Layers to) {
    rank(3, layer, to);
    int side = layer.whole("kernel", 1);
    int filters = layer.whole("filters", 1);
    int step = layer.has("stride") ? layer.whole("stride", 1) : 1;
    int channels = to.channels();
    int height = extent(layer, side, step, 0, to.shape()[0]);
    int width = extent(layer, side, step, 2, to.shape()[1]);
    if (height < 1 || width < 1 || (double) height * width * filters > NetworkReader.LARGEST) {
      throw EvidenceException.of(
          layer.where(),
          "an output of %d × %d × %d".formatted(height, width, filters),
          "one that is not empty, and not larger than all others",
          "write the evidence anew");
    }
    Windows windows =
        windows(layer, new Frame(side, side, step, step, height, width, filters), "same");
    double[] kernel = to.weights().get(path + "/kernel", side, side, filters, channels);
    double[] bias = bias(layer, path, filters, to);
    Conv2d adjoint = new Conv2d(windows, channels, 1, kernel, null);
    if (adjoint.outputs() != to.size()) {
      throw EvidenceException.of(
          layer.where(),
          "an output of %d × %d, whose windows are %d × %d"
              .formatted(height, width, windows.rows(), windows.columns()),
          "windows as many as the input " + Arrays.toString(to.shape()) + " has pixels",
          "write the evidence anew");
    }
    to.add(
        path, new Conv2dTranspose(adjoint, height * width * filters, bias), height, width, filters);
  }

  /** The extent of the output; {@code first} is the place of the axis in explicit padding. */
  private static int extent(Fields layer, int side, int step, int first, int places) {
    Object declared = layer.has("padding") ? layer.value("padding") : "same";
    if ("same".equals(declared) || "circular".equals(declared)) {
      return step * places;
    }
    int[] sides = declared instanceof List<?> ? layer.wholes("padding", 0) : new int[4];
    boolean explicit = sides.length == 4;
    return (places - 1) * step + side - (explicit ? sides[first] + sides[first + 1] : 0);
  }

  /** Windows and the images that they lie over, without what is around these. */
  private record Frame(
      int tall, int wide, int down, int right, int height, int width, int channels) {}

  /**
   * The windows of a layer with the settings {@code stride} and {@code padding}.
   *
   * @param stride where the layer does not say, likewise {@code usual} for the padding
   */
  static Windows windows(Fields layer, int side, int stride, String usual, Layers to) {
    rank(3, layer, to);
    int step = layer.has("stride") ? layer.whole("stride", 1) : stride;
    int[] image = to.shape();
    return windows(
        layer, new Frame(side, side, step, step, image[0], image[1], to.channels()), usual);
  }

  private static Windows windows(Fields layer, Frame at, String usual) {
    int[] sides = padding(layer, at, usual);
    boolean circular = sides.length == 5;
    int rows = Math.floorDiv(at.height + sides[0] + sides[1] - at.tall, at.down) + 1;
    int columns = Math.floorDiv(at.width + sides[2] + sides[3] - at.wide, at.right) + 1;
    if (rows < 1 || columns < 1) {
      throw EvidenceException.of(
          layer.where(),
          "windows of %d × %d on an image of %d × %d"
              .formatted(at.tall, at.wide, at.height, at.width),
          "windows that fit",
          "write the evidence anew");
    }
    return new Windows(
        at.height,
        at.width,
        at.channels,
        at.tall,
        at.wide,
        at.down,
        at.right,
        sides[0],
        sides[2],
        rows,
        columns,
        circular);
  }

  /** Top, bottom, left and right; a fifth number says that the image goes on. */
  private static int[] padding(Fields layer, Frame at, String usual) {
    Object declared = layer.has("padding") ? layer.value("padding") : usual;
    if (declared instanceof List<?>) {
      int[] sides = layer.wholes("padding", 0);
      if (sides.length == 4
          && Math.max(sides[0], sides[1]) < at.tall
          && Math.max(sides[2], sides[3]) < at.wide) {
        return sides;
      }
    } else if ("valid".equals(declared)) {
      return new int[4];
    } else if ("same".equals(declared) || "circular".equals(declared)) {
      int down = missing(at.height, at.tall, at.down);
      int across = missing(at.width, at.wide, at.right);
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
        height,
        width,
        to.channels(),
        pool,
        pool,
        pool,
        pool,
        0,
        0,
        height / pool,
        width / pool,
        false);
  }

  /** One window that sees the whole image. */
  static Windows global(Fields layer, Layers to) {
    rank(3, layer, to);
    int height = to.shape()[0];
    int width = to.shape()[1];
    return new Windows(
        height, width, to.channels(), height, width, height, width, 0, 0, 1, 1, false);
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
        count += windows.pixel(p, q, k) >= 0 ? 1 : 0;
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
    Arrays.fill(weights, 1.0 / windows.tall());
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

  private static void batchCentering(Fields layer, String path, Layers to) {
    layer.value("momentum");
    centred(path, 1, to);
  }

  /** Divided by the largest standard deviation; by nothing where its square is below 1e-5. */
  private static void batchLipNorm(Fields layer, String path, Layers to) {
    layer.value("momentum");
    double[] variance = to.weights().get(path + "/variance", to.channels());
    double most = Arrays.stream(variance).max().orElse(0);
    centred(path, most < 1e-5 ? 1 : 1 / Math.sqrt(most), to);
  }

  /** {@code scale (x - mean) + bias}. */
  private static void centred(String path, double scale, Layers to) {
    int channels = to.channels();
    double[] mean = to.weights().get(path + "/mean", channels);
    double[] bias = to.weights().get(path + "/bias", channels);
    double[] shift = new double[channels];
    double[] size = new double[channels];
    for (int c = 0; c < channels; c++) {
      double moved = mean[c] * scale;
      shift[c] = bias[c] - moved;
      size[c] = Math.nextUp(Math.nextUp(Math.abs(bias[c])) + Math.abs(moved) * (1 + 0x1p-40));
    }
    to.add(path, new ScaleShift(to.size(), new double[] {scale}, shift, size), to.shape());
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
          rank == 1 ? "one axis" : rank == 2 ? "length × channels" : "height × width × channels",
          "write the evidence anew");
    }
  }
}
