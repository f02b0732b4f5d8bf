package org.glacis.runtime.lower

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContain
import java.lang.reflect.Modifier
import kotlin.random.Random
import org.glacis.runtime.loss.LossLowerings
import org.glacis.runtime.oracle.LAYER_GENERATORS
import org.glacis.runtime.oracle.network
import org.glacis.spec.BlockSpec
import org.glacis.spec.CustomLayerSpec
import org.glacis.spec.LayerSpec
import org.glacis.spec.LossSpec

/** The concrete members of a sealed family; the open branches for users have none. */
fun members(family: Class<*>): Set<Class<*>> =
  family.permittedSubclasses
    .flatMap { member ->
      when {
        member.isSealed -> members(member)
        Modifier.isAbstract(member.modifiers) -> emptySet()
        else -> setOf(member)
      }
    }
    .toSet()

class SealedFamiliesTest :
  FunSpec({
    test("every layer has a lowering") {
      (members(LayerSpec::class.java) - Lowerings.known()).shouldBeEmpty()
    }

    test("every loss has a lowering") {
      (members(LossSpec::class.java) - LossLowerings.known()).shouldBeEmpty()
    }

    test("every layer has a generator") {
      (members(LayerSpec::class.java) - LAYER_GENERATORS.keys.map { it.java }.toSet())
        .shouldBeEmpty()
    }

    test("users have an open branch") {
      LayerSpec::class.java.permittedSubclasses.toList() shouldContain CustomLayerSpec::class.java
    }

    test("random networks have layers of every kind") {
      fun all(layers: List<LayerSpec>): List<LayerSpec> =
        layers.flatMap {
          listOf(it) + if (it is BlockSpec) it.branches.values.flatMap(::all) else listOf()
        }
      val drawn =
        (0 until 200)
          .flatMap { all(Random(it).network().model.layers) }
          .map { it.javaClass }
          .toSet()
      (members(LayerSpec::class.java) - drawn).shouldBeEmpty()
    }
  })
