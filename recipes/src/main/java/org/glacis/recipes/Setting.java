package org.glacis.recipes;

import java.util.List;
import java.util.Locale;
import org.glacis.spec.Experiment;
import org.glacis.spec.LossSpec;

/**
 * All of an experiment but its loss.
 *
 * @param name ends the names of its recipes
 * @param title ends their summaries
 */
record Setting(String name, String title, Declaration declaration) {
  /** Declares the experiment of that name. */
  @FunctionalInterface
  interface Declaration {
    Experiment experiment(String name, LossSpec loss, double l1);
  }

  /** The recipe {@code method-name}. */
  Recipe recipe(String method, LossSpec loss, double l1, List<Published> published) {
    String recipe = method.toLowerCase(Locale.ROOT) + "-" + name;
    return new Recipe(
        recipe, method + " on " + title, published, () -> declaration.experiment(recipe, loss, l1));
  }
}
