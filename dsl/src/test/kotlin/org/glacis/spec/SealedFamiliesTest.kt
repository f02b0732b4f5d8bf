package org.glacis.spec

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainAll
import java.lang.reflect.Modifier
import kotlinx.serialization.SerialName
import org.glacis.dsl.DataBuilder
import org.glacis.dsl.L2Certification
import org.glacis.dsl.LinfCertification
import org.glacis.dsl.ModelBuilder
import org.glacis.dsl.StressTestBuilder

/** A sealed family: its root, the generators of its types, and where its verbs are. */
private class Family(
  val root: Class<*>,
  val generators: Map<Class<*>, *>,
  val verbs: List<Class<*>>,
)

private fun facade(name: String): List<Class<*>> = listOf(Class.forName("org.glacis.dsl.$name"))

private val FAMILIES =
  listOf(
    Family(LayerSpec::class.java, Generators.layers, listOf(ModelBuilder::class.java)),
    Family(ScheduleSpec::class.java, Generators.schedules, facade("Schedules")),
    Family(LossSpec::class.java, Generators.losses, facade("Losses")),
    Family(AttackSpec::class.java, Generators.attacks, facade("Attacks")),
    Family(OptimizerSpec::class.java, Generators.optimizers, facade("Optimizers")),
    Family(PerturbationSet::class.java, Generators.sets, facade("Perturbations")),
    Family(
      CertificationStep::class.java,
      Generators.steps,
      listOf(LinfCertification::class.java, L2Certification::class.java),
    ),
    Family(DataSource::class.java, Generators.sources, facade("Data")),
    Family(WeightConstraint::class.java, Generators.constraints, facade("Constraints")),
    Family(AugmentationSpec::class.java, Generators.augmentations, listOf(DataBuilder::class.java)),
    Family(CorruptionSpec::class.java, Generators.corruptions, listOf(DataBuilder::class.java)),
    Family(StressSpec::class.java, Generators.stresses, listOf(StressTestBuilder::class.java)),
  )

/** Verbs whose name is not the JSON tag. */
private val OTHER_VERBS = mapOf("sum" to "weighted", "named" to "digits")

/** What files of format version 1 may contain. A tag may be added here, never taken away. */
private val TAGS_OF_VERSION_1 =
  mapOf(
    "LayerSpec" to
      listOf(
        "dense",
        "conv2d",
        "averagePool2d",
        "maxPool2d",
        "flatten",
        "reshape",
        "dropout",
        "normalize",
        "residual",
        "batchNorm",
        "relu",
        "leakyRelu",
        "elu",
        "softplus",
        "sigmoid",
        "tanh",
      ),
    "ScheduleSpec" to listOf("constant", "linear", "smoothed", "step", "cosine"),
    "LossSpec" to
      listOf(
        "crossEntropy",
        "robustCrossEntropy",
        "intervalWidth",
        "meanSquaredError",
        "robustMeanSquaredError",
        "sum",
        "adversarial",
        "ibp",
        "crownIbp",
        "ccIbp",
        "mtlIbp",
        "expIbp",
        "sabr",
        "trades",
      ),
    "AttackSpec" to listOf("pgd", "carliniWagner", "deepFool"),
    "OptimizerSpec" to listOf("adam", "adamW", "rAdam", "sgd"),
    "PerturbationSet" to listOf("linf", "l2"),
    "CertificationStep" to listOf("attack", "ibp", "crownIbp"),
    "DataSource" to listOf("named", "npz", "imageFolder", "memory"),
    "WeightConstraint" to listOf("spectralNorm", "frobeniusNorm", "weightClip", "autoWeightClip"),
    "AugmentationSpec" to listOf("randomCrop", "horizontalFlip"),
    "CorruptionSpec" to listOf("wrongLabels", "gaussianNoise", "occlusion"),
    "StressSpec" to listOf("gaussianNoise", "occlusion", "evasion"),
  )

/** The types at the leaves; the open branch of the users' own types is none of ours. */
private fun leaves(type: Class<*>): Set<Class<*>> =
  when {
    type.isSealed -> type.permittedSubclasses.flatMap(::leaves).toSet()
    Modifier.isAbstract(type.modifiers) -> emptySet()
    else -> setOf(type)
  }

private fun tag(type: Class<*>): String? = type.getAnnotation(SerialName::class.java)?.value

class SealedFamiliesTest :
  FunSpec({
    FAMILIES.forEach { family ->
      val name = family.root.simpleName
      val types = leaves(family.root)

      test("every $name has a JSON tag of its own") {
        withClue("without @SerialName") { types.filter { tag(it) == null }.shouldBeEmpty() }
        withClue("tags twice") {
          types.groupBy(::tag).filterValues { it.size > 1 }.keys.shouldBeEmpty()
        }
      }

      test("every $name of format version 1 is still known") {
        types.map(::tag) shouldContainAll TAGS_OF_VERSION_1.getValue(name)
      }

      test("every $name has a verb") {
        val verbs = family.verbs.flatMap { it.methods.toList() }.map { it.name }.toSet()
        withClue("types without a verb") {
          types.filter { (OTHER_VERBS[tag(it)] ?: tag(it)) !in verbs }.shouldBeEmpty()
        }
      }

      test("every $name has a generator") {
        withClue("types without a generator") { (types - family.generators.keys).shouldBeEmpty() }
        withClue("generators without a type") { (family.generators.keys - types).shouldBeEmpty() }
      }
    }

    test("every step has a verb in the scope of each norm that it exists for") {
      val scopes =
        mapOf(
          LinfStep::class.java to LinfCertification::class.java,
          L2Step::class.java to L2Certification::class.java,
        )
      scopes.forEach { (kind, scope) ->
        val verbs = scope.methods.map { it.name }
        withClue("no verb in ${scope.simpleName}") {
          leaves(kind).filter { tag(it) !in verbs }.shouldBeEmpty()
        }
      }
    }
  })
