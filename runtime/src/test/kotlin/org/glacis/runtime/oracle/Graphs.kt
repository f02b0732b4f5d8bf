package org.glacis.runtime.oracle

import org.glacis.runtime.certify.Batch
import org.glacis.runtime.certify.NetworkGraph
import org.glacis.runtime.graph.Device
import org.glacis.runtime.graph.Element
import org.glacis.runtime.graph.Tensors
import org.glacis.runtime.lower.Lowerer
import org.glacis.runtime.program.Program
import org.glacis.spec.DataRange
import org.glacis.spec.Task
import org.tensorflow.Graph
import org.tensorflow.Operand
import org.tensorflow.op.Ops
import org.tensorflow.types.TFloat64
import org.tensorflow.types.family.TFloating

/** Small graphs are run by one thread: starting more would take longer than running them. */
val ONE_THREAD: Device = Device.CPU.withThreads(1)

/** The network in TensorFlow, in float64. */
fun Network.graph(range: DataRange?, outward: Boolean): NetworkGraph<TFloat64> =
  NetworkGraph(model, Task.CLASSIFICATION, Element.FLOAT64, range, ONE_THREAD, outward)
    .load(weights)

/** Classified inputs for a [NetworkGraph]. */
fun batchOf(inputs: List<DoubleArray>, labels: IntArray, outputs: Int): Batch {
  val truth = DoubleArray(inputs.size * outputs)
  labels.forEachIndexed { i, label -> truth[i * outputs + label] = 1.0 }
  return Batch(inputs.size, inputs.flatten(), truth, labels)
}

fun List<DoubleArray>.flatten(): DoubleArray = flatMap { it.asIterable() }.toDoubleArray()

/** Row [i] of a matrix with rows of [width] numbers. */
fun DoubleArray.row(i: Int, width: Int): DoubleArray = copyOfRange(i * width, (i + 1) * width)

/** The values of the operands that [build] adds to a graph of its own. */
fun <T : TFloating> evaluate(build: (Ops) -> List<Operand<T>>): List<DoubleArray> =
  Graph().use { graph ->
    val operands = build(ONE_THREAD.operations(graph))
    ONE_THREAD.session(graph).use { session ->
      val runner = session.runner()
      operands.forEach(runner::fetch)
      runner.run().use { result -> operands.indices.map { Tensors.doubles(result.get(it)) } }
    }
  }

/** The value of the operand that [build] adds to a graph of its own. */
fun <T : TFloating> evaluateOne(build: (Ops) -> Operand<T>): DoubleArray =
  evaluate { listOf(build(it)) }[0]

/** How far [actual] is from [expected], as a share of `1 + |expected|`. */
fun deviation(actual: DoubleArray, expected: DoubleArray): Double {
  require(actual.size == expected.size) { "${actual.size} numbers instead of ${expected.size}" }
  return actual.indices.maxOfOrNull { i ->
    val difference = Math.abs(actual[i] - expected[i]) / (1 + Math.abs(expected[i]))
    if (difference.isNaN()) Double.POSITIVE_INFINITY else difference
  } ?: 0.0
}

/** The largest difference between [actual] and [expected]. */
fun difference(actual: DoubleArray, expected: DoubleArray): Double {
  require(actual.size == expected.size) { "${actual.size} numbers instead of ${expected.size}" }
  return actual.indices.maxOfOrNull { i ->
    val difference = Math.abs(actual[i] - expected[i])
    if (difference.isNaN()) Double.POSITIVE_INFINITY else difference
  } ?: 0.0
}

/** The network as a program in a graph, with its weights as constants. */
fun <T : TFloating> Network.lowered(tf: Ops, element: Element<T>): Program<T> =
  Lowerer.lower(
    tf,
    element,
    model,
    { spec ->
      val entry = weights[spec.path]
      require(entry.shape.contentEquals(spec.shape)) { "${spec.path} has another shape" }
      element.constant(tf, entry.values.map(Float::toDouble).toDoubleArray(), *entry.extents())
    },
    null,
  )
