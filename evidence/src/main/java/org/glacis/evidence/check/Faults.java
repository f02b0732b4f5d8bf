package org.glacis.evidence.check;

import java.util.ArrayList;
import java.util.List;
import org.glacis.evidence.EvidenceException;

/** What is wrong, one line each. */
final class Faults {
  private final List<String> all = new ArrayList<>();

  void add(String fault) {
    all.add(fault);
  }

  void add(String where, String found, String expected, String remedy) {
    add("%s: found %s, expected %s; %s".formatted(where, found, expected, remedy));
  }

  /** Does {@code part}; a file in it that cannot be read is one fault, and what follows goes on. */
  void collect(Runnable part) {
    try {
      part.run();
    } catch (EvidenceException e) {
      add(String.valueOf(e.getMessage()));
    }
  }

  List<String> all() {
    return List.copyOf(all);
  }
}
