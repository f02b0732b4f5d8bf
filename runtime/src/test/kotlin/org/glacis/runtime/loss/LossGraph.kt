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
import org.tensorflow.types.family.TFloating

/** What the epsilon schedule says where a loss is taken. */
const val EPSILON_FACTOR: Double = 0.25

/**
 * Where a loss is taken: outputs and their bounds, samples × outputs. The program is the identity.
 *
 * @param attacked what an attack finds, in the box of the bounds
 */
class LossPoint(
  val output: DoubleArray,
  val attacked: DoubleArray,
  val lower: DoubleArray,
  val upper: DoubleArray,
  val truth: DoubleArray,
) {
  fun moved(place: Int, by: Double) =
    LossPoint(output.clone(), attacked.clone(), lower.clone(), upper.clone(), truth).also {
      val size = output.size
      listOf(it.output, it.attacked, it.lower, it.upper)[place / size][place % size] += by
    }
}

/**
 * A loss and its gradients with respect to outputs, attacked outputs, lower and upper bounds, one
 * after the other; what it keeps for the next step.
 */
class LossValue(
  val rank: Int,
  val loss: Double,
  val gradients: DoubleArray,
  val kept: Map<String, Double>,
)

/** One loss in a graph of its own, in float64. */
fun LossGraph(
  spec: LossSpec,
  samples: Int,
  outputs: Int,
  kept: Map<String, Double> = mapOf(),
): LossGraph<TFloat64> = LossGraph(spec, samples, outputs, Element.FLOAT64, kept)

/**
 * One loss in a graph of its own.
 *
 * @param before what it kept in the step before
 */
class LossGraph<T : TFloating>(
  spec: LossSpec,
  private val samples: Int,
  private val outputs: Int,
  private val element: Element<T>,
  before: Map<String, Double> = mapOf(),
) : AutoCloseable {
  private val graph = Graph()
  private val session: Session
  private val inputs: List<Placeholder<T>>
  private val loss: Operand<T>
  private val gradients: List<Operand<T>>
  private val kept: Map<String, Operand<T>>

  init {
    val tf = ONE_THREAD.operations(graph)
    val shape =
      Placeholder.shape(org.tensorflow.ndarray.Shape.of(samples.toLong(), outputs.toLong()))
    inputs = List(5) { tf.placeholder(element.type(), shape) }
    val (output, attacked, lower, upper, truth) = inputs
    val program = Program<T>(Shape(outputs), listOf(), 0)
    val inputsOfLoss =
      LossInputs(
        tf,
        element,
        truth,
        object : Passes<T> {
          override fun clean() = mutableListOf<Operand<T>>(output)

          override fun adversary(): Passes.Adversary<T> {
            val half = element.constant(tf, 0.5)
            val radius = tf.math.mul(tf.math.sub(upper, lower), half)
            return Passes.Adversary(attacked, attacked, Interval.ofCorners(lower, upper), radius)
          }

          override fun bounds() = bounds(Interval.ofCorners(lower, upper))

          override fun bounds(box: Interval<T>) =
            Bounds(program, listOf(box), Rounding.ignored(element))

          override fun epsilonFactor(): Operand<T> = element.constant(tf, EPSILON_FACTOR)

          override fun kept(name: String): Operand<T> = element.constant(tf, before[name] ?: 0.0)

          override fun scheduled(schedule: ScheduleSpec): Operand<T> =
            element.constant(tf, schedule.value(0, 1))
        },
      )
    loss = LossLowerings.lower(spec, inputsOfLoss)
    kept = inputsOfLoss.keeps().toMap()
    val wanted = listOf<Operand<T>>(output, attacked, lower, upper)
    // TensorFlow has no gradient for what the loss does not depend on.
    val reaching =
      wanted.map {
        tf.math.mul(tf.reduceSum(it, tf.constant(intArrayOf(0, 1))), element.constant(tf, 0.0))
      }
    val found = tf.gradients(tf.math.addN(listOf(loss) + reaching), wanted)
    gradients = wanted.indices.map { found.dy(it) }
    session = ONE_THREAD.session(graph)
  }

  fun at(point: LossPoint): LossValue {
    val fed = listOf(point.output, point.attacked, point.lower, point.upper, point.truth)
    val tensors = fed.map { element.tensor(it, samples.toLong(), outputs.toLong()) }
    val runner = session.runner().fetch(loss)
    gradients.forEach(runner::fetch)
    kept.values.forEach(runner::fetch)
    inputs.zip(tensors).forEach { (input, tensor) -> runner.feed(input, tensor) }
    return runner.run().use { result ->
      val flat = gradients.indices.flatMap { Tensors.doubles(result.get(it + 1)).toList() }
      tensors.forEach { it.close() }
      val keeps =
        kept.keys.mapIndexed { i, name ->
          name to Tensors.doubles(result.get(1 + gradients.size + i))[0]
        }
      LossValue(
        result.get(0).rank(),
        Tensors.doubles(result.get(0))[0],
        flat.toDoubleArray(),
        keeps.toMap(),
      )
    }
  }

  override fun close() {
    session.close()
    graph.close()
  }
}
