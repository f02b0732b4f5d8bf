package org.glacis.runtime.graph;

import org.tensorflow.Operand;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.family.TFloating;

/**
 * The floating-point type a graph computes in: float32 to train, float64 to certify. Knows how to
 * make constants and tensors of that type and how large its rounding errors are.
 */
public final class Element<T extends TFloating> {
  public static final Element<TFloat32> FLOAT32 =
      new Element<>(TFloat32.class, 0x1p-24, Float.MIN_NORMAL);
  public static final Element<TFloat64> FLOAT64 =
      new Element<>(TFloat64.class, 0x1p-53, Double.MIN_NORMAL);

  private final Class<T> type;
  private final double unitRoundoff;
  private final double leastNormal;

  private Element(Class<T> type, double unitRoundoff, double leastNormal) {
    this.type = type;
    this.unitRoundoff = unitRoundoff;
    this.leastNormal = leastNormal;
  }

  public Class<T> type() {
    return type;
  }

  /** Half the distance between 1 and the next number. */
  public double unitRoundoff() {
    return unitRoundoff;
  }

  /** The least positive number that is not subnormal. */
  public double leastNormal() {
    return leastNormal;
  }

  /** A scalar constant. */
  public Operand<T> constant(Ops tf, double value) {
    return isDouble() ? cast(tf.constant(value)) : cast(tf.constant((float) value));
  }

  /** A constant of the given shape, row by row. */
  public Operand<T> constant(Ops tf, double[] values, long... shape) {
    Operand<TFloat64> wide = tf.constant(Shape.of(shape), DataBuffers.of(values));
    return isDouble() ? cast(wide) : tf.dtypes.cast(wide, type);
  }

  /** A tensor with the given numbers; the caller closes it. */
  public Tensor tensor(float[] values, long... shape) {
    if (!isDouble()) {
      return TFloat32.tensorOf(Shape.of(shape), DataBuffers.of(values));
    }
    double[] wide = new double[values.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = values[i];
    }
    return TFloat64.tensorOf(Shape.of(shape), DataBuffers.of(wide));
  }

  /** A tensor with the given numbers, rounded to this type; the caller closes it. */
  public Tensor tensor(double[] values, long... shape) {
    if (isDouble()) {
      return TFloat64.tensorOf(Shape.of(shape), DataBuffers.of(values));
    }
    float[] narrow = new float[values.length];
    for (int i = 0; i < narrow.length; i++) {
      narrow[i] = (float) values[i];
    }
    return TFloat32.tensorOf(Shape.of(shape), DataBuffers.of(narrow));
  }

  private boolean isDouble() {
    return type == (Class<?>) TFloat64.class;
  }

  @SuppressWarnings("unchecked")
  private Operand<T> cast(Operand<?> operand) {
    return (Operand<T>) operand;
  }
}
