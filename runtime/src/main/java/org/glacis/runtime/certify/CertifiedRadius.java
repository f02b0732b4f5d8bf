package org.glacis.runtime.certify;

import org.glacis.runtime.bound.LipschitzPass;

/**
 * How far (l2) an input must at least move until another output overtakes that of its label, by
 * three constants of differences of two outputs. Rounded down; 0 where the label's output is not
 * the largest.
 *
 * @param targets the radius of each other output by its pairwise constant; infinite for the label
 * @param pairwise the least of {@code targets}: {@code min_j (f_y - f_j) / L_j}
 * @param perLogit by the constants of the single outputs: {@code min_j (f_y - f_j) / (L_y + L_j)},
 *     {@code 2 L} where all are {@code L}-Lipschitz
 * @param global by the constant of all outputs together: {@code (f_y - max_j f_j) / (sqrt(2) L)}
 * @param margins {@code f_y - f_j} of each other output, at least
 * @param constants of each difference of two outputs
 */
record CertifiedRadius(
    double[] targets,
    double pairwise,
    double perLogit,
    double global,
    double[] margins,
    double[] constants) {
  /**
   * The radii of one sample.
   *
   * @param lower bounds of the outputs at the input itself, {@code upper} likewise
   * @param from where those of the sample begin
   */
  static CertifiedRadius of(
      LipschitzPass.Constants lipschitz, double[] lower, double[] upper, int from, int label) {
    int outputs = lipschitz.outputs();
    double[] targets = new double[outputs];
    double[] margins = new double[outputs];
    double[] constants = new double[outputs];
    double pairwise = Double.POSITIVE_INFINITY;
    double perLogit = Double.POSITIVE_INFINITY;
    double global = Double.POSITIVE_INFINITY;
    double pair = Math.nextUp(Math.nextUp(Math.sqrt(2)) * lipschitz.whole());
    for (int j = 0; j < outputs; j++) {
      if (j == label) {
        targets[j] = Double.POSITIVE_INFINITY;
        margins[j] = Double.POSITIVE_INFINITY;
        continue;
      }
      margins[j] = Math.nextDown(lower[from + label] - upper[from + j]);
      constants[j] = lipschitz.ofDifference(label, j);
      double both = Math.nextUp(lipschitz.ofOutput(label) + lipschitz.ofOutput(j));
      targets[j] = distance(margins[j], constants[j]);
      pairwise = Math.min(pairwise, targets[j]);
      perLogit = Math.min(perLogit, distance(margins[j], both));
      global = Math.min(global, distance(margins[j], pair));
    }
    return new CertifiedRadius(targets, pairwise, perLogit, global, margins, constants);
  }

  /** A lower bound of the least margin in a ball of {@code epsilon}. */
  double margin(double epsilon) {
    double least = Double.POSITIVE_INFINITY;
    for (int j = 0; j < margins.length; j++) {
      least = Math.min(least, Math.nextDown(margins[j] - Math.nextUp(constants[j] * epsilon)));
    }
    return least;
  }

  /** How far an input must at least move until {@code margin} is gone. */
  private static double distance(double margin, double constant) {
    if (!(margin > 0) || Double.isNaN(constant)) {
      return 0;
    }
    return Math.max(0, Math.nextDown(margin / constant));
  }
}
