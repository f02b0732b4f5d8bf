package org.glacis.cli;

import java.math.BigDecimal;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.glacis.spec.InputException;

/** A range of numbers that the user wrote, {@code a..b}. */
record Span(double from, double to) {
  private static final Pattern WRITTEN = Pattern.compile("(.+?)\\.\\.(.+)");

  /**
   * Reads {@code text}.
   *
   * @param option where it stood, for the message
   */
  static Span parse(String option, String text) {
    Matcher ends = WRITTEN.matcher(text);
    try {
      if (ends.matches()) {
        return new Span(number(ends.group(1)), number(ends.group(2)));
      }
    } catch (NumberFormatException e) {
      throw new InputException(message(option, text), e);
    }
    throw new InputException(message(option, text));
  }

  private static double number(String text) {
    double number = new BigDecimal(text.strip()).doubleValue();
    if (!Double.isFinite(number)) {
      throw new NumberFormatException(text);
    }
    return number;
  }

  private static String message(String option, String text) {
    return option
        + ": \""
        + text
        + "\" is no range; write two numbers with two dots between, such as 1e-3..1";
  }
}
