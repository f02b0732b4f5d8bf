@file:JvmName("Perturbations")

package org.glacis.dsl

import org.glacis.spec.DataRange
import org.glacis.spec.Epsilon
import org.glacis.spec.L2
import org.glacis.spec.Linf

/**
 * The l-inf ball of radius [epsilon], in the units of the data, inside [range] (null: no limits).
 */
@JvmOverloads
public fun linf(epsilon: Double, range: DataRange? = DataRange.UNIT): Linf =
  Linf(Epsilon(epsilon), range)

/** An l-inf box with a radius for each number of the input, row by row. */
@JvmOverloads
public fun linf(epsilons: List<Double>, range: DataRange? = DataRange.UNIT): Linf =
  Linf(Epsilon(epsilons), range)

/** The Euclidean ball of radius [epsilon], inside [range]. */
@JvmOverloads
public fun l2(epsilon: Double, range: DataRange? = DataRange.UNIT): L2 = L2(Epsilon(epsilon), range)

/** The values that data can have. */
public fun range(least: Double, most: Double): DataRange = DataRange(least, most)
