package org.glacis.evidence.check;

import java.util.List;
import org.glacis.evidence.network.Box;
import org.glacis.evidence.network.LinearBounds;
import org.glacis.evidence.network.LipschitzConstants;
import org.glacis.evidence.network.Network;
import org.glacis.evidence.rounding.Outward;
import org.jspecify.annotations.Nullable;

/** Derives claims anew, each from the weights and the sample alone. Threads share it. */
final class Derivation {
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

  /** Faults of the claims as a whole. */
  List<String> faults() {
    return wrongConstants == null || claims.lipschitz() == null
        ? List.of()
        : List.of("claims.json: " + wrongConstants);
  }

  /** The report of the sample with the number {@code sample} among the claims. */
  SampleReport check(int sample) {
    Claim claim = claims.samples().get(sample);
    int index = claim.index();
    if (inputs.index(sample) != index) {
      return SampleReport.refused(
          index, "samples.npz has sample %d in its place".formatted(inputs.index(sample)));
    } else if (inputs.label(sample) != claim.label()) {
      return SampleReport.refused(
          index,
          "label %d is claimed but samples.npz says %d"
              .formatted(claim.label(), inputs.label(sample)));
    } else if (!claim.isCertified()) {
      return new SampleReport(index, SampleReport.Status.NO_CLAIM, "");
    }
    String reason = reason(sample, claim);
    return reason == null ? SampleReport.proved(index) : SampleReport.refused(index, reason);
  }

  /** Why a claim does not hold; null if it does. */
  private @Nullable String reason(int sample, Claim claim) {
    boolean regression = claims.task().equals("regression");
    if (!regression && claim.label() >= network.outputs()) {
      return "the network has no logit %d".formatted(claim.label());
    }
    double[] radius = claims.epsilon();
    if (claims.norm().equals("l2")) {
      if (!(claim.radius() >= claims.epsilon()[0])) {
        return "the radius %s is below epsilon, %s".formatted(claim.radius(), radius[0]);
      }
      radius = new double[] {claim.radius()};
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
              : lipschitzMargin(sample, claim);
      default -> "the checker does not know the method \"%s\"".formatted(claim.method());
    };
  }

  private @Nullable String margin(int sample, Claim claim, double[] radius, boolean linear) {
    String missing = linear ? LinearBounds.missing(network) : null;
    if (missing != null) {
      return missing + " has no linear bounds";
    }
    List<Box> boxes = network.boxes(inputs.around(sample, radius, claims.range()));
    if (boxes == null) {
      return "a bound overflows";
    }
    LinearBounds bounds = new LinearBounds(network, boxes);
    double derived =
        linear
            ? bounds.linearMargin(claim.label())
            : Math.max(bounds.mergedMargin(claim.label()), bounds.boxMargin(claim.label()));
    return compared("margin", claim.margin(), derived, false);
  }

  private @Nullable String lipschitzMargin(int sample, Claim claim) {
    if (wrongConstants != null || constants == null) {
      return wrongConstants;
    }
    List<Box> boxes = network.boxes(inputs.point(sample));
    if (boxes == null) {
      return "a bound overflows";
    }
    LinearBounds bounds = new LinearBounds(network, boxes);
    double margin = Double.POSITIVE_INFINITY;
    double radius = Double.POSITIVE_INFINITY;
    for (int j = 0; j < network.outputs(); j++) {
      if (j != claim.label()) {
        double each = bounds.mergedDifference(claim.label(), j);
        double constant = constants.difference(claim.label(), j);
        margin = Math.min(margin, each);
        radius = Math.min(radius, constant == 0 ? radius : Outward.divDown(each, constant));
      }
    }
    if (!Double.isNaN(claim.margin())) {
      String reason = compared("margin", claim.margin(), margin, false);
      if (reason != null) {
        return reason;
      }
    } else if (!(margin > 0)) {
      return "no margin above 0 is proved at the sample itself, but " + margin;
    }
    // At that distance two logits may be equal, so the claim must be below.
    return compared("radius", claim.radius(), radius, true);
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
      return "a bound overflows";
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
