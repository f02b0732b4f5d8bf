package org.glacis.benchmarks;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.glacis.recipes.Recipe;
import org.glacis.recipes.Recipes;
import org.glacis.runtime.bench.StepBenchmark;
import org.glacis.runtime.data.DataLocations;
import org.glacis.runtime.data.DataSets;
import org.glacis.runtime.graph.Device;
import org.glacis.spec.Experiment;

/**
 * The training steps of all recipes, or of those named as arguments, as the Markdown table of
 * docs/performance.md: median milliseconds of a step, of the plain step of the same network, and of
 * the bare products.
 */
public final class StepTable {
  private static final int WARM_UP = 50;
  private static final int STEPS = 300;

  private StepTable() {}

  /** Prints the table. */
  public static void main(String[] arguments) {
    List<Recipe> recipes =
        arguments.length == 0
            ? Recipes.all()
            : List.of(arguments).stream().map(Recipes::get).toList();
    System.out.println(
        "| recipe | parameters | batch | step, ms | plain step, ms | bare products, ms | step / bare | samples/s | peak memory, MB |");
    System.out.println("|---|---:|---:|---:|---:|---:|---:|---:|---:|");
    for (Recipe recipe : recipes) {
      Experiment experiment = recipe.experiment();
      var samples = DataSets.load(experiment.getData(), DataLocations.system(null)).train();
      Map<String, Object> f = StepBenchmark.run(experiment, samples, Device.CPU, WARM_UP, STEPS);
      System.out.printf(
          Locale.ROOT,
          "| %s | %s | %s | %s | %s | %s | %s | %.0f | %.0f |%n",
          recipe.name(),
          f.get("parameters"),
          f.get("batch"),
          number(f, "stepMillisMedian"),
          number(f, "plainStepMillisMedian"),
          number(f, "bareStepMillisMedian"),
          number(f, "ratioToBare"),
          value(f, "samplesPerSecond"),
          value(f, "peakMemoryBytes") / 1e6);
    }
  }

  private static double value(Map<String, Object> figures, String name) {
    return figures.get(name) instanceof Number number ? number.doubleValue() : Double.NaN;
  }

  private static String number(Map<String, Object> figures, String name) {
    return figures.containsKey(name)
        ? String.format(Locale.ROOT, "%.2f", value(figures, name))
        : "";
  }
}
