package org.glacis.runtime.loss

import org.glacis.runtime.bound.Bounds
import org.glacis.runtime.bound.Interval
import org.glacis.runtime.bound.Rounding
import org.glacis.runtime.graph.Element
import org.glacis.runtime.graph.Tensors
import org.glacis.runtime.oracle.ONE_THREAD
import org.glacis.runtime.program.Program
import org.glacis.spec.LossSpec
import org.glacis.spec.ScheduleSpec
import org.glacis.spec.Shape
import org.tensorflow.Graph
import org.tensorflow.Operand
import org.tensorflow.Session
import org.tensorflow.op.core.Placeholder
import org.tensorflow.types.TFloat64

/** Where a loss is taken: outputs and their bounds, samples × outputs. */
class LossPoint(
  val output: DoubleArray,
  val lower: DoubleArray,
  val upper: DoubleArray,
  val truth: DoubleArray,
) {
  fun moved(place: Int, by: Double) =
    LossPoint(output.clone(), lower.clone(), upper.clone(), truth).also {
      val size = output.size
      listOf(it.output, it.lower, it.upper)[place / size][place % size] += by
    }
}

/**
 * A loss and its gradients with respect to outputs, lower and upper bounds, one after the other.
 */
class LossValue(val rank: Int, val loss: Double, val gradients: DoubleArray)

/** One loss in a graph of its own, in float64. */
class LossGraph(spec: LossSpec, private val samples: Int, private val outputs: Int) :
  AutoCloseable {
  private val graph = Graph()
  private val session: Session
  private val inputs: List<Placeholder<TFloat64>>
  private val loss: Operand<TFloat64>
  private val gradients: List<Operand<TFloat64>?>

  init {
    val tf = ONE_THREAD.operations(graph)
    val shape =
      Placeholder.shape(org.tensorflow.ndarray.Shape.of(samples.toLong(), outputs.toLong()))
    inputs = List(4) { tf.placeholder(TFloat64::class.java, shape) }
    val (output, lower, upper, truth) = inputs
    val program = Program<TFloat64>(Shape(outputs), listOf(), 0)
    val inputsOfLoss =
      LossInputs(
        tf,
        Element.FLOAT64,
        truth,
        object : Passes<TFloat64> {
          override fun clean() = mutableListOf<Operand<TFloat64>>(output)

          override fun bounds() =
            Bounds(
              program,
              listOf(Interval.ofCorners(lower, upper)),
              Rounding.ignored(Element.FLOAT64),
            )

          override fun scheduled(schedule: ScheduleSpec): Operand<TFloat64> =
            Element.FLOAT64.constant(tf, schedule.value(0, 1))
        },
      )
    loss = LossLowerings.lower(spec, inputsOfLoss)
    val sources = if (spec.needsBounds) listOf(lower, upper) else listOf()
    val clean = if (inputsOfLoss.outputIfComputed() != null) listOf(output) else listOf()
    val wanted = (clean + sources).map { it as Operand<TFloat64> }
    val computed = tf.gradients(loss, wanted)
    val found = wanted.withIndex().associate { (i, at) -> at to computed.dy<TFloat64>(i) }
    gradients = listOf<Operand<TFloat64>>(output, lower, upper).map { found[it] }
    session = ONE_THREAD.session(graph)
  }

  fun at(point: LossPoint): LossValue {
    val fed = listOf(point.output, point.lower, point.upper, point.truth)
    val tensors = fed.map { Element.FLOAT64.tensor(it, samples.toLong(), outputs.toLong()) }
    val runner = session.runner().fetch(loss)
    gradients.filterNotNull().forEach(runner::fetch)
    inputs.zip(tensors).forEach { (input, tensor) -> runner.feed(input, tensor) }
    return runner.run().use { result ->
      var next = 1
      val flat =
        gradients.flatMap { gradient ->
          if (gradient == null) List(samples * outputs) { 0.0 }
          else Tensors.doubles(result.get(next++)).toList()
        }
      tensors.forEach { it.close() }
      LossValue(result.get(0).rank(), Tensors.doubles(result.get(0))[0], flat.toDoubleArray())
    }
  }

  override fun close() {
    session.close()
    graph.close()
  }
}
