package org.glacis.runtime.report;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/** What stands first on a page: the statement that was proved, and the key figures. */
final class Header {
  private Header() {}

  static void write(Page page, RunFiles run) {
    List<String> facts = new ArrayList<>();
    for (String key : List.of("dataset", "task"))
      if (run.summary().has(key)) facts.add(Objects.requireNonNull(run.summary().text(key)));
    if (run.epsilon() != null) facts.add(norm(run) + " ball, ε = " + run.epsilon());
    Double samples = run.summary().number("samples");
    if (samples != null) facts.add(Format.number(samples) + " test samples");
    String seed = run.summary().text("seed");
    if (seed != null) facts.add("seed " + seed);
    page.html("<header><p class=\"kind\">Glacis · robustness protocol</p>")
        .html("<h1>" + Html.escape(run.title()) + "</h1>");
    page.html("<p class=\"facts\">" + Html.escape(String.join(" · ", facts)) + "</p></header>");
  }

  static void figures(Page page, RunFiles run) {
    String statement = statement(run);
    if (!statement.isEmpty())
      page.html("<p class=\"statement\">" + Html.escape(statement) + "</p>");
    DecisionScale.full(run).ifPresent(page::html);
    page.html("<dl class=\"cards\">");
    card(
        page,
        run,
        KeyFigure.CERTIFIED,
        Methods.deciding(run)
            .map(m -> m + ": " + Methods.meaning(m))
            .orElse("proved for every point of the set"));
    card(page, run, KeyFigure.HELD_OUT, "at most so much of the law that they come from");
    card(page, run, KeyFigure.ATTACKED, Methods.attacks(run).orElse("right after the attack"));
    card(page, run, KeyFigure.CLEAN, "right without perturbation");
    card(page, run, KeyFigure.RADIUS, "0 where decided wrongly, units of the input");
    card(page, run, KeyFigure.ABSOLUTE_ERROR, "without perturbation, units of the target");
    card(
        page,
        run,
        KeyFigure.CERTIFIED_ABSOLUTE_ERROR,
        "the worst in the set is at most this, on average");
    card(page, run, KeyFigure.SQUARED_ERROR, "without perturbation");
    card(
        page,
        run,
        KeyFigure.CERTIFIED_SQUARED_ERROR,
        "the worst in the set is at most this, on average");
    card(page, run, KeyFigure.WIDTH, "upper − lower bound of an output, at ε");
    page.html("</dl>");
  }

  private static void card(Page page, RunFiles run, KeyFigure figure, String note) {
    String value = figure.of(run);
    if (value == null) return;
    String spread = figure.spread(run);
    page.html(
        "<div><dt>%s</dt><dd>%s%s</dd><dd class=\"by\">%s</dd></div>"
            .formatted(
                Html.escape(figure.title()),
                Html.escape(value),
                spread == null ? "" : " <small>± " + Html.escape(spread) + "</small>",
                Html.escape(note)));
  }

  private static String statement(RunFiles run) {
    Double samples = run.summary().number("samples");
    Double certified = run.accuracy("certifiedAccuracy");
    if (samples == null || run.epsilon() == null) return "";
    String set = "every perturbation of %s norm at most %s".formatted(norm(run), run.epsilon());
    if (certified != null) {
      String many =
          run.isMean()
              ? "%s of the %s test samples, on average over the seeds"
                  .formatted(
                      Format.percent(certified, KeyFigure.samples(run)), Format.number(samples))
              : "%s of %s test samples"
                  .formatted(Format.number(Math.rint(certified * samples)), Format.number(samples));
      return "For " + many + ", the decision is right and proved to stay so under " + set + ".";
    }
    Double error = run.summary().number("certifiedMeanAbsoluteError");
    return error == null
        ? ""
        : "Under %s, the mean absolute error over %s test samples is proved to be at most %s."
            .formatted(set, Format.number(samples), Format.number(error));
  }

  static String norm(RunFiles run) {
    return norm(run.summary());
  }

  /** The norm of a summary, or of one of its certifications. */
  static String norm(JsonTree summary) {
    String norm = summary.text("norm");
    return norm == null ? "unnamed" : norm.equals("linf") ? "l∞" : norm.equals("l2") ? "l2" : norm;
  }

  /** Certified accuracy by method, a column per run. */
  static void methods(Page page, List<RunFiles> runs) {
    Set<String> methods = new LinkedHashSet<>();
    for (RunFiles run : runs)
      methods.addAll(run.summary().object("certifiedAccuracyBy").numbers().keySet());
    if (methods.isEmpty()) return;
    List<String> header =
        Stream.concat(
                Stream.of("Method", "Meaning"),
                runs.stream().map(r -> runs.size() == 1 ? "Certified" : r.label()))
            .toList();
    List<List<String>> rows = new ArrayList<>();
    for (String method : methods) {
      List<String> row = new ArrayList<>(List.of(method, Methods.meaning(method)));
      for (RunFiles run : runs) row.add(by(run, method));
      rows.add(row);
    }
    page.table("Certified accuracy by method", header, rows, 2);
  }

  private static String by(RunFiles run, String method) {
    Double accuracy = run.summary().object("certifiedAccuracyBy").fraction(method);
    if (accuracy == null) return "–";
    String text = Format.percent(accuracy, KeyFigure.samples(run));
    Double spread = run.spread().object("certifiedAccuracyBy").number(method);
    return spread == null ? text : text.replace(" %", "") + " ± " + Format.points(spread) + " %";
  }
}
