package org.glacis.dsl

import org.glacis.spec.AttackSpec
import org.glacis.spec.Evasion
import org.glacis.spec.GaussianNoise
import org.glacis.spec.Occlusion
import org.glacis.spec.Pgd
import org.glacis.spec.StressSpec

/** Receives what test samples are put to. Opened by `stressTest`. */
@GlacisDsl
public class StressTestBuilder internal constructor() {
  private val all = mutableListOf<StressSpec>()

  /** Normal noise of each of these deviations, in units of the inputs. */
  public fun gaussianNoise(vararg deviations: Double): StressTestBuilder = apply {
    deviations.forEach { add(GaussianNoise(it)) }
  }

  /** A black square with each of these sides, in pixels, at a random place. */
  public fun occlusion(vararg sides: Int): StressTestBuilder = apply {
    sides.forEach { add(Occlusion(it)) }
  }

  /** The worst point that an attack finds within each of these radii, in the experiment's norm. */
  @JvmSynthetic
  public fun evasion(vararg radii: Double, attack: AttackSpec = Pgd()): StressTestBuilder =
    evasion(attack, *radii)

  /** The worst point that [attack] finds within each of [radii], in the experiment's norm. */
  public fun evasion(attack: AttackSpec, vararg radii: Double): StressTestBuilder = apply {
    radii.forEach { add(Evasion(it, attack)) }
  }

  public fun add(stress: StressSpec): StressTestBuilder = apply { all += stress }

  internal fun build(): List<StressSpec> = all.toList()
}
