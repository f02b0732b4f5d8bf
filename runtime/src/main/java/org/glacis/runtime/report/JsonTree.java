package org.glacis.runtime.report;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kotlinx.serialization.SerializationException;
import kotlinx.serialization.json.Json;
import kotlinx.serialization.json.JsonArray;
import kotlinx.serialization.json.JsonElement;
import kotlinx.serialization.json.JsonNull;
import kotlinx.serialization.json.JsonObject;
import kotlinx.serialization.json.JsonPrimitive;
import org.glacis.spec.InputException;
import org.jspecify.annotations.Nullable;

/**
 * An object of a JSON file that knows where it came from, so that a wrong value is named by file
 * and path. Absent keys and nulls are both "not there".
 */
record JsonTree(Path file, String path, Map<String, JsonElement> fields) {

  static JsonTree parse(Path file, String text) {
    try {
      if (Json.Default.parseToJsonElement(text) instanceof JsonObject object)
        return new JsonTree(file, "", object);
    } catch (SerializationException e) {
      String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      throw new InputException(
          file + ": not JSON: " + reason + "; the file may be cut off: run again to write it", e);
    }
    throw new InputException(file + ": expected a JSON object; run again to write it");
  }

  static JsonTree empty(Path file) {
    return new JsonTree(file, "", Map.of());
  }

  @Nullable JsonElement get(String key) {
    JsonElement element = fields.get(key);
    return element == null || element instanceof JsonNull ? null : element;
  }

  boolean has(String key) {
    return get(key) != null;
  }

  /** The number at {@code key}, or null. */
  @Nullable Double number(String key) {
    JsonElement element = get(key);
    if (element == null) return null;
    if (element instanceof JsonPrimitive value) {
      try {
        return Double.valueOf(value.getContent());
      } catch (NumberFormatException e) {
        throw wrong(key, element, "a number");
      }
    }
    throw wrong(key, element, "a number");
  }

  /** The fraction in [0, 1] at {@code key}, or null. */
  @Nullable Double fraction(String key) {
    Double value = number(key);
    if (value != null && !(value >= 0 && value <= 1))
      throw new InputException(
          "%s: %s is %s, expected a fraction in [0, 1]".formatted(file, at(key), value));
    return value;
  }

  /** The text (or number, as it was written) at {@code key}, or null. */
  @Nullable String text(String key) {
    JsonElement element = get(key);
    if (element == null) return null;
    if (element instanceof JsonPrimitive value) return value.getContent();
    throw wrong(key, element, "a text");
  }

  /** The object at {@code key}; an empty one where there is none. */
  JsonTree object(String key) {
    JsonElement element = get(key);
    if (element == null) return new JsonTree(file, at(key), Map.of());
    if (element instanceof JsonObject object) return new JsonTree(file, at(key), object);
    throw wrong(key, element, "an object");
  }

  /** The list at {@code key}; an empty one where there is none. */
  List<JsonElement> list(String key) {
    JsonElement element = get(key);
    if (element == null) return List.of();
    if (element instanceof JsonArray array) return List.copyOf(array);
    throw wrong(key, element, "a list");
  }

  List<JsonTree> objects(String key) {
    List<JsonTree> objects = new ArrayList<>();
    List<JsonElement> list = list(key);
    for (int i = 0; i < list.size(); i++) {
      String place = at(key) + "[" + i + "]";
      if (!(list.get(i) instanceof JsonObject object))
        throw new InputException(
            "%s: %s is %s, expected an object".formatted(file, place, list.get(i)));
      objects.add(new JsonTree(file, place, object));
    }
    return objects;
  }

  List<String> texts(String key) {
    return list(key).stream()
        .map(e -> e instanceof JsonPrimitive p ? p.getContent() : e.toString())
        .toList();
  }

  /** All fields that hold a number. */
  Map<String, Double> numbers() {
    Map<String, Double> numbers = new LinkedHashMap<>();
    for (String key : fields.keySet()) {
      Double value = number(key);
      if (value != null) numbers.put(key, value);
    }
    return numbers;
  }

  String at(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  private InputException wrong(String key, JsonElement found, String expected) {
    return new InputException(
        "%s: %s is %s, expected %s".formatted(file, at(key), found, expected));
  }
}
