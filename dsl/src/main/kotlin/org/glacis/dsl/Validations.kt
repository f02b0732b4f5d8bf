@file:JvmName("Validations")

package org.glacis.dsl

import org.glacis.spec.AveragingSpec
import org.glacis.spec.EarlyStopping

/** The mean of the weights after every [every]th step of the epochs from [start] on. */
@JvmOverloads
public fun weightAveraging(start: Int, every: Int = 1): AveragingSpec = AveragingSpec(start, every)

/** Ends training after [patience] measurements in a row without an improvement by [minDelta]. */
@JvmOverloads
public fun earlyStopping(patience: Int, minDelta: Double = 0.0): EarlyStopping =
  EarlyStopping(patience, minDelta)
