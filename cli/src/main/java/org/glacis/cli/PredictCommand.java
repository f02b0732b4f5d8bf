package org.glacis.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.glacis.runtime.Glacis;
import org.glacis.runtime.IntervalOutput;
import org.glacis.runtime.TrainedModel;
import org.glacis.runtime.certify.Certificate;
import org.glacis.runtime.certify.InputRange;
import org.glacis.runtime.certify.Verdict;
import org.glacis.runtime.data.SampleFile;
import org.glacis.runtime.data.Samples;
import org.glacis.spec.CertificationSpec;
import org.glacis.spec.DataFacts;
import org.glacis.spec.Experiment;
import org.glacis.spec.Ibp;
import org.glacis.spec.PerturbationSet;
import org.glacis.spec.Task;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Predicts one sample, with the proved interval of each output. */
@Command(
    name = "predict",
    description = "Predict one image or array: class, output, lower, upper, certified or not.")
final class PredictCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Parameters(index = "0", paramLabel = "RUN", description = "The directory of a finished run.")
  private String run = "";

  @Parameters(
      index = "1",
      paramLabel = "INPUT.png|INPUT.npy",
      description = "One sample, of the shape that the network takes.")
  private String input = "";

  @Option(names = "--at", paramLabel = Region.LABEL, description = Region.DESCRIPTION)
  private @Nullable String at;

  @Mixin private DeviceOptions device = new DeviceOptions();

  PredictCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (TrainedModel model = Glacis.load(terminal.path(run), device.device())) {
      Experiment experiment = model.experiment();
      PerturbationSet own = experiment.getPerturbation();
      PerturbationSet set = at == null ? own : Region.of(at, experiment, terminal);
      Path file = terminal.path(input);
      float[] sample = SampleFile.read(file, experiment.getModel().getInput());
      InputRange.check(file.toString(), sample, own.getRange());
      float[][] one = {sample};
      IntervalOutput output = model.interval(one, set.getEpsilon());
      if (experiment.getTask() == Task.CLASSIFICATION) {
        classification(model, set, one, output);
      } else {
        table("output", List.of(), output, -1).lines().forEach(terminal.out()::println);
        terminal.out().println("proved over " + set);
      }
      return ExitCode.DONE;
    }
  }

  private void classification(
      TrainedModel model, PerturbationSet set, float[][] one, IntervalOutput output) {
    Experiment experiment = model.experiment();
    int predicted = model.classify(one)[0];
    Samples asPredicted =
        Samples.table(experiment.getModel().getInput(), one[0], new int[] {predicted});
    Certificate certificate =
        model
            .certify(new CertificationSpec(set, List.of(Ibp.INSTANCE), null), asPredicted)
            .rows()
            .get(0);
    DataFacts facts = experiment.getData().getSource().getFacts();
    List<String> names = facts == null ? List.of() : facts.getClassNames();
    boolean certified = certificate.verdict() == Verdict.CERTIFIED;
    terminal
        .out()
        .println(
            "class "
                + name(names, predicted)
                + (certified ? ", certified" : ", not certified")
                + " at "
                + set
                + String.format(Locale.ROOT, " (ibp, least margin %.4f)", certificate.margin()));
    table("class", names, output, predicted).lines().forEach(terminal.out()::println);
  }

  private static Table table(
      String first, List<String> names, IntervalOutput output, int predicted) {
    Table table = new Table(false, true, true, true, false);
    table.row(first, "output", "lower", "upper", "");
    for (int j = 0; j < output.prediction()[0].length; j++) {
      table.row(
          name(names, j),
          number(output.prediction()[0][j]),
          number(output.lower()[0][j]),
          number(output.upper()[0][j]),
          j == predicted ? "*" : "");
    }
    return table;
  }

  private static String name(List<String> names, int index) {
    String number = Integer.toString(index);
    return index < names.size() && !names.get(index).equals(number)
        ? number + " " + names.get(index)
        : number;
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }
}
