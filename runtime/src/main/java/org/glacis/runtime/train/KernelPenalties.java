package org.glacis.runtime.train;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.glacis.runtime.graph.Element;
import org.glacis.runtime.loss.LossInputs;
import org.glacis.runtime.loss.OrthogonalityTerm;
import org.glacis.runtime.lower.PlainKernels;
import org.glacis.runtime.program.Groups;
import org.glacis.spec.Dense;
import org.glacis.spec.Experiment;
import org.glacis.spec.InputException;
import org.glacis.spec.OrthogonalityRegularizer;
import org.glacis.spec.ScheduleSpec;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/** What a loss counts of kernels alone, whatever the samples are. */
final class KernelPenalties<T extends TFloating> {
  private final LossInputs<T> in;
  private final Ops tf;
  private final Element<T> element;

  private KernelPenalties(LossInputs<T> in) {
    this.in = in;
    tf = in.tf();
    element = in.element();
  }

  /**
   * The penalties that the declaration has, each a part of the loss.
   *
   * @param kernels by path
   */
  static <T extends TFloating> List<Operand<T>> of(
      LossInputs<T> in, Experiment experiment, Map<String, Operand<T>> kernels) {
    KernelPenalties<T> penalties = new KernelPenalties<>(in);
    List<Operand<T>> terms = new ArrayList<>();
    double l1 = experiment.getTrain().getL1();
    if (l1 > 0) {
      terms.add(in.part("l1", penalties.absoluteWeights(l1, kernels.values())));
    }
    OrthogonalityRegularizer orthogonality = experiment.getTrain().getOrthogonality();
    if (orthogonality != null) {
      terms.addAll(penalties.orthogonality(orthogonality, experiment, kernels));
    }
    return terms;
  }

  private List<Operand<T>> orthogonality(
      OrthogonalityRegularizer spec, Experiment experiment, Map<String, Operand<T>> kernels) {
    boolean counted = isAboveZero(spec.getConvolutions());
    OrthogonalityTerm<T> term = new OrthogonalityTerm<>(tf, element);
    List<Operand<T>> dense = new ArrayList<>();
    List<Operand<T>> convolutions = new ArrayList<>();
    PlainKernels.of(experiment.getModel())
        .forEach(
            (path, layer) -> {
              Operand<T> kernel = Objects.requireNonNull(kernels.get(path), path);
              if (layer instanceof Dense) {
                dense.add(term.dense(kernel));
              } else if (counted) {
                Operand<T> whole = Groups.whole(tf, element, kernel, layer.getGroups());
                convolutions.add(term.lorth(layer, whole, path));
              }
            });
    List<Operand<T>> terms = new ArrayList<>();
    if (isAboveZero(spec.getDense())) {
      terms.add(weighted("denseOrthogonality", spec.getDense(), dense));
    }
    if (counted) {
      terms.add(weighted("lorth", spec.getConvolutions(), convolutions));
    }
    return terms;
  }

  private Operand<T> weighted(String name, ScheduleSpec weight, List<Operand<T>> distances) {
    return in.part(name, tf.math.mul(in.scheduled(weight), tf.math.addN(distances)));
  }

  private static boolean isAboveZero(ScheduleSpec weight) {
    return weight.getGreatest() > 0;
  }

  private Operand<T> absoluteWeights(double weight, Collection<Operand<T>> kernels) {
    if (kernels.isEmpty()) {
      throw new InputException(
          "train.l1 is "
              + weight
              + " but no layer of the network has a kernel whose numbers could be summed; set it to"
              + " 0");
    }
    List<Operand<T>> sums = new ArrayList<>();
    for (Operand<T> kernel : kernels) {
      Operand<T> flat = tf.reshape(tf.math.abs(kernel), tf.constant(new int[] {-1}));
      sums.add(tf.reduceSum(flat, tf.constant(0)));
    }
    return tf.math.mul(tf.math.addN(sums), element.constant(tf, weight));
  }
}
