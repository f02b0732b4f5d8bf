package org.glacis.runtime.loss;

import java.util.List;
import org.glacis.evidence.holistic.HolisticRisk;
import org.glacis.runtime.bound.Bounds;
import org.glacis.runtime.bound.Interval;
import org.glacis.spec.GlacisException;
import org.glacis.spec.ScheduleSpec;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/**
 * The passes over the network that a step can make. {@link LossInputs} asks for each once, and only
 * when a loss needs it.
 */
public interface Passes<T extends TFloating> extends StepNumbers<T> {
  /** All values of the program at the clean inputs. */
  List<Operand<T>> clean();

  /** The points that the attack finds. */
  default Adversary<T> adversary() {
    throw new GlacisException("these passes have no attack");
  }

  /** Interval bounds over the perturbation set of this step. */
  Bounds<T> bounds();

  /** Interval bounds over another box, clipped as that set is. */
  default Bounds<T> bounds(Interval<T> box) {
    throw new GlacisException("these passes have no other boxes");
  }

  /** The epsilon schedule's value: a scalar from 0 to 1. */
  default Operand<T> epsilonFactor() {
    throw new GlacisException("these passes have no epsilon schedule");
  }

  /** Whether that value is 1, and this a step of its own kind ({@code changesAtFullRadius}). */
  default boolean isFull() {
    return false;
  }

  /**
   * The mean over the batch of a step.
   *
   * @param seen the mean over the samples of these passes
   */
  default Operand<T> mean(Ops tf, Operand<T> seen) {
    return seen;
  }

  /** These, but for other points, where the network says {@code output}; no bounds, no attack. */
  default Passes<T> at(Operand<T> output) {
    Passes<T> here = this;
    return new Passes<>() {
      @Override
      public List<Operand<T>> clean() {
        return List.of(output);
      }

      @Override
      public Bounds<T> bounds() {
        throw new GlacisException("there are no bounds at the points of an attack");
      }

      @Override
      public Operand<T> mean(Ops tf, Operand<T> seen) {
        return here.mean(tf, seen);
      }

      @Override
      public Operand<T> scheduled(ScheduleSpec schedule) {
        return here.scheduled(schedule);
      }

      @Override
      public Operand<T> kept(String name) {
        return here.kept(name);
      }
    };
  }

  /** Weights of the samples that are found outside of the graph, from their losses. */
  default HostWeights<T> weighed(HolisticRisk risk, Operand<T> losses) {
    throw new GlacisException("these passes weigh no samples outside of their graph");
  }

  /**
   * Weights that each step is fed.
   *
   * @param weights one a sample
   * @param extra the weight of the worst loss: a scalar
   */
  record HostWeights<T extends TFloating>(Operand<T> weights, Operand<T> extra) {}

  /**
   * What an attack found.
   *
   * @param points batch × input shape
   * @param output the network's output there: batch × outputs
   * @param box where it looked
   * @param radius of that box before it was clipped: broadcasts to the points
   */
  record Adversary<T extends TFloating>(
      Operand<T> points, Operand<T> output, Interval<T> box, Operand<T> radius) {}
}
