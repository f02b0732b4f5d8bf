package org.glacis.evidence.check;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.glacis.evidence.file.Fields;
import org.glacis.evidence.file.NpzReader;
import org.glacis.evidence.file.NumberArray;
import org.glacis.evidence.network.Network;
import org.glacis.evidence.network.NetworkReader;

/**
 * One folder of evidence whose files could be read, and what is derived of its claims.
 *
 * @param derived of the claims, as many as were asked for
 */
record Examined(Map<String, NumberArray> weights, Derivation derivation, List<Derived> derived) {
  /**
   * Reads {@code folder} and derives its first {@code limit} claims.
   *
   * @param faults gets what is wrong with the claims as a whole
   * @throws org.glacis.evidence.EvidenceException if a file cannot be read
   */
  static Examined of(Path folder, int limit, Faults faults) {
    Path npz = folder.resolve("weights.npz");
    Map<String, NumberArray> weights = NpzReader.read(npz);
    Network network =
        NetworkReader.read(Fields.read(folder.resolve("network.json")), weights, npz.toString());
    Claims claims = ClaimsJson.read(Fields.read(folder.resolve("claims.json")));
    if (!claims.task().equals(network.task())) {
      faults.add(
          "%s: claims a %s of a network for %s".formatted(folder, claims.task(), network.task()));
    }
    Fields declared = Fields.read(folder.resolve("network.json"));
    double[] ends = declared.has("range") ? declared.numbers("range") : null;
    Claims.Range range = ends == null ? null : new Claims.Range(ends[0], ends[1]);
    if (range != null && !range.equals(claims.range())) {
      faults.add(
          "%s: claims are about sets in the range %s of a network for %s"
              .formatted(folder, claims.range(), range));
    }
    Inputs inputs =
        Inputs.read(folder.resolve("samples.npz"), claims.indices().length, network.inputs());
    Derivation derivation = new Derivation(network, claims, inputs);
    derivation.faults().forEach(faults::add);
    List<Derived> derived =
        IntStream.range(0, Math.min(limit, claims.samples().size()))
            .parallel()
            .mapToObj(derivation::check)
            .toList();
    return new Examined(weights, derivation, derived);
  }

  Claims claims() {
    return derivation.claims();
  }

  /** Whether all claims were checked. */
  boolean isWhole() {
    return derived.size() == claims().samples().size();
  }

  List<SampleReport> reports() {
    return derived.stream().map(Derived::report).toList();
  }
}
