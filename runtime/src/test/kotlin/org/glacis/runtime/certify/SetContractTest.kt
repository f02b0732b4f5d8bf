package org.glacis.runtime.certify

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import java.math.BigDecimal
import kotlin.random.Random
import org.glacis.runtime.lower.members
import org.glacis.spec.L2
import org.glacis.spec.Linf
import org.glacis.spec.PerturbationSet

private fun Random.one() =
  listOf(listOf(1e-9, 0.01, 0.1, 0.5, 3.0).random(this) * nextDouble(0.5, 1.5))

/** A new kind of set gets a line here, and a contract below. */
private val COVERED = setOf(Linf::class.java, L2::class.java)

class SetContractTest :
  FunSpec({
    setContract("linf", { one() }, ::Linf) { moved, radius ->
      moved.indices.all { moved[it] <= radius[it] }
    }

    setContract(
      "linf with a radius a feature",
      { List(5) { if (nextInt(3) == 0) 0.0 else one()[0] } },
      ::Linf,
    ) { moved, radius ->
      moved.indices.all { moved[it] <= radius[it] }
    }

    setContract("l2", { one() }, ::L2) { moved, radius ->
      moved.fold(BigDecimal.ZERO) { sum, m -> sum + m * m } <= radius[0] * radius[0]
    }

    test("every perturbation set keeps a contract") {
      members(PerturbationSet::class.java) shouldBe COVERED
    }
  })
