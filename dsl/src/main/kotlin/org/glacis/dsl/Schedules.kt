@file:JvmName("Schedules")

package org.glacis.dsl

import org.glacis.spec.Constant
import org.glacis.spec.Cosine
import org.glacis.spec.Every
import org.glacis.spec.Linear
import org.glacis.spec.Smoothed
import org.glacis.spec.Step

/** Always [value]. */
@JvmOverloads public fun constant(value: Double = 1.0): Constant = Constant(value)

/**
 * 0 for [warmup] epochs, then up in equal steps at each epoch, reaching 1 in epoch `warmup +
 * length`.
 */
public fun ramp(warmup: Int, length: Int): Linear = Linear(warmup + 1, length, every = Every.EPOCH)

/** From 0 to 1 in a straight line over [length] epochs that begin with epoch [start]. */
public fun linear(start: Int, length: Int): Linear = Linear(start, length)

/** From [from] to [to] in a straight line over [length] epochs that begin with epoch [start]. */
public fun linear(start: Int, length: Int, from: Double, to: Double): Linear =
  Linear(start, length, from, to)

/** From 0 to 1 in a smooth curve over [length] epochs that begin with epoch [start]. */
@JvmOverloads
public fun smoothed(start: Int, length: Int, mid: Double = 0.25, beta: Double = 4.0): Smoothed =
  Smoothed(start, length, mid, beta)

/** Times [factor] after each of the [milestones] (epochs). */
@JvmOverloads
public fun step(milestones: List<Int>, factor: Double = 0.1): Step = Step(milestones, factor)

/** Half a cosine from 1 to [to] over [length] epochs. */
@JvmOverloads public fun cosine(length: Int, to: Double = 0.0): Cosine = Cosine(length, to)
