package org.glacis.evidence.check;

import java.util.List;
import java.util.Set;
import org.glacis.evidence.network.Box;
import org.glacis.evidence.network.LinearBounds;
import org.glacis.evidence.network.LipschitzConstants;
import org.glacis.evidence.network.Network;
import org.jspecify.annotations.Nullable;

/** Derives claims anew, each from the weights and the sample alone. Threads share it. */
final class Derivation {
  /** The methods whose claims can be derived. */
  static final Set<String> METHODS = Set.of("ibp", "crownIbp", "lipschitzMargin");

  private static final String OVERFLOW = "a bound overflows";

  private final Network network;
  private final Claims claims;
  private final Inputs inputs;
  private final @Nullable LipschitzConstants constants;
  private final @Nullable String wrongConstants;

  Derivation(Network network, Claims claims, Inputs inputs) {
    this.network = network;
    this.claims = claims;
    this.inputs = inputs;
    boolean needed =
        claims.lipschitz() != null
            || claims.samples().stream().anyMatch(c -> c.method().equals("lipschitzMargin"));
    constants = needed ? LipschitzConstants.of(network) : null;
    wrongConstants = constants == null ? null : wrong(constants, claims.lipschitz());
  }

  /** What is claimed too low; null for nothing. */
  private static @Nullable String wrong(
      LipschitzConstants derived, Claims.@Nullable Constants claimed) {
    if (claimed == null) {
      return "there are no Lipschitz constants among the claims";
    }
    double[] logits = derived.logits();
    if (!(claimed.whole() >= derived.whole())) {
      return low("the network", claimed.whole(), derived.whole());
    } else if (!(claimed.body() >= derived.body())) {
      return low("the body", claimed.body(), derived.body());
    } else if (claimed.logits().length != logits.length) {
      return "there are constants for %d logits of %d"
          .formatted(claimed.logits().length, logits.length);
    }
    for (int j = 0; j < logits.length; j++) {
      if (!(claimed.logits()[j] >= logits[j])) {
        return low("logit " + j, claimed.logits()[j], logits[j]);
      }
    }
    return null;
  }

  private static String low(String what, double claimed, double derived) {
    return "the Lipschitz constant %s is claimed for %s, but no less than %s is proved"
        .formatted(claimed, what, derived);
  }

  Claims claims() {
    return claims;
  }

  /** Faults of the claims as a whole. */
  List<String> faults() {
    return wrongConstants == null || claims.lipschitz() == null
        ? List.of()
        : List.of("claims.json: " + wrongConstants);
  }

  /** What is derived of the claim with the number {@code number}. */
  Derived check(int number) {
    Claim claim = claims.samples().get(number);
    int index = claim.index();
    Integer sample = inputs.place(index);
    if (sample == null) {
      return Derived.of(SampleReport.refused(index, "samples.npz has no such sample"));
    } else if (inputs.label(sample) != claim.label()) {
      return Derived.of(
          SampleReport.refused(
              index,
              "label %d is claimed but samples.npz says %d"
                  .formatted(claim.label(), inputs.label(sample))));
    } else if (!claim.claims()) {
      return Derived.of(new SampleReport(index, SampleReport.Status.NO_CLAIM, ""));
    }
    Distances distances =
        claim.method().equals("lipschitzMargin")
                && constants != null
                && claim.label() >= 0
                && claim.label() < network.outputs()
            ? Distances.of(network, constants, inputs.point(sample), claim.label())
            : null;
    String reason = reason(sample, claim, distances);
    return new Derived(
        reason == null ? SampleReport.proved(index) : SampleReport.refused(index, reason),
        distances == null ? new double[0] : distances.radii());
  }

  /** Why a claim does not hold; null if it does. */
  private @Nullable String reason(int sample, Claim claim, @Nullable Distances distances) {
    boolean regression = claims.task().equals("regression");
    if (!regression && claim.label() >= network.outputs()) {
      return "the network has no logit %d".formatted(claim.label());
    }
    String stranger = stranger(claim, regression);
    if (stranger != null) {
      return stranger;
    }
    double[] radius = claims.epsilon();
    if (claims.norm().equals("l2") && !regression) {
      if (claim.isCertified() && !(claim.radius() >= radius[0])) {
        return "the radius %s is below epsilon, %s".formatted(claim.radius(), radius[0]);
      }
      radius = new double[] {claim.radius()};
    } else if (!claim.isCertified()) {
      return "a radius is claimed, which there is only of classes in a ball (l2)";
    } else if (radius.length != 1 && radius.length != network.inputs()) {
      return "epsilon has %d numbers for %d features".formatted(radius.length, network.inputs());
    }
    return switch (claim.method()) {
      case "ibp" ->
          regression ? outputs(sample, claim, radius) : margin(sample, claim, radius, false);
      case "crownIbp" ->
          regression ? "crownIbp bounds margins" : margin(sample, claim, radius, true);
      case "lipschitzMargin" ->
          regression || !claims.norm().equals("l2")
              ? "lipschitzMargin is for classes and l2 balls"
              : lipschitzMargin(claim, distances);
      default -> "the checker does not know the method \"%s\"".formatted(claim.method());
    };
  }

  /** What is claimed but follows from no method of claims of this kind; null if nothing. */
  private @Nullable String stranger(Claim claim, boolean regression) {
    boolean ball = claims.norm().equals("l2") && !regression;
    if (!ball && !Double.isNaN(claim.radius())) {
      return "the radius %s is claimed, which there is only of classes in a ball (l2)"
          .formatted(claim.radius());
    } else if (regression && !Double.isNaN(claim.margin())) {
      return "the margin %s is claimed, which there is only of classes".formatted(claim.margin());
    } else if (!regression && claim.lower().length + claim.upper().length > 0) {
      return "intervals are claimed, which there are only of a regression";
    } else if (claim.lower().length != claim.upper().length) {
      return "%d lower ends and %d upper ones are claimed"
          .formatted(claim.lower().length, claim.upper().length);
    } else if (!regression && network.outputs() < 2) {
      return "the network has one output, which decides nothing";
    }
    return null;
  }

  /**
   * Which interval criteria of {@code certifiedAccuracyBy} the sample of the claim with the number
   * {@code number} meets: {@code ibp} (last operation merged, box clipped to the range), {@code
   * ibpBox} (boxes of the outputs, clipped), {@code ibpBoxUnclipped}.
   */
  Set<String> criteria(int number) {
    Claim claim = claims.samples().get(number);
    Integer sample = inputs.place(claim.index());
    if (sample == null || claim.label() >= network.outputs()) {
      return Set.of();
    }
    Box whole = inputs.around(sample, claims.epsilon(), null);
    if (boxMargin(whole, claim.label()) > 0) {
      // Whatever holds over the larger box holds over the smaller one.
      return Set.of("ibp", "ibpBox", "ibpBoxUnclipped");
    }
    Box clipped = inputs.around(sample, claims.epsilon(), claims.range());
    if (boxMargin(clipped, claim.label()) > 0) {
      return Set.of("ibp", "ibpBox");
    }
    List<Box> boxes = network.boxes(clipped);
    return boxes != null && new LinearBounds(network, boxes).mergedMargin(claim.label()) > 0
        ? Set.of("ibp")
        : Set.of();
  }

  private double boxMargin(Box input, int label) {
    List<Box> boxes = network.boxes(input);
    return boxes == null
        ? Double.NEGATIVE_INFINITY
        : new LinearBounds(network, boxes).boxMargin(label);
  }

  private @Nullable String margin(int sample, Claim claim, double[] radius, boolean linear) {
    String missing = linear ? LinearBounds.missing(network) : null;
    if (missing != null) {
      return missing + " has no linear bounds";
    }
    List<Box> boxes = network.boxes(inputs.around(sample, radius, claims.range()));
    if (boxes == null) {
      return OVERFLOW;
    }
    LinearBounds bounds = new LinearBounds(network, boxes);
    double derived =
        linear
            ? bounds.linearMargin(claim.label())
            : Math.max(bounds.mergedMargin(claim.label()), bounds.boxMargin(claim.label()));
    return compared("margin", claim.margin(), derived, false);
  }

  private @Nullable String lipschitzMargin(Claim claim, @Nullable Distances distances) {
    if (wrongConstants != null) {
      return wrongConstants;
    } else if (distances == null) {
      return OVERFLOW;
    }
    if (!Double.isNaN(claim.margin())) {
      double margin = distances.margin(claims.epsilon()[0]);
      String reason = compared("margin", claim.margin(), margin, false);
      if (reason != null) {
        return reason;
      }
    }
    // At that distance two logits may be equal, so the claim must be below.
    return compared("radius", claim.radius(), distances.radius(), true);
  }

  private static @Nullable String compared(
      String what, double claimed, double derived, boolean strictly) {
    if (!(derived > 0)) {
      return "no %s above 0 is proved, but %s".formatted(what, derived);
    } else if (!(strictly ? derived > claimed : derived >= claimed)) {
      return "the %s %s is claimed, but %s is proved".formatted(what, claimed, derived);
    }
    return null;
  }

  private @Nullable String outputs(int sample, Claim claim, double[] radius) {
    List<Box> boxes = network.boxes(inputs.around(sample, radius, claims.range()));
    if (boxes == null) {
      return OVERFLOW;
    }
    Box derived = boxes.get(boxes.size() - 1);
    if (claim.lower().length != derived.size() || claim.upper().length != derived.size()) {
      return "intervals are claimed for %d outputs of %d"
          .formatted(claim.lower().length, derived.size());
    }
    for (int j = 0; j < derived.size(); j++) {
      double lower = derived.lower()[j];
      double upper = derived.upper()[j];
      if (!(claim.lower()[j] <= lower && upper <= claim.upper()[j])) {
        return "output %d is claimed to lie in [%s, %s], but [%s, %s] is proved"
            .formatted(j, claim.lower()[j], claim.upper()[j], lower, upper);
      }
    }
    return null;
  }
}
