package org.glacis.evidence.check;

import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.glacis.evidence.file.Fields;
import org.glacis.evidence.network.NetworkReader;
import org.jspecify.annotations.Nullable;

/**
 * The network of the evidence beside the one that {@code experiment.json} declares: the same input,
 * the same range and the same layers with the same settings, walked side by side. A constrained
 * layer is declared where the evidence has the plain one that it was frozen to.
 */
public final class Declaration {
  private static final String ORTHOGONALIZATION = "orthogonalization";
  private static final String DISJOINT = "disjointNeurons";

  /** Settings that are layers. */
  private static final List<String> BRANCHES = List.of("layers", "shortcut");

  /** Constrained layers by type, and what becomes of them. */
  private static final Map<String, Plain> PLAIN =
      Map.of(
          "spectralDense", new Plain("dense", ORTHOGONALIZATION),
          "frobeniusDense", new Plain("dense", DISJOINT),
          "spectralConv1d", new Plain("conv1d", ORTHOGONALIZATION),
          "spectralConv2d", new Plain("conv2d", ORTHOGONALIZATION),
          "frobeniusConv2d", new Plain("conv2d", DISJOINT),
          "spectralConv2dTranspose", new Plain("conv2dTranspose", ORTHOGONALIZATION));

  private final Faults faults;

  private Declaration(Faults faults) {
    this.faults = faults;
  }

  /**
   * The plain layer that a constrained one is frozen to.
   *
   * @param without the setting of the constrained layer that it lacks
   */
  private record Plain(String type, String without) {}

  /**
   * What differs.
   *
   * @param experiment {@code experiment.json}
   * @param network {@code network.json}
   * @throws org.glacis.evidence.EvidenceException if one of them cannot be read
   */
  public static List<String> faults(Path experiment, Path network) {
    Faults faults = new Faults();
    new Declaration(faults).compare(Fields.read(experiment), Fields.read(network));
    return faults.all();
  }

  private void compare(Fields experiment, Fields network) {
    Fields model = experiment.object("model");
    equal(network, "input", network.value("input"), model, "input", model.value("input"));
    Fields set = experiment.object("perturbation");
    equal(network, "range", network.value("range"), set, "range", ends(set));
    layers("layers", model, network);
  }

  /** The range of a set as two numbers; null for none. */
  static @Nullable List<Double> ends(Fields set) {
    if (!set.has("range")) {
      return null;
    }
    Fields range = set.object("range");
    return List.of(range.number("least"), range.number("most"));
  }

  private void layers(String branch, Fields model, Fields network) {
    List<Fields> declared = model.objects(branch);
    List<Fields> found = network.objects(branch);
    for (int i = 0; i < Math.min(declared.size(), found.size()); i++) {
      if (!layer(declared.get(i), found.get(i))) {
        // After a layer of another type the rest may be shifted, and says nothing.
        return;
      }
    }
    if (declared.size() != found.size()) {
      differs(
          network.where() + "." + branch,
          found.size() + " layers",
          declared.size() + "",
          model.where() + "." + branch);
    }
  }

  /** Whether both layers have types that belong together. */
  private boolean layer(Fields declared, Fields found) {
    String type = declared.text("type");
    Plain plain = PLAIN.get(type);
    String expected = plain == null ? type : plain.type();
    if (plain == null && !NetworkReader.types().contains(type)) {
      faults.add(
          declared.where() + ".type",
          "the layer \"" + type + "\", of which the checker does not know what it is frozen to",
          "one of " + NetworkReader.types().stream().sorted().toList() + " or a constrained one",
          "use a newer Glacis");
      return false;
    } else if (!found.text("type").equals(expected)) {
      differs(
          found.where() + ".type",
          JsonValues.shown(found.value("type")),
          JsonValues.shown(expected),
          declared.where() + (plain == null ? "" : " (" + type + ")"));
      return false;
    }
    Set<String> keys = new LinkedHashSet<>(declared.keys());
    keys.addAll(found.keys());
    keys.remove("type");
    keys.removeAll(BRANCHES);
    for (String key : keys) {
      boolean dropped = plain != null && key.equals(plain.without());
      equal(found, key, found.value(key), declared, key, dropped ? null : declared.value(key));
    }
    for (String branch : BRANCHES) {
      if (declared.has(branch) || found.has(branch)) {
        layers(branch, declared, found);
      }
    }
    return true;
  }

  private boolean equal(
      Fields found,
      String key,
      @Nullable Object value,
      Fields declared,
      String name,
      @Nullable Object expected) {
    boolean same = JsonValues.same(value, expected);
    if (!same) {
      differs(
          found.where() + "." + key,
          JsonValues.shown(value),
          JsonValues.shown(expected),
          declared.where() + "." + name);
    }
    return same;
  }

  private void differs(String where, String found, String expected, String declared) {
    faults.add(where, found, expected + ", as it is declared in " + declared, RowCheck.REMEDY);
  }
}
