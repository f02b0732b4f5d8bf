package org.glacis.runtime.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * All test samples as one bar from 0 to 100 %: proved, open, broken by the attack, wrong from the
 * start.
 */
final class DecisionScale {
  private record Part(String kind, String name, double share) {}

  private DecisionScale() {}

  /** The bar with its graduation and legend; empty where clean or certified accuracy is missing. */
  static Optional<String> full(RunFiles run) {
    List<Part> parts = parts(run);
    if (parts.isEmpty()) return Optional.empty();
    double samples = KeyFigure.samples(run);
    StringBuilder legend = new StringBuilder();
    StringBuilder words = new StringBuilder();
    for (Part part : parts) {
      String share = Format.percent(part.share, samples);
      legend.append(
          "<li class=\"%s\"><span>%s</span> <b>%s</b></li>"
              .formatted(part.kind, Html.escape(part.name), share));
      words.append(words.isEmpty() ? "" : ", ").append(part.name).append(' ').append(share);
    }
    return Optional.of(
        """
        <figure class="scale">
        <div role="img" aria-label="Of all samples: %s">%s<div class="ticks"><i>0</i><i>20</i><i>40</i><i>60</i><i>80</i><i>100 %%</i></div></div>
        <figcaption><ul>%s</ul></figcaption>
        </figure>"""
            .formatted(Html.escape(words.toString()), bar(parts), legend));
  }

  /** The bar alone, for a table of runs. */
  static String small(RunFiles run) {
    return bar(parts(run));
  }

  private static String bar(List<Part> parts) {
    StringBuilder bar = new StringBuilder("<div class=\"bar\">");
    for (Part part : parts)
      bar.append(
          String.format(
              Locale.ROOT,
              "<span class=\"%s\" style=\"flex-grow:%.5f\"></span>",
              part.kind,
              part.share));
    return bar.append("</div>").toString();
  }

  private static List<Part> parts(RunFiles run) {
    Double clean = run.accuracy("cleanAccuracy");
    Double certified = run.accuracy("certifiedAccuracy");
    @Nullable Double attacked = run.accuracy("attackAccuracy");
    if (clean == null || certified == null) return List.of();
    List<Part> parts = new ArrayList<>();
    parts.add(new Part("certified", "right and proved", certified));
    if (attacked == null) {
      parts.add(new Part("unknown", "right, not proved", clean - certified));
    } else {
      parts.add(new Part("unknown", "right, neither proved nor broken", attacked - certified));
      parts.add(new Part("falsified", "right, broken by the attack", clean - attacked));
    }
    parts.add(new Part("misclassified", "wrong without perturbation", 1 - clean));
    return parts.stream().map(p -> new Part(p.kind, p.name, Math.max(0, p.share))).toList();
  }
}
