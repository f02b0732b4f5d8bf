package org.glacis.runtime.report;

import java.util.List;

/**
 * The colours of all figures: Okabe and Ito's set, which people with any common colour blindness
 * can tell apart.
 */
final class Palette {
  static final String INK = "#22272e";
  static final String FAINT = "#8b929c";
  static final String GRID = "#e3e6ea";
  static final String EMPTY = "#f5f6f8";

  static final String CLEAN = "#3d444d";
  static final String CERTIFIED = "#0072b2";
  static final String UNDECIDED = "#56b4e9";
  static final String ATTACKED = "#d55e00";
  static final String WRONG = "#8b929c";

  /** Runs side by side, in this order. */
  static final List<String> RUNS =
      List.of("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#3d444d");

  private Palette() {}

  /** {@code share} of the way from white to {@code colour}. */
  static String tint(String colour, double share) {
    StringBuilder mixed = new StringBuilder("#");
    for (int i = 1; i < 7; i += 2) {
      int full = Integer.parseInt(colour.substring(i, i + 2), 16);
      mixed.append("%02x".formatted(Math.round(255 + (full - 255) * share)));
    }
    return mixed.toString();
  }
}
