package org.glacis.spec

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/**
 * Sorts each group of [size] neighbouring numbers of the last axis, the least first (Anil et al.
 * 2019): 1-Lipschitz, and its gradient keeps its length.
 */
@Serializable
@SerialName("groupSort")
public data class GroupSort(val size: Int = 2) : LayerSpec {
  override fun check(faults: Faults) {
    if (size < 2) faults.add("size", "is $size", "give 2 or more")
  }

  override fun check(input: Shape, faults: Faults) {
    divides(size, "groupSort($size)", input, faults)
  }

  override fun outputShape(input: Shape): Shape = input
}

/** Sorts the last axis, the least first: 1-Lipschitz. */
@Serializable
@SerialName("fullSort")
public data object FullSort : LayerSpec {
  override fun outputShape(input: Shape): Shape = input
}

/**
 * The larger and the smaller of channel `j` and channel `j + C / 2`, in this order: [GroupSort] of
 * 2 up to the order of the channels, and faster.
 */
@Serializable
@SerialName("maxMin")
public data object MaxMin : LayerSpec {
  override fun check(input: Shape, faults: Faults) {
    divides(2, "maxMin()", input, faults)
  }

  override fun outputShape(input: Shape): Shape = input
}

/** `|x|`: 1-Lipschitz. */
@Serializable @SerialName("absolute") public data object Absolute : ActivationSpec

/**
 * Pairs `(a, b)` of channel `j` and channel `j + C / 2` are folded by reflections at learnable
 * angles, one set a pair (Singla, Singla and Feizi 2021): 1-Lipschitz, and gradients keep their
 * length.
 *
 * Order 1 has an angle `t`. Where `a sin(t/2) - b cos(t/2)` is above 0, the pair becomes `(a cos
 * t + b sin t, a sin t - b cos t)`, its reflection at the line of direction `t/2`; else it stays.
 * It begins with `t = pi/2`, where it sorts the pair.
 *
 * Order 2 has angles `t0`, `t1` and `t2`, the last two held within 0 and `2 pi`; each begins as
 * `pi/2`. With the direction `p` of the pair less `t0/2`, from 0 to below `2 pi`, the pair stays
 * for `p < t1/2`, is reflected at `(t0 + t1)/2` for `p < (t1 + t2)/2`, turned by `-t2` for `p <
 * pi + t2/2`, and reflected at `t0/2` from there on. Neighbouring pieces agree where they meet.
 */
@Serializable
@SerialName("householder")
public data class Householder(val order: Int = 1) : LayerSpec {
  override fun check(faults: Faults) {
    if (order !in 1..2) faults.add("order", "is $order", "give 1 or 2")
  }

  override fun check(input: Shape, faults: Faults) {
    divides(2, if (order == 1) "householder()" else "householder($order)", input, faults)
  }

  override fun outputShape(input: Shape): Shape = input
}

/**
 * `x` above zero, `s x` below, with a learnable slope `s` a channel that is held within -1 and 1
 * and begins as 0.25 (He et al. 2015, without the bounds): 1-Lipschitz.
 */
@Serializable @SerialName("clippedPRelu") public data object ClippedPRelu : ActivationSpec

/**
 * `max(x, 0)`, and then `max(-x, 0)`, as twice as many channels (Shang et al. 2016): 1-Lipschitz,
 * and lengths are kept.
 */
@Serializable
@SerialName("concatMaxMin")
public data object ConcatMaxMin : LayerSpec {
  override fun outputShape(input: Shape): Shape =
    Shape(input.extents.dropLast(1) + 2 * input[input.rank - 1])
}
