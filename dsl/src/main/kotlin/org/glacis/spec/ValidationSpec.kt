package org.glacis.spec

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/**
 * How a network is measured between epochs, and which one a run ends with. Only training samples
 * are looked at: the share [DataSpec.validation] of them, which training then goes without. Where
 * that is 0, the first training samples are measured, and nothing is selected. Test samples are
 * never looked at before the end.
 *
 * Bounds are measured at the full radius of [Experiment.perturbation], and networks compared from
 * the end of the epsilon schedule on.
 *
 * @property shuffled whether the samples are drawn at random, by the seed of the experiment;
 *   otherwise they are the last
 * @property every epochs from one measurement to the next; the last epoch is always measured
 * @property monitor the figure that networks are compared by
 * @property select which network the run ends with, and certifies
 * @property keepBest how many of the best networks stay in the checkpoint directory
 */
@Serializable
public data class ValidationSpec(
  val shuffled: Boolean = true,
  val every: Int = 1,
  val monitor: Monitored = Monitored.CERTIFIED,
  val select: Selection = Selection.BEST,
  val keepBest: Int = 1,
) {
  internal fun check(faults: Faults) {
    faults.positive("every", every)
    faults.positive("keepBest", keepBest)
  }
}

/** A figure of a network on the validation samples. */
@Serializable
public enum class Monitored {
  /** The mean cross-entropy or squared error at the samples themselves; less is better. */
  @SerialName("loss") LOSS,

  /** Accuracy; in regression the mean absolute error, less of which is better. */
  @SerialName("clean") CLEAN,

  /**
   * The share of samples that interval bounds certify, the last affine layer merged into the
   * margins; in regression the mean of the largest possible absolute errors.
   */
  @SerialName("certified") CERTIFIED,

  /** The harmonic mean of both accuracies; in classification only. */
  @SerialName("harmonic") HARMONIC,
}

/** Which network a run ends with. */
@Serializable
public enum class Selection {
  /** The one that is best by the monitored figure; without validation samples, the last. */
  @SerialName("best") BEST,

  /** The one after the last epoch, as published recipes have it. */
  @SerialName("last") LAST,
}

/**
 * Ends training where the monitored figure does not improve.
 *
 * @property patience how many measurements in a row may fail to improve it
 * @property minDelta what it must improve by to count
 */
@Serializable
public data class EarlyStopping(val patience: Int, val minDelta: Double = 0.0) {
  internal fun check(faults: Faults) {
    faults.positive("patience", patience)
    faults.notNegative("minDelta", minDelta)
  }
}

/**
 * Stochastic weight averaging (Izmailov et al. 2018): the network is the mean of the weights after
 * every [every]th step. From the first of them on, that network is the one that is measured, kept
 * and certified. Batch normalisation takes the statistics that this network has over the clean
 * batches of an epoch, so it needs [BatchNormStatistics.reestimated].
 *
 * @property start the epoch whose steps are the first to count
 * @property every steps from one set of weights in the mean to the next
 */
@Serializable
public data class AveragingSpec(val start: Int, val every: Int = 1) {
  internal fun check(epochs: Int, faults: Faults) {
    faults.positive("start", start)
    faults.positive("every", every)
    if (epochs in 1..<start)
      faults.add(
        "start",
        "is $start but training stops at epoch $epochs",
        "lengthen train.epochs or begin earlier",
      )
  }

  /** Whether [model], and its [statistics], can be averaged. */
  internal fun check(model: ModelSpec, statistics: BatchNormStatistics, faults: Faults) {
    val place = if (statistics.reestimated) null else batchNorm(model.layers, "model.layers")
    if (place != null)
      faults.add(
        "averages weights, but $place has running statistics, and their mean is not what the averaged weights have",
        "set train.batchNorm.reestimated to true, or leave averaging out",
      )
  }

  private fun batchNorm(layers: List<LayerSpec>, path: String): String? =
    layers.withIndex().firstNotNullOfOrNull { (i, layer) ->
      when (layer) {
        is RunningSpec -> "$path[$i]"
        is BlockSpec ->
          layer.branches.entries.firstNotNullOfOrNull { (name, branch) ->
            batchNorm(branch, "$path[$i].$name")
          }
        else -> null
      }
    }
}
