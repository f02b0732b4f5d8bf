package org.glacis.recipes;

import java.util.List;
import java.util.function.Supplier;
import org.glacis.spec.Experiment;

/**
 * An experiment with a name.
 *
 * @param name what {@code glacis run} takes
 * @param summary one line
 * @param published figures to compare with; empty where there are none
 */
public record Recipe(
    String name, String summary, List<Published> published, Supplier<Experiment> declaration) {
  public Recipe {
    published = List.copyOf(published);
  }

  /** The declaration. */
  public Experiment experiment() {
    return declaration.get();
  }
}
