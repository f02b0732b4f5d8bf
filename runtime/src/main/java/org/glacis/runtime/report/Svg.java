package org.glacis.runtime.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jetbrains.letsPlot.awt.plot.PlotSvgExport;

/**
 * Draws plots as SVG text that can stand in a page beside others: it scales, its styles and names
 * are its own, and the same plot gives the same text.
 */
final class Svg {
  private static final Pattern NAMED = Pattern.compile("id=\"([A-Za-z0-9]+)\"");
  private static final Pattern STYLE =
      Pattern.compile("<style type=\"text/css\">(.*?)</style>", Pattern.DOTALL);
  private static final Pattern RULE = Pattern.compile("([^{}]+)\\{([^{}]*)}");
  private static final Pattern TAG = Pattern.compile("<[a-zA-Z][^>]*>");
  private static final Pattern DECIMALS = Pattern.compile("-?\\d+\\.\\d+");
  private static final Pattern OPENING =
      Pattern.compile("<svg [^>]*?width=\"([0-9.]+)\" height=\"([0-9.]+)\">");
  private static final String FONT =
      "\"Helvetica Neue\", Helvetica, Arial, \"Liberation Sans\", sans-serif";

  private Svg() {}

  static Figure figure(String id, String title, String description, PlotSpec plot) {
    return figure(id, title, description, plot.raw());
  }

  /** {@code plots} under one another, their panels aligned. */
  static Figure stacked(String id, String title, String description, List<PlotSpec> plots) {
    double height = plots.stream().mapToDouble(PlotSpec::height).sum();
    Map<String, Object> layout =
        PlotSpec.map(
            "name",
            "grid",
            "ncol",
            1,
            "nrow",
            plots.size(),
            "fit",
            true,
            "align",
            true,
            "vspace",
            6.0);
    List<Map<String, Object>> figures = plots.stream().map(PlotSpec::raw).toList();
    figures.forEach(f -> f.remove("ggsize"));
    Map<String, Object> size = PlotSpec.map("width", plots.get(0).width(), "height", height);
    return figure(
        id,
        title,
        description,
        PlotSpec.map("kind", "subplots", "layout", layout, "figures", figures, "ggsize", size));
  }

  private static Figure figure(
      String id, String title, String description, Map<String, Object> raw) {
    String svg = PlotSvgExport.INSTANCE.buildSvgImageFromRawSpecs(raw, null, false);
    return new Figure(
        id, title, description, titled(compact(named(svg, id)), id, title, description));
  }

  /**
   * lets-plot names its parts at random; two figures of one page must not meet, and a page must not
   * change by itself.
   */
  private static String named(String svg, String id) {
    Map<String, String> names = new LinkedHashMap<>();
    Matcher ids = NAMED.matcher(svg);
    while (ids.find()) names.putIfAbsent(ids.group(1), id + "-" + names.size());
    for (Map.Entry<String, String> name : names.entrySet())
      svg = svg.replaceAll("\\b" + name.getKey() + "\\b", name.getValue());
    return svg;
  }

  /** Leaves out the rules for tooltips and for the page outside, and digits that nobody sees. */
  private static String compact(String svg) {
    Matcher style = STYLE.matcher(svg);
    svg =
        style.replaceAll(
            found -> {
              StringBuilder kept = new StringBuilder();
              Matcher rules = RULE.matcher(found.group(1));
              while (rules.find()) {
                String selector = rules.group(1).strip();
                if (!selector.startsWith("#") || selector.contains("tooltip")) continue;
                kept.append(selector)
                    .append('{')
                    .append(rules.group(2).strip().replaceAll("\\s*\n\\s*", ""))
                    .append('}');
              }
              return Matcher.quoteReplacement(
                  "<style>"
                      + kept.toString().replace("font-family: sans-serif", "font-family: " + FONT)
                      + "</style>");
            });
    svg =
        TAG.matcher(svg)
            .replaceAll(
                tag -> DECIMALS.matcher(tag.group()).replaceAll(number -> rounded(number.group())));
    return svg.replaceAll("\\s*\n\\s*", "\n")
        .replaceAll(">\n</(line|path|circle|rect|tspan|text|g|defs|clipPath)>", "></$1>");
  }

  private static String rounded(String number) {
    return String.format(Locale.ROOT, "%.2f", Double.parseDouble(number))
        .replaceFirst("\\.?0+$", "")
        .replaceFirst("^-0$", "0");
  }

  /** Gives the element a view box instead of a size, and words for those who cannot see it. */
  private static String titled(String svg, String id, String title, String description) {
    Matcher opening = OPENING.matcher(svg);
    if (!opening.find())
      throw new IllegalStateException(
          "lets-plot gave no SVG for the figure \""
              + id
              + "\": "
              + svg.lines().findFirst().orElse(""));
    double width = Double.parseDouble(opening.group(1));
    double height = Double.parseDouble(opening.group(2));
    String head =
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %s %s\" role=\"img\" aria-labelledby=\"%s-title %s-desc\"><title id=\"%s-title\">%s</title><desc id=\"%s-desc\">%s</desc>"
            .formatted(
                rounded("" + width),
                rounded("" + height),
                id,
                id,
                id,
                Html.escape(title),
                id,
                Html.escape(description));
    return head + svg.substring(opening.end());
  }
}
