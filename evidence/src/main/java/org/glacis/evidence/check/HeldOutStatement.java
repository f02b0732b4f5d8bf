package org.glacis.evidence.check;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.glacis.evidence.Json;
import org.glacis.evidence.file.Fields;
import org.glacis.evidence.holistic.EventOrder;
import org.glacis.evidence.holistic.HeldOutCertificate;
import org.jspecify.annotations.Nullable;

/**
 * What a run says of one bound elsewhere than in its file.
 *
 * @param declared {@code heldOut} of the certification in {@code experiment.json}; null for none
 * @param figures where figures of the certification stand: in {@code summary.json}, or in the file
 *     beside certificates that were made later
 */
record HeldOutStatement(@Nullable Fields declared, List<Fields> figures) {
  private static final String DECLARED = "heldOut";
  private static final String BOUND = "heldOutErrorBound";

  /**
   * Reads what {@code run} says of the certificates {@code stem}.
   *
   * @throws org.glacis.evidence.EvidenceException if a file is no JSON
   */
  static HeldOutStatement of(Path run, String stem) {
    String number = stem.replaceFirst("^certificates-?", "");
    if (!number.isEmpty() && !number.matches("[1-9]\\d{0,8}")) {
      Path later = run.resolve(stem + ".json");
      return new HeldOutStatement(
          null, Files.isRegularFile(later) ? List.of(Fields.read(later)) : List.of());
    }
    int block = number.isEmpty() ? 0 : Integer.parseInt(number) - 1;
    Fields certify = block(run.resolve("experiment.json"), "certify", block);
    List<Fields> figures = new ArrayList<>();
    Path summary = run.resolve("summary.json");
    Fields own = block(summary, "certifications", block);
    if (own != null) {
      figures.add(own);
    }
    if (block == 0 && Files.isRegularFile(summary)) {
      figures.add(Fields.read(summary));
    }
    return new HeldOutStatement(
        certify != null && certify.has(DECLARED) ? certify.object(DECLARED) : null, figures);
  }

  /** The entry {@code block} of a list in {@code file}; null where there is none. */
  private static @Nullable Fields block(Path file, String list, int block) {
    if (!Files.isRegularFile(file)) {
      return null;
    }
    Fields all = Fields.read(file);
    List<Fields> blocks = all.has(list) ? all.objects(list) : List.of();
    return block < blocks.size() ? blocks.get(block) : null;
  }

  /** Where there should be a bound; null where nobody says that there is one. */
  @Nullable String claimed() {
    if (declared != null) {
      return declared.where();
    }
    return figures.stream()
        .filter(of -> of.has(BOUND) || of.has(DECLARED))
        .map(of -> of.where() + "." + BOUND)
        .findFirst()
        .orElse(null);
  }

  /** Where {@code certificate} is not what the run says. */
  List<String> faults(HeldOutCertificate certificate) {
    List<String> faults = new ArrayList<>();
    if (declared != null) {
      String order =
          declared.has("order")
              ? declared.text("order")
              : EventOrder.SAMPLE_THEN_CORRUPT.toString();
      boolean same =
          declared.number("delta") == certificate.delta()
              && declared.number("alpha") == certificate.alpha()
              && order.equals(certificate.order().toString());
      if (!same) {
        faults.add(
            "%s: declares another delta, alpha or order than %s, %s, %s"
                .formatted(
                    declared.where(),
                    certificate.delta(),
                    certificate.alpha(),
                    certificate.order()));
      }
    }
    for (Fields of : figures) {
      certificate
          .figures()
          .forEach(
              (key, value) -> {
                Object expected = Json.parse(Json.pretty(value), key);
                if (!Objects.equals(of.value(key), expected)) {
                  faults.add(of.where() + "." + key + ": is not what the bound's own file says");
                }
              });
    }
    return faults;
  }
}
