package org.glacis.runtime.graph;

import org.tensorflow.RawTensor;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TUint8;

/** Copies between tensors and Java arrays, row by row. */
public final class Tensors {
  private Tensors() {}

  public static TInt32 ints(int[] values, long... shape) {
    return TInt32.tensorOf(Shape.of(shape), DataBuffers.of(values));
  }

  public static TInt64 longs(long[] values) {
    return TInt64.vectorOf(values);
  }

  public static TUint8 bytes(byte[] values, long... shape) {
    return TUint8.tensorOf(Shape.of(shape), DataBuffers.of(values));
  }

  public static float[] floats(Tensor tensor) {
    RawTensor raw = tensor.asRawTensor();
    if (tensor instanceof TFloat32) {
      float[] values = new float[Math.toIntExact(raw.size())];
      raw.data().asFloats().read(values);
      return values;
    }
    double[] wide = doubles(tensor);
    float[] values = new float[wide.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) wide[i];
    }
    return values;
  }

  public static double[] doubles(Tensor tensor) {
    RawTensor raw = tensor.asRawTensor();
    double[] values = new double[Math.toIntExact(raw.size())];
    if (tensor instanceof TFloat32) {
      float[] narrow = new float[values.length];
      raw.data().asFloats().read(narrow);
      for (int i = 0; i < values.length; i++) {
        values[i] = narrow[i];
      }
    } else {
      raw.data().asDoubles().read(values);
    }
    return values;
  }

  public static boolean[] booleans(TBool tensor) {
    boolean[] values = new boolean[Math.toIntExact(tensor.size())];
    tensor.asRawTensor().data().asBooleans().read(values);
    return values;
  }

  /** The extents of a batch of samples: {@code [batch, extents...]}. */
  public static long[] batched(long batch, org.glacis.spec.Shape sample) {
    long[] extents = new long[sample.getRank() + 1];
    extents[0] = batch;
    for (int i = 1; i < extents.length; i++) {
      extents[i] = sample.get(i - 1);
    }
    return extents;
  }
}
