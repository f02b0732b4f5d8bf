@file:JvmName("Experiments")

package org.glacis.dsl

import org.glacis.spec.AttackSpec
import org.glacis.spec.Baseline
import org.glacis.spec.CertificationSpec
import org.glacis.spec.DataSource
import org.glacis.spec.DataSpec
import org.glacis.spec.Experiment
import org.glacis.spec.Faults
import org.glacis.spec.InvalidExperimentException
import org.glacis.spec.L2
import org.glacis.spec.Linf
import org.glacis.spec.LossSpec
import org.glacis.spec.ModelSpec
import org.glacis.spec.PerturbationSet
import org.glacis.spec.StressSpec
import org.glacis.spec.TrainingSpec

/**
 * Declares an experiment: data, perturbation set, model, training and certification.
 *
 * @throws org.glacis.spec.InvalidExperimentException with every fault of the declaration
 */
public fun experiment(name: String, block: Block<ExperimentBuilder>): Experiment =
  ExperimentBuilder(name).declaredBy(block).build().validated()

/** Receives the parts of one experiment. Opened by [experiment]. */
@GlacisDsl
public class ExperimentBuilder internal constructor(private val name: String) {
  private var data: DataSpec? = null
  private var model: ModelSpec? = null
  private var training: TrainingSpec? = null
  private val certifications = mutableListOf<CertificationSpec>()
  private val baselines = mutableListOf<Baseline>()
  private val stressTest = mutableListOf<StressSpec>()

  /** What the adversary may do in training, and in evaluation where nothing else is said. */
  public var perturbation: PerturbationSet? = null

  /** The root of every random number of the run. */
  public var seed: Long = 0

  public fun perturbation(set: PerturbationSet): ExperimentBuilder = apply { perturbation = set }

  public fun seed(seed: Long): ExperimentBuilder = apply { this.seed = seed }

  /** The data, and how they are cut into batches. */
  @JvmOverloads
  public fun data(source: DataSource, block: Block<DataBuilder> = Block {}): ExperimentBuilder =
    apply {
      data = DataBuilder(source).declaredBy(block).build()
    }

  /** The network, layer by layer. */
  public fun model(block: Block<ModelBuilder>): ExperimentBuilder =
    model(org.glacis.dsl.model(block))

  /** A network that was declared before. */
  public fun model(model: ModelSpec): ExperimentBuilder = apply { this.model = model }

  /** How the network is trained for so many epochs. */
  @JvmOverloads
  public fun train(epochs: Int, block: Block<TrainingBuilder> = Block {}): ExperimentBuilder =
    apply {
      training = TrainingBuilder(epochs).declaredBy(block).build()
    }

  /** What to prove for an l-inf set. */
  public fun certify(set: Linf, block: Block<LinfCertification>): ExperimentBuilder = apply {
    certifications += LinfCertification(set).declaredBy(block).build()
  }

  /** What to prove for an l2 set. */
  public fun certify(set: L2, block: Block<L2Certification>): ExperimentBuilder = apply {
    certifications += L2Certification(set).declaredBy(block).build()
  }

  /**
   * Compares the run with the same training of another [loss], at the points of [attack] where it
   * needs one (null: as the training).
   */
  @JvmOverloads
  public fun baseline(name: String, loss: LossSpec, attack: AttackSpec? = null): ExperimentBuilder =
    apply {
      baselines += Baseline(name, loss, attack)
    }

  /** Measures the accuracy on test samples that are made harder, in one way at a time. */
  public fun stressTest(block: Block<StressTestBuilder>): ExperimentBuilder = apply {
    stressTest += StressTestBuilder().declaredBy(block).build()
  }

  internal fun build(): Experiment {
    val missing = Faults()
    fun <T> T?.orMissing(part: String, example: String): T? = also {
      if (it == null) missing.add(part, "is missing", "add $example")
    }
    val data = data.orMissing("data", "data(digits)")
    val perturbation = perturbation.orMissing("perturbation", "perturbation(linf(0.1))")
    val model = model.orMissing("model", "model { input(28, 28, 1); flatten(); dense(10) }")
    val training = training.orMissing("train", "train(10) { }")
    if (data == null || perturbation == null || model == null || training == null)
      throw InvalidExperimentException(name, missing.all())
    return Experiment(
      name,
      data,
      perturbation,
      model,
      training,
      certifications.toList(),
      seed,
      baselines.toList(),
      stressTest.toList(),
    )
  }
}
