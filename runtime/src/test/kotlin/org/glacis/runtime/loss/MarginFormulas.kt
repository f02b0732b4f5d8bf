package org.glacis.runtime.loss

import kotlin.math.exp
import kotlin.math.ln
import org.glacis.spec.CategoricalHinge
import org.glacis.spec.Constant
import org.glacis.spec.HingeMargin
import org.glacis.spec.Hkr
import org.glacis.spec.KantorovichRubinstein
import org.glacis.spec.LossSpec
import org.glacis.spec.LseHkr
import org.glacis.spec.MultiMargin
import org.glacis.spec.Outputs
import org.glacis.spec.SoftHkr
import org.glacis.spec.TemperatureCrossEntropy

/** Losses of 1-Lipschitz networks, and the formulas that they must equal. */
internal val MARGIN_LOSSES: Map<LossSpec, (LossPoint) -> Double> =
  mapOf(
    KantorovichRubinstein() to { p -> -kr(p.rows(), p.own()) },
    HingeMargin(Constant(0.75)) to { p -> hinge(p.rows(), p.own(), 0.75, OUTPUTS - 1.0) },
    Hkr(Constant(3.0), Constant(0.75)) to
      { p ->
        3 * hinge(p.rows(), p.own(), 0.75, OUTPUTS - 1.0) - kr(p.rows(), p.own())
      },
    Hkr(Constant(3.0), Constant(0.75), Outputs.MULTILABEL) to
      { p ->
        3 * hinge(p.rows(), p.own(), 0.75, 1.0) - kr(p.rows(), p.own())
      },
    Hkr(Constant(3.0), Constant(0.75), Outputs.BINARY) to
      { p ->
        val f = p.rows().map { listOf(it[1] - it[0]) }
        val own = p.own().map { listOf(it[1]) }
        3 * hinge(f, own, 0.75, 1.0) - kr(f, own)
      },
    // The sizes are below the margin, so that the temperature is as declared.
    SoftHkr(Constant(3.0), Constant(4.0), 2.0) to
      { p ->
        ofLabels(p) { row, label ->
          val powers = row.mapIndexed { j, f -> if (j == label) 0.0 else exp(2 * f) }
          row.indices.sumOf { j ->
            val weight = if (j == label) 1.0 else powers[j] / powers.sum()
            val signed = if (j == label) row[j] else -row[j]
            weight * (3 * maxOf(0.0, 2.0 - signed) - signed)
          }
        }
      },
    LseHkr(Constant(3.0), Constant(0.75), 2.0, 0.5) to
      { p ->
        ofLabels(p) { row, label ->
          val t = ln(OUTPUTS - 1.0) / (0.5 * 0.75 / 2)
          val g = row.map { 2 * it }
          val most = g.filterIndexed { j, _ -> j != label }.max()
          val sum = g.indices.filter { it != label }.sumOf { exp(t * (g[it] - most)) }
          val other = most + ln(sum) / t
          3 * (maxOf(0.0, 0.375 - g[label]) + maxOf(0.0, 0.375 + other)) - (g[label] - other)
        }
      },
    MultiMargin(Constant(0.75)) to
      { p ->
        ofLabels(p) { row, label ->
          row.indices.filter { it != label }.sumOf { maxOf(0.0, 0.75 - row[label] + row[it]) } /
            OUTPUTS
        }
      },
    CategoricalHinge(Constant(0.75)) to
      { p ->
        ofLabels(p) { row, label ->
          maxOf(0.0, 0.75 - row[label] + row.filterIndexed { j, _ -> j != label }.max())
        }
      },
    TemperatureCrossEntropy(Constant(2.5)) to
      { p ->
        crossEntropy(DoubleArray(p.output.size) { 2.5 * p.output[it] }, p.truth) / 2.5
      },
  )

private fun LossPoint.rows() = output.toList().chunked(OUTPUTS)

/** 1 where the target is above 0: a label, of which a sample may have several. */
private fun LossPoint.own() = truth.map { if (it > 0) 1.0 else 0.0 }.chunked(OUTPUTS)

private fun ofLabels(p: LossPoint, value: (List<Double>, Int) -> Double): Double =
  p.rows().zip(p.own()).sumOf { (row, own) -> value(row, own.indexOf(1.0)) } / SAMPLES

private fun kr(rows: List<List<Double>>, own: List<List<Double>>): Double {
  val differences =
    rows[0].indices.map { c ->
      fun meanWhere(wanted: Double): Double {
        val chosen = rows.indices.filter { own[it][c] == wanted }
        return if (chosen.isEmpty()) 0.0 else chosen.sumOf { rows[it][c] } / chosen.size
      }
      meanWhere(1.0) - meanWhere(0.0)
    }
  return differences.average()
}

private fun hinge(
  rows: List<List<Double>>,
  own: List<List<Double>>,
  margin: Double,
  ofLabel: Double,
): Double =
  rows.indices
    .flatMap { i ->
      rows[i].indices.map { c ->
        val label = own[i][c] == 1.0
        (if (label) ofLabel else 1.0) *
          maxOf(0.0, margin / 2 - (if (label) rows[i][c] else -rows[i][c]))
      }
    }
    .average()
