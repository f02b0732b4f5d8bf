package org.glacis.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.glacis.dsl.Attacks;
import org.glacis.runtime.Glacis;
import org.glacis.runtime.RunDirectory;
import org.glacis.runtime.TrainedModel;
import org.glacis.runtime.certify.Certification;
import org.glacis.runtime.data.DataCatalogue;
import org.glacis.runtime.data.DataLocations;
import org.glacis.runtime.data.DataSets;
import org.glacis.runtime.data.Dataset;
import org.glacis.runtime.data.Samples;
import org.glacis.runtime.graph.Device;
import org.glacis.spec.Attack;
import org.glacis.spec.AttackObjective;
import org.glacis.spec.AttackSpec;
import org.glacis.spec.CarliniWagner;
import org.glacis.spec.CertificateValidation;
import org.glacis.spec.CertificationSpec;
import org.glacis.spec.CertificationStep;
import org.glacis.spec.CrownIbpBound;
import org.glacis.spec.DeepFool;
import org.glacis.spec.Epsilon;
import org.glacis.spec.Experiment;
import org.glacis.spec.Faults;
import org.glacis.spec.HeldOut;
import org.glacis.spec.Ibp;
import org.glacis.spec.InputException;
import org.glacis.spec.L2;
import org.glacis.spec.L2Step;
import org.glacis.spec.LinfStep;
import org.glacis.spec.LipschitzMargin;
import org.glacis.spec.NamedData;
import org.glacis.spec.Nearest;
import org.glacis.spec.PerturbationSet;
import org.glacis.spec.Pgd;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Certifies the network of a run again: other samples, another set, other steps. */
@Command(
    name = "certify",
    description = "Certify the network of a run on test samples, and write a certificate for each.")
final class CertifyCommand implements Callable<Integer> {
  private static final List<String> STEPS =
      List.of("attack", "carlini-wagner", "deep-fool", "ibp", "crown-ibp", "lipschitz-margin");

  private final Terminal terminal;

  @Parameters(paramLabel = "RUN", description = "The directory of a finished run.")
  private String run = "";

  @Option(
      names = "--dataset",
      paramLabel = "NAME",
      description = "Test samples of this data set (glacis data list); the run's where not given.")
  private @Nullable String dataset;

  @Option(names = "--at", paramLabel = Region.LABEL, description = Region.DESCRIPTION)
  private @Nullable String at;

  @Option(
      names = "--steps",
      split = ",",
      paramLabel = "STEP",
      description =
          "attack, carlini-wagner, deep-fool (l2), ibp, crown-ibp, lipschitz-margin (l2), in order; the run's where they are not given.")
  private List<String> steps = new ArrayList<>();

  @Option(names = "--from", paramLabel = "I", description = "Begin with this test sample, from 0.")
  private int from;

  @Option(names = "--limit", paramLabel = "N", description = "Certify at most so many samples.")
  private @Nullable Integer limit;

  @Option(
      names = "--validate",
      paramLabel = "N",
      description =
          "Attack the first N rightly decided samples: a wrong decision inside a proved radius (l2) fails.")
  private @Nullable Integer validate;

  @Option(
      names = "--held-out",
      paramLabel = "DELTA",
      description =
          "Bound the certified error on the law of these samples; the bound may fail with probability DELTA. As the run declares it where not given.")
  private @Nullable Double heldOut;

  @Mixin private DataOption data = new DataOption();

  @Mixin private DeviceOptions device = new DeviceOptions();

  CertifyCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Device where = device.device();
    RunDirectory directory = RunDirectory.open(terminal.path(run));
    Experiment experiment = directory.experiment();
    CertificationSpec spec = spec(experiment);
    Dataset tested = data(directory, experiment);
    Samples test = tested.test();
    if (from < 0 || from >= test.size()) {
      throw new InputException(
          "--from "
              + from
              + ": there are "
              + test.size()
              + " test samples; give 0 to "
              + (test.size() - 1));
    }
    int to = limit == null ? test.size() : (int) Math.min(test.size(), (long) from + limit);
    // A bound needs the training samples, to know that none of them is counted.
    @Nullable Dataset own =
        dataset == null ? tested : spec.getHeldOut() == null ? null : own(directory, experiment);
    try (TrainedModel model = Glacis.load(directory.path(), where, own)) {
      Certification certification = model.certify(spec, test.range(from, to));
      String stem = free(directory.path(), spec.getPerturbation());
      directory.writeCertification(stem, certification, tested, from);
      terminal.out().println(certification.summary());
      certification
          .verdicts()
          .forEach(
              (verdict, count) -> {
                if (count > 0) {
                  terminal.out().println("  " + Table.left(verdict, 13) + "  " + count);
                }
              });
      terminal.out().println("certificates  " + directory.path().resolve(stem + ".csv"));
      terminal.out().println("about them    " + directory.path().resolve(stem + ".json"));
      return ExitCode.DONE;
    }
  }

  private CertificationSpec spec(Experiment experiment) {
    @Nullable CertificationSpec declared =
        experiment.getCertify().isEmpty() ? null : experiment.getCertify().get(0);
    PerturbationSet set;
    if (at != null) {
      set = Region.of(at, experiment, terminal);
    } else {
      set = declared == null ? experiment.getPerturbation() : declared.getPerturbation();
    }
    if (limit != null && limit < 1) {
      throw new InputException("--limit " + limit + ": give a whole number above 0");
    }
    List<CertificationStep> wanted = new ArrayList<>();
    steps.forEach(step -> wanted.add(step(step, set, declared)));
    if (wanted.isEmpty() && declared != null) {
      // The run's own steps as far as they exist for the set.
      declared.getSteps().stream()
          .filter(step -> set instanceof L2 ? step instanceof L2Step : step instanceof LinfStep)
          .forEach(wanted::add);
    }
    if (wanted.isEmpty()) {
      wanted.add(Ibp.INSTANCE);
    }
    for (CertificationStep step : wanted) {
      boolean ball = set instanceof L2;
      if (!(ball ? step instanceof L2Step : step instanceof LinfStep)) {
        String name = ball ? "crown-ibp" : "lipschitz-margin";
        throw new InputException(
            "--steps %s: there is no %s for %s; leave it out, or give an %s set"
                .formatted(name, name, set, ball ? "linf" : "l2"));
      }
    }
    HeldOut bound = heldOut(wanted, declared);
    Faults faults = new Faults();
    checkAttacks(wanted, set, faults);
    if (bound != null) {
      bound.check(experiment.getTask(), wanted, faults.at("--held-out"));
    }
    if (!faults.all().isEmpty()) {
      throw new InputException(Faults.describe("the certification", faults.all()));
    }
    return new CertificationSpec(set, wanted, null, validation(set, wanted, declared), bound);
  }

  /**
   * With the numbers of the run, but for delta; where none is asked for that of the run, on its own
   * data and where a step proves something.
   */
  private @Nullable HeldOut heldOut(
      List<CertificationStep> wanted, @Nullable CertificationSpec declared) {
    @Nullable HeldOut own = declared == null ? null : declared.getHeldOut();
    if (heldOut == null) {
      boolean counts = wanted.stream().anyMatch(step -> !(step instanceof Attack));
      return dataset == null && counts ? own : null;
    }
    HeldOut usual = own == null ? new HeldOut() : own;
    return new HeldOut(heldOut, usual.getAlpha(), usual.getOrder());
  }

  private static void checkAttacks(
      List<CertificationStep> steps, PerturbationSet set, Faults faults) {
    for (CertificationStep step : steps) {
      if (step instanceof Attack attack) {
        attack.getAttack().check(set, faults.at("--steps"));
      }
    }
  }

  /**
   * What is asked for, else that of the run where its own steps are taken on a set like its own.
   */
  private @Nullable CertificateValidation validation(
      PerturbationSet set, List<CertificationStep> wanted, @Nullable CertificationSpec declared) {
    @Nullable CertificateValidation own =
        declared == null ? null : declared.getValidateCertificates();
    boolean radii = set instanceof L2 && wanted.contains(LipschitzMargin.INSTANCE);
    if (validate == null) {
      return radii && steps.isEmpty() ? own : null;
    }
    if (validate < 1) {
      throw new InputException("--validate " + validate + ": give a whole number above 0");
    }
    if (!radii) {
      throw new InputException(
          "--validate "
              + validate
              + ": no step proves a radius; give an l2 set and the step lipschitz-margin");
    }
    return new CertificateValidation(own != null ? own.getAttacks() : quick(set), validate);
  }

  private static List<AttackSpec> quick(PerturbationSet set) {
    return set.getRange() == null
        ? List.of(Attacks.deepFool(), pgd(set))
        : List.of(Attacks.carliniWagner(), pgd(set));
  }

  /** The first attack of this kind that the run declares, else {@code usual}. */
  private static <A extends AttackSpec> Attack declared(
      Class<A> kind, @Nullable CertificationSpec declared, A usual) {
    List<AttackSpec> attacks = new ArrayList<>();
    if (declared != null) {
      for (CertificationStep step : declared.getSteps()) {
        if (step instanceof Attack attack) {
          attacks.add(attack.getAttack());
        }
      }
      CertificateValidation asked = declared.getValidateCertificates();
      attacks.addAll(asked == null ? List.of() : asked.getAttacks());
    }
    return new Attack(
        attacks.stream().filter(kind::isInstance).map(kind::cast).findFirst().orElse(usual));
  }

  /** PGD as it is; in l2 balls along the margin, which finds more where logits are close. */
  private static Pgd pgd(PerturbationSet set) {
    return set instanceof L2
        ? Attacks.pgd(40, 0.1, 1, true, AttackObjective.MARGIN)
        : Attacks.pgd();
  }

  private static CertificationStep step(
      String name, PerturbationSet set, @Nullable CertificationSpec declared) {
    return switch (name) {
      case "attack" ->
          declared == null
              ? new Attack(pgd(set))
              : declared.getSteps().stream()
                  .filter(Attack.class::isInstance)
                  .findFirst()
                  .orElse(new Attack(pgd(set)));
      case "carlini-wagner" -> declared(CarliniWagner.class, declared, Attacks.carliniWagner());
      case "deep-fool" -> declared(DeepFool.class, declared, Attacks.deepFool());
      case "ibp" -> Ibp.INSTANCE;
      case "crown-ibp" -> CrownIbpBound.INSTANCE;
      case "lipschitz-margin" -> LipschitzMargin.INSTANCE;
      default ->
          throw new InputException(
              "--steps: no step \"" + name + "\"; " + Nearest.nearest(name, STEPS, "step"));
    };
  }

  /** The data to certify on. Those of the run itself must be the same as when it was made. */
  private Dataset data(RunDirectory directory, Experiment experiment) {
    DataLocations where = data.locations(terminal);
    if (dataset == null) {
      return own(directory, experiment);
    }
    Dataset other =
        DataCatalogue.get(dataset).load(where).withClasses(experiment.getData().getClasses());
    if (other.task() != experiment.getTask()
        || other.shape().getSize() != experiment.getModel().getInput().getSize()
        || other.outputs() != experiment.getModel().getOutput().getSize()) {
      throw new InputException(
          "--dataset "
              + dataset
              + ": is for "
              + other.task()
              + ", shape "
              + other.shape()
              + ", "
              + other.outputs()
              + " outputs, but the network is for "
              + experiment.getTask()
              + ", shape "
              + experiment.getModel().getInput()
              + ", "
              + experiment.getModel().getOutput().getSize()
              + " outputs; take a data set that fits");
    }
    if (experiment.getData().getSource().equals(new NamedData(dataset))) {
      directory.checkData(other.chosenBy(experiment.getData()));
    }
    return other;
  }

  /** The data of the run. */
  private Dataset own(RunDirectory directory, Experiment experiment) {
    Dataset own = DataSets.load(experiment.getData(), data.locations(terminal));
    directory.checkData(own);
    return own;
  }

  /** {@code certificates-linf-0.1}, or with the first number that is free. */
  private static String free(Path run, PerturbationSet set) {
    Epsilon epsilon = set.getEpsilon();
    String radius = (epsilon.isScalar() ? "" : "up-to-") + epsilon.getLargest();
    String name = "certificates-" + set.getNorm() + "-" + radius;
    String stem = name;
    for (int i = 2; taken(run, stem); i++) {
      stem = name + "-" + i;
    }
    return stem;
  }

  private static boolean taken(Path run, String stem) {
    return Stream.of("", ".csv", ".json").anyMatch(end -> Files.exists(run.resolve(stem + end)));
  }
}
