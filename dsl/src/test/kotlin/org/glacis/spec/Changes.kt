package org.glacis.spec

import io.kotest.assertions.throwables.shouldThrow
import org.glacis.dsl.model

/** The whole printed text of the faults of [small] after a [change]. */
internal fun faults(change: Experiment.() -> Experiment): String =
  shouldThrow<InvalidExperimentException> { small.change().validated() }
    .message!!
    .removePrefix("experiment \"small\" has ")

internal fun Experiment.source(source: DataSource) = copy(data = data.copy(source = source))

internal fun Experiment.layers(vararg layers: LayerSpec) =
  copy(model = model.copy(layers = layers.toList()))

internal fun Experiment.training(change: TrainingSpec.() -> TrainingSpec) =
  copy(train = train.change())

internal fun Experiment.certifying(
  set: PerturbationSet,
  vararg steps: CertificationStep,
  limit: Int? = null,
) = copy(certify = listOf(CertificationSpec(set, steps.toList(), limit)))
