package org.glacis.evidence.network;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.glacis.evidence.EvidenceException;
import org.glacis.evidence.file.Fields;
import org.glacis.evidence.network.Layers.Kind;

/** Activations, sorts, pools that are no averages, and what only rearranges. */
final class OtherKinds {
  private OtherKinds() {}

  static void register(Map<String, Kind> kinds) {
    kinds.put("relu", (layer, path, to) -> bent(path, to, 0));
    kinds.put("leakyRelu", OtherKinds::leakyRelu);
    kinds.put("absolute", (layer, path, to) -> bent(path, to, -1));
    kinds.put("clippedPRelu", OtherKinds::clippedPRelu);
    kinds.put("elu", smooth(Smooth.ELU));
    kinds.put("softplus", smooth(Smooth.SOFTPLUS));
    kinds.put("sigmoid", smooth(Smooth.SIGMOID));
    kinds.put("tanh", smooth(Smooth.TANH));
    kinds.put("groupSort", OtherKinds::groupSort);
    kinds.put(
        "fullSort",
        (layer, path, to) -> to.add(path, Sorting.groups(to.size(), to.channels()), to.shape()));
    kinds.put("maxMin", OtherKinds::maxMin);
    kinds.put("concatMaxMin", OtherKinds::concatMaxMin);
    kinds.put("householder", OtherKinds::householder);
    kinds.put("maxPool2d", OtherKinds::maxPool);
    kinds.put("scaledL2NormPool2d", OtherKinds::normPool);
    kinds.put("scaledGlobalL2NormPool2d", OtherKinds::globalNormPool);
    kinds.put("flatten", (layer, path, to) -> to.reshape(to.size()));
    kinds.put("reshape", OtherKinds::reshape);
    kinds.put("dropout", (layer, path, to) -> layer.number("rate"));
    kinds.put("invertibleDownSampling", OtherKinds::unshuffle);
    kinds.put("invertibleUpSampling", OtherKinds::shuffle);
  }

  private static void bent(String path, Layers to, double... slopes) {
    to.add(path, new Bent(to.size(), slopes), to.shape());
  }

  private static void leakyRelu(Fields layer, String path, Layers to) {
    double slope = layer.number("slope");
    if (!(slope >= -1 && slope <= 1)) {
      throw EvidenceException.of(
          layer.where() + ".slope", Double.toString(slope), "-1 to 1", "write the evidence anew");
    }
    bent(path, to, slope);
  }

  private static void clippedPRelu(Fields layer, String path, Layers to) {
    int[] declared = to.weights().shape(path + "/slope");
    int count = Arrays.equals(declared, new int[] {1}) ? 1 : to.channels();
    double[] slopes = to.weights().get(path + "/slope", count).clone();
    for (int c = 0; c < slopes.length; c++) {
      slopes[c] = Math.max(-1, Math.min(1, slopes[c]));
    }
    bent(path, to, slopes);
  }

  private static Kind smooth(Smooth function) {
    return (layer, path, to) -> to.add(path, function.of(to.size()), to.shape());
  }

  private static void groupSort(Fields layer, String path, Layers to) {
    int group = layer.whole("size", 1);
    divides(layer, group, to.channels(), "channels");
    to.add(path, Sorting.groups(to.size(), group), to.shape());
  }

  private static void maxMin(Fields layer, String path, Layers to) {
    divides(layer, 2, to.channels(), "channels");
    to.add(path, Sorting.maxMin(to.size(), to.channels()), to.shape());
  }

  private static void concatMaxMin(Fields layer, String path, Layers to) {
    int[] doubled = to.shape().clone();
    doubled[doubled.length - 1] *= 2;
    to.add(path, Sorting.concatMaxMin(to.size(), to.channels()), doubled);
  }

  private static void householder(Fields layer, String path, Layers to) {
    divides(layer, 2, to.channels(), "channels");
    int order = layer.has("order") ? layer.whole("order", 1) : 1;
    if (order > 2) {
      throw EvidenceException.of(
          layer.where() + ".order", Integer.toString(order), "1 or 2", "use a newer Glacis");
    }
    if (order == 2) {
      double[] three = to.weights().get(path + "/angle", 3, to.channels() / 2);
      to.add(path, new HouseholderOfTwo(to.size(), to.channels(), three), to.shape());
      return;
    }
    int[] declared = to.weights().shape(path + "/angle");
    int count = Arrays.equals(declared, new int[] {1}) ? 1 : to.channels() / 2;
    double[] angles = to.weights().get(path + "/angle", count);
    to.add(path, new Householder(to.size(), to.channels(), angles), to.shape());
  }

  private static void maxPool(Fields layer, String path, Layers to) {
    int pool = layer.whole("pool", 1);
    AffineKinds.rank(3, layer, to);
    if (layer.has("padding")) {
      layer.text("padding", List.of("valid"));
    }
    Windows windows = AffineKinds.windows(layer, pool, pool, "valid", to);
    to.add(path, new MaxPool(windows), windows.rows(), windows.columns(), windows.channels());
  }

  private static void normPool(Fields layer, String path, Layers to) {
    Windows windows = AffineKinds.pools(layer, to);
    to.add(path, new NormPool(windows), windows.rows(), windows.columns(), windows.channels());
  }

  private static void globalNormPool(Fields layer, String path, Layers to) {
    Windows windows = AffineKinds.global(layer, to);
    to.add(path, new NormPool(windows), windows.channels());
  }

  private static void reshape(Fields layer, String path, Layers to) {
    int[] shape = layer.wholes("shape", 1);
    long size = Arrays.stream(shape).asLongStream().reduce(1, (a, b) -> a * b);
    if (shape.length < 1 || size != to.size()) {
      throw EvidenceException.of(
          layer.where() + ".shape",
          Arrays.toString(shape),
          "extents with the product " + to.size(),
          "write the evidence anew");
    }
    to.reshape(shape);
  }

  private static void unshuffle(Fields layer, String path, Layers to) {
    AffineKinds.rank(3, layer, to);
    int factor = layer.whole("factor", 1);
    int[] shape = to.shape();
    divides(layer, factor, shape[0], "rows");
    divides(layer, factor, shape[1], "columns");
    to.add(
        path,
        Permutation.unshuffle(shape[0], shape[1], shape[2], factor),
        shape[0] / factor,
        shape[1] / factor,
        shape[2] * factor * factor);
  }

  private static void shuffle(Fields layer, String path, Layers to) {
    AffineKinds.rank(3, layer, to);
    int factor = layer.whole("factor", 1);
    int[] shape = to.shape();
    divides(layer, factor * factor, shape[2], "channels");
    int height = shape[0] * factor;
    int width = shape[1] * factor;
    int channels = shape[2] / factor / factor;
    to.add(
        path,
        Permutation.unshuffle(height, width, channels, factor).inverse(),
        height,
        width,
        channels);
  }

  private static void divides(Fields layer, int part, int whole, String what) {
    if (part < 1 || whole % part != 0) {
      throw EvidenceException.of(
          layer.where(), whole + " " + what, "a multiple of " + part, "write the evidence anew");
    }
  }
}
