package org.glacis.runtime.graph;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.glacis.spec.GlacisException;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.family.TFloating;

/**
 * The variables of one graph, by path: made while the graph is built, loaded and fetched as {@link
 * Weights}.
 */
public final class Variables<T extends TFloating> {
  private final PathScopes scopes;
  private final Element<T> element;
  private final Map<String, Variable<T>> made = new LinkedHashMap<>();
  private final Map<String, Placeholder<T>> inputs = new LinkedHashMap<>();
  private final Map<String, Op> assigns = new LinkedHashMap<>();

  public Variables(Ops tf, Element<T> element) {
    scopes = new PathScopes(tf, "");
    this.element = element;
  }

  /** Makes the variable at {@code path}. Its value is undefined until {@link #load}. */
  public Variable<T> create(String path, int... shape) {
    if (made.containsKey(path)) {
      throw new GlacisException("two variables are named " + path);
    }
    long[] extents = new long[shape.length];
    for (int i = 0; i < shape.length; i++) {
      extents[i] = shape[i];
    }
    Ops tf = scopes.at(path);
    var handle =
        tf.withName("handle")
            .varHandleOp(element.type(), Shape.of(extents), VarHandleOp.sharedName(path));
    Operand<T> value = tf.withName("value").readVariableOp(handle, element.type());
    Placeholder<T> input =
        tf.withName("input").placeholder(element.type(), Placeholder.shape(Shape.of(extents)));
    assigns.put(path, tf.withName("assign").assignVariableOp(handle, input));
    inputs.put(path, input);
    Variable<T> variable = new Variable<>(path, shape.clone(), handle, value);
    made.put(path, variable);
    return variable;
  }

  /** Whether there is a variable at {@code path}. */
  public boolean has(String path) {
    return made.containsKey(path);
  }

  /** The variable at {@code path}. */
  public Variable<T> get(String path) {
    return java.util.Objects.requireNonNull(made.get(path), path);
  }

  public List<Variable<T>> all() {
    return List.copyOf(made.values());
  }

  /** Gives every variable its value; all must be there, in their shapes. */
  public void load(Session session, Weights weights) {
    if (made.isEmpty()) {
      return;
    }
    List<Tensor> tensors = new ArrayList<>();
    Session.Runner runner = session.runner();
    try {
      for (Variable<T> variable : made.values()) {
        Weights.Entry entry = weights.get(variable.path());
        if (!java.util.Arrays.equals(entry.shape(), variable.shape())) {
          throw new GlacisException(
              variable.path()
                  + " has the shape "
                  + java.util.Arrays.toString(entry.shape())
                  + " but the network wants "
                  + java.util.Arrays.toString(variable.shape()));
        }
        Tensor tensor = element.tensor(entry.values(), entry.extents());
        tensors.add(tensor);
        runner.feed(inputOf(variable), tensor).addTarget(assignOf(variable));
      }
      runner.run().close();
    } finally {
      tensors.forEach(Tensor::close);
    }
  }

  /** The present values of the variables whose path {@code wanted} accepts. */
  public Weights fetch(Session session, java.util.function.Predicate<String> wanted) {
    List<Variable<T>> chosen = made.values().stream().filter(v -> wanted.test(v.path())).toList();
    if (chosen.isEmpty()) {
      return new Weights(Map.of());
    }
    Session.Runner runner = session.runner();
    chosen.forEach(v -> runner.fetch(v.value()));
    Map<String, Weights.Entry> entries = new LinkedHashMap<>();
    try (Result result = runner.run()) {
      for (int i = 0; i < chosen.size(); i++) {
        entries.put(
            chosen.get(i).path(),
            new Weights.Entry(chosen.get(i).shape(), Tensors.floats(result.get(i))));
      }
    }
    return new Weights(entries);
  }

  private Placeholder<T> inputOf(Variable<T> variable) {
    return java.util.Objects.requireNonNull(inputs.get(variable.path()));
  }

  private Op assignOf(Variable<T> variable) {
    return java.util.Objects.requireNonNull(assigns.get(variable.path()));
  }
}
