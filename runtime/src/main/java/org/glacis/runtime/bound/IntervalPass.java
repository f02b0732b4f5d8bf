package org.glacis.runtime.bound;

import java.util.ArrayList;
import java.util.List;
import org.glacis.runtime.graph.PathScopes;
import org.glacis.runtime.program.Affine;
import org.glacis.runtime.program.Contraction;
import org.glacis.runtime.program.Elementwise;
import org.glacis.runtime.program.Node;
import org.glacis.runtime.program.Operation;
import org.glacis.runtime.program.Program;
import org.glacis.runtime.program.Rearrange;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.family.TFloating;

/**
 * Interval bound propagation: one box a value. Affine operations move the centre and spread the
 * radius with absolute weights, the others take both corners (Gowal et al. 2018, section 3).
 */
public final class IntervalPass implements BoundMethod {
  private final String name;

  public IntervalPass() {
    this("interval");
  }

  /** A pass whose operations are named below {@code name}. */
  public IntervalPass(String name) {
    this.name = name;
  }

  @Override
  public <T extends TFloating> Bounds<T> bounds(
      Ops tf, Program<T> program, Interval<T> box, Rounding<T> rounding) {
    PathScopes scopes = new PathScopes(tf, name);
    List<Interval<T>> values = new ArrayList<>();
    values.add(box);
    for (Node<T> node : program.nodes()) {
      values.add(through(scopes.at(node.path()), node, values, rounding));
    }
    return new Bounds<>(program, List.copyOf(values), rounding);
  }

  private static <T extends TFloating> Interval<T> through(
      Ops tf, Node<T> node, List<Interval<T>> values, Rounding<T> rounding) {
    Interval<T> x = values.get(node.input());
    Operation<T> operation = node.operation();
    if (operation instanceof Affine<T> affine) {
      return affine(tf, affine, x, rounding);
    } else if (operation instanceof Elementwise<T> elementwise) {
      Interval<T> known = rounding.anywhere(tf, x);
      var image = elementwise.image(tf, known.lower(tf), known.upper(tf));
      return rounding.widened(tf, image.lower(), image.upper(), elementwise.error());
    } else if (operation instanceof Contraction<T> contraction) {
      Interval<T> known = rounding.anywhere(tf, x);
      var image = contraction.image(tf, known.lower(tf), known.upper(tf));
      return rounding.widened(tf, image.lower(), image.upper(), contraction.error());
    } else if (operation instanceof Rearrange<T> rearrange) {
      return rounding.settled(
          tf,
          Interval.ofCentre(rearrange.apply(tf, x.centre(tf)), rearrange.apply(tf, x.radius(tf))));
    }
    Interval<T> other = values.get(node.inputs().get(1));
    return rounding.settled(
        tf,
        Interval.ofCentre(
            tf.math.add(x.centre(tf), other.centre(tf)),
            tf.math.add(x.radius(tf), other.radius(tf))));
  }

  private static <T extends TFloating> Interval<T> affine(
      Ops tf, Affine<T> affine, Interval<T> x, Rounding<T> rounding) {
    Affine<T> halved = rounding.isOutward() || !x.isCorners() ? null : affine.halved(tf);
    if (halved != null) {
      return Interval.ofCentre(halved.apply(tf, x.sum(tf)), halved.spread(tf, x.width(tf)));
    }
    Operand<T> centre = affine.apply(tf, x.centre(tf));
    Operand<T> radius =
        affine.spread(tf, rounding.before(tf, x.centre(tf), x.radius(tf), affine.terms()));
    radius = rounding.after(tf, radius, affine.shiftSize(tf), affine.terms());
    return rounding.settled(tf, Interval.ofCentre(centre, radius));
  }
}
