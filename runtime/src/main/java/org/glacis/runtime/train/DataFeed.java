package org.glacis.runtime.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.glacis.runtime.data.Samples;
import org.glacis.runtime.graph.Element;
import org.glacis.runtime.graph.Tensors;
import org.glacis.runtime.lower.Noise;
import org.glacis.spec.AugmentationSpec;
import org.glacis.spec.DataSpec;
import org.glacis.spec.Task;
import org.glacis.spec.WrongLabels;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TUint8;
import org.tensorflow.types.family.TType;

/**
 * The training samples inside the graph: unsigned bytes stay bytes, and a step gathers its batch by
 * index, then changes it as the augmentation has it. Inputs beyond a budget stay outside, and a
 * step is fed its own, of which the same becomes.
 */
final class DataFeed {
  private final Samples samples;
  private final org.glacis.spec.Shape input;
  private final boolean fed;
  private final Placeholder<TInt32> indices;

  /** For all inputs, or for those of a batch where these are {@link #fed}. */
  private final Placeholder<? extends TType> inputFill;

  private final Placeholder<? extends TType> truthFill;
  private final List<Op> fills = new ArrayList<>();
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
   * @param spec how the inputs of a batch are changed, and which labels are redrawn
   * @param seed two numbers, new at each step
   * @param part which samples of a batch are seen; null where all are
   * @param budget how many bytes of inputs the graph takes; more are fed
   */
  DataFeed(
      Ops root,
      Samples samples,
      org.glacis.spec.Shape input,
      int batch,
      int outputs,
      DataSpec spec,
      Operand<TInt32> seed,
      Noise.@Nullable Part part,
      long budget) {
    this.samples = samples;
    this.input = input;
    fed = samples.inputBytes() > budget;
    Ops tf = root.withSubScope("data");
    indices = tf.withName("indices").placeholder(TInt32.class, Placeholder.shape(Shape.of(batch)));
    // TensorFlow's optimiser does not trust the shape of what is fed, but that of a reshape.
    Operand<TInt32> chosen =
        batch < 0 ? indices : tf.reshape(indices, tf.constant(new int[] {batch}));
    Operand<TInt32> count = tf.size(chosen);
    noise = new Noise(seed, count, part);
    Class<? extends TType> type = samples.isBytes() ? TUint8.class : TFloat32.class;
    inputFill =
        tf.placeholder(
            type,
            Placeholder.shape(Shape.of(Tensors.batched(fed ? batch : samples.size(), input))));
    List<AugmentationSpec> augmentation = spec.getAugmentation();
    Operand<TInt32> images = batch < 0 ? count : tf.constant(batch);
    if (samples.isBytes()) {
      Operand<TUint8> bytes =
          Augmentation.apply(
              tf, augmentation, noise, images, kept(tf, TUint8.class, chosen, batch), input);
      inputs =
          tf.withName("inputs").math.div(tf.dtypes.cast(bytes, TFloat32.class), tf.constant(255f));
    } else {
      inputs =
          Augmentation.apply(
              tf,
              augmentation,
              noise,
              images,
              kept(tf.withName("inputs"), TFloat32.class, chosen, batch),
              input);
    }
    boolean labelled = samples.task() == Task.CLASSIFICATION;
    Class<? extends TType> truthType = labelled ? TInt32.class : TFloat32.class;
    Shape truthShape = labelled ? Shape.of(samples.size()) : Shape.of(samples.size(), outputs);
    Operand<? extends TType> truths =
        tf.varHandleOp(truthType, truthShape, VarHandleOp.sharedName("data/truth"));
    truthFill = tf.placeholder(truthType, Placeholder.shape(truthShape));
    fills.add(tf.assignVariableOp(truths, truthFill));
    if (labelled) {
      labels = redrawn(tf, spec, tf.resourceGather(truths, chosen, TInt32.class), outputs);
      truth =
          tf.withName("labels")
              .oneHot(labels, tf.constant(outputs), tf.constant(1f), tf.constant(0f));
    } else {
      labels = null;
      truth = tf.withName("targets").resourceGather(truths, chosen, TFloat32.class);
    }
  }

  /** The labels, some of them wrong where the data declare that these are drawn anew. */
  private Operand<TInt32> redrawn(Ops root, DataSpec spec, Operand<TInt32> right, int outputs) {
    Operand<TInt32> given = right;
    for (int i = 0; i < spec.getCorruption().size(); i++) {
      if (spec.getCorruption().get(i) instanceof WrongLabels wrong && wrong.getRedrawn()) {
        Ops tf = root.withSubScope("corruption" + i);
        Operand<TInt32> shape = tf.shape(given);
        Operand<TBool> chosen =
            tf.math.less(
                noise.uniform(tf, Element.FLOAT32, "wrongLabels/chosen" + i, shape),
                tf.constant((float) wrong.getShare()));
        Operand<TInt32> shift = noise.integers(tf, "wrongLabels/class" + i, shape, 1, outputs);
        given =
            tf.select(
                chosen, tf.math.floorMod(tf.math.add(given, shift), tf.constant(outputs)), given);
      }
    }
    return given;
  }

  /** The inputs of the batch as they are kept: gathered from the graph's, or those that are fed. */
  private <T extends TType> Operand<T> kept(
      Ops tf, Class<T> type, Operand<TInt32> chosen, int batch) {
    if (fed) {
      @SuppressWarnings("unchecked")
      Operand<T> here = (Operand<T>) inputFill;
      return batch < 0 ? here : tf.reshape(here, tf.constant(Tensors.batched(batch, input)));
    }
    Operand<? extends TType> store =
        tf.varHandleOp(
            type,
            Shape.of(Tensors.batched(samples.size(), input)),
            VarHandleOp.sharedName("data/inputs"));
    fills.add(tf.assignVariableOp(store, inputFill));
    return tf.resourceGather(store, chosen, type);
  }

  /** Puts into the graph's variables what the graph keeps. */
  void load(Session session) {
    try (Tensor x = fed ? null : inputs(samples);
        Tensor y =
            samples.task() == Task.CLASSIFICATION
                ? Tensors.ints(samples.labels(), samples.size())
                : Element.FLOAT32.tensor(samples.targets(), samples.size(), samples.outputs())) {
      Session.Runner runner = session.runner().feed(truthFill, y);
      if (x != null) {
        runner.feed(inputFill, x);
      }
      fills.forEach(runner::addTarget);
      runner.run().close();
    }
  }

  private Tensor inputs(Samples some) {
    long[] shape = Tensors.batched(some.size(), input);
    return some.isBytes()
        ? Tensors.bytes(some.bytes(), shape)
        : Element.FLOAT32.tensor(some.values(), shape);
  }

  /** What a step over the samples at {@code chosen} is fed. */
  Batch batch(int[] chosen) {
    return new Batch(
        Tensors.ints(chosen, chosen.length), fed ? inputs(samples.select(chosen)) : null);
  }

  /** The samples of a step, by their indices, or themselves too. */
  final class Batch implements AutoCloseable {
    private final Tensor chosen;
    private final @Nullable Tensor inputs;

    private Batch(Tensor chosen, @Nullable Tensor inputs) {
      this.chosen = chosen;
      this.inputs = inputs;
    }

    Session.Runner feed(Session.Runner runner) {
      runner.feed(indices, chosen);
      return inputs == null ? runner : runner.feed(inputFill, inputs);
    }

    @Override
    public void close() {
      chosen.close();
      if (inputs != null) {
        inputs.close();
      }
    }
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
