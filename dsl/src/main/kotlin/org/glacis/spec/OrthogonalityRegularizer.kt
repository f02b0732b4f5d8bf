package org.glacis.spec

import kotlinx.serialization.Serializable

/**
 * Adds to the loss how far the kernels of plain layers are from orthogonal ones; those of
 * constrained layers need none.
 *
 * @property dense weight of the sum of `|W^T W - I|^2` over all [Dense] layers; of `|W W^T - I|^2`
 *   where a matrix has fewer rows than columns
 * @property convolutions weight of the sum of Lorth over all convolutions: the squared distance of
 *   the kernel's products with itself, moved by multiples of the stride, from those of an
 *   orthogonal convolution (Wang et al. 2020; Achour et al. 2022), of the adjoint where a
 *   convolution is transposed. It is 0 where the convolution on a circular image is orthogonal
 */
@Serializable
public data class OrthogonalityRegularizer(
  val dense: ScheduleSpec = Constant(0.0),
  val convolutions: ScheduleSpec = Constant(0.0),
) {
  internal val schedules: Map<String, ScheduleSpec>
    get() = mapOf("dense" to dense, "convolutions" to convolutions)

  internal fun check(faults: Faults) {
    for ((name, schedule) in schedules) {
      schedule.check(faults.at(name))
      if (schedule.least < 0.0)
        faults.add(name, "goes down to ${schedule.least}", "give values of 0 or more")
    }
    if (dense == Constant(0.0) && convolutions == Constant(0.0))
      faults.add("weighs nothing", "give dense, convolutions, or both a weight above 0")
  }

  /** Whether [model] has layers that this counts. */
  internal fun check(model: ModelSpec, faults: Faults) {
    val layers = model.layersByPath().values.filterIsInstance<KernelLayerSpec>()
    if (dense != Constant(0.0) && layers.none { it is Dense })
      faults.add("dense", "is set but the model has no plain dense layer", "leave it out")
    if (convolutions != Constant(0.0) && layers.all { it is Dense })
      faults.add("convolutions", "is set but the model has no plain convolution", "leave it out")
  }
}
