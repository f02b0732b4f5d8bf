package org.glacis.runtime.oracle

import java.math.BigDecimal
import java.math.MathContext

/**
 * Backward linear bounds without any rounding, for networks whose layers decimals can express: the
 * least value of a functional of the output that lines over given boxes allow. Chords have 100
 * digits, and lines go through the lower corner exactly.
 *
 * @param entering the boxes that enter the activations, in the order of the layers
 */
class ExactLines(private val network: Network, entering: List<Corners>) {
  private val boxes = ArrayDeque(entering)

  /** The bound of the functional with the coefficients [row]; may be asked for once. */
  fun lowest(row: List<BigDecimal>, input: ExactBox): BigDecimal {
    val (onInput, constant) = back(network.oracle.steps, row)
    return onInput.indices.fold(constant) { sum, i ->
      sum + onInput[i] * (if (onInput[i].signum() > 0) input.lower[i] else input.upper[i])
    }
  }

  private fun back(steps: List<Step>, row: List<BigDecimal>): Pair<List<BigDecimal>, BigDecimal> =
    steps.foldRight(row to BigDecimal.ZERO) { step, (here, constant) ->
      val (before, more) =
        when (step) {
          is Step.Linear -> linear(step, here)
          is Step.Pointwise -> pointwise(step, here)
          is Step.Branch -> {
            // The boxes are taken from the last to the first.
            val (kept, c) = back(step.beside, here)
            val (made, d) = back(step.steps, here)
            made.plus(kept) to c + d
          }
          is Step.Largest,
          is Step.Sorted,
          is Step.Lengths,
          is Step.Sizes,
          is Step.Mapped -> error("has no lines")
        }
      before to constant + more
    }

  private fun List<BigDecimal>.plus(other: List<BigDecimal>) =
    List(maxOf(size, other.size)) {
      (getOrNull(it) ?: BigDecimal.ZERO) + (other.getOrNull(it) ?: BigDecimal.ZERO)
    }

  private fun linear(
    step: Step.Linear,
    here: List<BigDecimal>,
  ): Pair<List<BigDecimal>, BigDecimal> {
    val inputs = step.rows.maxOf { row -> row.indices.maxOrNull() ?: -1 } + 1
    val before = MutableList(inputs) { BigDecimal.ZERO }
    var constant = BigDecimal.ZERO
    // Coefficients end with the last number that the layer behind this one sees.
    step.rows.take(here.size).forEachIndexed { j, row ->
      row.indices.forEachIndexed { k, i -> before[i] += here[j] * BigDecimal(row.weights[k]) }
      constant += here[j] * BigDecimal(row.bias)
    }
    return before to constant
  }

  private fun pointwise(
    step: Step.Pointwise,
    here: List<BigDecimal>,
  ): Pair<List<BigDecimal>, BigDecimal> {
    val flat = checkNotNull(step.exact) { "not exact" }(-BigDecimal.ONE).negate()
    val box = boxes.removeLast()
    var constant = BigDecimal.ZERO
    val before =
      here.mapIndexed { j, coefficient ->
        val lower = BigDecimal(box.lower[j])
        val upper = BigDecimal(box.upper[j])
        when {
          lower.signum() >= 0 -> coefficient
          upper.signum() <= 0 -> coefficient * flat
          coefficient.signum() >= 0 ->
            coefficient * (if ((lower + upper).signum() > 0) BigDecimal.ONE else flat)
          else -> {
            val top = upper.max(lower + LEAST_WIDTH)
            val chord = (top - flat * lower).divide(top - lower, MathContext(100))
            constant += coefficient * (flat * lower - chord * lower)
            coefficient * chord
          }
        }
      }
    return before to constant
  }

  private companion object {
    /** A chord is drawn over at least this width. */
    val LEAST_WIDTH = BigDecimal(1e-8)
  }
}
