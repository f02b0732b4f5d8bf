package org.glacis.runtime.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.glacis.spec.Shape;
import org.glacis.spec.Task;
import org.jspecify.annotations.Nullable;

/**
 * The samples of one split, in order.
 *
 * <p>Inputs are kept as they came: unsigned bytes, which stand for {@code b / 255}, or floats. Both
 * lie row by row, sample by sample (images: height × width × channels). The arrays are not copied:
 * whoever hands them over leaves them alone from then on, and so does whoever reads them.
 *
 * <p>Bytes beyond {@link #MEMORY_BUDGET} may lie in several arrays or in files; {@link #select}
 * brings some of them into one array.
 */
public final class Samples {

  /**
   * Up to so many bytes, samples are kept in one array, and in the graph that trains on them: room
   * for TinyImageNet (1.2 GB), and below the 2.1 GB that an array of Java holds. More are left in
   * pieces, and each training step is handed its own.
   */
  public static final long MEMORY_BUDGET = 1_500_000_000L;

  private final Shape shape;
  private final int size;
  private final @Nullable ByteRows bytes;
  private final float @Nullable [] values;
  private final int @Nullable [] labels;
  private final float @Nullable [] targets;
  private final int outputs;

  private Samples(
      Shape shape,
      int size,
      @Nullable ByteRows bytes,
      float @Nullable [] values,
      int @Nullable [] labels,
      float @Nullable [] targets,
      int outputs) {
    this.shape = shape;
    this.size = size;
    this.bytes = bytes;
    this.values = values;
    this.labels = labels;
    this.targets = targets;
    this.outputs = outputs;
  }

  /**
   * Classified samples of unsigned bytes, read as 0 to 1.
   *
   * @param shape of one sample
   * @param pixels samples × shape
   * @param labels the class of each sample, 0 or more
   * @throws org.glacis.spec.InputException if a length does not fit or a label is negative
   */
  public static Samples images(Shape shape, byte[] pixels, int[] labels) {
    return images("samples", shape, pixels, labels);
  }

  static Samples images(String where, Shape shape, byte[] pixels, int[] labels) {
    checkLength(where, shape, labels.length, pixels.length);
    return images(where, shape, new ByteRows.Array(pixels, labels.length, shape.getSize()), labels);
  }

  /** Classified samples of unsigned bytes in pieces; as many as there are labels. */
  static Samples images(String where, Shape shape, ByteRows pixels, int[] labels) {
    checkLength(where, shape, labels.length, pixels.length());
    int outputs = checkLabels(where, labels);
    return new Samples(shape, labels.length, pixels, null, labels, null, outputs);
  }

  /**
   * Classified samples of floats.
   *
   * @param shape of one sample
   * @param values samples × shape, all finite
   * @param labels the class of each sample, 0 or more
   * @throws org.glacis.spec.InputException if a length does not fit, a label is negative or a
   *     number is not finite
   */
  public static Samples table(Shape shape, float[] values, int[] labels) {
    return table("samples", shape, values, labels);
  }

  static Samples table(String where, Shape shape, float[] values, int[] labels) {
    checkLength(where, shape, labels.length, values.length);
    checkFinite(where, "value", values, shape.getSize());
    int outputs = checkLabels(where, labels);
    return new Samples(shape, labels.length, null, values, labels, null, outputs);
  }

  /**
   * Samples of floats with real targets.
   *
   * @param shape of one sample
   * @param values samples × shape, all finite
   * @param targets samples × outputs, all finite
   * @param outputs how many targets a sample has
   * @throws org.glacis.spec.InputException if a length does not fit or a number is not finite
   */
  public static Samples regression(Shape shape, float[] values, float[] targets, int outputs) {
    return regression("samples", shape, values, targets, outputs);
  }

  static Samples regression(
      String where, Shape shape, float[] values, float[] targets, int outputs) {
    if (outputs < 1) {
      throw DataFault.of(
          where, outputs + " outputs", "at least 1", "say how many targets a sample has");
    }
    if (targets.length % outputs != 0) {
      throw DataFault.of(
          where,
          targets.length + " targets",
          "a multiple of the %d outputs".formatted(outputs),
          "lay the targets out as samples × outputs");
    }
    int size = targets.length / outputs;
    checkLength(where, shape, size, values.length);
    checkFinite(where, "value", values, shape.getSize());
    checkFinite(where, "target", targets, outputs);
    return new Samples(shape, size, null, values, null, targets, outputs);
  }

  /** How many bytes the inputs take. */
  public long inputBytes() {
    return (long) size * shape.getSize() * (isBytes() ? 1 : Float.BYTES);
  }

  /** How many samples there are. */
  public int size() {
    return size;
  }

  /** The shape of one sample. */
  public Shape shape() {
    return shape;
  }

  /** Classification if the samples have labels, regression if they have targets. */
  public Task task() {
    return labels != null ? Task.CLASSIFICATION : Task.REGRESSION;
  }

  /** Whether inputs are unsigned bytes ({@link #bytes}) rather than floats ({@link #values}). */
  public boolean isBytes() {
    return bytes != null;
  }

  /**
   * The inputs themselves, size × shape, unsigned; not a copy.
   *
   * @throws IllegalStateException if inputs are floats
   * @throws org.glacis.spec.InputException if they do not lie in one array
   */
  public byte[] bytes() {
    ByteRows held = held(bytes, "bytes", "values()");
    if (held instanceof ByteRows.Array array) {
      return array.bytes();
    }
    throw DataFault.of(
        "samples",
        "%d of shape %s (%.1f GB)".formatted(size, shape, held.length() / 1e9),
        "at most %.1f GB, except to train on".formatted(MEMORY_BUDGET / 1e9),
        "lower data.validation or data.limitTest");
  }

  /**
   * The inputs themselves, size × shape; not a copy.
   *
   * @throws IllegalStateException if inputs are bytes
   */
  public float[] values() {
    return held(values, "floats", "bytes()");
  }

  /**
   * The class of each sample; not a copy.
   *
   * @throws IllegalStateException if the samples have targets
   */
  public int[] labels() {
    return held(labels, "labels", "targets()");
  }

  /**
   * The targets, size × outputs; not a copy.
   *
   * @throws IllegalStateException if the samples have labels
   */
  public float[] targets() {
    return held(targets, "targets", "labels()");
  }

  /**
   * How many targets a sample has; for labels, how many classes these need: the largest and one.
   * {@link Dataset#outputs} knows of classes that no sample here has.
   */
  public int outputs() {
    return outputs;
  }

  /** The input of sample {@code i} as the network gets it: shape, bytes as 0 to 1. */
  public float[] input(int i) {
    Objects.checkIndex(i, size);
    int length = shape.getSize();
    if (values != null) {
      return Arrays.copyOfRange(values, i * length, (i + 1) * length);
    }
    byte[] raw = new byte[length];
    held(bytes, "bytes", "values()").copy(i, raw, 0);
    float[] input = new float[length];
    for (int k = 0; k < length; k++) {
      input[k] = (raw[k] & 0xff) / 255f;
    }
    return input;
  }

  /**
   * The samples {@code from} to below {@code to}: copied unless that is all of them, or more bytes
   * than {@link #MEMORY_BUDGET}.
   */
  public Samples range(int from, int to) {
    Objects.checkFromToIndex(from, to, size);
    if (from == 0 && to == size) {
      return this;
    }
    int width = shape.getSize();
    int[] kept = labels == null ? null : Arrays.copyOfRange(labels, from, to);
    return new Samples(
        shape,
        to - from,
        bytes == null ? null : bytes.select(IntStream.range(from, to).toArray(), MEMORY_BUDGET),
        values == null ? null : Arrays.copyOfRange(values, from * width, to * width),
        kept,
        targets == null ? null : Arrays.copyOfRange(targets, from * outputs, to * outputs),
        kept == null ? outputs : checkLabels("samples", kept));
  }

  /**
   * The samples at {@code indices}, in their order: copied unless beyond {@link #MEMORY_BUDGET}.
   */
  public Samples select(int[] indices) {
    int width = shape.getSize();
    int[] chosen = labels == null ? null : new int[indices.length];
    float[] chosenValues = values == null ? null : new float[indices.length * width];
    float[] chosenTargets = targets == null ? null : new float[indices.length * outputs];
    for (int k = 0; k < indices.length; k++) {
      int i = Objects.checkIndex(indices[k], size);
      copy(labels, i, chosen, k, 1);
      copy(values, i, chosenValues, k, width);
      copy(targets, i, chosenTargets, k, outputs);
    }
    return new Samples(
        shape,
        indices.length,
        bytes == null ? null : bytes.select(indices, MEMORY_BUDGET),
        chosenValues,
        chosen,
        chosenTargets,
        chosen == null ? outputs : checkLabels("samples", chosen));
  }

  /** The samples whose label is in {@code classes}, labelled by its place there. */
  Samples ofClasses(List<Integer> classes) {
    int[] all = labels();
    int[] indices = IntStream.range(0, size).filter(i -> classes.contains(all[i])).toArray();
    Samples chosen = select(indices);
    int[] renamed = Arrays.stream(indices).map(i -> classes.indexOf(all[i])).toArray();
    return new Samples(
        shape,
        indices.length,
        chosen.bytes,
        chosen.values,
        renamed,
        null,
        checkLabels("samples", renamed));
  }

  /** The same inputs with other labels. */
  Samples withLabels(int[] others) {
    return new Samples(shape, size, bytes, values, others, null, checkLabels("samples", others));
  }

  /** Other inputs with the same labels or targets. */
  Samples withValues(float[] others) {
    return new Samples(shape, size, null, others, labels, targets, outputs);
  }

  @SuppressWarnings("SuspiciousSystemArraycopy")
  private static void copy(@Nullable Object from, int i, @Nullable Object to, int k, int width) {
    if (from != null && to != null) {
      System.arraycopy(from, i * width, to, k * width, width);
    }
  }

  /** A checksum of everything here: equal samples in equal order have equal checksums. */
  public String sha256() {
    MessageDigest digest = Sha256.digest();
    String head = "%s %s %s %d %d".formatted(task(), shape, isBytes(), size, outputs);
    digest.update(head.getBytes(StandardCharsets.UTF_8));
    if (bytes != null) {
      byte[] row = new byte[bytes.width()];
      for (int i = 0; i < size; i++) {
        bytes.copy(i, row, 0);
        digest.update(row);
      }
    }
    digest(digest, values);
    digest(digest, targets);
    if (labels != null) {
      ByteBuffer buffer = ByteBuffer.allocate(4 * labels.length).order(ByteOrder.LITTLE_ENDIAN);
      buffer.asIntBuffer().put(labels);
      digest.update(buffer);
    }
    return Sha256.text(digest, new byte[0]);
  }

  @Override
  public String toString() {
    return "%d samples of shape %s (%s, %s)"
        .formatted(size, shape, isBytes() ? "uint8" : "float32", task());
  }

  private static void digest(MessageDigest digest, float @Nullable [] numbers) {
    if (numbers == null) {
      return;
    }
    int step = 1 << 14;
    ByteBuffer buffer = ByteBuffer.allocate(4 * step).order(ByteOrder.LITTLE_ENDIAN);
    for (int from = 0; from < numbers.length; from += step) {
      int count = Math.min(step, numbers.length - from);
      buffer.asFloatBuffer().put(numbers, from, count);
      digest.update(buffer.array(), 0, 4 * count);
    }
  }

  private static <A> A held(@Nullable A array, String what, String other) {
    if (array == null) {
      throw new IllegalStateException("these samples have no %s; use %s".formatted(what, other));
    }
    return array;
  }

  private static void checkLength(String where, Shape shape, int size, long length) {
    long width = 1;
    for (int extent : shape.toArray()) {
      if (extent < 1) {
        throw DataFault.of(
            where, "shape " + shape, "extents of at least 1", "give the shape of one sample");
      }
      width = Math.min(width * extent, Integer.MAX_VALUE + 1L);
    }
    if (shape.getRank() == 0 || width > Integer.MAX_VALUE) {
      throw DataFault.of(
          where,
          "shape " + shape,
          "1 to 2147483647 numbers a sample in at least one axis",
          "give the shape of one sample");
    }
    if (width * size != length) {
      throw DataFault.of(
          where,
          "%d numbers".formatted(length),
          "%d (%d samples of shape %s)".formatted(width * size, size, shape),
          "check the shape, and that inputs and labels belong together");
    }
  }

  private static int checkLabels(String where, int[] labels) {
    int largest = -1;
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] < 0 || labels[i] == Integer.MAX_VALUE) {
        throw DataFault.of(
            where,
            "label %d at sample %d".formatted(labels[i], i),
            "classes numbered from 0",
            "number the classes 0 to K-1, or drop the sample");
      }
      largest = Math.max(largest, labels[i]);
    }
    return largest + 1;
  }

  private static void checkFinite(String where, String what, float[] numbers, int width) {
    for (int i = 0; i < numbers.length; i++) {
      if (!Float.isFinite(numbers[i])) {
        throw DataFault.of(
            where,
            "%s at sample %d, %s %d".formatted(numbers[i], i / width, what, i % width),
            "finite numbers",
            "fill the gap or drop the sample");
      }
    }
  }
}
