package org.glacis.runtime;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.glacis.runtime.certify.Certification;

/**
 * A run as it ended.
 *
 * @param directory where its files are
 * @param finished false when it was interrupted: {@code --resume} goes on
 * @param certifications one a {@code certify} block; empty when it was interrupted
 * @param summary what {@code summary.json} says
 */
public record Run(
    Path directory,
    boolean finished,
    List<Certification> certifications,
    Map<String, Object> summary) {

  /** A run that was finished before, as its directory tells; without certifications. */
  public static Run load(Path directory) {
    return new Run(directory, true, List.of(), RunDirectory.open(directory).summary());
  }

  /**
   * The numbers of the summary by name; those inside an object as {@code certifiedAccuracyBy.ibp}.
   */
  public Map<String, Double> figures() {
    Map<String, Double> figures = new LinkedHashMap<>();
    add("", summary, figures);
    return figures;
  }

  private static void add(String prefix, Map<?, ?> from, Map<String, Double> into) {
    from.forEach(
        (name, value) -> {
          if (value instanceof Number number) {
            into.put(prefix + name, number.doubleValue());
          } else if (value instanceof Map<?, ?> inner) {
            add(prefix + name + ".", inner, into);
          }
        });
  }
}
