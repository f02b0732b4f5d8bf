package org.glacis.runtime.graph;

import org.tensorflow.Operand;
import org.tensorflow.types.family.TFloating;
import org.tensorflow.types.family.TType;

/**
 * A number array that lives in a session.
 *
 * @param path its name: {@code layers/3/kernel}
 * @param shape its extents
 * @param handle what updates take
 * @param value its value in this step; gradients are taken with respect to this operand
 */
public record Variable<T extends TFloating>(
    String path, int[] shape, Operand<? extends TType> handle, Operand<T> value) {}
