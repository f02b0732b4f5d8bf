package org.glacis.runtime.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.glacis.runtime.graph.Element;
import org.glacis.runtime.graph.Tensors;
import org.glacis.runtime.graph.Variable;
import org.glacis.runtime.train.Parts.Meeting;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TType;

/**
 * A step over the parts of its batch, one after the other in memory, that is the step of the whole
 * batch up to rounding.
 *
 * <p>The loss is a function of weights and of means over the batch, and each mean one of weights,
 * samples and earlier means (statistics of batch normalisation). Rounds over the parts fill the
 * means level by level. Then the chain rule goes back: the derivatives by the means of a level, the
 * highest first, are carried by one more round over the parts to weights and lower means. A network
 * without batch normalisation and a loss that is a mean need one round each way.
 */
final class PartedStep implements Endpoint {
  private static final Element<TFloat32> FLOAT = Element.FLOAT32;

  private final Parts<TFloat32> parts;
  private final int count;
  private final List<Meeting<TFloat32>> needed;
  private final List<Operand<TFloat32>> byMeans;
  private final Op begun;
  private final List<Round> back = new ArrayList<>();
  private final Op updates;
  private final Operand<TFloat32> values;
  private final List<String> metrics;
  private final Watch watch;
  private final Map<Meeting<TFloat32>, Tensor> lastMeans = new LinkedHashMap<>();
  private final List<Map<Meeting<TFloat32>, Tensor>> lastKept = new ArrayList<>();

  /**
   * One round back.
   *
   * @param means whose derivatives it carries
   * @param derivatives what these are fed to, in the order of {@code means}
   * @param lower the means that it carries them to
   * @param byLower their derivatives by one part
   * @param adds adds those by the weights
   */
  private record Round(
      List<Meeting<TFloat32>> means,
      List<Placeholder<TFloat32>> derivatives,
      List<Meeting<TFloat32>> lower,
      List<Operand<TFloat32>> byLower,
      Op adds) {}

  /** The sum of the derivatives by each variable, as far as the parts were seen. */
  static final class Sums {
    private final List<Operand<? extends TType>> handles = new ArrayList<>();

    Sums(Ops tf, List<Variable<TFloat32>> variables) {
      for (Variable<TFloat32> variable : variables) {
        long[] extents = Arrays.stream(variable.shape()).asLongStream().toArray();
        handles.add(
            tf.varHandleOp(
                TFloat32.class,
                Shape.of(extents),
                VarHandleOp.sharedName("sums/" + variable.path())));
      }
    }

    /** What was added up. */
    List<Operand<TFloat32>> values(Ops tf) {
      return handles.stream()
          .<Operand<TFloat32>>map(handle -> tf.readVariableOp(handle, TFloat32.class))
          .toList();
    }

    private Op begin(Ops tf, List<Operand<TFloat32>> first) {
      List<Op> all = new ArrayList<>();
      for (int i = 0; i < handles.size(); i++) {
        all.add(tf.assignVariableOp(handles.get(i), first.get(i)));
      }
      return tf.withControlDependencies(all).noOp();
    }

    private Op add(Ops tf, List<Operand<TFloat32>> more) {
      List<Op> all = new ArrayList<>();
      for (int i = 0; i < handles.size(); i++) {
        all.add(tf.assignAddVariableOp(handles.get(i), more.get(i)));
      }
      return tf.withControlDependencies(all).noOp();
    }
  }

  /**
   * Adds the rounds back to the graph.
   *
   * @param parts where the samples meet in {@code loss}
   * @param count how many parts a batch is cut into
   * @param loss a scalar of weights and means
   * @param weights what is trained
   * @param updates takes what {@code sums} has after the last round
   * @param values of the metrics
   */
  PartedStep(
      Ops tf,
      Parts<TFloat32> parts,
      int count,
      Operand<TFloat32> loss,
      List<Variable<TFloat32>> weights,
      Sums sums,
      Op updates,
      Operand<TFloat32> values,
      List<String> metrics,
      Watch watch) {
    this.parts = parts;
    this.count = count;
    this.updates = updates;
    this.values = values;
    this.metrics = metrics;
    this.watch = watch;
    needed = parts.needed(loss);
    List<Operand<TFloat32>> trained =
        weights.stream().<Operand<TFloat32>>map(Variable::value).toList();
    List<Operand<TFloat32>> direct = Gradients.of(tf, loss, join(trained, known(needed)));
    byMeans = direct.subList(trained.size(), direct.size());
    begun = sums.begin(tf, direct.subList(0, trained.size()));
    for (int level = parts.levels(); level > 0; level--) {
      List<Meeting<TFloat32>> means = atLevel(needed, level);
      if (!means.isEmpty()) {
        back.add(round(tf, means, trained, sums));
      }
    }
  }

  private Round round(
      Ops tf, List<Meeting<TFloat32>> means, List<Operand<TFloat32>> trained, Sums sums) {
    List<Placeholder<TFloat32>> derivatives = new ArrayList<>();
    List<Operand<TFloat32>> products = new ArrayList<>();
    for (Meeting<TFloat32> mean : means) {
      Placeholder<TFloat32> derivative =
          tf.placeholder(TFloat32.class, Placeholder.shape(mean.seen().shape()));
      derivatives.add(derivative);
      Operand<TFloat32> each = tf.math.mul(mean.seen(), derivative);
      products.add(tf.reduceSum(tf.reshape(each, tf.constant(new int[] {-1})), tf.constant(0)));
    }
    List<Meeting<TFloat32>> lower =
        needed.stream().filter(m -> m.level() < means.get(0).level()).toList();
    List<Operand<TFloat32>> gradients =
        Gradients.of(tf, tf.math.addN(products), join(trained, known(lower)));
    return new Round(
        means,
        derivatives,
        lower,
        gradients.subList(trained.size(), gradients.size()),
        sums.add(tf, gradients.subList(0, trained.size())));
  }

  @Override
  public Op updates() {
    return updates;
  }

  @Override
  public List<String> metrics() {
    return metrics;
  }

  @Override
  public Watch watch() {
    return watch;
  }

  @Override
  public float[] run(StepFeed feed) {
    forget();
    int size = size(feed);
    forward(feed, size);
    backward(feed, size);
    try (Result result =
        means(feed.none(), Integer.MAX_VALUE).addTarget(updates).fetch(values).run()) {
      float[] measured = Tensors.floats(result.get(0));
      forget();
      return measured;
    }
  }

  /** Fills all means, level by level. Where a later run fails, {@link #looks} still has them. */
  private void forward(StepFeed feed, int size) {
    for (int from = 0; from < feed.samples(); from += size) {
      lastKept.add(new LinkedHashMap<>());
    }
    for (int level = 1; level <= parts.levels(); level++) {
      List<Meeting<TFloat32>> here = atLevel(parts.meetings(), level);
      double[][] sums = new double[here.size()][];
      for (int part = 0; part < lastKept.size(); part++) {
        Session.Runner runner = part(feed, size, part, level);
        here.forEach(meeting -> runner.fetch(meeting.seen()));
        try (Result result = runner.run()) {
          for (int i = 0; i < here.size(); i++) {
            if (here.get(i).kept()) {
              lastKept.get(part).put(here.get(i), copy(result.get(i)));
            } else {
              sums[i] = added(sums[i], result.get(i), share(feed, size, part));
            }
          }
        }
      }
      for (int i = 0; i < here.size(); i++) {
        if (!here.get(i).kept()) {
          lastMeans.put(here.get(i), tensor(sums[i], here.get(i)));
        }
      }
    }
  }

  private void backward(StepFeed feed, int size) {
    Map<Meeting<TFloat32>, double[]> derivatives = new LinkedHashMap<>();
    Session.Runner first = means(feed.none(), Integer.MAX_VALUE).addTarget(begun);
    byMeans.forEach(first::fetch);
    try (Result result = first.run()) {
      for (int i = 0; i < needed.size(); i++) {
        derivatives.put(needed.get(i), added(null, result.get(i), 1));
      }
    }
    for (Round round : back) {
      for (int part = 0; part < lastKept.size(); part++) {
        double share = share(feed, size, part);
        List<Tensor> fed = new ArrayList<>();
        Session.Runner runner =
            part(feed, size, part, round.means().get(0).level()).addTarget(round.adds());
        for (int i = 0; i < round.means().size(); i++) {
          Meeting<TFloat32> mean = round.means().get(i);
          double[] whole = java.util.Objects.requireNonNull(derivatives.get(mean));
          fed.add(tensor(Arrays.stream(whole).map(d -> d * share).toArray(), mean));
          runner.feed(round.derivatives().get(i), fed.get(i));
        }
        round.byLower().forEach(runner::fetch);
        try (Result result = runner.run()) {
          for (int i = 0; i < round.lower().size(); i++) {
            Tensor more = result.get(i);
            derivatives.compute(round.lower().get(i), (m, sum) -> added(sum, more, 1));
          }
        } finally {
          fed.forEach(Tensor::close);
        }
      }
    }
  }

  @Override
  public List<Session.Runner> looks(StepFeed feed) {
    List<Session.Runner> runners = new ArrayList<>();
    for (int part = 0; part < lastKept.size(); part++) {
      runners.add(part(feed, size(feed), part, Integer.MAX_VALUE));
    }
    return runners;
  }

  /** A run over one part that knows what was found below {@code level}. */
  private Session.Runner part(StepFeed feed, int size, int part, int level) {
    int from = part * size;
    Session.Runner runner = means(feed.some(from, Math.min(from + size, feed.samples())), level);
    lastKept.get(part).forEach((meeting, tensor) -> runner.feed(meeting.known(), tensor));
    return runner;
  }

  private Session.Runner means(Session.Runner runner, int level) {
    lastMeans.forEach(
        (meeting, tensor) -> {
          if (meeting.level() < level) {
            runner.feed(meeting.known(), tensor);
          }
        });
    return runner;
  }

  private int size(StepFeed feed) {
    return (feed.samples() + count - 1) / count;
  }

  private static double share(StepFeed feed, int size, int part) {
    int from = part * size;
    return (double) (Math.min(from + size, feed.samples()) - from) / feed.samples();
  }

  private static double[] added(
      double @org.jspecify.annotations.Nullable [] sum, Tensor more, double share) {
    float[] numbers = Tensors.floats(more);
    double[] result = sum == null ? new double[numbers.length] : sum;
    for (int i = 0; i < numbers.length; i++) {
      result[i] += share * numbers[i];
    }
    return result;
  }

  private static Tensor tensor(double[] values, Meeting<TFloat32> mean) {
    return FLOAT.tensor(values, mean.seen().shape().asArray());
  }

  private static Tensor copy(Tensor tensor) {
    return FLOAT.tensor(Tensors.floats(tensor), tensor.shape().asArray());
  }

  private void forget() {
    lastMeans.values().forEach(Tensor::close);
    lastMeans.clear();
    lastKept.forEach(part -> part.values().forEach(Tensor::close));
    lastKept.clear();
  }

  private static List<Meeting<TFloat32>> atLevel(List<Meeting<TFloat32>> all, int level) {
    return all.stream().filter(m -> m.level() == level).toList();
  }

  private static List<Operand<TFloat32>> known(List<Meeting<TFloat32>> meetings) {
    return meetings.stream().<Operand<TFloat32>>map(Meeting::known).toList();
  }

  private static List<Operand<TFloat32>> join(
      List<Operand<TFloat32>> a, List<Operand<TFloat32>> b) {
    List<Operand<TFloat32>> all = new ArrayList<>(a);
    all.addAll(b);
    return all;
  }
}
