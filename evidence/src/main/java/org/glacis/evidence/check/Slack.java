package org.glacis.evidence.check;

/**
 * By how much claims are written weaker than what was found, so that what the checker derives by
 * other arithmetic in another order confirms them: 1e-6 of the size, and 1e-12. A file of the run
 * may say as much more than a claim.
 */
final class Slack {
  private static final double RELATIVE = 1e-6;

  /** Beside the relative slack, for what is nearly 0. */
  private static final double LEAST = 1e-12;

  private Slack() {}

  /** What is claimed of a margin or radius. */
  static double below(double found) {
    return found - of(found);
  }

  /** What is claimed of a constant. */
  static double above(double found) {
    return found + of(found);
  }

  /** By how much the claimed interval of an output is wider on both sides. */
  static double around(double lower, double upper) {
    return of(Math.max(Math.abs(lower), Math.abs(upper)));
  }

  private static double of(double size) {
    return RELATIVE * Math.abs(size) + LEAST;
  }
}
