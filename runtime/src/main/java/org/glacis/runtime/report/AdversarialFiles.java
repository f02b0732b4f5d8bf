package org.glacis.runtime.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.glacis.evidence.Json;
import org.glacis.spec.InputException;
import org.glacis.spec.Shape;
import org.jspecify.annotations.Nullable;

/**
 * The folder {@code gallery} of a run: test images, the nearest wrong decisions that were found for
 * them, and what was changed. {@code gallery.json} says what the pictures show.
 */
public final class AdversarialFiles {
  private static final String FOLDER = "gallery";
  private static final String INDEX = "gallery.json";
  private static final List<String> PICTURES = List.of("original", "adversarial", "difference");

  private AdversarialFiles() {}

  /**
   * An image and a wrong decision near it.
   *
   * @param index of the sample in the test set
   * @param label the class that it is of, and is decided for
   * @param prediction the class that the point is decided for
   * @param radius the proved one; NaN where there is none
   * @param distance of the point, l2
   * @param original height × width × channels, row by row
   * @param adversarial likewise
   */
  public record Example(
      int index,
      String label,
      String prediction,
      double radius,
      double distance,
      float[] original,
      float[] adversarial) {
    /** The largest change of a number. */
    float largestChange() {
      float most = 0;
      for (int i = 0; i < original.length; i++) {
        most = Math.max(most, Math.abs(adversarial[i] - original[i]));
      }
      return most;
    }

    private float[] shown(String picture) {
      return switch (picture) {
        case "original" -> original;
        case "adversarial" -> adversarial;
        default -> difference();
      };
    }

    /** Middle grey for what is as it was, white and black for the largest change up and down. */
    float[] difference() {
      float most = Math.max(largestChange(), Float.MIN_NORMAL);
      float[] shown = new float[original.length];
      for (int i = 0; i < shown.length; i++) {
        shown[i] = 0.5f + 0.5f * (adversarial[i] - original[i]) / most;
      }
      return shown;
    }
  }

  /**
   * Writes pictures and index into {@code run}, in the place of those that were there.
   *
   * @param attack how the examples were found
   */
  public static void write(Path run, String attack, Shape shape, List<Example> examples) {
    Path folder = run.resolve(FOLDER);
    List<Map<String, Object>> rows = new ArrayList<>();
    try {
      Files.createDirectories(folder);
      for (Example example : examples) {
        String stem = rows.size() + 1 + "-";
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("index", example.index);
        row.put("label", example.label);
        row.put("prediction", example.prediction);
        if (!Double.isNaN(example.radius)) {
          row.put("radius", example.radius);
        }
        row.put("distance", example.distance);
        row.put("largestChange", example.largestChange());
        for (String picture : PICTURES) {
          Files.write(
              folder.resolve(stem + picture + ".png"), Gallery.png(example.shown(picture), shape));
          row.put(picture, stem + picture + ".png");
        }
        rows.add(row);
      }
      Map<String, Object> index = new LinkedHashMap<>();
      index.put("attack", attack);
      index.put("examples", rows);
      Files.writeString(folder.resolve(INDEX), Json.pretty(index));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The section of a run's page; nothing where the run has no gallery. */
  static void show(Page page, Path run) {
    Path file = run.resolve(FOLDER).resolve(INDEX);
    String text = RunFiles.readIfThere(file);
    if (text == null) {
      return;
    }
    JsonTree index = JsonTree.parse(file, text);
    List<JsonTree> examples = index.objects("examples");
    if (examples.isEmpty()) {
      return;
    }
    page.section("Nearest wrong decisions")
        .html(
            "<p>%s</p><ul class=\"gallery adversarial\">"
                .formatted(
                    Html.escape(
                        "The first rightly decided test image of each class, the nearest point that "
                            + Objects.requireNonNullElse(index.text("attack"), "an attack")
                            + " found decided otherwise, and what was changed: grey is as it was, white and black are the largest change up and down.")));
    examples.forEach(example -> page.html(card(example, file)));
    page.html("</ul>");
  }

  private static String card(JsonTree example, Path file) {
    String of = "Sample " + text(example, "index") + ", " + text(example, "label");
    StringBuilder pictures = new StringBuilder();
    for (String picture : PICTURES) {
      pictures.append(
          "<img src=\"%s\" width=\"84\" alt=\"%s\">"
              .formatted(
                  dataUri(file.resolveSibling(text(example, picture))),
                  Html.escape(of + ": " + picture)));
    }
    StringBuilder facts = new StringBuilder();
    fact(facts, "Sample", text(example, "index"));
    fact(facts, "Label", text(example, "label"));
    fact(facts, "Taken for", text(example, "prediction"));
    fact(facts, "Certified radius", number(example.number("radius")));
    fact(facts, "Distance found", number(example.number("distance")));
    fact(facts, "Largest change", number(example.number("largestChange")));
    return "<li><div class=\"triple\">%s</div><dl>%s</dl></li>".formatted(pictures, facts);
  }

  private static void fact(StringBuilder to, String name, String value) {
    to.append("<div><dt>%s</dt><dd>%s</dd></div>".formatted(name, Html.escape(value)));
  }

  private static String number(@Nullable Double value) {
    return value == null ? "–" : Format.thousandths(value);
  }

  private static String text(JsonTree example, String key) {
    String text = example.text(key);
    if (text == null)
      throw new InputException(
          example.file() + ": " + example.at(key) + " is missing; run again to write it");
    return text;
  }

  private static String dataUri(Path picture) {
    try {
      return "data:image/png;base64,"
          + Base64.getEncoder().encodeToString(Files.readAllBytes(picture));
    } catch (IOException e) {
      throw new InputException(
          picture + ": cannot be read (" + e + "); delete the folder gallery to do without", e);
    }
  }
}
