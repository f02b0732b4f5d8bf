package org.glacis.runtime.oracle

import java.math.BigDecimal

/** Exact numbers: the box of a value. */
class ExactBox(val lower: List<BigDecimal>, val upper: List<BigDecimal>)

/**
 * Interval propagation without any rounding, for networks whose layers decimals can express: what a
 * bound that claims to enclose exact arithmetic must enclose.
 */
object ExactIntervals {
  fun of(network: Network, box: ExactBox): ExactBox = through(network.oracle.steps, box)

  /** The box that the layers before the last one give, and the last one where it is affine. */
  fun beforeLast(network: Network, box: ExactBox): Pair<ExactBox, Step.Linear>? {
    val last = network.oracle.steps.lastOrNull() as? Step.Linear ?: return null
    return through(network.oracle.steps.dropLast(1), box) to last
  }

  private fun through(steps: List<Step>, box: ExactBox): ExactBox =
    steps.fold(box) { x, step ->
      when (step) {
        is Step.Linear ->
          ExactBox(
            step.rows.map { lowest(it, x) },
            step.rows.map { row ->
              lowest(
                  Row(row.indices, DoubleArray(row.weights.size) { -row.weights[it] }, -row.bias),
                  x,
                )
                .negate()
            },
          )
        is Step.Pointwise -> {
          val function = step.exact ?: error("not exact")
          ExactBox(x.lower.map(function), x.upper.map(function))
        }
        is Step.Largest ->
          ExactBox(
            step.windows.map { window -> window.map { x.lower[it] }.max() },
            step.windows.map { window -> window.map { x.upper[it] }.max() },
          )
        is Step.Sorted,
        is Step.Lengths,
        is Step.Sizes,
        is Step.Mapped -> error("not exact")
        is Step.Branch -> {
          val made = through(step.steps, x)
          val kept = through(step.beside, x)
          ExactBox(
            kept.lower.zip(made.lower, BigDecimal::add),
            kept.upper.zip(made.upper, BigDecimal::add),
          )
        }
      }
    }

  /** The least that the row takes over the box. */
  fun lowest(row: Row, box: ExactBox): BigDecimal =
    combined(row.indices.toList(), row.weights.map(::BigDecimal), BigDecimal(row.bias), box)

  /** The least that the difference of two rows takes over the box. */
  fun lowestDifference(a: Row, b: Row, box: ExactBox): BigDecimal {
    val weights = sortedMapOf<Int, BigDecimal>()
    a.indices.forEachIndexed { k, i -> weights.merge(i, BigDecimal(a.weights[k]), BigDecimal::add) }
    b.indices.forEachIndexed { k, i ->
      weights.merge(i, BigDecimal(b.weights[k]).negate(), BigDecimal::add)
    }
    return combined(
      weights.keys.toList(),
      weights.values.toList(),
      BigDecimal(a.bias) - BigDecimal(b.bias),
      box,
    )
  }

  private fun combined(
    indices: List<Int>,
    weights: List<BigDecimal>,
    bias: BigDecimal,
    box: ExactBox,
  ): BigDecimal =
    indices.indices.fold(bias) { sum, k ->
      val w = weights[k]
      sum + w * (if (w.signum() > 0) box.lower[indices[k]] else box.upper[indices[k]])
    }
}
