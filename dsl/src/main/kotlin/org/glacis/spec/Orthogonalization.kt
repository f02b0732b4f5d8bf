package org.glacis.spec

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/**
 * How the free matrix of a layer becomes one whose singular values are at most 1, and 1 where it
 * can be. Gradients are those of the map itself.
 */
@Serializable
public sealed interface Orthogonalization {
  public fun check(faults: Faults) {}
}

/**
 * Division by the largest singular value, found by power iteration, then [iterations] times `W <-
 * (1 + beta) W - beta W W^T W` (Björck and Bowie 1971). With `beta = 0.5` one iteration already
 * makes a matrix of norm below `sqrt(3)` non-expansive; more bring small singular values up to 1.
 *
 * @property powerIterations steps of the power iteration; its vector is kept from step to step
 */
@Serializable
@SerialName("bjorck")
public data class Bjorck(
  val iterations: Int = 15,
  val beta: Double = 0.5,
  val powerIterations: Int = 3,
) : Orthogonalization {
  override fun check(faults: Faults) {
    faults.notNegative("iterations", iterations)
    faults.positive("powerIterations", powerIterations)
    if (!(beta > 0.0 && beta <= 0.5))
      faults.add("beta", "is $beta", "give a number above 0, 0.5 at most")
  }
}
