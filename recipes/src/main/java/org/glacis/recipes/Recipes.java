package org.glacis.recipes;

import java.util.ArrayList;
import java.util.List;
import org.glacis.spec.InputException;
import org.glacis.spec.Nearest;

/** The catalogue of all recipes. */
public final class Recipes {
  private static final List<Recipe> ALL = collect();

  private Recipes() {}

  private static List<Recipe> collect() {
    List<Recipe> all = new ArrayList<>();
    all.addAll(IntervalTraining.recipes());
    all.addAll(SmallExpressiveLosses.recipes());
    all.addAll(ExpressiveLosses.recipes());
    all.addAll(LipschitzNetworks.recipes());
    all.addAll(HolisticLearning.recipes());
    all.addAll(HolisticCifar.recipes());
    return List.copyOf(all);
  }

  /** All recipes, by family. */
  public static List<Recipe> all() {
    return ALL;
  }

  /** The recipe of that name; the nearest is offered where there is none. */
  public static Recipe get(String name) {
    return ALL.stream()
        .filter(r -> r.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new InputException(
                    "no recipe \""
                        + name
                        + "\"; "
                        + Nearest.nearest(
                            name, ALL.stream().map(Recipe::name).toList(), "recipe")));
  }
}
