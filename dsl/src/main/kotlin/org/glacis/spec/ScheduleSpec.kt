package org.glacis.spec

import kotlin.math.PI
import kotlin.math.cos
import kotlin.math.pow
import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/**
 * A number that changes while a network trains, as a factor of what it schedules: the epsilon of
 * the perturbation set, the learning rate, the weight of a loss. Epochs count from 1, steps from 0;
 * epoch `e` has the steps `(e-1) n .. e n - 1` where `n` is the number of steps an epoch.
 */
@Serializable
public sealed interface ScheduleSpec {
  /** The value at a global step. */
  public fun value(step: Long, stepsPerEpoch: Int): Double

  /** The last epoch in which it moves; 0 when it never does. */
  public val lastEpoch: Int

  /** The largest value it can have, for checks. */
  public val greatest: Double

  /** The smallest value it can have, for checks. */
  public val least: Double

  public fun check(faults: Faults)

  /**
   * One line: values in the middle of the epochs 1 to [epochs], as bars; a full bar is the largest
   * of them.
   */
  public fun plot(epochs: Int): String {
    val steps = 16
    val values = (0 until epochs).map { value(it.toLong() * steps + steps / 2, steps) }
    val most = values.maxOrNull()?.takeIf { it > 0 } ?: 1.0
    return values.joinToString("") {
      BARS[(it / most * (BARS.length - 1)).toInt().coerceIn(0, BARS.length - 1)].toString()
    }
  }

  private companion object {
    const val BARS = " ▁▂▃▄▅▆▇█"
  }
}

/** Always [value]. */
@Serializable
@SerialName("constant")
public data class Constant(val value: Double = 1.0) : ScheduleSpec {
  override fun value(step: Long, stepsPerEpoch: Int): Double = value

  override val lastEpoch: Int
    get() = 0

  override val greatest: Double
    get() = value

  override val least: Double
    get() = value

  override fun check(faults: Faults) {
    faults.finite("value", value)
  }
}

/** How often a ramp moves. */
@Serializable
public enum class Every {
  /** At each step. */
  @SerialName("step") STEP,

  /**
   * At the start of each epoch, at once to the value that the ramp by steps has at the end of that
   * epoch.
   */
  @SerialName("epoch") EPOCH,
}

/**
 * [from] before epoch [start], then in a straight line to [to], which is reached at the end of
 * epoch `start + length - 1`. With [every] epoch, epoch `start + k` has the value `from + (to -
 * from) (k + 1) / length` throughout. Length 0 is [to] from [start] on.
 */
@Serializable
@SerialName("linear")
public data class Linear(
  val start: Int = 1,
  val length: Int,
  val from: Double = 0.0,
  val to: Double = 1.0,
  val every: Every = Every.STEP,
) : ScheduleSpec {
  override fun value(step: Long, stepsPerEpoch: Int): Double {
    val epoch = step / stepsPerEpoch + 1
    if (epoch < start) return from
    if (length == 0 || epoch >= start.toLong() + length) return to
    val done = (epoch - start).toDouble()
    val within =
      if (every == Every.EPOCH) 1.0 else (step % stepsPerEpoch).toDouble() / stepsPerEpoch
    return from + (to - from) * ((done + within) / length)
  }

  override val lastEpoch: Int
    get() = lastOf(start, length)

  override val greatest: Double
    get() = maxOf(from, to)

  override val least: Double
    get() = minOf(from, to)

  override fun check(faults: Faults) {
    checkRamp(start, length, faults)
    faults.finite("from", from)
    faults.finite("to", to)
  }
}

/**
 * From 0 to 1: flat at first (a power of [beta] over the first [mid] of the ramp), then straight,
 * with one slope where both meet. Starts with epoch [start] and ends after epoch `start + length -
 * 1` (Xu et al. 2020, auto_LiRPA's smoothed scheduler).
 */
@Serializable
@SerialName("smoothed")
public data class Smoothed(
  val start: Int = 1,
  val length: Int,
  val mid: Double = 0.25,
  val beta: Double = 4.0,
) : ScheduleSpec {
  override fun value(step: Long, stepsPerEpoch: Int): Double {
    val begin = (start - 1).toLong() * stepsPerEpoch
    val end = begin + length.toLong() * stepsPerEpoch
    if (step >= end) return 1.0
    if (step <= begin) return 0.0
    val middle = begin + ((end - begin) * mid).toLong()
    val bend = (middle - begin).toDouble()
    val power = bend.pow(beta - 1.0)
    val scale = if (middle == begin) 0.0 else 1.0 / ((end - middle) * beta * power + bend * power)
    if (step < middle) return scale * (step - begin).toDouble().pow(beta)
    val atBend = scale * bend.pow(beta)
    return minOf(atBend + (1.0 - atBend) * (step - middle) / (end - middle), 1.0)
  }

  override val lastEpoch: Int
    get() = lastOf(start, length)

  override val greatest: Double
    get() = 1.0

  override val least: Double
    get() = 0.0

  override fun check(faults: Faults) {
    checkRamp(start, length, faults)
    if (!(mid >= 0.0 && mid < 1.0)) faults.add("mid", "is $mid", "give a number from 0 to below 1")
    if (!(beta >= 1.0) || beta.isInfinite())
      faults.add("beta", "is $beta", "give a finite number, 1 or above")
  }
}

/**
 * 1 at first; multiplied by [factor] at the start of each epoch after a milestone (milestone 50:
 * from epoch 51 on).
 */
@Serializable
@SerialName("step")
public data class Step(val milestones: List<Int>, val factor: Double = 0.1) : ScheduleSpec {
  override fun value(step: Long, stepsPerEpoch: Int): Double {
    val done = step / stepsPerEpoch
    return factor.pow(milestones.count { it <= done })
  }

  override val lastEpoch: Int
    get() = (milestones.maxOrNull() ?: -1) + 1

  override val greatest: Double
    get() = maxOf(1.0, factor.pow(milestones.size))

  override val least: Double
    get() = minOf(1.0, factor.pow(milestones.size))

  override fun check(faults: Faults) {
    faults.positive("factor", factor)
    milestones.forEachIndexed { i, epoch -> faults.positive("milestones[$i]", epoch) }
  }
}

/**
 * From 1 down to [to] along half a cosine over the first [length] epochs, by steps (Loshchilov and
 * Hutter 2017, without restarts).
 */
@Serializable
@SerialName("cosine")
public data class Cosine(val length: Int, val to: Double = 0.0) : ScheduleSpec {
  override fun value(step: Long, stepsPerEpoch: Int): Double {
    val share = minOf(1.0, step.toDouble() / (length.toDouble() * stepsPerEpoch))
    return to + (1.0 - to) * (1.0 + cos(PI * share)) / 2.0
  }

  override val lastEpoch: Int
    get() = length

  override val greatest: Double
    get() = maxOf(1.0, to)

  override val least: Double
    get() = minOf(1.0, to)

  override fun check(faults: Faults) {
    faults.positive("length", length)
    faults.finite("to", to)
  }
}

/** The last epoch in which a ramp moves; a ramp of length 0 jumps at the start of epoch [start]. */
private fun lastOf(start: Int, length: Int): Int =
  when {
    length > 0 -> (start.toLong() + length - 1).coerceAtMost(Int.MAX_VALUE.toLong()).toInt()
    start > 1 -> start
    else -> 0
  }

private fun checkRamp(start: Int, length: Int, faults: Faults) {
  faults.positive("start", start)
  faults.notNegative("length", length)
}
