package org.glacis.runtime.train;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.glacis.runtime.graph.Element;
import org.glacis.runtime.program.Batching;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.family.TFloating;

/**
 * Where the samples of a batch meet, noted while a step is built on a part of them. What the whole
 * batch says there is a placeholder; to fill it, all parts have to be seen first. Meetings that
 * only need what is known of earlier ones have the same level: one round over the parts fills all
 * of a level.
 */
final class Parts<T extends TFloating> implements Batching<T> {
  private final Element<T> element;
  private final List<Meeting<T>> meetings = new ArrayList<>();
  private final Map<String, Integer> placeholders = new HashMap<>();
  private final Map<String, Integer> depths = new HashMap<>();

  /**
   * A place where samples meet, or something that is kept of each.
   *
   * @param known what the rest of the step reads
   * @param seen the mean over a part, or what is kept of its samples
   * @param kept whether it is kept of each sample and not a mean
   * @param level from 1: one more than the largest level that {@code seen} needs
   */
  record Meeting<T extends TFloating>(
      Placeholder<T> known, Operand<T> seen, boolean kept, int level) {}

  Parts(Element<T> element) {
    this.element = element;
  }

  @Override
  public boolean isWhole() {
    return false;
  }

  @Override
  public Operand<T> mean(Ops tf, Operand<T> seen) {
    return noted(tf, seen, false);
  }

  @Override
  public Operand<T> kept(Ops tf, Operand<T> perSample) {
    return noted(tf, perSample, true);
  }

  private Operand<T> noted(Ops tf, Operand<T> seen, boolean kept) {
    Placeholder<T> known =
        tf.placeholder(element.type(), Placeholder.shape(seen.asOutput().shape()));
    int level = depth((GraphOperation) seen.op()) + 1;
    placeholders.put(known.op().name(), meetings.size());
    depths.put(known.op().name(), level);
    meetings.add(new Meeting<>(known, seen, kept, level));
    return known;
  }

  /** All meetings, each after those that it needs. */
  List<Meeting<T>> meetings() {
    return List.copyOf(meetings);
  }

  int levels() {
    return meetings.stream().mapToInt(Meeting::level).max().orElse(0);
  }

  /** The largest level of a meeting that {@code operation} reads; 0 for none. */
  private int depth(GraphOperation operation) {
    Deque<GraphOperation> open = new ArrayDeque<>(List.of(operation));
    while (!open.isEmpty()) {
      GraphOperation here = open.peek();
      if (depths.containsKey(here.name())) {
        open.pop();
        continue;
      }
      int depth = 0;
      boolean ready = true;
      for (Operand<?> input : here.inputs()) {
        Integer known = depths.get(input.op().name());
        if (known == null) {
          open.push((GraphOperation) input.op());
          ready = false;
        } else {
          depth = Math.max(depth, known);
        }
      }
      if (ready) {
        open.pop();
        depths.put(here.name(), depth);
      }
    }
    return depths.getOrDefault(operation.name(), 0);
  }

  /** The means on which {@code result} depends, directly or through others, in order. */
  List<Meeting<T>> needed(Operand<T> result) {
    Set<Integer> found = new LinkedHashSet<>();
    Deque<Operand<?>> open = new ArrayDeque<>(List.of(result));
    Set<String> met = new LinkedHashSet<>();
    while (!open.isEmpty()) {
      GraphOperation here = (GraphOperation) open.pop().op();
      if (!met.add(here.name())) {
        continue;
      }
      Integer meeting = placeholders.get(here.name());
      if (meeting == null) {
        here.inputs().forEach(open::push);
      } else if (!meetings.get(meeting).kept() && found.add(meeting)) {
        open.push(meetings.get(meeting).seen());
      }
    }
    return found.stream().sorted().map(meetings::get).toList();
  }

  /** Whether {@code result} reads {@code samples} themselves, not only where they meet. */
  boolean reads(Operand<?> result, Operand<?> samples) {
    Deque<Operand<?>> open = new ArrayDeque<>(List.of(result));
    Set<String> met = new LinkedHashSet<>();
    while (!open.isEmpty()) {
      GraphOperation here = (GraphOperation) open.pop().op();
      if (here.name().equals(samples.op().name())) {
        return true;
      }
      if (met.add(here.name()) && !placeholders.containsKey(here.name())) {
        here.inputs().forEach(open::push);
      }
    }
    return false;
  }
}
