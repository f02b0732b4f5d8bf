package org.glacis.evidence.check;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.glacis.evidence.EvidenceException;
import org.glacis.evidence.check.Claims.Constants;
import org.glacis.evidence.check.Claims.Range;
import org.glacis.evidence.file.Fields;
import org.jspecify.annotations.Nullable;

/** {@code claims.json}. */
final class ClaimsJson {
  private static final List<String> VERDICTS =
      List.of(Claim.CERTIFIED, "falsified", "misclassified", Claim.UNKNOWN);

  private ClaimsJson() {}

  /** The claims as JSON holds them. */
  static Map<String, @Nullable Object> write(Claims claims) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    Range range = claims.range();
    json.put("data", claims.data());
    json.put("task", claims.task());
    json.put("norm", claims.norm());
    json.put("epsilon", epsilon(claims));
    json.put("range", range == null ? null : List.of(range.least(), range.most()));
    Constants constants = claims.lipschitz();
    if (constants == null) {
      json.put("lipschitz", null);
    } else {
      Map<String, Object> each = new LinkedHashMap<>();
      each.put("whole", constants.whole());
      each.put("body", constants.body());
      each.put("logits", list(constants.logits()));
      json.put("lipschitz", each);
    }
    json.put("samples", claims.samples().stream().map(ClaimsJson::write).toList());
    return json;
  }

  /** A number, or one a feature. */
  static Object epsilon(Claims claims) {
    return claims.epsilon().length == 1 ? claims.epsilon()[0] : list(claims.epsilon());
  }

  private static Map<String, @Nullable Object> write(Claim claim) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("index", claim.index());
    json.put("label", claim.label() < 0 ? null : claim.label());
    json.put("verdict", claim.verdict());
    json.put("method", claim.method());
    json.put("margin", Double.isNaN(claim.margin()) ? null : claim.margin());
    json.put("radius", Double.isNaN(claim.radius()) ? null : claim.radius());
    if (claim.lower().length > 0) {
      json.put("lower", list(claim.lower()));
      json.put("upper", list(claim.upper()));
    }
    return json;
  }

  private static List<Double> list(double[] values) {
    return Arrays.stream(values).boxed().toList();
  }

  static Claims read(Fields json) {
    String data = json.has("data") ? json.text("data") : null;
    String task = json.text("task", List.of("classification", "regression"));
    String norm = json.text("norm", List.of("linf", "l2"));
    double[] epsilon = epsilon(json, norm);
    Range range = json.has("range") ? range(json) : null;
    Constants constants = json.has("lipschitz") ? constants(json.object("lipschitz")) : null;
    List<Claim> samples = new ArrayList<>();
    Set<String> known = new HashSet<>();
    for (Fields sample : json.objects("samples")) {
      Claim claim = claim(sample, task);
      if (!known.add(claim.index() + " " + claim.method())) {
        throw fault(sample, "index", claim.index() + " a second time", "one claim by each method");
      }
      samples.add(claim);
    }
    json.finish();
    return new Claims(data, task, norm, epsilon, range, constants, samples);
  }

  /** The radius of a set of this norm. */
  static double[] epsilon(Fields json, String norm) {
    double[] epsilon =
        json.value("epsilon") instanceof List<?> && norm.equals("linf")
            ? json.numbers("epsilon")
            : new double[] {json.number("epsilon")};
    if (epsilon.length == 0 || Arrays.stream(epsilon).anyMatch(e -> e < 0)) {
      throw fault(json, "epsilon", Arrays.toString(epsilon), "numbers of at least 0");
    }
    return epsilon;
  }

  /** The least and the most that a feature can be. */
  static Range range(Fields json) {
    double[] ends = json.numbers("range");
    if (ends.length != 2 || ends[0] > ends[1]) {
      throw fault(json, "range", Arrays.toString(ends), "the least and the most");
    }
    return new Range(ends[0], ends[1]);
  }

  private static Constants constants(Fields json) {
    Constants constants =
        new Constants(json.number("whole"), json.number("body"), json.numbers("logits"));
    json.finish();
    return constants;
  }

  private static Claim claim(Fields json, String task) {
    boolean labelled = task.equals("classification");
    Claim claim =
        new Claim(
            json.whole("index", 0),
            labelled ? json.whole("label", 0) : -1,
            json.text("verdict", VERDICTS),
            json.text("method"),
            json.has("margin") ? json.number("margin") : Double.NaN,
            json.has("radius") ? json.number("radius") : Double.NaN,
            json.has("lower") ? json.numbers("lower") : new double[0],
            json.has("upper") ? json.numbers("upper") : new double[0]);
    if (!labelled) {
      json.value("label");
    }
    json.finish();
    return claim;
  }

  private static EvidenceException fault(Fields json, String key, String found, String expected) {
    return EvidenceException.of(
        json.where() + "." + key, found, expected, "write the evidence anew");
  }
}
