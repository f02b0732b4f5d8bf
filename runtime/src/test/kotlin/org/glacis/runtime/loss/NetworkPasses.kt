package org.glacis.runtime.loss

import org.glacis.runtime.bound.Bounds
import org.glacis.runtime.bound.Box
import org.glacis.runtime.bound.Interval
import org.glacis.runtime.bound.IntervalPass
import org.glacis.runtime.bound.Rounding
import org.glacis.runtime.graph.Element
import org.glacis.runtime.graph.Tensors
import org.glacis.runtime.oracle.GoldenBounds
import org.glacis.runtime.oracle.flatten
import org.glacis.runtime.oracle.lowered
import org.glacis.runtime.program.ForwardPass
import org.glacis.runtime.program.Program
import org.glacis.spec.DataRange
import org.glacis.spec.ScheduleSpec
import org.tensorflow.Operand
import org.tensorflow.op.Ops
import org.tensorflow.types.family.TFloating

/**
 * The passes of a golden case: its network with the weights as constants, its inputs and its
 * radius.
 *
 * @param attacked the key of the points that an attack found; null for none
 */
class NetworkPasses<T : TFloating>(
  private val tf: Ops,
  private val element: Element<T>,
  private val case: GoldenBounds,
  private val attacked: String? = null,
) : Passes<T> {
  val program: Program<T> = case.network.lowered(tf, element)
  val x: Operand<T> = images(case.inputs.flatten())
  val truth: Operand<T> =
    element.constant(
      tf,
      case.truth,
      case.labels.size.toLong(),
      case.network.model.output.size.toLong(),
    )
  val box: Interval<T> =
    Box.around(tf, element, x, radius(), DataRange.UNIT, Rounding.ignored(element))

  fun inputs() = LossInputs(tf, element, truth, this)

  /** A batch of numbers like inputs. */
  fun images(values: DoubleArray): Operand<T> =
    element.constant(
      tf,
      values,
      *Tensors.batched(case.labels.size.toLong(), case.network.model.input),
    )

  override fun clean(): List<Operand<T>> = ForwardPass.values(tf, "forward", program, x)

  override fun adversary(): Passes.Adversary<T> {
    val points = images(case.images(checkNotNull(attacked)))
    val output = ForwardPass.output(tf, "adversarial", program, points)
    return Passes.Adversary(points, output, box, radius())
  }

  override fun bounds(): Bounds<T> = bounds(box)

  override fun bounds(box: Interval<T>): Bounds<T> =
    IntervalPass()
      .bounds(tf, program, Box.within(tf, element, box, DataRange.UNIT), Rounding.ignored(element))

  override fun epsilonFactor(): Operand<T> = element.constant(tf, EPSILON_FACTOR)

  override fun scheduled(schedule: ScheduleSpec): Operand<T> =
    element.constant(tf, schedule.value(0, 1))

  private fun radius() = element.constant(tf, case.epsilon)
}

/** Margins by CROWN-IBP, batch × classes. */
fun <T : TFloating> crownMargins(inputs: LossInputs<T>): Operand<T> = CrownIbpLoss.margins(inputs)
