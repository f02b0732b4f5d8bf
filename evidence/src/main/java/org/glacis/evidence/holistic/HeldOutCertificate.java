package org.glacis.evidence.holistic;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.glacis.evidence.EvidenceException;
import org.glacis.evidence.Json;
import org.glacis.evidence.file.Fields;

/**
 * A bound of the certified error of one network on the law that its held-out samples come from: the
 * share of that law that is not certified. A sample is an error where it is not proved that it is
 * decided rightly, and stays so in the whole perturbation set (with epsilon 0: where it is decided
 * wrongly). The bound holds with a probability of at least {@code 1 - delta}, if the {@link
 * #hypotheses} do; its constant is exact for every number of samples ({@link HeldOutBound}).
 *
 * @param errors among {@code samples}
 * @param samples that the network was neither trained nor chosen by
 * @param delta the probability with which the bound may fail, above 0 and up to 1
 * @param alpha the share of corrupted samples that is tolerated, 0 to 1
 * @param order whether samples were corrupted after they were drawn, or the law before
 * @param errorBound what {@link HeldOutBound} makes of these numbers, 0 to 1
 */
public record HeldOutCertificate(
    int errors, int samples, double delta, double alpha, EventOrder order, double errorBound) {
  public static final String FORMAT = "glacis-held-out";
  public static final int FORMAT_VERSION = 1;

  /** How much another release may find more or less than this one. */
  private static final double SLACK = 1e-9;

  private static final String ASYMPTOTIC =
      "Asymptotic, and not used for this bound: with probability 1 - exp(-r n + O(1)) the test loss"
          + " of every network at once is at most its holistic robust loss on n training samples"
          + " (Bennouna, Lucas and Van Parys 2023). O(1) is not known, so that no figure follows.";

  /**
   * A certificate.
   *
   * @throws EvidenceException if a number is out of range, or the bound is not what follows from
   *     the others
   */
  public HeldOutCertificate {
    double proved = HeldOutBound.of(errors, samples, alpha, delta, order);
    if (!(errorBound >= proved && errorBound <= proved + SLACK)) {
      throw new EvidenceException(
          "errorBound is %s, but %d errors among %d samples prove %s (delta %s, alpha %s, %s); make it anew from the certificates"
              .formatted(errorBound, errors, samples, proved, delta, alpha, order));
    }
  }

  /**
   * What follows from {@code errors} among {@code samples}.
   *
   * @throws EvidenceException if a number is out of range
   */
  public static HeldOutCertificate of(
      int errors, int samples, double delta, double alpha, EventOrder order) {
    double bound = HeldOutBound.of(errors, samples, alpha, delta, order);
    return new HeldOutCertificate(errors, samples, delta, alpha, order, bound);
  }

  /** What is certified, as a sentence. */
  public String statement() {
    return "With probability 1 - %s or more over the draw of the samples, at most %s of the law that they come from is not certified (%d of %d samples are not)."
        .formatted(delta, percent(), errors, samples);
  }

  /** A line for a person. */
  public String summary() {
    return "beyond these samples at most %s are not certified, with probability 1 - %s (%d of %d here; alpha %s)"
        .formatted(percent(), delta, errors, samples, alpha);
  }

  /** The bound, rounded up. */
  private String percent() {
    double hundredths = Math.min(10_000, Math.ceil(1e4 * errorBound));
    return String.format(Locale.ROOT, "%.2f %%", hundredths / 100);
  }

  /** What the statement takes for granted, a sentence each; nothing here checks it. */
  public List<String> hypotheses() {
    List<String> all = new ArrayList<>();
    all.add(
        "The %d samples were drawn independently of one another from one law, the one that the bound is about%s."
            .formatted(
                samples,
                alpha > 0 && order == EventOrder.CORRUPT_THEN_SAMPLE ? ", but for alpha" : ""));
    all.add(
        "Neither they nor anything learnt from them served to train or choose the network, or to choose the perturbation set, delta, alpha or the order of events.");
    all.add(corruption());
    all.add(
        "The bound is about one network: the one with the weights that were certified, whatever it was trained on.");
    all.add(
        "The count of errors rests on the certificates of the run: a sample without one for its own label is an error.");
    return all;
  }

  private String corruption() {
    if (alpha == 0) {
      return "No sample was corrupted: inputs and labels are as the law has them.";
    }
    return order == EventOrder.SAMPLE_THEN_CORRUPT
        ? "After they were drawn, at most a share alpha = %s of the samples was replaced, by whatever and knowing all of them."
            .formatted(alpha)
        : "Before they were drawn, at most a share alpha = %s of the law was replaced, by whatever; the bound is about the law before."
            .formatted(alpha);
  }

  /** What the source states of training samples, as such: it gives no number. */
  public String asymptotic() {
    return ASYMPTOTIC;
  }

  /** The fields of its JSON object. */
  public Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("format", FORMAT);
    fields.put("formatVersion", FORMAT_VERSION);
    fields.put("statement", statement());
    fields.put("errors", errors);
    fields.put("samples", samples);
    fields.put("delta", delta);
    fields.put("alpha", alpha);
    fields.put("order", order.toString());
    fields.put("errorBound", errorBound);
    fields.put("hypotheses", hypotheses());
    fields.put("asymptotic", asymptotic());
    return fields;
  }

  /** What a summary has of it: {@code heldOutErrorBound}, and {@code heldOut} for the rest. */
  public Map<String, Object> figures() {
    Map<String, Object> rest = fields();
    rest.keySet().removeAll(List.of("format", "formatVersion", "errorBound"));
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("heldOutErrorBound", errorBound);
    figures.put("heldOut", rest);
    return figures;
  }

  /** Its JSON text. */
  public String toJson() {
    return Json.pretty(fields());
  }

  /**
   * The certificate that {@code text} holds, and nothing else.
   *
   * @param origin a file name, for the message
   * @throws EvidenceException if it is none, or its parts do not follow from its numbers
   */
  public static HeldOutCertificate parse(String text, String origin) {
    Fields json = Fields.of(origin, Json.parse(text, origin));
    HeldOutCertificate certificate = read(json);
    json.finish();
    return certificate;
  }

  /**
   * The certificate among the fields of {@code json}, which may have others.
   *
   * @throws EvidenceException if there is none, or its parts do not follow from its numbers
   */
  public static HeldOutCertificate read(Fields json) {
    json.text("format", List.of(FORMAT));
    int version = json.whole("formatVersion", 1);
    if (version > FORMAT_VERSION) {
      throw EvidenceException.of(
          json.where() + ".formatVersion",
          Integer.toString(version),
          "at most " + FORMAT_VERSION,
          "use a newer Glacis");
    }
    int errors = json.whole("errors", 0);
    int samples = json.whole("samples", 1);
    double delta = json.number("delta");
    double alpha = json.number("alpha");
    EventOrder order = order(json);
    HeldOutCertificate certificate;
    try {
      certificate =
          new HeldOutCertificate(errors, samples, delta, alpha, order, json.number("errorBound"));
    } catch (EvidenceException e) {
      throw new EvidenceException(json.where() + ": " + e.getMessage(), e);
    }
    certificate.fields().forEach((key, value) -> same(json, key, value));
    return certificate;
  }

  private static EventOrder order(Fields json) {
    String first = EventOrder.SAMPLE_THEN_CORRUPT.toString();
    List<String> words = List.of(first, EventOrder.CORRUPT_THEN_SAMPLE.toString());
    return json.text("order", words).equals(first)
        ? EventOrder.SAMPLE_THEN_CORRUPT
        : EventOrder.CORRUPT_THEN_SAMPLE;
  }

  /** Sentences say what the numbers say, or the file misleads whoever reads it. */
  private static void same(Fields json, String key, Object expected) {
    if (!(expected instanceof Number) && !expected.equals(json.value(key))) {
      throw EvidenceException.of(
          json.where() + "." + key,
          String.valueOf(json.value(key)),
          String.valueOf(expected),
          "make it anew from the certificates");
    }
  }
}
