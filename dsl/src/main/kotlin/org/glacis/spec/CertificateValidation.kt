package org.glacis.spec

import kotlinx.serialization.Serializable

/**
 * A test of proved radii by attacks: on the first rightly decided samples each attack looks for the
 * nearest point that is decided wrongly. One inside the sample's own radius fails the run. Only
 * points that were found can refute a radius; none found proves nothing.
 *
 * @property attacks an attack of a set is given balls of different radii until it finds a point
 * @property samples how many, from the first that is decided rightly; all where there are fewer
 */
@Serializable
public data class CertificateValidation(val attacks: List<AttackSpec>, val samples: Int = 500) {
  internal fun check(set: PerturbationSet, steps: List<CertificationStep>, faults: Faults) {
    faults.positive("samples", samples)
    if (attacks.isEmpty())
      faults.add("attacks", "is empty", "add an attack, such as carliniWagner()")
    if (set !is L2) {
      faults.add("compares distances with proved radii, but $set has none", "leave it out")
      return
    }
    attacks.forEachIndexed { i, attack ->
      attack.checkOwnSet(faults.at("attacks").at("[$i]"))
      attack.check(set, faults.at("attacks").at("[$i]"))
    }
    if (LipschitzMargin !in steps)
      faults.add(
        "compares distances with proved radii, but no step proves one",
        "add the step lipschitzMargin()",
      )
  }
}

/** The faults of an attack on the set of its own certification. */
internal fun AttackSpec.checkOwnSet(faults: Faults) {
  check(faults)
  if (this is Pgd && objective == AttackObjective.LOSS)
    faults.add(
      "objective",
      "is loss, which there is in training only",
      "take crossEntropy or margin",
    )
  if (epsilonFactor != 1.0)
    faults.add(
      "epsilonFactor",
      "is $epsilonFactor but a certification attacks its own set",
      "leave it out",
    )
}
