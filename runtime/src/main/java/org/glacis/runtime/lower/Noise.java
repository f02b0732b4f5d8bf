package org.glacis.runtime.lower;

import org.tensorflow.Operand;
import org.tensorflow.types.TInt32;

/**
 * What layers that are random in training need.
 *
 * @param seed two whole numbers, new at each step
 * @param batch how many samples the step has; a scalar
 */
public record Noise(Operand<TInt32> seed, Operand<TInt32> batch) {}
