package org.glacis.runtime;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.glacis.dsl.Attacks;
import org.glacis.runtime.certify.Certificate;
import org.glacis.runtime.certify.Certification;
import org.glacis.runtime.certify.Certifier;
import org.glacis.runtime.certify.Verdict;
import org.glacis.runtime.data.Dataset;
import org.glacis.runtime.report.AdversarialFiles;
import org.glacis.runtime.report.Gallery;
import org.glacis.spec.Attack;
import org.glacis.spec.AttackSpec;
import org.glacis.spec.CarliniWagner;
import org.glacis.spec.CertificateValidation;
import org.glacis.spec.CertificationSpec;
import org.glacis.spec.L2;
import org.glacis.spec.MinimumNormAttackSpec;
import org.glacis.spec.Task;

/** Finds the nearest wrong decisions to an image of each class, for the report. */
final class AdversarialGallery {
  /** The classes that are shown are at most so many, the first. */
  private static final int CLASSES = 20;

  private AdversarialGallery() {}

  /** Whether there is something to show: pictures, balls, and an attack that was declared. */
  static boolean has(CertificationSpec spec, Dataset dataset) {
    return dataset.task() == Task.CLASSIFICATION
        && spec.getPerturbation() instanceof L2
        && Gallery.isPicture(dataset.shape())
        && declared(spec).isPresent();
  }

  /**
   * The attack that looks: the first Carlini-Wagner that is declared without a target, else the
   * first that looks for the nearest point, else the first.
   */
  private static Optional<AttackSpec> declared(CertificationSpec spec) {
    CertificateValidation validation = spec.getValidateCertificates();
    List<AttackSpec> all =
        Stream.concat(
                validation == null ? Stream.empty() : validation.getAttacks().stream(),
                spec.getSteps().stream()
                    .filter(Attack.class::isInstance)
                    .map(step -> ((Attack) step).getAttack()))
            .filter(attack -> !(attack instanceof CarliniWagner w) || w.getTarget() == null)
            .toList();
    return all.stream()
        .filter(CarliniWagner.class::isInstance)
        .findFirst()
        .or(() -> all.stream().filter(MinimumNormAttackSpec.class::isInstance).findFirst())
        .or(() -> all.stream().findFirst());
  }

  /**
   * Writes the gallery of one certification.
   *
   * @param targets whether each image gets a point of each other class, by Carlini-Wagner
   */
  static void write(
      RunDirectory directory,
      Certifier certifier,
      Certification certification,
      Dataset dataset,
      boolean targets) {
    CertificationSpec spec = certification.spec();
    Map<Double, Certificate> first = new LinkedHashMap<>();
    certification.rows().stream()
        .filter(row -> row.verdict() != Verdict.MISCLASSIFIED && row.label() < CLASSES)
        .forEach(row -> first.putIfAbsent(row.label(), row));
    List<Certificate> rows =
        first.entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .map(Map.Entry::getValue)
            .toList();
    AttackSpec attack = declared(spec).orElseThrow();
    List<Certifier.Adversarial> found;
    if (targets && spec.getPerturbation().getRange() != null) {
      CarliniWagner untargeted =
          attack instanceof CarliniWagner wagner ? wagner : Attacks.carliniWagner();
      attack = untargeted;
      found = new ArrayList<>();
      IntStream.range(0, Math.min(CLASSES, dataset.outputs()))
          .mapToObj(
              to ->
                  certifier.adversarials(
                      untargeted.withTarget(to),
                      spec.getPerturbation(),
                      dataset.test(),
                      rows.stream().filter(row -> row.label() != to).toList()))
          .forEach(found::addAll);
    } else {
      found = certifier.adversarials(attack, spec.getPerturbation(), dataset.test(), rows);
    }
    AdversarialFiles.write(
        directory.path(),
        name(attack),
        dataset.shape(),
        found.stream()
            .sorted(java.util.Comparator.comparingDouble(one -> one.row().label()))
            .map(one -> example(one, dataset))
            .toList());
  }

  private static AdversarialFiles.Example example(Certifier.Adversarial found, Dataset dataset) {
    Certificate row = found.row();
    float[] point = new float[found.point().length];
    for (int i = 0; i < point.length; i++) {
      point[i] = (float) found.point()[i];
    }
    return new AdversarialFiles.Example(
        row.index(),
        className((int) row.label(), dataset),
        className(found.prediction(), dataset),
        row.radius(),
        found.distance(),
        dataset.test().input(row.index()),
        point);
  }

  private static String className(int label, Dataset dataset) {
    List<String> names = dataset.classNames();
    return label >= 0 && label < names.size() ? names.get(label) : Integer.toString(label);
  }

  private static String name(AttackSpec attack) {
    if (attack instanceof CarliniWagner wagner) {
      return "carliniWagner(%d × %d steps)"
          .formatted(wagner.getBinarySearchSteps(), wagner.getSteps());
    }
    return attack.toString();
  }
}
