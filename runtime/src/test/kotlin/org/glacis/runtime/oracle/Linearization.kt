package org.glacis.runtime.oracle

import kotlin.math.abs

/**
 * The network that is linear as a network is at [x], in plain doubles. Activations have the slope
 * that a central difference finds, which is exact for those that are linear on both sides of 0.
 */
class Linearization(private val network: Network, private val x: DoubleArray) {
  /** The Jacobian, a row an output. */
  fun jacobian(): List<DoubleArray> {
    val columns =
      x.indices.map { i -> through(network.oracle.steps, x, unit(i)) { w, v -> w * v }.second }
    return columns[0].indices.map { j -> DoubleArray(x.size) { columns[it][j] } }
  }

  /** The radii that absolute weights and slopes give, layer by layer. */
  fun layerwise(radius: DoubleArray): DoubleArray =
    through(network.oracle.steps, x, radius) { w, v -> abs(w) * v }.second

  private fun unit(i: Int) = DoubleArray(x.size) { if (it == i) 1.0 else 0.0 }

  /** Values and what is carried along with them. */
  private fun through(
    steps: List<Step>,
    at: DoubleArray,
    carried: DoubleArray,
    times: (Double, Double) -> Double,
  ): Pair<DoubleArray, DoubleArray> =
    steps.fold(at to carried) { (value, along), step ->
      when (step) {
        is Step.Linear ->
          DoubleArray(step.rows.size) { i ->
            val row = step.rows[i]
            row.indices.indices.sumOf { row.weights[it] * value[row.indices[it]] } + row.bias
          } to
            DoubleArray(step.rows.size) { i ->
              val row = step.rows[i]
              row.indices.indices.sumOf { times(row.weights[it], along[row.indices[it]]) }
            }
        is Step.Pointwise ->
          DoubleArray(value.size) { step.function(value[it]) } to
            DoubleArray(value.size) { times(slope(step, value[it]), along[it]) }
        is Step.Branch -> {
          val (made, madeAlong) = through(step.steps, value, along, times)
          val (kept, keptAlong) = through(step.beside, value, along, times)
          DoubleArray(made.size) { kept[it] + made[it] } to
            DoubleArray(made.size) { keptAlong[it] + madeAlong[it] }
        }
        is Step.Largest,
        is Step.Sorted,
        is Step.Lengths,
        is Step.Sizes,
        is Step.Mapped -> error("is not linearised")
      }
    }

  private fun slope(step: Step.Pointwise, at: Double): Double {
    val h = 1e-6
    return (step.function(at + h) - step.function(at - h)) / (2 * h)
  }
}
