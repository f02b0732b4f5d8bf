package org.glacis.runtime.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.glacis.runtime.graph.Tensors;
import org.glacis.runtime.lower.Noise;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.Tensor;

/** What one step is fed: its samples, its scheduled numbers, its seed. */
final class StepFeed implements AutoCloseable {
  private final Session session;
  private final DataFeed data;
  private final int[] indices;
  private final Noise.@Nullable Part part;
  private final List<Tensor> tensors = new ArrayList<>();
  private final List<DataFeed.Batch> batches = new ArrayList<>();
  private final Tensor numbers;
  private final Tensor random;
  private final Operand<?> numbersInput;
  private final Operand<?> seedInput;

  /**
   * The feed of a step over the samples at {@code indices}.
   *
   * @param numbers of this step, closed with the feed
   * @param random the seed of this step, closed with the feed
   * @param part what says which samples of a batch are seen; null where all are
   */
  StepFeed(
      Session session,
      DataFeed data,
      int[] indices,
      Operand<?> numbersInput,
      Tensor numbers,
      Operand<?> seedInput,
      Tensor random,
      Noise.@Nullable Part part) {
    this.session = session;
    this.data = data;
    this.indices = indices;
    this.numbersInput = numbersInput;
    this.numbers = numbers;
    this.seedInput = seedInput;
    this.random = random;
    this.part = part;
  }

  /** How many samples the step has. */
  int samples() {
    return indices.length;
  }

  /** A run without samples. */
  Session.Runner none() {
    Session.Runner runner = session.runner().feed(numbersInput, numbers).feed(seedInput, random);
    return part == null
        ? runner
        : runner.feed(part.whole(), kept(Tensors.ints(new int[] {indices.length})));
  }

  /** A run over all samples. */
  Session.Runner all() {
    return some(0, indices.length);
  }

  /** A run over the samples from {@code from} to before {@code to}. */
  Session.Runner some(int from, int to) {
    DataFeed.Batch chosen = data.batch(Arrays.copyOfRange(indices, from, to));
    batches.add(chosen);
    Session.Runner runner = chosen.feed(none());
    return part == null ? runner : runner.feed(part.first(), kept(Tensors.ints(new int[] {from})));
  }

  private Tensor kept(Tensor tensor) {
    tensors.add(tensor);
    return tensor;
  }

  @Override
  public void close() {
    numbers.close();
    random.close();
    tensors.forEach(Tensor::close);
    batches.forEach(DataFeed.Batch::close);
  }
}
