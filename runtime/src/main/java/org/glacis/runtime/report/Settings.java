package org.glacis.runtime.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import kotlinx.serialization.json.JsonArray;
import kotlinx.serialization.json.JsonElement;
import kotlinx.serialization.json.JsonObject;

/**
 * The declaration of an experiment as paths and values. A typed value ({@code adam(learningRate =
 * 0.001)}) stays whole.
 */
final class Settings {
  private Settings() {}

  /** Values by path ({@code train.epochs}), in the order of the file. */
  static Map<String, String> of(RunFiles run) {
    Map<String, String> settings = new LinkedHashMap<>();
    run.experiment().fields().forEach((key, value) -> collect(key, value, settings));
    settings.remove("formatVersion");
    return settings;
  }

  /** The paths whose values are not the same in all of {@code runs}. */
  static List<String> differing(List<RunFiles> runs) {
    List<Map<String, String>> all = runs.stream().map(Settings::of).toList();
    Set<String> paths = new LinkedHashSet<>();
    all.forEach(s -> paths.addAll(s.keySet()));
    return paths.stream()
        .filter(path -> all.stream().map(s -> s.getOrDefault(path, "")).distinct().count() > 1)
        .toList();
  }

  /**
   * Rows for tables, by section of the declaration; what has no section of its own (name, seed)
   * comes first, under {@code experiment}.
   */
  static Map<String, List<List<String>>> sections(RunFiles run) {
    Map<String, List<List<String>>> sections = new LinkedHashMap<>();
    sections.put("experiment", new ArrayList<>());
    of(run)
        .forEach(
            (path, value) -> {
              String section = path.matches("\\w+") ? "experiment" : path.split("\\W", 2)[0];
              sections.computeIfAbsent(section, s -> new ArrayList<>()).add(List.of(path, value));
            });
    return sections;
  }

  private static void collect(String path, JsonElement value, Map<String, String> into) {
    if (value instanceof JsonObject object && !object.containsKey("type")) {
      object.forEach((key, field) -> collect(path + "." + key, field, into));
    } else if (value instanceof JsonArray array
        && array.stream().anyMatch(JsonObject.class::isInstance)) {
      for (int i = 0; i < array.size(); i++) collect(path + "[" + i + "]", array.get(i), into);
    } else {
      into.put(path, Format.value(value));
    }
  }
}
