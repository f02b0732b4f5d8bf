package org.glacis.runtime;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A figure that somebody published for the same experiment: it travels with a run, to be compared.
 *
 * @param metric its name in {@code summary.json}; inside an object as {@code
 *     certifiedAccuracyBy.ibp}
 * @param source who published it, and how it was found
 */
public record PublishedFigure(String metric, double value, String source) {
  Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("metric", metric);
    fields.put("value", value);
    fields.put("source", source);
    return fields;
  }
}
