package org.glacis.runtime;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.glacis.runtime.lower.Lowerer;
import org.glacis.spec.BlockSpec;
import org.glacis.spec.LayerSpec;
import org.glacis.spec.ModelSpec;
import org.glacis.spec.Normalize;
import org.glacis.spec.Shape;

/**
 * A model as a table: what each layer turns its input into, and what it weighs.
 *
 * @param rows one a layer, in order; a residual block before the layers inside it
 */
public record Architecture(ModelSpec model, List<Row> rows) {
  /**
   * One layer.
   *
   * @param index its place, such as {@code 3}; {@code 3.0} is the first layer inside layer 3,
   *     {@code 3.shortcut.0} the first of its shortcut
   * @param depth how many blocks it is inside of
   * @param shortcut whether it is part of the shortcut of its block
   * @param block whether the layers inside follow
   * @param layer the declaration in one line; the name alone where layers follow
   * @param output the shape of one output sample
   * @param trainable how many numbers training changes
   * @param fixed how many other numbers it holds
   */
  public record Row(
      String index,
      int depth,
      boolean shortcut,
      boolean block,
      String layer,
      Shape output,
      long trainable,
      long fixed) {}

  public Architecture {
    rows = List.copyOf(rows);
  }

  /** Reads a model; its weights are as large as the lowerings say. */
  public static Architecture of(ModelSpec model) {
    model.shapes();
    Map<String, Long> weights = new LinkedHashMap<>();
    Map<String, Long> fixed = new LinkedHashMap<>();
    Lowerer.outline(
        model,
        weight -> {
          String layer = weight.path().substring(0, weight.path().lastIndexOf('/'));
          (weight.trainable() ? weights : fixed).merge(layer, (long) weight.size(), Long::sum);
        });
    Sizes sizes = new Sizes(weights, fixed);
    List<Row> rows = new ArrayList<>();
    add(model.getLayers(), model.getInput(), new Place("", "layers/", 0, false), sizes, rows);
    return new Architecture(model, rows);
  }

  /** How many numbers layers hold, by path. */
  private record Sizes(Map<String, Long> trainable, Map<String, Long> fixed) {}

  /** Where some layers are that follow one another; the number of each comes behind. */
  private record Place(String index, String path, int depth, boolean shortcut) {
    Place inside(int i, String branch) {
      boolean beside = branch.equals("shortcut");
      return new Place(
          index + i + (beside ? ".shortcut." : "."),
          path + i + "/" + branch + "/",
          depth + 1,
          beside);
    }
  }

  private static void add(
      List<LayerSpec> layers, Shape input, Place place, Sizes sizes, List<Row> rows) {
    Shape shape = input;
    for (int i = 0; i < layers.size(); i++) {
      LayerSpec layer = layers.get(i);
      String here = place.path + i;
      Shape output = layer.outputShape(shape);
      rows.add(
          new Row(
              place.index + i,
              place.depth,
              place.shortcut,
              layer instanceof BlockSpec,
              text(layer),
              output,
              sizes.trainable.getOrDefault(here, 0L),
              sizes.fixed.getOrDefault(here, 0L) + fixed(layer)));
      if (layer instanceof BlockSpec block) {
        for (Map.Entry<String, List<LayerSpec>> branch : block.getBranches().entrySet()) {
          add(branch.getValue(), block.inner(shape), place.inside(i, branch.getKey()), sizes, rows);
        }
      }
      shape = output;
    }
  }

  private static long fixed(LayerSpec layer) {
    return layer instanceof Normalize normalize
        ? normalize.getMean().size() + normalize.getDeviation().size()
        : 0;
  }

  /** {@code dense(units=10, bias=true)}. */
  private static String text(LayerSpec layer) {
    String text = layer instanceof BlockSpec ? layer.getClass().getSimpleName() : layer.toString();
    return text.substring(0, 1).toLowerCase(Locale.ROOT) + text.substring(1);
  }

  public long trainable() {
    return rows.stream().mapToLong(Row::trainable).sum();
  }

  public long fixed() {
    return rows.stream().mapToLong(Row::fixed).sum();
  }

  /** Bytes of all parameters in float32. */
  public long parameterBytes() {
    return Float.BYTES * (trainable() + fixed());
  }

  /** Bytes of the input and of every layer's output for one sample in float32. */
  public long activationBytes() {
    return Float.BYTES
        * (model.getInput().getSize()
            + rows.stream().mapToLong(row -> row.output().getSize()).sum());
  }
}
