package org.glacis.runtime.train;

import java.util.List;
import java.util.Objects;
import org.glacis.runtime.data.Samples;
import org.glacis.runtime.graph.Element;
import org.glacis.runtime.graph.Tensors;
import org.glacis.runtime.lower.Noise;
import org.glacis.spec.AugmentationSpec;
import org.glacis.spec.Task;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TUint8;
import org.tensorflow.types.family.TType;

/**
 * The training samples inside the graph: unsigned bytes stay bytes, and a step gathers its batch by
 * index, then changes it as the augmentation has it.
 */
final class DataFeed {
  private final Samples samples;
  private final long[] shape;
  private final Placeholder<TInt32> indices;
  private final Placeholder<? extends TType> inputFill;
  private final Placeholder<? extends TType> truthFill;
  private final Op fillInputs;
  private final Op fillTruth;
  private final Operand<TFloat32> inputs;
  private final Operand<TFloat32> truth;
  private final @Nullable Operand<TInt32> labels;
  private final Noise noise;

  /**
   * Adds the samples to the graph.
   *
   * @param input the shape that the network declares; the data may have the same numbers under
   *     another shape
   * @param batch samples a step; -1 where the last batch is smaller
   * @param augmentation how the inputs of a batch are changed
   * @param seed two numbers, new at each step
   * @param part which samples of a batch are seen; null where all are
   */
  DataFeed(
      Ops root,
      Samples samples,
      org.glacis.spec.Shape input,
      int batch,
      int outputs,
      List<AugmentationSpec> augmentation,
      Operand<TInt32> seed,
      Noise.@Nullable Part part) {
    this.samples = samples;
    this.shape = Tensors.batched(samples.size(), input);
    Ops tf = root.withSubScope("data");
    indices = tf.withName("indices").placeholder(TInt32.class, Placeholder.shape(Shape.of(batch)));
    // TensorFlow's optimiser does not trust the shape of what is fed, but that of a reshape.
    Operand<TInt32> chosen =
        batch < 0 ? indices : tf.reshape(indices, tf.constant(new int[] {batch}));
    Operand<TInt32> count = tf.size(chosen);
    noise = new Noise(seed, count, part);
    Class<? extends TType> type = samples.isBytes() ? TUint8.class : TFloat32.class;
    Operand<? extends TType> store =
        tf.varHandleOp(type, Shape.of(shape), VarHandleOp.sharedName("data/inputs"));
    inputFill = tf.placeholder(type, Placeholder.shape(Shape.of(shape)));
    fillInputs = tf.assignVariableOp(store, inputFill);
    Operand<TInt32> images = batch < 0 ? count : tf.constant(batch);
    if (samples.isBytes()) {
      Operand<TUint8> bytes =
          Augmentation.apply(
              tf,
              augmentation,
              noise,
              images,
              tf.resourceGather(store, chosen, TUint8.class),
              input);
      inputs =
          tf.withName("inputs").math.div(tf.dtypes.cast(bytes, TFloat32.class), tf.constant(255f));
    } else {
      inputs =
          Augmentation.apply(
              tf,
              augmentation,
              noise,
              images,
              tf.withName("inputs").resourceGather(store, chosen, TFloat32.class),
              input);
    }
    boolean labelled = samples.task() == Task.CLASSIFICATION;
    Class<? extends TType> truthType = labelled ? TInt32.class : TFloat32.class;
    Shape truthShape = labelled ? Shape.of(samples.size()) : Shape.of(samples.size(), outputs);
    Operand<? extends TType> truths =
        tf.varHandleOp(truthType, truthShape, VarHandleOp.sharedName("data/truth"));
    truthFill = tf.placeholder(truthType, Placeholder.shape(truthShape));
    fillTruth = tf.assignVariableOp(truths, truthFill);
    if (labelled) {
      labels = tf.resourceGather(truths, chosen, TInt32.class);
      truth =
          tf.withName("labels")
              .oneHot(labels, tf.constant(outputs), tf.constant(1f), tf.constant(0f));
    } else {
      labels = null;
      truth = tf.withName("targets").resourceGather(truths, chosen, TFloat32.class);
    }
  }

  /** Puts the samples into the graph's variables. */
  void load(Session session) {
    try (Tensor x =
            samples.isBytes()
                ? Tensors.bytes(samples.bytes(), shape)
                : Element.FLOAT32.tensor(samples.values(), shape);
        Tensor y =
            samples.task() == Task.CLASSIFICATION
                ? Tensors.ints(samples.labels(), samples.size())
                : Element.FLOAT32.tensor(samples.targets(), samples.size(), samples.outputs())) {
      session
          .runner()
          .feed(inputFill, x)
          .feed(truthFill, y)
          .addTarget(fillInputs)
          .addTarget(fillTruth)
          .run()
          .close();
    }
  }

  Placeholder<TInt32> indices() {
    return indices;
  }

  /** The batch: samples × input shape, bytes as 0 to 1. */
  Operand<TFloat32> inputs() {
    return inputs;
  }

  /** One-hot labels or targets of the batch. */
  Operand<TFloat32> truth() {
    return truth;
  }

  /** The classes of the batch; only where the task is classification. */
  Operand<TInt32> labels() {
    return Objects.requireNonNull(labels, "these samples have targets");
  }

  /** The random numbers of the batch, and how many samples it has. */
  Noise noise() {
    return noise;
  }
}
