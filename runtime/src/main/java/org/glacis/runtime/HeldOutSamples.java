package org.glacis.runtime;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.glacis.evidence.check.Claims;
import org.glacis.evidence.check.HeldOutFile;
import org.glacis.evidence.holistic.HeldOutCertificate;
import org.glacis.runtime.certify.Certification;
import org.glacis.runtime.data.Dataset;
import org.glacis.runtime.data.Samples;
import org.glacis.spec.CertificationSpec;
import org.glacis.spec.DataRange;
import org.glacis.spec.InputException;
import org.glacis.spec.PerturbationSet;

/**
 * Bounds of the error on new samples: drawn from samples that were held out, never from training
 * samples, and kept in a file.
 */
final class HeldOutSamples {
  private HeldOutSamples() {}

  /**
   * Compares inputs where {@code spec} asks for a bound. A law may give one input twice, so that
   * less than half of them may be training samples too.
   *
   * @param trained all training samples
   * @param tested those to certify; {@code spec} may take the first of them
   * @throws InputException if half of them are training samples
   */
  static void check(CertificationSpec spec, Samples trained, Samples tested) {
    if (spec.getHeldOut() == null) {
      return;
    }
    Integer limit = spec.getLimit();
    int count = limit == null ? tested.size() : Math.min(limit, tested.size());
    Map<Integer, List<float[]>> inputs = new HashMap<>();
    for (int i = 0; i < count; i++) {
      float[] input = tested.input(i);
      inputs.computeIfAbsent(Arrays.hashCode(input), hash -> new ArrayList<>()).add(input);
    }
    int seen = 0;
    for (int i = 0; i < trained.size() && !inputs.isEmpty(); i++) {
      float[] input = trained.input(i);
      int hash = Arrays.hashCode(input);
      List<float[]> alike = inputs.get(hash);
      if (alike != null) {
        int before = alike.size();
        alike.removeIf(other -> Arrays.equals(other, input));
        seen += before - alike.size();
      }
    }
    if (2L * seen >= count && seen > 0) {
      throw new InputException(
          "heldOut: %d of the %d samples to certify are training samples, from which no bound of the error on new samples follows; certify samples that were held out, or leave heldOut out"
              .formatted(seen, count));
    }
  }

  /**
   * Writes the bound that {@code certification} was asked for, if it was.
   *
   * @param stem the name of its certificates
   * @param first the place of its first sample in the data set
   */
  static void write(
      RunDirectory run, String stem, Certification certification, Dataset data, int first) {
    HeldOutCertificate certificate = certification.heldOut();
    if (certificate == null) {
      return;
    }
    PerturbationSet set = certification.spec().getPerturbation();
    DataRange range = set.getRange();
    HeldOutFile file =
        new HeldOutFile(
            certificate,
            set.getNorm(),
            set.getEpsilon().getValues(),
            range == null ? null : new Claims.Range(range.getLeast(), range.getMost()),
            data.name(),
            first);
    run.write(HeldOutFile.name(stem), file.toJson(stem));
  }
}
