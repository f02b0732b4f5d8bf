package org.glacis.runtime.report;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Bounds of the certified error beyond the samples, each with what it takes for granted. */
final class HeldOutSection {
  private HeldOutSection() {}

  /** Nothing where no bound was asked. */
  static void write(Page page, RunFiles run) {
    List<JsonTree> blocks = run.summary().objects("certifications");
    List<JsonTree> all = blocks.isEmpty() ? List.of(run.summary()) : blocks;
    all.stream().filter(block -> block.has("heldOutErrorBound")).forEach(b -> write(page, b));
  }

  private static void write(Page page, JsonTree block) {
    JsonTree held = block.object("heldOut");
    page.subheading("Held-out certificate, " + CertificationBlocks.set(block));
    page.paragraph(String.valueOf(held.text("statement")));
    List<String> hypotheses = held.texts("hypotheses");
    page.properties(
        "What it takes for granted",
        IntStream.range(0, hypotheses.size())
            .mapToObj(i -> List.of(Integer.toString(i + 1), hypotheses.get(i)))
            .toList());
    page.properties(
        "Numbers",
        Stream.of("errors", "samples", "delta", "alpha", "order")
            .filter(held::has)
            .map(key -> List.of(key, String.valueOf(held.text(key))))
            .toList());
    if (held.has("asymptotic")) page.note(String.valueOf(held.text("asymptotic")));
  }
}
