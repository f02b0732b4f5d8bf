package org.glacis.evidence.file;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.glacis.evidence.EvidenceException;
import org.glacis.evidence.Json;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object that knows where it stands. Each value is asked for by key and kind; what was never
 * asked for is refused by {@link #finish}, as it may change the meaning of the rest.
 */
public final class Fields {
  private final String where;
  private final Map<?, ?> values;
  private final Set<String> asked = new HashSet<>();

  private Fields(String where, Map<?, ?> values) {
    this.where = where;
    this.values = values;
  }

  /** The object that {@code file} holds. */
  public static Fields read(Path file) {
    try {
      String text = Files.readString(file, StandardCharsets.UTF_8);
      return of(file.toString(), Json.parse(text, file.toString()));
    } catch (IOException e) {
      throw new EvidenceException(
          "%s: cannot be read (%s), expected a JSON object; write the evidence anew"
              .formatted(file, e),
          e);
    }
  }

  /** {@code value}, which must be an object. */
  public static Fields of(String where, @Nullable Object value) {
    if (value instanceof Map<?, ?> object) {
      return new Fields(where, object);
    }
    throw fault(where, kind(value), "an object");
  }

  public String where() {
    return where;
  }

  /** The keys in the order of the text. */
  public List<String> keys() {
    return values.keySet().stream().map(String::valueOf).toList();
  }

  public boolean has(String key) {
    asked.add(key);
    return values.get(key) != null;
  }

  public String text(String key) {
    if (value(key) instanceof String text) {
      return text;
    }
    throw wrong(key, "a text");
  }

  /** One of {@code allowed}. */
  public String text(String key, List<String> allowed) {
    String text = text(key);
    if (!allowed.contains(text)) {
      throw fault(where + "." + key, '"' + text + '"', "one of " + allowed);
    }
    return text;
  }

  public boolean truth(String key) {
    if (value(key) instanceof Boolean truth) {
      return truth;
    }
    throw wrong(key, "true or false");
  }

  /** A finite number. */
  public double number(String key) {
    return number(where + "." + key, value(key));
  }

  /** A whole number of at least {@code least}. */
  public int whole(String key, int least) {
    return whole(where + "." + key, value(key), least);
  }

  public List<?> list(String key) {
    if (value(key) instanceof List<?> list) {
      return list;
    }
    throw wrong(key, "a list");
  }

  /** A list of finite numbers. */
  public double[] numbers(String key) {
    List<?> list = list(key);
    double[] numbers = new double[list.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = number("%s.%s[%d]".formatted(where, key, i), list.get(i));
    }
    return numbers;
  }

  /** A list of whole numbers of at least {@code least}. */
  public int[] wholes(String key, int least) {
    List<?> list = list(key);
    int[] numbers = new int[list.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = whole("%s.%s[%d]".formatted(where, key, i), list.get(i), least);
    }
    return numbers;
  }

  public Fields object(String key) {
    return of(where + "." + key, value(key));
  }

  public List<Fields> objects(String key) {
    List<Fields> objects = new ArrayList<>();
    List<?> list = list(key);
    for (int i = 0; i < list.size(); i++) {
      objects.add(of("%s.%s[%d]".formatted(where, key, i), list.get(i)));
    }
    return objects;
  }

  /** The value as it stands; null where there is none. */
  public @Nullable Object value(String key) {
    asked.add(key);
    return values.get(key);
  }

  /** Refuses keys that nobody asked for. */
  public void finish() {
    for (Object key : values.keySet()) {
      if (!asked.contains(String.valueOf(key))) {
        throw EvidenceException.of(
            where + "." + key,
            "a key that this release does not know",
            "one of " + asked.stream().sorted().toList(),
            "use the release that wrote it, or a newer one");
      }
    }
  }

  private EvidenceException wrong(String key, String expected) {
    return fault(where + "." + key, kind(values.get(key)), expected);
  }

  private static double number(String where, @Nullable Object value) {
    if (value instanceof Number number && Double.isFinite(number.doubleValue())) {
      return number.doubleValue();
    }
    throw fault(where, kind(value), "a finite number");
  }

  private static int whole(String where, @Nullable Object value, int least) {
    if (value instanceof Long number && number >= least && number <= Integer.MAX_VALUE) {
      return number.intValue();
    }
    throw fault(where, kind(value), "a whole number of at least " + least);
  }

  private static String kind(@Nullable Object value) {
    if (value == null) {
      return "nothing";
    } else if (value instanceof Map) {
      return "an object";
    } else if (value instanceof List) {
      return "a list";
    }
    return value instanceof String ? '"' + value.toString() + '"' : value.toString();
  }

  private static EvidenceException fault(String where, String found, String expected) {
    return EvidenceException.of(where, found, expected, "write the evidence anew");
  }
}
