package org.glacis.runtime.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The protocol of one run. */
final class RunPage {
  private static final int SAMPLES_EACH = 12;

  private final RunFiles run;
  private final @Nullable Pictures pictures;
  private final Page page;

  private RunPage(RunFiles run, @Nullable Pictures pictures) {
    this.run = run;
    this.pictures = pictures;
    this.page = new Page(run.title() + " · Glacis");
  }

  static String render(RunFiles run, @Nullable Pictures pictures) {
    RunPage it = new RunPage(run, pictures);
    Header.write(it.page, run);
    it.result();
    BaselineTable.write(it.page, run);
    StressPlots.write(it.page, List.of(run));
    it.training();
    it.samples();
    AdversarialFiles.show(it.page, run.directory());
    it.settings();
    it.environment();
    it.reproduction();
    return it.page.render();
  }

  private void result() {
    page.section("Result");
    Header.figures(page, run);
    page.figures(
        Stream.of(
                RadiusCurve.figure(run)
                    .or(
                        () ->
                            Plot.certifiedBand(
                                run.curve(), run.accuracy("cleanAccuracy"), run.scalarEpsilon())),
                run.isRegression()
                    ? Plot.intervals(run.certificates())
                    : Plot.marginHistogram(run.certificates()))
            .flatMap(Optional::stream)
            .toList());
    Header.methods(page, List.of(run));
    PublishedTable.write(page, run);
    CertificationBlocks.write(page, run);
    validation();
    HeldOutSection.write(page, run);
    verdicts();
  }

  private void validation() {
    JsonTree found = run.summary().object("certificateValidation");
    if (found.fields().isEmpty()) return;
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("Attacks", String.join(", ", found.texts("attacks"))));
    for (String[] row :
        new String[][] {
          {"Samples", "samples"},
          {"Wrong decisions found", "adversarials"},
          {"Nearest, in radii", "smallestRatio"},
          {"Mean distance", "meanDistance"}
        }) {
      Double value = found.number(row[1]);
      rows.add(List.of(row[0], value == null ? "–" : Format.number(value)));
    }
    page.properties("Radii against attacks: none found a wrong decision inside one", rows);
  }

  private void verdicts() {
    Map<Verdict, Map<String, List<CertificateRow>>> groups = new LinkedHashMap<>();
    for (CertificateRow row : run.certificates()) {
      if (row.verdict() == null) continue;
      groups
          .computeIfAbsent(row.verdict(), v -> new LinkedHashMap<>())
          .computeIfAbsent(Objects.requireNonNullElse(row.method(), "–"), m -> new ArrayList<>())
          .add(row);
    }
    if (groups.isEmpty()) return;
    List<List<String>> rows = new ArrayList<>();
    for (Verdict verdict : Verdict.values())
      groups
          .getOrDefault(verdict, Map.of())
          .forEach(
              (method, same) ->
                  rows.add(
                      List.of(
                          verdict.word(),
                          verdict.meaning(),
                          method,
                          Integer.toString(same.size()),
                          median(same))));
    page.table(
        "Verdicts, sample by sample (certificates.csv)",
        List.of("Verdict", "Meaning", "By", "Samples", "Median time"),
        rows,
        3);
  }

  private static String median(List<CertificateRow> rows) {
    double[] seconds =
        rows.stream()
            .mapToDouble(CertificateRow::seconds)
            .filter(Double::isFinite)
            .sorted()
            .toArray();
    return seconds.length == 0 ? "–" : Format.seconds(seconds[seconds.length / 2]);
  }

  private void training() {
    List<Figure> curves = Plot.trainingCurves(run.metrics());
    if (curves.isEmpty()) return;
    page.section("Training").figures(curves);
  }

  private void samples() {
    List<CertificateRow> worst = Gallery.worst(run.certificates(), SAMPLES_EACH);
    List<CertificateRow> best = Gallery.best(run.certificates(), SAMPLES_EACH);
    Optional<Figure> confusion = Plot.confusion(run.confusion(), run.classNames());
    if (confusion.isEmpty() && worst.isEmpty()) return;
    page.section("Samples").figures(confusion);
    gallery("Worst: the least certified margins", worst);
    gallery("Best: the greatest certified margins", best);
  }

  private void gallery(String heading, List<CertificateRow> rows) {
    if (rows.isEmpty()) return;
    if (pictures == null || !Gallery.isPicture(pictures.shape())) {
      List<List<String>> cells =
          rows.stream()
              .map(
                  r ->
                      List.of(
                          r.verdict() == null ? "–" : r.verdict().word(),
                          Integer.toString(r.index()),
                          run.className(r.label()),
                          run.className(r.prediction()),
                          Format.thousandths(r.margin())))
              .toList();
      page.table(heading, List.of("Verdict", "Sample", "Label", "Prediction", "Margin"), cells, 1);
      return;
    }
    page.subheading(heading).html("<ul class=\"gallery\">");
    for (CertificateRow row : rows) page.html(card(row));
    page.html("</ul>");
  }

  private String card(CertificateRow row) {
    String label = run.className(row.label());
    String prediction = run.className(row.prediction());
    String verdict = row.verdict() == null ? "" : row.verdict().word();
    String picture =
        Gallery.dataUri(pictures, row.index())
            .map(
                uri ->
                    "<img src=\"%s\" width=\"112\" alt=\"%s\">"
                        .formatted(uri, Html.escape("Sample " + row.index() + ", " + label)))
            .orElse("<span class=\"absent\">no picture</span>");
    return """
        <li>%s<dl>
        <div><dt>Sample</dt><dd>%d</dd></div>
        <div><dt>Label</dt><dd>%s</dd></div>
        <div><dt>Predicted</dt><dd>%s</dd></div>
        <div><dt>Margin</dt><dd>%s</dd></div>
        </dl><span class="verdict %s">%s</span></li>"""
        .formatted(
            picture,
            row.index(),
            Html.escape(label),
            Html.escape(prediction),
            Format.thousandths(row.margin()),
            verdict,
            verdict);
  }

  private void settings() {
    page.section("Settings").html("<div class=\"columns settings\">");
    Settings.sections(run).forEach(page::properties);
    page.html("</div>");
  }

  private void environment() {
    page.section("Cost and environment").html("<div class=\"columns\">");
    page.properties("Cost", costs());
    page.properties("Environment", environment(run));
    page.properties("Data", data());
    page.html("</div>");
  }

  private List<List<String>> costs() {
    return Arrays.stream(KeyFigure.values())
        .filter(f -> f.isCost() && f.value(run) != null)
        .map(f -> List.of(f.title(), f.cell(run)))
        .toList();
  }

  /** Versions, device and seed: what a figure depends on besides the declaration. */
  static List<List<String>> environment(RunFiles run) {
    List<List<String>> rows = new ArrayList<>();
    run.summary()
        .object("versions")
        .fields()
        .forEach((name, version) -> rows.add(List.of(name, Format.value(version))));
    for (String key : List.of("device", "threads", "seed")) {
      String value = run.summary().text(key);
      if (value != null) rows.add(List.of(key, value));
    }
    return rows;
  }

  private List<List<String>> data() {
    JsonTree data = run.summary().object("data");
    List<List<String>> rows = new ArrayList<>();
    for (String key : List.of("source", "licence")) {
      String value = data.text(key);
      if (value != null) rows.add(List.of(key, value));
    }
    for (JsonTree file : data.objects("files")) {
      Double bytes = file.number("bytes");
      String facts =
          Stream.of(
                  bytes == null ? null : Format.number(bytes) + " bytes",
                  file.has("sha256") ? "SHA-256 " + file.text("sha256") : null)
              .filter(Objects::nonNull)
              .collect(Collectors.joining(", "));
      rows.add(List.of(Objects.requireNonNullElse(file.text("path"), "file"), facts));
    }
    return rows;
  }

  private void reproduction() {
    String command = run.summary().text("command");
    page.section("Reproduction");
    page.paragraph(
        "The declaration below holds every default and the seed. The same seed, kind of device and versions give the same figures.");
    page.code(command == null ? "glacis run experiment.json --out again" : command);
    page.collapsed("experiment.json", run.experimentText());
    List<String> files = new ArrayList<>(List.of(FILES));
    if (run.summary().has("heldOutErrorBound"))
      files.add(4, "held-out.json (the bound beyond the samples)");
    if (!run.radiusCurve().isEmpty())
      files.add(4, "certificates-radii.csv (the proved radius per sample and other class)");
    page.note("Files of this run: " + String.join(", ", files) + ".");
  }

  private static final String[] FILES = {
    "experiment.json (the declaration)",
    "summary.json (the figures above)",
    "metrics.csv (a row per epoch)",
    "certificates.csv (a row per sample)",
    "events.out.tfevents… (TensorBoard)"
  };
}
