package org.glacis.runtime.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One plot in the raw form that lets-plot takes: layers, scales and a sober theme. */
final class PlotSpec {
  private static final int TEXT = 15;

  /** Room for a wide font (DejaVu Sans), since the reader's machine chooses it. */
  private static final double FONT_WIDTH = 1.15;

  private final double width;
  private final double height;
  private final List<Object> layers = new ArrayList<>();
  private final List<Object> scales = new ArrayList<>();
  private final Map<String, Object> guides = map();
  private final Map<String, Object> theme = theme();

  PlotSpec(double width, double height) {
    this.width = width;
    this.height = height;
  }

  /** A map that keeps the order of its {@code pairs}: key, value, key, value. */
  static Map<String, Object> map(Object... pairs) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) map.put((String) pairs[i], pairs[i + 1]);
    return map;
  }

  /**
   * A layer: {@code data} columns, which aesthetic shows which column, and {@code constants} for
   * the rest.
   */
  PlotSpec layer(
      String geom, Map<String, Object> data, Map<String, Object> mapping, Object... constants) {
    Map<String, Object> layer =
        map("geom", geom, "data", data, "mapping", mapping, "tooltips", "none", "sampling", "none");
    layer.putAll(map(constants));
    layers.add(layer);
    return this;
  }

  PlotSpec scale(String aesthetic, Object... settings) {
    Map<String, Object> scale = map("aesthetic", aesthetic);
    scale.putAll(map(settings));
    scales.add(scale);
    return this;
  }

  /**
   * One value of {@code aesthetic} for each of {@code names}, in that order, also in the legend,
   * which has two columns where it is long.
   */
  PlotSpec manual(String aesthetic, List<String> names, List<?> values) {
    boolean isLong = names.size() > 2 && names.stream().mapToInt(String::length).sum() > 40;
    if (isLong) guides.put(aesthetic, map("name", "legend", "ncol", 2, "byrow", true));
    return scale(aesthetic, "name", "", "breaks", names, "limits", names, "values", values);
  }

  PlotSpec theme(String element, Object setting) {
    theme.put(element, setting);
    return this;
  }

  double width() {
    return width;
  }

  double height() {
    return height;
  }

  Map<String, Object> raw() {
    return map(
        "kind", "plot",
        "ggsize", map("width", width, "height", height),
        "layers", layers,
        "scales", scales,
        "guides", guides,
        "theme", theme,
        "metainfo_list",
            List.of(map("name", "font_metrics_adjustment", "width_correction", FONT_WIDTH)));
  }

  private static Map<String, Object> theme() {
    Map<String, Object> text =
        map("blank", false, "family", "sans-serif", "size", TEXT, "color", Palette.INK);
    Map<String, Object> blank = map("blank", true);
    return map(
        "name",
        "minimal",
        "text",
        text,
        "axis_text",
        map("blank", false, "size", TEXT - 1),
        "legend_position",
        "top",
        "legend_justification",
        List.of(0.0, 1.0),
        "legend_title",
        blank,
        "panel_grid_major",
        map("blank", false, "color", Palette.GRID, "size", 0.8),
        "panel_grid_minor",
        blank,
        "axis_line",
        map("blank", false, "color", Palette.FAINT, "size", 1.0),
        "axis_ticks",
        map("blank", false, "color", Palette.FAINT, "size", 1.0));
  }
}
