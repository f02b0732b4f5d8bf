package org.glacis.cli;

import java.util.concurrent.Callable;
import org.glacis.recipes.Recipe;
import org.glacis.recipes.Recipes;
import picocli.CommandLine.Command;

/** A line for each recipe. */
@Command(name = "list", description = "Show the recipes, a line each.")
final class ListCommand implements Callable<Integer> {
  private final Terminal terminal;

  ListCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    int width = Recipes.all().stream().mapToInt(r -> r.name().length()).max().orElse(0);
    for (Recipe recipe : Recipes.all()) {
      terminal
          .out()
          .println(
              Table.left(recipe.name(), width)
                  + "  "
                  + recipe.summary()
                  + Figures.line(recipe.published()));
    }
    return ExitCode.DONE;
  }
}
