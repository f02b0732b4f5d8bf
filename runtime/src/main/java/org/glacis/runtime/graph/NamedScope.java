package org.glacis.runtime.graph;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tensorflow.ConcreteFunction;
import org.tensorflow.DeviceSpec;
import org.tensorflow.ExecutionEnvironment;
import org.tensorflow.Graph;
import org.tensorflow.Operation;
import org.tensorflow.OperationBuilder;
import org.tensorflow.op.Ops;
import org.tensorflow.op.Scope;

/**
 * Names operations as TensorFlow's own scope does. That one reads the names of all operations of
 * the graph whenever a scope is opened, which took most of the time that a large training graph is
 * built in; this one remembers the names that it gave. So all operations of a graph must come from
 * one {@link #operations}.
 *
 * @param prefix of all names, with a slash at its end; empty at the root
 * @param name of the next operation or scope; null for that of its kind
 * @param used names without the prefix, shared by all that have it
 */
record NamedScope(
    Graph graph,
    String prefix,
    @Nullable String name,
    Set<String> used,
    List<Operation> controls,
    DeviceSpec device,
    boolean isInit)
    implements Scope {

  /** Operations of a graph that has none so far. */
  static Ops operations(Graph graph) {
    DeviceSpec anywhere = DeviceSpec.newBuilder().build();
    return Ops.create(
        new Root(
            graph, new NamedScope(graph, "", null, new HashSet<>(), List.of(), anywhere, false)));
  }

  @Override
  public ExecutionEnvironment env() {
    return graph;
  }

  @Override
  public Scope withSubScope(String child) {
    String own = prefix + unique(name == null ? child : name) + "/";
    return new NamedScope(graph, own, null, new HashSet<>(), controls, device, isInit);
  }

  @Override
  public Scope withName(String next) {
    if (!Scope.isValidOpName(next)) {
      throw new IllegalArgumentException("\"" + next + "\" is no name of an operation");
    }
    return new NamedScope(graph, prefix, next, used, controls, device, isInit);
  }

  @Override
  public Scope withNameAsSubScope(String defaultName) {
    return withSubScope(defaultName);
  }

  @Override
  public Scope withDevice(DeviceSpec where) {
    return new NamedScope(graph, prefix, name, used, controls, where, isInit);
  }

  @Override
  public Scope withInitScope() {
    return new NamedScope(graph, prefix, name, used, List.of(), device, true);
  }

  @Override
  public String makeOpName(String kind) {
    return prefix + unique(name == null ? kind : name);
  }

  @Override
  public String makeUnique(String wanted) {
    return unique(wanted);
  }

  /** Nothing else gives names. */
  @Override
  public void refreshNames() {}

  @Override
  public Scope withControlDependencyOps(Iterable<Operation> before) {
    List<Operation> all = new ArrayList<>();
    for (Operation operation : before) {
      graph.checkInput(operation);
      if (isInit || !graph.isInitializer(operation)) {
        all.add(operation);
      }
    }
    return new NamedScope(graph, prefix, name, used, List.copyOf(all), device, isInit);
  }

  @Override
  public OperationBuilder apply(OperationBuilder builder) {
    builder.setDevice(getDeviceString());
    for (Operation operation : controls) {
      if (isInit || !graph.isInitializer(operation)) {
        builder.addControlInput(operation);
      }
    }
    return builder;
  }

  @Override
  public String getDeviceString() {
    return device.toString();
  }

  private String unique(String wanted) {
    String free = wanted;
    for (int i = 1; !used.add(free); i++) {
      free = wanted + "_" + i;
    }
    return free;
  }

  /** The graph, as {@link Ops#create} asks for its first scope. */
  private record Root(Graph graph, Scope baseScope) implements ExecutionEnvironment {
    @Override
    public OperationBuilder opBuilder(String type, String name, Scope scope) {
      return graph.opBuilder(type, name, scope);
    }

    @Override
    public void attachFunction(ConcreteFunction function) {
      graph.attachFunction(function);
    }

    @Override
    public void checkInput(Operation input) {
      graph.checkInput(input);
    }

    @Override
    public Types environmentType() {
      return graph.environmentType();
    }

    @Override
    public boolean isInitializer(Operation operation) {
      return graph.isInitializer(operation);
    }
  }
}
