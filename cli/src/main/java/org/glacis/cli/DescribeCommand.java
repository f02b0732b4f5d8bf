package org.glacis.cli;

import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.glacis.runtime.Architecture;
import org.glacis.spec.Experiment;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows the network of an experiment. */
@Command(
    name = "describe",
    description = "Show layers, shapes, parameters, memory and a diagram of a network.")
final class DescribeCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Parameters(
      paramLabel = "RECIPE|FILE|RUN",
      description =
          "A recipe (glacis list), FILE.json, FILE.glacis.kts, or the directory of a run.")
  private String what = "";

  @Option(names = "--mermaid", description = "Only the diagram, for Mermaid.")
  private boolean mermaid;

  DescribeCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Experiment experiment = Declaration.of(what, terminal).experiment().validated();
    Warnings.print(experiment, terminal);
    Architecture architecture = Architecture.of(experiment.getModel());
    PrintStream out = terminal.out();
    if (mermaid) {
      Diagram.mermaid(architecture).forEach(out::println);
      return ExitCode.DONE;
    }
    out.println(experiment.getName());
    out.println();
    table(architecture).lines().forEach(out::println);
    out.println();
    int batch = experiment.getData().getBatch();
    long perSample = architecture.activationBytes();
    Table memory = new Table(false, false);
    memory.row(
        "parameters",
        String.format(
            Locale.ROOT,
            "%,d trainable, %,d other, %s",
            architecture.trainable(),
            architecture.fixed(),
            bytes(architecture.parameterBytes())));
    memory.row(
        "activations",
        bytes(perSample) + " a sample, " + bytes(batch * perSample) + " a batch of " + batch);
    memory.lines().forEach(out::println);
    out.println();
    Diagram.text(architecture).forEach(out::println);
    return ExitCode.DONE;
  }

  private static Table table(Architecture architecture) {
    Table table = new Table(false, false, false, true, true);
    table.row("index", "layer", "output", "trainable", "other");
    table.row("", "input", architecture.model().getInput().toString(), "", "");
    for (Architecture.Row row : architecture.rows()) {
      table.row(
          "  ".repeat(row.depth()) + row.index(),
          "  ".repeat(row.depth()) + row.layer(),
          row.output().toString(),
          String.format(Locale.ROOT, "%,d", row.trainable()),
          String.format(Locale.ROOT, "%,d", row.fixed()));
    }
    return table;
  }

  /** In float32; 1 KiB is 1,024 bytes. */
  static String bytes(long bytes) {
    String[] units = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    double number = bytes;
    int unit = 0;
    while (number >= 1024 && unit < units.length - 1) {
      number /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", number, units[unit]);
  }
}
