package org.glacis.evidence.network;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.glacis.evidence.EvidenceException;
import org.glacis.evidence.file.Fields;
import org.glacis.evidence.file.NpzReader;
import org.glacis.evidence.file.NumberArray;
import org.jspecify.annotations.Nullable;

/**
 * Networks as {@code network.json} and {@code weights.npz} hold them: the head that {@code glacis
 * export --to json} writes (format, task, input, layers), and an array for each path, such as
 * {@code layers/1/kernel}.
 */
public final class NetworkReader {
  static final String FORMAT = "glacis-network";
  static final int FORMAT_VERSION = 1;

  /** A sample has at most so many numbers, and so has a value inside the network. */
  static final int LARGEST = 1 << 28;

  private NetworkReader() {}

  /** The network of {@code json} with the weights of {@code npz}. */
  public static Network read(Path json, Path npz) {
    return read(Fields.read(json), NpzReader.read(npz), npz.toString());
  }

  /**
   * The network that {@code head} describes.
   *
   * @param weights arrays by path; all must be used
   * @param origin where they are from, for messages
   * @throws EvidenceException if a layer is unknown, or anything does not fit
   */
  public static Network read(Fields head, Map<String, NumberArray> weights, String origin) {
    head.text("format", List.of(FORMAT));
    int version = head.whole("formatVersion", 1);
    if (version > FORMAT_VERSION) {
      throw EvidenceException.of(
          head.where() + ".formatVersion",
          Integer.toString(version),
          "at most " + FORMAT_VERSION,
          "use a newer Glacis");
    }
    String task = head.text("task", List.of("classification", "regression"));
    int[] input = head.wholes("input", 1);
    if (input.length < 1 || input.length > 3) {
      throw EvidenceException.of(
          head.where() + ".input", input.length + " extents", "1 to 3", "write the evidence anew");
    }
    // The range is part of the claims, not of the network.
    @Nullable Object range = head.value("range");
    if (range != null) {
      head.numbers("range");
    }
    Layers layers = new Layers(input, new WeightArrays(weights, origin));
    List<Fields> declared = head.objects("layers");
    head.finish();
    layers.sequence("layers", declared);
    return layers.network(task, input);
  }

  /** The types of layers that are known here. */
  public static Set<String> types() {
    return Layers.types();
  }
}
