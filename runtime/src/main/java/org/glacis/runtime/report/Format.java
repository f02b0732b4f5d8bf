package org.glacis.runtime.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import kotlinx.serialization.json.JsonArray;
import kotlinx.serialization.json.JsonElement;
import kotlinx.serialization.json.JsonNull;
import kotlinx.serialization.json.JsonObject;
import kotlinx.serialization.json.JsonPrimitive;

/** Numbers and values as a reader wants them: enough digits, units, no locale. */
final class Format {
  private static final int LONGEST_LIST = 12;

  private Format() {}

  /** {@code 0.93611} as {@code 93.61 %}; hundredths only where {@code samples} carry them. */
  static String percent(double fraction, double samples) {
    return String.format(Locale.ROOT, samples >= 1000 ? "%.2f %%" : "%.1f %%", 100 * fraction);
  }

  /** A bound: hundredths of a percent, none of them lost. */
  static String percentUp(double fraction) {
    return String.format(Locale.ROOT, "%.2f %%", Math.min(100, Math.ceil(1e4 * fraction) / 100));
  }

  /** A difference of fractions, in percentage points. */
  static String points(double fraction) {
    return String.format(Locale.ROOT, "%.2f", 100 * fraction);
  }

  /** At most five significant digits, without trailing zeros. */
  static String number(double value) {
    if (!Double.isFinite(value)) return Double.toString(value);
    double size = Math.abs(value);
    if ((value == Math.rint(value) && size < 1e15) || (size >= 1e4 && size < 1e7)) {
      long whole = Math.round(value);
      return size < 10_000 ? Long.toString(whole) : String.format(Locale.ROOT, "%,d", whole);
    }
    if (size < 1e-4 || size >= 1e7)
      return String.format(Locale.ROOT, "%.3e", value)
          .replaceFirst("\\.?0*e", "e")
          .replaceFirst("e([+-])0", "e$1")
          .replace("e+", "e");
    int decimals = Math.max(0, 4 - (int) Math.floor(Math.log10(size)));
    return String.format(Locale.ROOT, "%." + decimals + "f", value)
        .replaceFirst("0+$", "")
        .replaceFirst("\\.$", "");
  }

  /** Three decimals: values that are read in a column. */
  static String thousandths(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
  }

  /** Two significant digits: a spread. */
  static String rough(double value) {
    return value == 0 ? "0" : number(new BigDecimal(value).round(new MathContext(2)).doubleValue());
  }

  static String seconds(double seconds) {
    if (seconds == 0) return "0 s";
    if (seconds < 0.001) return String.format(Locale.ROOT, "%.0f µs", seconds * 1e6);
    if (seconds < 1) return String.format(Locale.ROOT, "%.0f ms", seconds * 1e3);
    if (seconds < 120) return String.format(Locale.ROOT, "%.1f s", seconds);
    long whole = Math.round(seconds);
    if (whole < 7200) return "%d min %02d s".formatted(whole / 60, whole % 60);
    return "%d h %02d min".formatted(whole / 3600, whole / 60 % 60);
  }

  static String bytes(double bytes) {
    String[] units = {"B", "kB", "MB", "GB", "TB"};
    int unit = 0;
    while (bytes >= 1000 && unit < units.length - 1) {
      bytes /= 1000;
      unit++;
    }
    return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", bytes, units[unit]);
  }

  /**
   * A JSON value as a declaration: {@code linear(start = 6, length = 30)} for a typed object,
   * {@code 8 × 8 × 1} is left to the caller.
   */
  static String value(JsonElement element) {
    if (element instanceof JsonNull) return "none";
    if (element instanceof JsonPrimitive value)
      return value.isString() ? text(value.getContent()) : plain(value.getContent());
    if (element instanceof JsonArray array) {
      String shown =
          array.stream().limit(LONGEST_LIST).map(Format::value).collect(Collectors.joining(", "));
      return "["
          + shown
          + (array.size() > LONGEST_LIST ? ", … (" + array.size() + " values)" : "")
          + "]";
    }
    JsonObject object = (JsonObject) element;
    List<String> parts = new ArrayList<>();
    for (Map.Entry<String, JsonElement> field : object.entrySet())
      if (!field.getKey().equals("type") && !(field.getValue() instanceof JsonNull))
        parts.add(field.getKey() + " = " + value(field.getValue()));
    String name = object.get("type") instanceof JsonPrimitive type ? type.getContent() : "";
    return parts.isEmpty() && !name.isEmpty() ? name : name + "(" + String.join(", ", parts) + ")";
  }

  private static String text(String content) {
    return content.isEmpty() ? "none" : content;
  }

  private static String plain(String content) {
    try {
      double number = Double.parseDouble(content);
      return content.matches("-?\\d+") ? content : number(number);
    } catch (NumberFormatException e) {
      return content;
    }
  }
}
