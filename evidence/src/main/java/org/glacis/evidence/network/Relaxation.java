package org.glacis.evidence.network;

/** Linear bounds of one operation over one box. */
interface Relaxation {
  /**
   * Coefficients on the inputs, so that {@code sum_o a_o f_o(x) >= sum_i A_i x_i + c} for every
   * {@code x} in the box.
   *
   * @param coefficients {@code a}
   * @param floor takes {@code c}, which counts what rounding took from {@code A} and from itself
   * @return {@code A}
   */
  double[] pullBack(double[] coefficients, Floor floor);
}
