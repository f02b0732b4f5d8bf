@file:JvmName("Constraints")

package org.glacis.dsl

import org.glacis.spec.AutoWeightClip
import org.glacis.spec.FrobeniusNorm
import org.glacis.spec.SpectralNorm
import org.glacis.spec.WeightClip

/** After each step the norm of each plain layer is at most [norm]. */
@JvmOverloads public fun spectralNorm(norm: Double = 1.0): SpectralNorm = SpectralNorm(norm)

/** After each step the kernel of each plain layer has at most the length [norm]. */
@JvmOverloads public fun frobeniusNorm(norm: Double = 1.0): FrobeniusNorm = FrobeniusNorm(norm)

/** After each step the weights of plain layers are clipped to [limit] on either side of 0. */
public fun weightClip(limit: Double): WeightClip = WeightClip(limit)

/** The same with a limit that follows from the size of the kernel. */
@JvmOverloads public fun autoWeightClip(scale: Double = 1.0): AutoWeightClip = AutoWeightClip(scale)
