package org.glacis.runtime.program;

import org.tensorflow.types.family.TFloating;

/**
 * {@code x_1 + x_2}: where the branches of a residual block meet. Coefficients on the sum hold for
 * both branches.
 */
public record Sum<T extends TFloating>() implements Operation<T> {}
