package org.glacis.runtime.report;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.glacis.spec.InputException;

/** What is known of one sample, in the words of {@code certificates.csv}. */
public enum Verdict {
  CERTIFIED("proved: no point of the set changes the decision", Palette.CERTIFIED),
  UNKNOWN("neither proved nor broken", Palette.UNDECIDED),
  FALSIFIED("an attack changes the decision", Palette.ATTACKED),
  MISCLASSIFIED("wrong without any perturbation", Palette.WRONG);

  private final String meaning;
  private final String colour;

  Verdict(String meaning, String colour) {
    this.meaning = meaning;
    this.colour = colour;
  }

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  public String meaning() {
    return meaning;
  }

  String colour() {
    return colour;
  }

  static Verdict parse(String word, String where) {
    for (Verdict verdict : values()) if (verdict.word().equals(word)) return verdict;
    String known = Arrays.stream(values()).map(Verdict::word).collect(Collectors.joining(", "));
    throw new InputException(
        "%s: verdict is \"%s\", expected one of %s".formatted(where, word, known));
  }
}
