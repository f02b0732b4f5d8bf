package org.glacis.runtime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.glacis.evidence.check.Claim;
import org.glacis.evidence.check.Claims;
import org.glacis.evidence.check.EvidenceChecker;
import org.glacis.evidence.check.EvidenceWriter;
import org.glacis.evidence.file.NumberArray;
import org.glacis.evidence.network.NetworkReader;
import org.glacis.runtime.bound.LipschitzPass;
import org.glacis.runtime.certify.Certificate;
import org.glacis.runtime.certify.Certificate.Enclosure;
import org.glacis.runtime.certify.Certification;
import org.glacis.runtime.certify.Verdict;
import org.glacis.runtime.data.Samples;
import org.glacis.runtime.graph.Weights;
import org.glacis.runtime.interchange.NetworkJson;
import org.glacis.spec.DataRange;
import org.glacis.spec.Experiment;
import org.glacis.spec.PerturbationSet;
import org.glacis.spec.Task;
import org.jspecify.annotations.Nullable;

/**
 * The evidence of a certification: the samples of which something is proved, the network and what
 * is claimed, for the independent checker.
 */
final class RunEvidence {
  /** The only method that proves radii of its own. */
  private static final String LIPSCHITZ_MARGIN = "lipschitzMargin";

  private RunEvidence() {}

  /**
   * Writes {@code folder}. A network with layers that the checker does not know leaves no evidence.
   *
   * @param rows the certificates; an index is a place in {@code samples}
   * @param data SHA-256 of the data set that these belong to
   */
  static void write(
      Path folder,
      Experiment experiment,
      Weights weights,
      Certification certification,
      List<Certificate> rows,
      Samples samples,
      String data) {
    Map<String, @Nullable Object> head = NetworkJson.head(experiment);
    if (!isKnown(head.get("layers"))) {
      return;
    }
    Claims claims = claims(certification, rows, data);
    Map<String, NumberArray> arrays = new LinkedHashMap<>();
    weights
        .entries()
        .forEach((path, entry) -> arrays.put(path, new NumberArray(entry.shape(), entry.values())));
    try {
      EvidenceWriter.write(folder, head, arrays, inputs(samples, claims.indices()), claims);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isKnown(@Nullable Object layers) {
    return !(layers instanceof List<?> list)
        || list.stream()
            .allMatch(
                layer ->
                    layer instanceof Map<?, ?> fields
                        && NetworkReader.types().contains(String.valueOf(fields.get("type")))
                        && isKnown(fields.get("layers"))
                        && isKnown(fields.get("shortcut")));
  }

  private static NumberArray inputs(Samples samples, int[] chosen) {
    int[] extents = samples.shape().toArray();
    int[] shape = new int[extents.length + 1];
    shape[0] = chosen.length;
    System.arraycopy(extents, 0, shape, 1, extents.length);
    if (chosen.length == 0) {
      return new NumberArray(shape, samples.isBytes() ? new byte[0] : new float[0]);
    }
    Samples selected = samples.select(chosen);
    return new NumberArray(shape, samples.isBytes() ? selected.bytes() : selected.values());
  }

  private static Claims claims(Certification certification, List<Certificate> rows, String data) {
    PerturbationSet set = certification.spec().getPerturbation();
    DataRange range = set.getRange();
    LipschitzPass.Constants lipschitz = certification.lipschitz();
    return new Claims(
        data,
        certification.task().toString(),
        set.getNorm(),
        set.getEpsilon().getValues().stream().mapToDouble(Double::doubleValue).toArray(),
        range == null ? null : new Claims.Range(range.getLeast(), range.getMost()),
        lipschitz == null ? null : constants(lipschitz),
        rows.stream().flatMap(row -> claims(certification, row)).toList());
  }

  /** What is claimed of one sample: of the set, and of the ball of its proved radius. */
  private static Stream<Claim> claims(Certification certification, Certificate row) {
    boolean certified =
        row.verdict() == Verdict.CERTIFIED && EvidenceChecker.methods().contains(row.method());
    if (certification.task() == Task.REGRESSION) {
      return certified ? Stream.of(enclosed(row)) : Stream.of();
    }
    int label = (int) row.label();
    boolean byRadius = row.method().equals(LIPSCHITZ_MARGIN);
    Stream.Builder<Claim> claims = Stream.builder();
    if (certified) {
      PerturbationSet set = certification.spec().getPerturbation();
      // Other methods prove the ball of the set, and no other.
      double ball = set.getNorm().equals("l2") ? set.getEpsilon().getLargest() : Double.NaN;
      double radius = byRadius ? row.radius() : ball;
      claims.add(Claim.of(row.index(), label, row.method(), row.margin(), radius));
    }
    if (row.radius() > 0 && !(certified && byRadius)) {
      claims.add(Claim.ofRadius(row.index(), label, LIPSCHITZ_MARGIN, row.radius()));
    }
    return claims.build();
  }

  private static Claim enclosed(Certificate row) {
    return Claim.of(
        row.index(),
        row.method(),
        row.outputs().stream().mapToDouble(Enclosure::lower).toArray(),
        row.outputs().stream().mapToDouble(Enclosure::upper).toArray());
  }

  private static Claims.Constants constants(LipschitzPass.Constants proved) {
    double[] logits = new double[proved.outputs()];
    for (int j = 0; j < logits.length; j++) {
      logits[j] = proved.ofOutput(j);
    }
    return new Claims.Constants(proved.whole(), proved.body(), logits);
  }
}
