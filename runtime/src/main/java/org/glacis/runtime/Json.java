package org.glacis.runtime;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kotlin.Unit;
import kotlinx.serialization.SerializationException;
import kotlinx.serialization.json.JsonArray;
import kotlinx.serialization.json.JsonElement;
import kotlinx.serialization.json.JsonElementKt;
import kotlinx.serialization.json.JsonKt;
import kotlinx.serialization.json.JsonNull;
import kotlinx.serialization.json.JsonObject;
import kotlinx.serialization.json.JsonPrimitive;
import org.glacis.spec.InputException;
import org.jspecify.annotations.Nullable;

/** Java values as JSON text, and back. */
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

  /**
   * JSON text as maps, lists, strings, longs (whole numbers), doubles, truth values and null.
   *
   * @param origin a file name, for the message
   * @throws InputException if it is no JSON
   */
  public static @Nullable Object parse(String text, String origin) {
    try {
      return value(kotlinx.serialization.json.Json.Default.parseToJsonElement(text));
    } catch (SerializationException e) {
      throw new InputException(
          origin
              + ": is damaged ("
              + String.valueOf(e.getMessage()).lines().findFirst().orElse("")
              + "); make it anew",
          e);
    }
  }

  private static @Nullable Object value(JsonElement element) {
    if (element instanceof JsonObject object) {
      Map<String, @Nullable Object> fields = new LinkedHashMap<>();
      object.forEach((key, field) -> fields.put(key, value(field)));
      return fields;
    } else if (element instanceof JsonArray array) {
      List<@Nullable Object> list = new ArrayList<>();
      array.forEach(e -> list.add(value(e)));
      return list;
    }
    JsonPrimitive primitive = (JsonPrimitive) element;
    if (primitive instanceof JsonNull) {
      return null;
    } else if (primitive.isString()) {
      return primitive.getContent();
    }
    return switch (primitive.getContent()) {
      case "true" -> true;
      case "false" -> false;
      default -> number(primitive.getContent());
    };
  }

  private static Number number(String text) {
    if (text.matches("-?\\d{1,18}")) {
      return Long.valueOf(text);
    }
    return Double.valueOf(text);
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
