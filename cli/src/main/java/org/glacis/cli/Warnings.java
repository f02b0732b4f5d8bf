package org.glacis.cli;

import org.glacis.spec.Experiment;

/** What an experiment may do, but is seldom meant. */
final class Warnings {
  private Warnings() {}

  /** A line each: {@code warning: model.layers[0].orthogonalization.iterations is 3, ...}. */
  static void print(Experiment experiment, Terminal terminal) {
    experiment.warnings().forEach(warning -> terminal.err().println("warning: " + warning));
  }
}
