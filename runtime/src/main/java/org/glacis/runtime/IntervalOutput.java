package org.glacis.runtime;

/**
 * What an interval network says of a batch.
 *
 * @param prediction the outputs at the inputs: samples × outputs
 * @param lower proved lower bounds of the outputs over the box
 * @param upper proved upper bounds
 */
public record IntervalOutput(double[][] prediction, double[][] lower, double[][] upper) {}
