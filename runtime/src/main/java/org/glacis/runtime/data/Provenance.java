package org.glacis.runtime.data;

import java.util.List;

/**
 * Where a data set came from; it travels with the run.
 *
 * @param source who published it, or what handed it over
 * @param licence the terms it comes under; "not stated" when nobody said
 * @param files the files that were read; empty for arrays
 */
public record Provenance(String source, String licence, List<DataFile> files) {

  /** The licence of data that came without one. */
  public static final String NOT_STATED = "not stated";

  public Provenance {
    files = List.copyOf(files);
  }

  /** Arrays that a program handed over. {@link Samples#sha256} identifies them. */
  public static Provenance arrays() {
    return new Provenance("arrays handed over by the program", NOT_STATED, List.of());
  }
}
