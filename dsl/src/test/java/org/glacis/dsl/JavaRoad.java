package org.glacis.dsl;

import java.util.List;
import java.util.stream.IntStream;
import org.glacis.spec.AttackObjective;
import org.glacis.spec.BatchNormStatistics;
import org.glacis.spec.BiasInitializer;
import org.glacis.spec.Condensing;
import org.glacis.spec.CropMode;
import org.glacis.spec.DataSource;
import org.glacis.spec.DataSpec;
import org.glacis.spec.EventOrder;
import org.glacis.spec.Experiment;
import org.glacis.spec.ExperimentJson;
import org.glacis.spec.Initializer;
import org.glacis.spec.LossSpec;
import org.glacis.spec.ModelSpec;
import org.glacis.spec.Monitored;
import org.glacis.spec.OptimizerSpec;
import org.glacis.spec.OrthogonalityRegularizer;
import org.glacis.spec.Padding;
import org.glacis.spec.PerturbationSet;
import org.glacis.spec.Precision;
import org.glacis.spec.Qr;
import org.glacis.spec.Relu;
import org.glacis.spec.ScheduleSpec;
import org.glacis.spec.Selection;
import org.glacis.spec.Shape;
import org.glacis.spec.StatisticsOf;
import org.glacis.spec.Task;
import org.glacis.spec.WeightConstraint;

/** Declarations as a Java program writes them; the test beside compares them with Kotlin's. */
final class JavaRoad {
  private JavaRoad() {}

  static Experiment small() {
    return Experiments.experiment(
        "small",
        x -> {
          x.data(Data.digits(), d -> d.batch(32));
          x.perturbation(Perturbations.linf(0.02));
          x.model(m -> m.input(8, 8, 1).conv2d(4, 3).relu().flatten().dense(10));
          x.train(
              10,
              t ->
                  t.loss(Losses.robustCrossEntropy())
                      .epsilon(Schedules.ramp(2, 8))
                      .optimizer(Optimizers.adam(1e-3)));
          x.certify(Perturbations.linf(0.02), c -> c.attack(Attacks.pgd(10)).ibp());
        });
  }

  static Experiment everything() {
    return Experiments.experiment(
        "everything",
        x ->
            x.data(Data.digits(), d -> d.batch(64).validation(0.1).limitTrain(600).limitTest(200))
                .perturbation(Perturbations.linf(0.1, Perturbations.range(-1, 2)))
                .seed(42)
                .model(
                    m ->
                        m.named("pinned")
                            .input(8, 8, 1)
                            .normalize(0.1307, 0.3081)
                            .conv2d(8, 3, 1, Padding.explicit(1, 0, 1, 2), false)
                            .leakyRelu(0.05)
                            .conv2d(8, 4, 2)
                            .elu()
                            .averagePool2d(2)
                            .maxPool2d(2, 1)
                            .residual(r -> r.conv2d(8, 3).softplus())
                            .reshape(2, 4)
                            .flatten()
                            .dropout(0.25)
                            .dense(20)
                            .sigmoid()
                            .dense(20, false)
                            .tanh()
                            .dense(20)
                            .relu()
                            .dense(10))
                .train(
                    12,
                    t ->
                        t.loss(
                                Losses.weighted(0.5, Losses.crossEntropy())
                                    .plus(
                                        Losses.weighted(
                                            Schedules.smoothed(1, 10, 0.3, 3.0),
                                            Losses.robustCrossEntropy(true)))
                                    .plus(
                                        Losses.weighted(
                                            Schedules.linear(2, 4, 1.0, 0.0),
                                            Losses.intervalWidth()))
                                    .plus(
                                        Losses.weighted(
                                            Schedules.cosine(12, 0.1),
                                            Losses.robustCrossEntropy())))
                            .epsilon(Schedules.ramp(2, 8))
                            .optimizer(Optimizers.sgd(0.05, 0.9, true))
                            .learningRate(Schedules.step(List.of(6, 9), 0.2))
                            .gradientClip(10)
                            .initialize(
                                Initializer.IBP,
                                Initializer.HE_NORMAL,
                                BiasInitializer.FAN_IN_UNIFORM)
                            .clipBox(false)
                            .shuffle(false)
                            .dropLast(true)
                            .warmStart("runs/before"))
                .certify(
                    Perturbations.linf(0.1, Perturbations.range(-1, 2)),
                    c -> c.limit(100).attack(Attacks.pgd(20, 0.2, 3)).ibp())
                .certify(
                    Perturbations.linf(zeroThen(64, 0.05), Perturbations.range(-1, 2)),
                    c -> c.ibp())
                .certify(Perturbations.l2(0.5, Perturbations.range(-1, 2)), c -> c.ibp()));
  }

  static Experiment expressive() {
    return Experiments.experiment(
        "expressive",
        x ->
            x.data(Data.digits(), d -> d.validation(0.2))
                .perturbation(Perturbations.linf(0.1))
                .model(
                    m ->
                        m.input(8, 8, 1)
                            .conv2d(8, 3)
                            .batchNorm(0.2, 1e-4)
                            .relu()
                            .flatten()
                            .dense(10))
                .train(
                    12,
                    t ->
                        t.loss(
                                Losses.ccIbp(0.1)
                                    .plus(Losses.mtlIbp(0.01))
                                    .plus(Losses.expIbp(0.5))
                                    .plus(Losses.sabr(0.4))
                                    .plus(Losses.adversarial())
                                    .plus(Losses.ibp(Schedules.linear(1, 10, 1.0, 0.5)))
                                    .plus(Losses.crownIbp(Schedules.constant(0.1), false, true)))
                            .epsilon(Schedules.smoothed(1, 10))
                            .epsilonFactor(1.334)
                            .leastEpsilon(1e-5)
                            .attack(
                                Attacks.pgd(
                                    8,
                                    0.25,
                                    2,
                                    true,
                                    AttackObjective.MARGIN,
                                    0.5,
                                    List.of(0.5, 0.8),
                                    2.1))
                            .optimizer(Optimizers.adamW(5e-4, 1e-3))
                            .regularizer(Regularizers.warmUpRegularizer(0.2, false))
                            .l1(1e-5)
                            .batchNorm(
                                new BatchNormStatistics(
                                    StatisticsOf.CLEAN, StatisticsOf.POPULATION, true, true))
                            .validation(Monitored.HARMONIC, Selection.LAST, 2, 3, false)
                            .earlyStopping(Validations.earlyStopping(2, 1e-3))
                            .averaging(Validations.weightAveraging(11, 5))
                            .precision(Precision.MIXED_BFLOAT16)
                            .accumulation(4))
                .certify(Perturbations.linf(0.1), c -> c.attack(Attacks.fgsm()).ibp().crownIbp()));
  }

  static Experiment attacked() {
    return Experiments.experiment(
        "attacked",
        x ->
            x.data(Data.digits())
                .perturbation(Perturbations.l2(0.25))
                .model(m -> m.input(8, 8, 1).flatten().dense(10))
                .train(1)
                .certify(
                    Perturbations.l2(0.25),
                    c ->
                        c.attack(Attacks.deepFool(20))
                            .attack(Attacks.carliniWagner(6, 8000).withTarget(3))
                            .lipschitzMargin()
                            .validateCertificates(50, Attacks.carliniWagner(), Attacks.pgd())
                            .heldOut(0.05, 0.02, EventOrder.CORRUPT_THEN_SAMPLE))
                .certify(Perturbations.linf(0.05), c -> c.ibp().heldOut(0.05)));
  }

  static Experiment held() {
    return Experiments.experiment(
        "held",
        x ->
            x.data(Data.digits())
                .perturbation(Perturbations.l2(0.25))
                .model(m -> m.input(8, 8, 1).conv2d(4, 3).flatten().spectralDense(16).dense(10))
                .train(
                    4,
                    t ->
                        t.condense(Condensing.EVERY_EPOCH)
                            .orthogonality(
                                Regularizers.orthogonalityRegularizer(
                                    Schedules.constant(0.5), Schedules.linear(1, 4)))
                            .constraint(Constraints.spectralNorm())
                            .initialize(Initializer.SPECTRAL, Initializer.ORTHOGONAL)));
  }

  static List<WeightConstraint> constraints() {
    return List.of(
        Constraints.spectralNorm(2),
        Constraints.frobeniusNorm(),
        Constraints.weightClip(0.1),
        Constraints.autoWeightClip());
  }

  static OrthogonalityRegularizer orthogonality() {
    return Regularizers.orthogonalityRegularizer(1e-3);
  }

  private static List<Double> zeroThen(int numbers, double radius) {
    return IntStream.range(0, numbers).mapToObj(i -> i == 0 ? 0.0 : radius).toList();
  }

  static Experiment changed(Experiment experiment) {
    return experiment.withName("other").withSeed(7).withEpochs(12).with("data.batch", "16");
  }

  static Experiment throughJson(Experiment experiment) {
    return ExperimentJson.decode(experiment.toJson()).validated();
  }

  static ModelSpec model() {
    return Models.model(
        m ->
            m.input(8, 8, 1)
                .normalize(List.of(0.5), List.of(0.25))
                .averagePool2d(2, 1)
                .averagePool2d(2, 2, Padding.SAME)
                .maxPool2d(2)
                .conv2d(4, 3, 1, Padding.VALID)
                .leakyRelu()
                .conv2d(8, 3, 1, Padding.SAME, true, 2)
                .spectralConv2d(8, 1, 1, Padding.SAME, true, Qr.INSTANCE, 4)
                .residual(s -> s.conv2d(8, 1, 1, Padding.SAME, false), r -> r.conv2d(8, 3).relu())
                .add(Relu.INSTANCE));
  }

  static ModelSpec lipschitz() {
    return Models.model(
        m ->
            m.input(8, 8, 1)
                .spectralConv2d(8, 3, 1, Padding.CIRCULAR)
                .layerCentering()
                .householder()
                .householder(2)
                .convexResidual(r -> r.frobeniusConv2d(8, 3).clippedPRelu())
                .prescaledResidual(r -> r.spectralConv2d(8, 1).maxMin())
                .concatResidual(r -> r.spectralConv2d(4, 1).batchLipNorm())
                .invertibleDownSampling(2)
                .spectralConv2dTranspose(4, 2, 2)
                .conv2dTranspose(4, 3)
                .invertibleUpSampling(2)
                .concatMaxMin()
                .batchCentering(0.2)
                .frobeniusConv2d(8, 3, 2, Padding.SAME, true)
                .reshape(64, 8)
                .spectralConv1d(8, 5, 2)
                .conv1d(4, 3)
                .reshape(8, 4, 4)
                .scaledGlobalL2NormPool2d()
                .reshape(2, 2, 1)
                .layerCentering(false)
                .batchCentering()
                .batchLipNorm(0.3)
                .scaledGlobalAveragePool2d());
  }

  static List<ModelSpec> architectures() {
    Shape mnist = new Shape(28, 28, 1);
    Shape large = new Shape(64, 64, 3);
    return List.of(
        Architectures.cnn3(mnist, 10),
        Architectures.cnn3(mnist, 10, 64, false),
        Architectures.cnn5(mnist, 10),
        Architectures.cnn7(large, 200),
        Architectures.cnn7(large, 200, 32, true, 1),
        Architectures.smallCnn(mnist, 10, true).normalized(List.of(0.1307), List.of(0.3081)),
        Architectures.resNet18(large, 200),
        Architectures.preActResNet18(mnist, 10, 8));
  }

  static List<ScheduleSpec> schedules() {
    return List.of(
        Schedules.constant(),
        Schedules.constant(0.5),
        Schedules.ramp(2, 8),
        Schedules.linear(1, 5),
        Schedules.linear(1, 5, 0.2, 0.8),
        Schedules.smoothed(2, 20),
        Schedules.smoothed(2, 20, 0.4),
        Schedules.step(List.of(50, 60)),
        Schedules.cosine(70),
        Schedules.cosine(70, 0.01));
  }

  static List<LossSpec> losses() {
    return List.of(
        Losses.crossEntropy(),
        Losses.robustCrossEntropy(),
        Losses.robustCrossEntropy(true),
        Losses.intervalWidth(),
        Losses.meanSquaredError(),
        Losses.robustMeanSquaredError(),
        Losses.crossEntropy().plus(Losses.robustCrossEntropy()),
        Losses.ibp(),
        Losses.crownIbp());
  }

  static List<OptimizerSpec> optimizers() {
    return List.of(
        Optimizers.adam(),
        Optimizers.adamW(0.1, 0.2, 0.8, 0.9, 1e-6),
        Optimizers.rAdam(0.1, 0.8),
        Optimizers.sgd(0.1, 0.9, true, 1e-4));
  }

  static List<PerturbationSet> sets() {
    return List.of(
        Perturbations.linf(0.1),
        Perturbations.linf(0.1, null),
        Perturbations.linf(List.of(0.1, 0.2)),
        Perturbations.l2(0.5),
        Perturbations.l2(0.5, Perturbations.range(0, 255)));
  }

  static DataSpec augmented() {
    return Experiments.experiment(
            "small",
            x ->
                x.data(
                        Data.digits(),
                        d ->
                            d.horizontalFlip()
                                .randomCrop(2)
                                .randomCrop(1, CropMode.ZERO)
                                .horizontalFlip(0.25))
                    .perturbation(Perturbations.linf(0.02))
                    .model(m -> m.input(8, 8, 1).flatten().dense(10))
                    .train(1))
        .getData();
  }

  static List<DataSource> sources() {
    return List.of(
        Data.digits(),
        Data.diabetes(),
        Data.mnist(),
        Data.fashionMnist(),
        Data.cifar10(),
        Data.tinyImageNet(),
        Data.imageNet64(),
        Data.npz("a.npz"),
        Data.imageFolder("pictures", 32, 32),
        Data.imageFolder("pictures", 32, 32, 1),
        Data.memory("mine", new Shape(8, 8, 1), 10),
        Data.memory("mine", new Shape(5), 1, Task.REGRESSION));
  }
}
