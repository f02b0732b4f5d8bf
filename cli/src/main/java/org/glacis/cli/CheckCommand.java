package org.glacis.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.glacis.evidence.check.CheckReport;
import org.glacis.evidence.check.Coverage;
import org.glacis.evidence.check.EvidenceChecker;
import org.glacis.evidence.check.SampleReport;
import org.glacis.evidence.check.SampleReport.Status;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Derives every certificate of a run anew, without TensorFlow. */
@Command(
    name = "check",
    description =
        "Check the certificates of a run independently: each is derived anew from the weights, in"
            + " outward-rounded arithmetic, and the run may say no more than what is proved.",
    footerHeading = "%n",
    footer = {
      "The exit code is 0 only if every claim is proved and the run says no more, and 1 where",
      "something is refused. Certificates of methods without evidence are counted, not proved."
    })
final class CheckCommand implements Callable<Integer> {
  /** How many reasons are shown. */
  private static final int REASONS = 10;

  private final Terminal terminal;

  @Parameters(paramLabel = "RUN", description = "The directory of a run with certificates.")
  private String run = "";

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "Check at most so many claims of each certification.")
  private @Nullable Integer limit;

  CheckCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    if (limit != null && limit < 1) {
      terminal.err().println("--limit " + limit + ": give a whole number above 0");
      return ExitCode.WRONG_INPUT;
    }
    List<CheckReport> reports =
        EvidenceChecker.checkRun(terminal.path(run), limit == null ? Integer.MAX_VALUE : limit);
    reports.forEach(this::print);
    boolean bounds = HeldOutLines.print(terminal, terminal.path(run), limit, reports);
    return bounds && reports.stream().allMatch(CheckReport::isConfirmed)
        ? ExitCode.DONE
        : ExitCode.FAILED;
  }

  private void print(CheckReport report) {
    long refused = report.count(Status.NOT_PROVED);
    terminal
        .out()
        .printf(
            Locale.ROOT,
            "%s  %d claims: %d proved, %d refused, in %.1f s%n",
            report.folder().getFileName(),
            report.count(Status.PROVED) + refused,
            report.count(Status.PROVED),
            refused,
            report.seconds());
    Coverage coverage = report.coverage();
    if (coverage != null) {
      terminal.out().println("  " + line(coverage));
    }
    report.notes().forEach(note -> terminal.out().println("  " + note));
    shown(report.faults().stream().map(fault -> "  fault: " + fault).toList());
    shown(
        report.samples().stream()
            .filter(sample -> sample.status() == Status.NOT_PROVED)
            .map(CheckCommand::line)
            .toList());
  }

  private static String line(Coverage coverage) {
    String head = "%s certifies %%s of %d samples".formatted(coverage.file(), coverage.samples());
    if (coverage.certified() == 0) {
      return head.formatted("none") + ": there is nothing to prove";
    }
    List<String> parts = new ArrayList<>(List.of(coverage.proved() + " proved"));
    int open = coverage.withoutEvidence().values().stream().mapToInt(Integer::intValue).sum();
    if (open > 0) {
      String methods =
          new TreeMap<>(coverage.withoutEvidence())
              .entrySet().stream()
                  .map(method -> method.getValue() + " by " + method.getKey())
                  .collect(Collectors.joining(", "));
      parts.add("%d without evidence, neither proved nor refused (%s)".formatted(open, methods));
    }
    if (coverage.unchecked() > 0) {
      parts.add(coverage.unchecked() + " not checked");
    }
    int refused = coverage.certified() - coverage.proved() - open - coverage.unchecked();
    if (refused > 0) {
      parts.add(refused + " refused");
    }
    return head.formatted(coverage.certified()) + ": " + String.join(", ", parts);
  }

  private static String line(SampleReport sample) {
    return "  sample %d: %s".formatted(sample.index(), sample.reason());
  }

  private void shown(List<String> lines) {
    lines.stream().limit(REASONS).forEach(terminal.out()::println);
    if (lines.size() > REASONS) {
      terminal.out().println("  and " + (lines.size() - REASONS) + " more");
    }
  }
}
