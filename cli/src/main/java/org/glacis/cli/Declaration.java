package org.glacis.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.glacis.recipes.Published;
import org.glacis.recipes.Recipe;
import org.glacis.recipes.Recipes;
import org.glacis.runtime.RunDirectory;
import org.glacis.scripting.GlacisScripts;
import org.glacis.spec.Experiment;
import org.glacis.spec.ExperimentJson;
import org.glacis.spec.InputException;
import org.jspecify.annotations.Nullable;

/**
 * An experiment that the user named: a recipe, a file, or what a run was made of.
 *
 * @param run the run directory that it stands in; null where it is no run
 */
record Declaration(Experiment experiment, @Nullable Path run) {
  private static final String JSON = ".json";
  private static final String SCRIPT = ".kts";

  /** Reads {@code RECIPE|FILE.json|FILE.glacis.kts|RUN}. */
  static Declaration of(String written, Terminal terminal) {
    Path path = terminal.path(written);
    if (Files.isDirectory(path)) {
      return new Declaration(RunDirectory.open(path).experiment(), path);
    }
    if (written.endsWith(JSON)) {
      return new Declaration(json(path), null);
    }
    if (written.endsWith(SCRIPT)) {
      return new Declaration(
          GlacisScripts.load(path, GlacisScripts.defaultCache(), List.of()), null);
    }
    if (Files.exists(path) || written.contains("/")) {
      throw new InputException(
          path
              + (Files.exists(path) ? ": is neither JSON nor a script" : ": no such file or run")
              + "; give a recipe (glacis list), FILE.json, FILE.glacis.kts or a run directory");
    }
    return new Declaration(Recipes.get(written).experiment(), null);
  }

  /** This with some values changed, each written {@code path=value}. */
  Declaration with(List<String> settings) {
    Experiment changed = experiment;
    for (String setting : settings) {
      int equals = setting.indexOf('=');
      if (equals < 1) {
        throw new InputException(
            "--set " + setting + ": no path=value; write it like --set train.epochs=5");
      }
      changed = changed.with(setting.substring(0, equals), setting.substring(equals + 1));
    }
    return new Declaration(changed, run);
  }

  /**
   * Figures that somebody published for this experiment: those of the recipe that it is, but for
   * the seed. One that was changed, or only bears a recipe's name, has none.
   */
  static List<Published> published(Experiment experiment) {
    return Recipes.all().stream()
        .filter(recipe -> recipe.name().equals(experiment.getName()))
        .filter(recipe -> recipe.experiment().withSeed(experiment.getSeed()).equals(experiment))
        .map(Recipe::published)
        .findFirst()
        .orElse(List.of());
  }

  private static Experiment json(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new InputException(file + ": no such file; give an experiment as JSON");
    }
    try {
      return ExperimentJson.decode(Files.readString(file), file.toString());
    } catch (IOException e) {
      throw new InputException(file + ": cannot be read as text (" + e + ")", e);
    }
  }
}
