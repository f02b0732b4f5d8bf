package org.glacis.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.glacis.evidence.Json;
import org.glacis.runtime.Glacis;
import org.glacis.runtime.Losses;
import org.glacis.runtime.RunDirectory;
import org.glacis.runtime.TrainedModel;
import org.glacis.runtime.data.DataSets;
import org.glacis.runtime.data.Dataset;
import org.glacis.runtime.data.Samples;
import org.glacis.runtime.graph.Device;
import org.glacis.spec.Experiment;
import org.glacis.spec.InputException;
import org.glacis.spec.Pgd;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Prints what each loss says about the network of a run. */
@Command(
    name = "losses",
    description = {
      "Mean losses of the network of a run on test samples, at the run's perturbation set:",
      "natural, adversarial, IBP, CROWN-IBP, CC-IBP, MTL-IBP, Exp-IBP and SABR."
    })
final class LossesCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Parameters(paramLabel = "RUN", description = "The directory of a finished run.")
  private String run = "";

  @Option(
      names = "--alpha",
      paramLabel = "A",
      description =
          "The coefficient of CC-IBP, MTL-IBP, Exp-IBP and SABR (there called lambda); the run's own for the loss it was trained with, else 0.5.")
  private @Nullable Double alpha;

  @Option(
      names = "--attack",
      paramLabel = "pgd|declared",
      description = "40 steps of PGD (pgd), or the attack of the training (declared).")
  private String attack = "pgd";

  @Option(names = "--limit", paramLabel = "N", description = "Take at most so many samples.")
  private @Nullable Integer limit;

  @Option(names = "--batch", paramLabel = "N", description = "Samples at once; the run's own.")
  private @Nullable Integer batch;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Mixin private DataOption data = new DataOption();

  @Mixin private DeviceOptions device = new DeviceOptions();

  LossesCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Device where = device.device();
    positive("--limit", limit);
    positive("--batch", batch);
    if (alpha != null && !(alpha >= 0 && alpha <= 1)) {
      throw new InputException("--alpha " + alpha + ": give a number from 0 to 1");
    }
    RunDirectory directory = RunDirectory.open(terminal.path(run));
    Experiment experiment = directory.experiment();
    Losses.Options options = new Losses.Options(attack(experiment), alpha, batch);
    try (TrainedModel model = Glacis.load(directory.path(), where)) {
      Dataset dataset = DataSets.load(experiment.getData(), data.locations(terminal));
      directory.checkData(dataset);
      Samples test = dataset.test();
      Samples chosen = limit == null ? test : test.range(0, Math.min(limit, test.size()));
      Losses losses = Losses.of(model, chosen, where, options);
      if (json) {
        terminal.out().print(Json.pretty(object(experiment, dataset, losses)));
      } else {
        table(experiment, losses);
      }
      return ExitCode.DONE;
    }
  }

  private static void positive(String option, @Nullable Integer value) {
    if (value != null && value < 1) {
      throw new InputException(option + " " + value + ": give a whole number above 0");
    }
  }

  /** Null for the usual one. */
  private @Nullable Pgd attack(Experiment experiment) {
    return switch (attack) {
      case "pgd" -> null;
      case "declared" -> {
        if (experiment.getTrain().getAttack() instanceof Pgd pgd) {
          yield pgd;
        }
        throw new InputException(
            "--attack declared: the run was trained without an attack; give pgd");
      }
      default ->
          throw new InputException(
              "--attack: no attack \"" + attack + "\"; known attacks: pgd, declared");
    };
  }

  private void table(Experiment experiment, Losses losses) {
    terminal
        .out()
        .println(
            experiment.getPerturbation()
                + ", "
                + losses.samples()
                + " test samples in batches of "
                + losses.batch()
                + ", attack of "
                + losses.attack().getSteps()
                + (losses.attack().getSteps() == 1 ? " step" : " steps"));
    Table table = new Table(false, true, false);
    table.row("loss", "coefficient", "mean");
    for (Losses.Row row : losses.rows()) {
      table.row(
          row.name(),
          Double.isNaN(row.coefficient()) ? "" : Double.toString(row.coefficient()),
          row.undefined().isEmpty()
              ? String.format(Locale.ROOT, "%.6g", row.mean())
              : "not defined: " + row.undefined());
    }
    table.lines().forEach(terminal.out()::println);
  }

  private static Map<String, Object> object(Experiment experiment, Dataset dataset, Losses losses) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("recipe", experiment.getName());
    object.put("dataset", dataset.name());
    object.put("norm", experiment.getPerturbation().getNorm());
    object.put("epsilon", experiment.getPerturbation().getEpsilon().getLargest());
    object.put("samples", losses.samples());
    object.put("batch", losses.batch());
    object.put("attackSteps", losses.attack().getSteps());
    List<Map<String, Object>> rows = new ArrayList<>();
    for (Losses.Row row : losses.rows()) {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("loss", row.name());
      if (!Double.isNaN(row.coefficient())) {
        fields.put("coefficient", row.coefficient());
      }
      if (row.undefined().isEmpty()) {
        fields.put("mean", row.mean());
      } else {
        fields.put("notDefined", row.undefined());
      }
      rows.add(fields);
    }
    object.put("losses", rows);
    return object;
  }
}
