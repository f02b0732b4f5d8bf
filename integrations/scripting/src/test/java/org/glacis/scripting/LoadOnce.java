package org.glacis.scripting;

import java.nio.file.Path;
import java.util.List;
import org.glacis.spec.Experiment;

/**
 * A program that loads one script, prints its experiment, and ends: what a start from the command
 * line costs.
 */
public final class LoadOnce {
  private LoadOnce() {}

  public static void main(String[] args) {
    Experiment experiment = GlacisScripts.load(Path.of(args[0]), Path.of(args[1]), List.of());
    System.out.println(experiment.getName());
  }

  static Experiment withDefaults(Path script, Path cache) {
    return GlacisScripts.load(script, cache);
  }
}
