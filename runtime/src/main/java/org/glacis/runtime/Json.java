package org.glacis.runtime;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kotlin.Unit;
import kotlinx.serialization.json.JsonArray;
import kotlinx.serialization.json.JsonElement;
import kotlinx.serialization.json.JsonElementKt;
import kotlinx.serialization.json.JsonKt;
import kotlinx.serialization.json.JsonNull;
import kotlinx.serialization.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** Java values as JSON text. */
public final class Json {
  private static final kotlinx.serialization.json.Json PRETTY =
      JsonKt.Json(
          kotlinx.serialization.json.Json.Default,
          builder -> {
            builder.setPrettyPrint(true);
            builder.setPrettyPrintIndent("  ");
            return Unit.INSTANCE;
          });

  private Json() {}

  /**
   * Maps, lists, strings, numbers and truth values as readable JSON. NaN and infinity, which JSON
   * lacks, become null.
   */
  public static String pretty(Object value) {
    return PRETTY.encodeToString(JsonElement.Companion.serializer(), element(value)) + "\n";
  }

  static JsonElement element(@Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      Map<String, JsonElement> fields = new LinkedHashMap<>();
      map.forEach((key, field) -> fields.put(String.valueOf(key), element(field)));
      return new JsonObject(fields);
    } else if (value instanceof Iterable<?> list) {
      List<JsonElement> elements = new ArrayList<>();
      list.forEach(e -> elements.add(element(e)));
      return new JsonArray(elements);
    } else if (value instanceof Number number) {
      return Double.isFinite(number.doubleValue())
          ? JsonElementKt.JsonPrimitive(number)
          : JsonNull.INSTANCE;
    } else if (value instanceof Boolean truth) {
      return JsonElementKt.JsonPrimitive(truth);
    }
    return value == null ? JsonNull.INSTANCE : JsonElementKt.JsonPrimitive(value.toString());
  }
}
