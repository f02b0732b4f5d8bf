package org.glacis.runtime.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * One HTML page in the making: numbered sections and figures, tables, and everything inside one
 * file. Methods take plain text and escape it, {@link #html} apart.
 */
final class Page {
  private final String title;
  private final StringBuilder body = new StringBuilder();
  private int sections;
  private int figures;

  Page(String title) {
    this.title = title;
  }

  /** Adds markup as it is. */
  Page html(String markup) {
    body.append(markup).append('\n');
    return this;
  }

  Page section(String heading) {
    if (sections++ > 0) html("</section>");
    return html(
        "<section><h2><span class=\"number\">%d</span> %s</h2>"
            .formatted(sections, Html.escape(heading)));
  }

  Page subheading(String heading) {
    return html("<h3>" + Html.escape(heading) + "</h3>");
  }

  Page paragraph(String text) {
    return html("<p>" + Html.escape(text) + "</p>");
  }

  Page note(String text) {
    return html("<p class=\"note\">" + Html.escape(text) + "</p>");
  }

  /** Figures beside one another where there is room. */
  Page figures(List<Figure> all) {
    if (all.isEmpty()) return this;
    html("<div class=\"figures\">");
    for (Figure figure : all) {
      html(
          "<figure id=\"fig-%s\"><div class=\"sheet\">%s</div><figcaption><b>Fig. %d. %s.</b> %s</figcaption></figure>"
              .formatted(
                  figure.id(),
                  inline(figure.svg()),
                  ++figures,
                  Html.escape(figure.title()),
                  Html.escape(figure.description())));
    }
    return html("</div>");
  }

  Page figures(Optional<Figure> one) {
    return figures(one.stream().toList());
  }

  /**
   * A table with a header row. Cells from the {@code numbers}-th on are numbers, set to the right.
   */
  Page table(String caption, List<String> header, List<List<String>> rows, int numbers) {
    html("<div class=\"wide\"><table><caption>%s</caption>".formatted(Html.escape(caption)));
    html("<thead><tr>" + cells(header, numbers, "th scope=\"col\"", "th") + "</tr></thead><tbody>");
    for (List<String> row : rows) html("<tr>" + cells(row, numbers, "td", "td") + "</tr>");
    return html("</tbody></table></div>");
  }

  /** A table of names and values; nothing where there are no rows. */
  Page properties(String caption, List<List<String>> rows) {
    if (rows.isEmpty()) return this;
    html(
        "<div class=\"wide\"><table class=\"properties\"><caption>%s</caption><tbody>"
            .formatted(Html.escape(caption)));
    for (List<String> row : rows)
      html(
          "<tr><th scope=\"row\">%s</th><td>%s</td></tr>"
              .formatted(Html.escape(row.get(0)), Html.escape(row.get(1))));
    return html("</tbody></table></div>");
  }

  Page code(String text) {
    return html("<pre><code>" + Html.escape(text.strip()) + "</code></pre>");
  }

  Page collapsed(String summary, String text) {
    return html("<details><summary>%s</summary>".formatted(Html.escape(summary)))
        .code(text)
        .html("</details>");
  }

  /** The whole page. */
  String render() {
    String end = sections > 0 ? "</section>\n" : "";
    return """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="generator" content="Glacis">
        <title>%s</title>
        <style>
        %s</style>
        </head>
        <body>
        <main>
        %s%s</main>
        <footer>Written by Glacis from the files of the run directory. Nothing on this page is loaded from elsewhere.</footer>
        </body>
        </html>
        """
        .formatted(Html.escape(title), style(), body, end);
  }

  private static String cells(List<String> cells, int numbers, String tag, String end) {
    StringBuilder row = new StringBuilder();
    for (int i = 0; i < cells.size(); i++)
      row.append(
          "<%s%s>%s</%s>"
              .formatted(tag, i >= numbers ? " class=\"n\"" : "", Html.escape(cells.get(i)), end));
    return row.toString();
  }

  /** Inside HTML an SVG element needs no names of namespaces. */
  private static String inline(String svg) {
    return svg.replaceAll(" xmlns(:\\w+)?=\"[^\"]*\"", "");
  }

  private static String style() {
    try (InputStream css =
        Objects.requireNonNull(
            Page.class.getResourceAsStream("report.css"), "report.css is missing from the jar")) {
      return new String(css.readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .map(String::strip)
              .collect(Collectors.joining("\n"))
          + "\n";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
