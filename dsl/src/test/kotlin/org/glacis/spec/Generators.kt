package org.glacis.spec

import io.kotest.property.Arb
import io.kotest.property.arbitrary.bind
import io.kotest.property.arbitrary.boolean
import io.kotest.property.arbitrary.choice
import io.kotest.property.arbitrary.constant
import io.kotest.property.arbitrary.element
import io.kotest.property.arbitrary.enum
import io.kotest.property.arbitrary.int
import io.kotest.property.arbitrary.list
import io.kotest.property.arbitrary.long
import io.kotest.property.arbitrary.map
import io.kotest.property.arbitrary.numericDouble
import io.kotest.property.arbitrary.orNull
import io.kotest.property.arbitrary.string

/**
 * Values of every type of every family, by type: what can be written, not only what is sensible. A
 * new type adds a line to its family; the walk over the families names what is missing here.
 */
internal object Generators {
  private val number = Arb.numericDouble(-1e6, 1e6)
  private val count = Arb.int(-3..1000)
  private val text = Arb.string(0..12)
  private val range = Arb.bind(number, number, ::DataRange).orNull(0.2)
  private val shape = Arb.list(Arb.int(1..64), 1..3).map(::Shape)
  private val padding: Arb<Padding> =
    Arb.choice(
      Arb.element(Padding.Same, Padding.Valid, Padding.Circular),
      Arb.bind(count, count, count, count) { top, bottom, left, right ->
        Padding.Explicit(top, bottom, left, right)
      },
    )
  val orthogonalizations: Map<Class<*>, Arb<Orthogonalization>> =
    mapOf(
      Bjorck::class.java to Arb.bind(count, number, count, ::Bjorck),
      Qr::class.java to Arb.constant(Qr),
      Cholesky::class.java to Arb.constant(Cholesky),
      MatrixExponential::class.java to Arb.bind(count, count, ::MatrixExponential),
    )
  private val orthogonalization = Arb.choice(orthogonalizations.values.toList())
  private val epsilon = Arb.list(number, 1..5).map(::Epsilon)

  val schedules: Map<Class<*>, Arb<ScheduleSpec>> =
    mapOf(
      Constant::class.java to number.map(::Constant),
      Linear::class.java to Arb.bind(count, count, number, number, Arb.enum<Every>(), ::Linear),
      Smoothed::class.java to Arb.bind(count, count, number, number, ::Smoothed),
      Step::class.java to Arb.bind(Arb.list(count, 0..4), number, ::Step),
      Cosine::class.java to Arb.bind(count, number, ::Cosine),
    )

  val attacks: Map<Class<*>, Arb<AttackSpec>> =
    mapOf(
      Pgd::class.java to
        Arb.bind(
          Arb.bind(count, number, count, Arb.boolean()) { steps, size, restarts, random ->
            Pgd(steps, size, restarts, random)
          },
          Arb.enum<AttackObjective>(),
          number,
          Arb.list(number, 0..3),
          number,
        ) { pgd, objective, decay, decayAt, factor ->
          pgd.copy(objective = objective, decay = decay, decayAt = decayAt, epsilonFactor = factor)
        },
      CarliniWagner::class.java to
        Arb.bind(
          count,
          count,
          number,
          number,
          number,
          Arb.boolean(),
          count.orNull(),
          ::CarliniWagner,
        ),
      DeepFool::class.java to Arb.bind(count, count, number, ::DeepFool),
    )

  val optimizers: Map<Class<*>, Arb<OptimizerSpec>> =
    mapOf(
      Adam::class.java to Arb.bind(number, number, number, number, ::Adam),
      AdamW::class.java to Arb.bind(number, number, number, number, number, ::AdamW),
      RAdam::class.java to Arb.bind(number, number, number, number, ::RAdam),
      Sgd::class.java to Arb.bind(number, number, Arb.boolean(), number, ::Sgd),
    )

  val sets: Map<Class<*>, Arb<PerturbationSet>> =
    mapOf(
      Linf::class.java to Arb.bind(epsilon, range, ::Linf),
      L2::class.java to Arb.bind(epsilon, range, ::L2),
    )

  val steps: Map<Class<*>, Arb<CertificationStep>> =
    mapOf(
      Attack::class.java to Arb.choice(attacks.values.toList()).map(::Attack),
      Ibp::class.java to Arb.constant(Ibp),
      CrownIbpBound::class.java to Arb.constant(CrownIbpBound),
      LipschitzMargin::class.java to Arb.constant(LipschitzMargin),
    )

  val sources: Map<Class<*>, Arb<DataSource>> =
    mapOf(
      NamedData::class.java to Arb.choice(Arb.element(DataFacts.KNOWN.keys), text).map(::NamedData),
      NpzFile::class.java to text.map(::NpzFile),
      ImageFolder::class.java to Arb.bind(text, count, count, count, ::ImageFolder),
      InMemory::class.java to Arb.bind(text, shape, count, Arb.enum<Task>(), ::InMemory),
    )

  val augmentations: Map<Class<*>, Arb<AugmentationSpec>> =
    mapOf(
      RandomCrop::class.java to Arb.bind(count, Arb.enum<CropMode>(), ::RandomCrop),
      HorizontalFlip::class.java to number.map(::HorizontalFlip),
    )

  val corruptions: Map<Class<*>, Arb<CorruptionSpec>> =
    mapOf(
      WrongLabels::class.java to Arb.bind(number, Arb.boolean(), ::WrongLabels),
      GaussianNoise::class.java to number.map(::GaussianNoise),
      Occlusion::class.java to count.map(::Occlusion),
    )

  val stresses: Map<Class<*>, Arb<StressSpec>> =
    mapOf(
      GaussianNoise::class.java to number.map(::GaussianNoise),
      Occlusion::class.java to count.map(::Occlusion),
      Evasion::class.java to Arb.bind(number, Arb.choice(attacks.values.toList()), ::Evasion),
    )

  private val schedule = Arb.choice(schedules.values.toList())

  private val simpleLosses: Map<Class<*>, Arb<LossSpec>> =
    mapOf(
      CrossEntropy::class.java to Arb.constant(CrossEntropy),
      RobustCrossEntropy::class.java to Arb.boolean().map(::RobustCrossEntropy),
      IntervalWidth::class.java to Arb.constant(IntervalWidth),
      MeanSquaredError::class.java to Arb.constant(MeanSquaredError),
      RobustMeanSquaredError::class.java to Arb.constant(RobustMeanSquaredError),
      Adversarial::class.java to
        Arb.element(CrossEntropy, MeanSquaredError, Clipped(2.0)).map(::Adversarial),
      IbpLoss::class.java to Arb.choice(schedules.values.toList()).map(::IbpLoss),
      CrownIbp::class.java to
        Arb.bind(Arb.choice(schedules.values.toList()), Arb.boolean(), Arb.boolean(), ::CrownIbp),
      CcIbp::class.java to number.map(::CcIbp),
      MtlIbp::class.java to number.map(::MtlIbp),
      ExpIbp::class.java to number.map(::ExpIbp),
      Sabr::class.java to number.map(::Sabr),
      Trades::class.java to number.map(::Trades),
      KantorovichRubinstein::class.java to Arb.enum<Outputs>().map(::KantorovichRubinstein),
      HingeMargin::class.java to Arb.bind(schedule, Arb.enum<Outputs>(), ::HingeMargin),
      Hkr::class.java to Arb.bind(schedule, schedule, Arb.enum<Outputs>(), ::Hkr),
      SoftHkr::class.java to Arb.bind(schedule, schedule, number, ::SoftHkr),
      LseHkr::class.java to Arb.bind(schedule, schedule, number, number, ::LseHkr),
      MultiMargin::class.java to schedule.map(::MultiMargin),
      CategoricalHinge::class.java to schedule.map(::CategoricalHinge),
      TemperatureCrossEntropy::class.java to schedule.map(::TemperatureCrossEntropy),
    )

  val losses: Map<Class<*>, Arb<LossSpec>> =
    simpleLosses +
      mapOf(
        WeightedSum::class.java to
          Arb.list(
              Arb.bind(
                Arb.choice(simpleLosses.values.toList()),
                Arb.choice(schedules.values.toList()),
                ::Term,
              ),
              0..3,
            )
            .map(::WeightedSum),
        HolisticRobust::class.java to
          Arb.bind(
            Arb.choice(simpleLosses.values.toList()),
            number,
            number,
            Arb.enum<EventOrder>(),
            ::HolisticRobust,
          ),
        Clipped::class.java to Arb.bind(number, Arb.choice(simpleLosses.values.toList()), ::Clipped),
      )

  private val simpleLayers: Map<Class<*>, Arb<LayerSpec>> =
    mapOf(
      Dense::class.java to Arb.bind(count, Arb.boolean(), ::Dense),
      Conv2d::class.java to
        Arb.bind(count, count, count, padding, Arb.boolean(), Arb.int(1..3), ::Conv2d),
      AveragePool2d::class.java to Arb.bind(count, count.orNull(), padding, ::AveragePool2d),
      MaxPool2d::class.java to Arb.bind(count, count.orNull(), ::MaxPool2d),
      Flatten::class.java to Arb.constant(Flatten),
      Reshape::class.java to shape.map(::Reshape),
      Dropout::class.java to number.map(::Dropout),
      Normalize::class.java to
        Arb.bind(Arb.list(number, 1..3), Arb.list(number, 1..3), ::Normalize),
      BatchNorm::class.java to Arb.bind(number, number, ::BatchNorm),
      Relu::class.java to Arb.constant(Relu),
      LeakyRelu::class.java to number.map(::LeakyRelu),
      Elu::class.java to Arb.constant(Elu),
      Softplus::class.java to Arb.constant(Softplus),
      Sigmoid::class.java to Arb.constant(Sigmoid),
      Tanh::class.java to Arb.constant(Tanh),
      SpectralDense::class.java to
        Arb.bind(count, Arb.boolean(), orthogonalization, ::SpectralDense),
      SpectralConv2d::class.java to
        Arb.bind(
          count,
          count,
          count,
          padding,
          Arb.boolean(),
          orthogonalization,
          Arb.int(1..3),
          ::SpectralConv2d,
        ),
      FrobeniusDense::class.java to Arb.bind(count, Arb.boolean(), Arb.boolean(), ::FrobeniusDense),
      ScaledAveragePool2d::class.java to count.map(::ScaledAveragePool2d),
      ScaledL2NormPool2d::class.java to count.map(::ScaledL2NormPool2d),
      GroupSort::class.java to count.map(::GroupSort),
      FullSort::class.java to Arb.constant(FullSort),
      MaxMin::class.java to Arb.constant(MaxMin),
      BinaryLogits::class.java to Arb.constant(BinaryLogits),
      Absolute::class.java to Arb.constant(Absolute),
      Conv1d::class.java to Arb.bind(count, count, count, padding, Arb.boolean(), ::Conv1d),
      Conv2dTranspose::class.java to
        Arb.bind(count, count, count, padding, Arb.boolean(), ::Conv2dTranspose),
      SpectralConv1d::class.java to
        Arb.bind(count, count, count, padding, Arb.boolean(), orthogonalization, ::SpectralConv1d),
      SpectralConv2dTranspose::class.java to
        Arb.bind(
          count,
          count,
          count,
          padding,
          Arb.boolean(),
          orthogonalization,
          ::SpectralConv2dTranspose,
        ),
      FrobeniusConv2d::class.java to
        Arb.bind(count, count, count, padding, Arb.boolean(), Arb.boolean(), ::FrobeniusConv2d),
      ScaledGlobalAveragePool2d::class.java to Arb.constant(ScaledGlobalAveragePool2d),
      ScaledGlobalL2NormPool2d::class.java to Arb.constant(ScaledGlobalL2NormPool2d),
      InvertibleDownSampling::class.java to count.map(::InvertibleDownSampling),
      InvertibleUpSampling::class.java to count.map(::InvertibleUpSampling),
      Householder::class.java to count.map(::Householder),
      ClippedPRelu::class.java to Arb.constant(ClippedPRelu),
      ConcatMaxMin::class.java to Arb.constant(ConcatMaxMin),
      LayerCentering::class.java to Arb.boolean().map(::LayerCentering),
      BatchCentering::class.java to number.map(::BatchCentering),
      BatchLipNorm::class.java to number.map(::BatchLipNorm),
    )

  private val block = Arb.list(Arb.choice(simpleLayers.values.toList()), 0..4)

  val layers: Map<Class<*>, Arb<LayerSpec>> =
    simpleLayers +
      mapOf(
        Residual::class.java to Arb.bind(block, block, ::Residual),
        ConvexResidual::class.java to block.map(::ConvexResidual),
        PrescaledResidual::class.java to block.map(::PrescaledResidual),
        ConcatResidual::class.java to block.map(::ConcatResidual),
      )

  private fun <T> any(family: Map<Class<*>, Arb<T>>): Arb<T> = Arb.choice(family.values.toList())

  private val regularizer: Arb<WarmUpRegularizer> =
    Arb.bind(
      Arb.list(number, 3..3),
      Arb.boolean(),
      Arb.list(Arb.enum<RegularizerTerm>(), 0..2),
      count.orNull(),
    ) { (weight, tolerance, radius), decays, terms, last ->
      WarmUpRegularizer(weight, tolerance, radius, decays, terms, last)
    }

  private val watching: Arb<Triple<ValidationSpec, EarlyStopping?, AveragingSpec?>> =
    Arb.bind(
      Arb.bind(
        Arb.boolean(),
        count,
        Arb.enum<Monitored>(),
        Arb.enum<Selection>(),
        count,
        ::ValidationSpec,
      ),
      Arb.bind(count, number, ::EarlyStopping).orNull(),
      Arb.bind(count, count, ::AveragingSpec).orNull(),
      ::Triple,
    )

  val constraints: Map<Class<*>, Arb<WeightConstraint>> =
    mapOf(
      SpectralNorm::class.java to number.map(::SpectralNorm),
      FrobeniusNorm::class.java to number.map(::FrobeniusNorm),
      WeightClip::class.java to number.map(::WeightClip),
      AutoWeightClip::class.java to number.map(::AutoWeightClip),
    )

  private val kernels: Arb<TrainingSpec.() -> TrainingSpec> =
    Arb.bind(
      Arb.enum<Condensing>(),
      Arb.bind(any(schedules), any(schedules), ::OrthogonalityRegularizer).orNull(),
      any(constraints).orNull(),
    ) { condensing, term, constraint ->
      { copy(condense = condensing, orthogonality = term, constraint = constraint) }
    }

  private val training: Arb<TrainingSpec> =
    Arb.bind(
      Arb.bind(count, any(losses), any(schedules), any(optimizers), any(schedules)) {
        epochs,
        loss,
        epsilon,
        optimizer,
        rate ->
        TrainingSpec(epochs, loss, epsilon, optimizer, rate)
      },
      number.orNull(),
      Arb.bind(
        Arb.enum<Initializer>(),
        Arb.enum<Initializer>().orNull(),
        Arb.enum<BiasInitializer>(),
        ::InitializationSpec,
      ),
      Arb.list(Arb.boolean(), 3..3),
      text.orNull(),
      any(attacks).orNull(),
      Arb.list(number, 3..3),
      regularizer.orNull(),
      Arb.bind(
        Arb.enum<StatisticsOf>(),
        Arb.enum<StatisticsOf>(),
        Arb.boolean(),
        Arb.boolean(),
        ::BatchNormStatistics,
      ),
      watching,
      Arb.bind(Arb.enum<Precision>(), count, kernels, ::Triple),
    ) {
      training,
      clip,
      start,
      (box, shuffle, drop),
      warm,
      attack,
      (factor, least, l1),
      term,
      norm,
      (validation, stopping, averaging),
      (precision, parts, kernels) ->
      training
        .kernels()
        .copy(
          validation = validation,
          earlyStopping = stopping,
          averaging = averaging,
          precision = precision,
          accumulation = parts,
          attack = attack,
          epsilonFactor = factor,
          leastEpsilon = least,
          l1 = l1,
          regularizer = term,
          batchNorm = norm,
          gradientClip = clip,
          initialization = start,
          clipBox = box,
          shuffle = shuffle,
          dropLast = drop,
          warmStart = warm,
        )
    }

  val experiments: Arb<Experiment> =
    Arb.bind(
      text,
      Arb.bind(
        any(sources),
        count,
        number,
        count.orNull(),
        count.orNull(),
        Arb.list(any(augmentations), 0..3),
        Arb.list(count, 0..3),
        number.orNull(),
        Arb.list(any(corruptions), 0..2),
        ::DataSpec,
      ),
      any(sets),
      Arb.bind(shape, Arb.list(any(layers), 0..6), text, ::ModelSpec),
      training,
      Arb.list(
        Arb.bind(
          any(sets),
          Arb.list(any(steps), 0..3),
          count.orNull(),
          Arb.bind(Arb.list(any(attacks), 0..2), count, ::CertificateValidation).orNull(),
          Arb.bind(number, number, Arb.enum<EventOrder>(), ::HeldOut).orNull(),
          ::CertificationSpec,
        ),
        0..2,
      ),
      Arb.long(),
      Arb.list(Arb.bind(text, any(losses), any(attacks).orNull(), ::Baseline), 0..2),
      Arb.list(any(stresses), 0..3),
      ::Experiment,
    )
}
