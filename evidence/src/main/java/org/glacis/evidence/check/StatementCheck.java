package org.glacis.evidence.check;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.glacis.evidence.EvidenceException;
import org.glacis.evidence.check.Claims.Constants;
import org.glacis.evidence.check.Claims.Range;
import org.glacis.evidence.file.Fields;
import org.jspecify.annotations.Nullable;

/**
 * What a run says of one certification in {@code summary.json}, or beside certificates that were
 * made later in a file of their name: data, task, set, steps, constant and figures.
 */
final class StatementCheck {
  private final Path run;
  private final String stem;
  private final Examined examined;
  private final Claims claims;
  private final RowCheck rows;
  private final Faults faults;
  private final List<String> notes;

  /**
   * @param stem the name of the certification's files
   * @param faults gets what is wrong
   * @param notes gets what was not compared
   */
  StatementCheck(
      Path run, String stem, Examined examined, RowCheck rows, Faults faults, List<String> notes) {
    this.run = run;
    this.stem = stem;
    this.examined = examined;
    this.claims = examined.claims();
    this.rows = rows;
    this.faults = faults;
    this.notes = notes;
  }

  void check() {
    int block = block();
    if (block < 0) {
      Fields all = Fields.read(run.resolve(stem + ".json"));
      data(all);
      rows.follow(all.whole("first", 0));
      figures(all, List.of(all));
      return;
    }
    rows.follow(0);
    Fields declared = declared(block);
    set(declared.object("perturbation"), "type", Declaration.ends(declared.object("perturbation")));
    Path summary = run.resolve("summary.json");
    if (!Files.isRegularFile(summary)) {
      notes.add("there is no summary.json, so no figures were compared");
      return;
    }
    Fields all = Fields.read(summary);
    data(all);
    task(all);
    List<Fields> blocks = all.objects("certifications");
    if (block >= blocks.size()) {
      throw EvidenceException.of(
          all.where() + ".certifications",
          blocks.size() + " certifications",
          "at least %d, as there is a folder %s".formatted(block + 1, stem),
          RowCheck.REMEDY);
    }
    Fields own = blocks.get(block);
    steps(own, declared);
    figures(own, block == 0 ? List.of(own, all) : List.of(own));
  }

  /** The number of the {@code certify} block; -1 for certificates that were made later. */
  private int block() {
    String number = stem.replaceFirst("^certificates-?", "");
    return number.isEmpty()
        ? 0
        : number.matches("[1-9]\\d{0,8}") ? Integer.parseInt(number) - 1 : -1;
  }

  private Fields declared(int block) {
    Fields experiment = Fields.read(run.resolve("experiment.json"));
    List<Fields> blocks = experiment.has("certify") ? experiment.objects("certify") : List.of();
    if (block < blocks.size()) {
      return blocks.get(block);
    }
    throw EvidenceException.of(
        experiment.where() + ".certify",
        blocks.size() + " certifications",
        "at least %d, as there is a folder %s".formatted(block + 1, stem),
        RowCheck.REMEDY);
  }

  private void data(Fields all) {
    Fields data = all.object("data");
    String said = data.text("sha256");
    if (!said.equals(claims.data())) {
      faults.add(
          run.resolve(stem).resolve("claims.json") + ".data",
          JsonValues.shown(claims.data()),
          "%s, as %s.sha256 has it".formatted(JsonValues.shown(said), data.where()),
          RowCheck.REMEDY);
    }
  }

  private void task(Fields all) {
    equal(all, "task", all.text("task"), claims.task());
  }

  /**
   * Compares a set.
   *
   * @param norm the name of the field that has the norm
   */
  private void set(Fields of, String norm, @Nullable List<Double> range) {
    equal(of, norm, of.text(norm), claims.norm());
    equal(of, "epsilon", of.value("epsilon"), ClaimsJson.epsilon(claims));
    Range own = claims.range();
    equal(of, "range", range, own == null ? null : List.of(own.least(), own.most()));
  }

  private void steps(Fields own, Fields declared) {
    if (!JsonValues.same(own.value("steps"), declared.value("steps"))) {
      faults.add(
          own.where() + ".steps",
          JsonValues.shown(own.value("steps")),
          "those in " + declared.where(),
          RowCheck.REMEDY);
    }
  }

  private void equal(Fields of, String key, @Nullable Object said, @Nullable Object claimed) {
    if (!JsonValues.same(said, claimed)) {
      faults.add(
          of.where() + "." + key,
          JsonValues.shown(said),
          JsonValues.shown(claimed) + ", as claims.json has it",
          RowCheck.REMEDY);
    }
  }

  /**
   * Compares figures.
   *
   * @param own what the file says of this certification
   * @param places where its figures stand
   */
  private void figures(Fields own, List<Fields> places) {
    set(own, "norm", own.has("range") ? list(own.numbers("range")) : null);
    Set<String> steps =
        own.objects("steps").stream().map(step -> step.text("type")).collect(Collectors.toSet());
    FigureCheck figures = new FigureCheck(examined, rows, steps, faults);
    for (Fields place : places) {
      equal(place, "norm", place.text("norm"), claims.norm());
      equal(place, "epsilon", place.value("epsilon"), ClaimsJson.epsilon(claims));
      samples(place);
      constant(place);
      if (examined.isWhole()) {
        figures.check(place);
      }
    }
    if (!examined.isWhole()) {
      notes.add(
          "%d of %d claims were checked, so figures were not compared"
              .formatted(examined.derived().size(), claims.samples().size()));
    } else if (!steps.contains("ibp")
        && own.has("certifiedAccuracyBy")
        && own.object("certifiedAccuracyBy").has("ibp")) {
      notes.add("there is no evidence for certifiedAccuracyBy.ibp: no step asked for it");
    }
  }

  private static List<Double> list(double[] numbers) {
    return Arrays.stream(numbers).boxed().toList();
  }

  private void samples(Fields of) {
    if (of.whole("samples", 0) != rows.rows().size()) {
      faults.add(
          of.where() + ".samples",
          String.valueOf(of.value("samples")),
          rows.rows().size() + ", the rows of " + stem + ".csv",
          RowCheck.REMEDY);
    }
  }

  /** The largest Lipschitz constant of one output. */
  private void constant(Fields of) {
    if (!of.has("lipschitzBound")) {
      return;
    }
    Constants constants = claims.lipschitz();
    double least =
        constants == null
            ? Double.POSITIVE_INFINITY
            : Arrays.stream(constants.logits()).max().orElse(Double.POSITIVE_INFINITY);
    if (!(Slack.above(of.number("lipschitzBound")) >= least)) {
      faults.add(
          of.where() + ".lipschitzBound",
          String.valueOf(of.value("lipschitzBound")),
          constants == null ? "none, as none is claimed" : "at least " + least,
          RowCheck.REMEDY);
    }
  }
}
