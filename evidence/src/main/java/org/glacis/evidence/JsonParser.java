package org.glacis.evidence;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** JSON as RFC 8259 has it. A key that comes twice in one object is refused. */
final class JsonParser {
  /** Deeper texts are refused before the stack is used up. */
  private static final int DEEPEST = 200;

  private static final Pattern NUMBER =
      Pattern.compile("-?(?:0|[1-9]\\d*)(?:\\.\\d+)?(?:[eE][+-]?\\d+)?");

  private final String text;
  private final String origin;
  private final Matcher number;
  private int at;

  JsonParser(String text, String origin) {
    this.text = text;
    this.origin = origin;
    number = NUMBER.matcher(text);
  }

  @Nullable Object document() {
    @Nullable Object value = value(0);
    blanks();
    if (at < text.length()) {
      throw damaged("something follows after its end");
    }
    return value;
  }

  private @Nullable Object value(int depth) {
    if (depth > DEEPEST) {
      throw damaged("more than " + DEEPEST + " values inside one another");
    }
    blanks();
    if (at == text.length()) {
      throw damaged("the end, expected a value");
    }
    return switch (text.charAt(at)) {
      case '{' -> object(depth);
      case '[' -> list(depth);
      case '"' -> string();
      case 't' -> word("true", true);
      case 'f' -> word("false", false);
      case 'n' -> word("null", null);
      default -> number();
    };
  }

  private Map<String, @Nullable Object> object(int depth) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    at++;
    blanks();
    if (skipped('}')) {
      return fields;
    }
    do {
      blanks();
      if (at == text.length() || text.charAt(at) != '"') {
        throw damaged("expected a key in quotes");
      }
      String key = string();
      if (fields.containsKey(key)) {
        throw damaged("the key \"" + key + "\" twice");
      }
      blanks();
      expect(':');
      fields.put(key, value(depth + 1));
      blanks();
    } while (skipped(','));
    expect('}');
    return fields;
  }

  private List<@Nullable Object> list(int depth) {
    List<@Nullable Object> elements = new ArrayList<>();
    at++;
    blanks();
    if (skipped(']')) {
      return elements;
    }
    do {
      elements.add(value(depth + 1));
      blanks();
    } while (skipped(','));
    expect(']');
    return elements;
  }

  private String string() {
    StringBuilder value = new StringBuilder();
    at++;
    while (at < text.length()) {
      char c = text.charAt(at++);
      if (c == '"') {
        return value.toString();
      } else if (c == '\\') {
        value.append(escaped());
      } else if (c < 0x20) {
        throw damaged("a control character inside a string");
      } else {
        value.append(c);
      }
    }
    throw damaged("the end inside a string");
  }

  private char escaped() {
    char c = at < text.length() ? text.charAt(at++) : ' ';
    return switch (c) {
      case '"', '\\', '/' -> c;
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'u' -> {
        int code = 0;
        for (int end = at + 4; at < end; at++) {
          int digit = at < text.length() ? Character.digit(text.charAt(at), 16) : -1;
          if (digit < 0) {
            throw damaged("expected four hexadecimal digits");
          }
          code = code * 16 + digit;
        }
        yield (char) code;
      }
      default -> throw damaged("an unknown escape");
    };
  }

  private Number number() {
    number.region(at, text.length());
    if (!number.lookingAt()) {
      throw damaged("expected a value");
    }
    at = number.end();
    String digits = number.group();
    int length = digits.length() - (digits.startsWith("-") ? 1 : 0);
    boolean whole = digits.chars().allMatch(c -> c == '-' || Character.isDigit(c));
    if (whole && length <= 18) {
      return Long.valueOf(digits);
    }
    return Double.valueOf(digits);
  }

  private @Nullable Object word(String word, @Nullable Object value) {
    if (!text.startsWith(word, at)) {
      throw damaged("expected a value");
    }
    at += word.length();
    return value;
  }

  private void blanks() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private boolean skipped(char c) {
    if (at < text.length() && text.charAt(at) == c) {
      at++;
      return true;
    }
    return false;
  }

  private void expect(char c) {
    if (!skipped(c)) {
      throw damaged("expected '" + c + "'");
    }
  }

  private EvidenceException damaged(String reason) {
    long line = text.substring(0, Math.min(at, text.length())).lines().count();
    return new EvidenceException(
        "%s: is damaged (no JSON in line %d: %s); make it anew"
            .formatted(origin, Math.max(line, 1), reason));
  }
}
