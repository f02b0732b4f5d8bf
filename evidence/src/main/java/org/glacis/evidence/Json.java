package org.glacis.evidence;

import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Java values as JSON text, and back. */
public final class Json {
  private Json() {}

  /**
   * Maps, lists, strings, numbers and truth values as readable JSON. NaN and infinity, which JSON
   * lacks, become null.
   */
  public static String pretty(@Nullable Object value) {
    StringBuilder text = new StringBuilder();
    write(text, value, "\n");
    return text.append('\n').toString();
  }

  /**
   * JSON text as maps, lists, strings, longs (whole numbers), doubles, truth values and null. Maps
   * keep the order of the text.
   *
   * @param origin a file name, for the message
   * @throws EvidenceException if it is no JSON
   */
  public static @Nullable Object parse(String text, String origin) {
    return new JsonParser(text, origin).document();
  }

  private static void write(StringBuilder text, @Nullable Object value, String newLine) {
    if (value instanceof Map<?, ?> map) {
      Iterator<? extends Map.Entry<?, ?>> fields = map.entrySet().iterator();
      block(text, '{', '}', newLine, fields.hasNext(), inner -> field(text, fields, inner));
    } else if (value instanceof Iterable<?> list) {
      Iterator<?> elements = list.iterator();
      block(
          text,
          '[',
          ']',
          newLine,
          elements.hasNext(),
          inner -> {
            write(text, elements.next(), inner);
            return elements.hasNext();
          });
    } else if (value instanceof Number number) {
      text.append(Double.isFinite(number.doubleValue()) ? number : "null");
    } else if (value == null || value instanceof Boolean) {
      text.append(value);
    } else {
      quote(text, value.toString());
    }
  }

  private static boolean field(
      StringBuilder text, Iterator<? extends Map.Entry<?, ?>> fields, String inner) {
    Map.Entry<?, ?> field = fields.next();
    quote(text, String.valueOf(field.getKey()));
    text.append(": ");
    write(text, field.getValue(), inner);
    return fields.hasNext();
  }

  /** Writes one element and says whether there are more. */
  private interface Elements {
    boolean next(String newLine);
  }

  private static void block(
      StringBuilder text, char open, char close, String newLine, boolean any, Elements elements) {
    text.append(open);
    if (any) {
      String inner = newLine + "  ";
      text.append(inner);
      while (elements.next(inner)) {
        text.append(',').append(inner);
      }
      text.append(newLine);
    }
    text.append(close);
  }

  private static void quote(StringBuilder text, String value) {
    text.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '"' -> text.append("\\\"");
        case '\\' -> text.append("\\\\");
        case '\n' -> text.append("\\n");
        case '\r' -> text.append("\\r");
        case '\t' -> text.append("\\t");
        case '\b' -> text.append("\\b");
        case '\f' -> text.append("\\f");
        default -> {
          if (c < 0x20) {
            text.append(String.format("\\u%04x", (int) c));
          } else {
            text.append(c);
          }
        }
      }
    }
    text.append('"');
  }
}
