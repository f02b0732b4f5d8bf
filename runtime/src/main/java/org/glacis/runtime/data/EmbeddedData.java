package org.glacis.runtime.data;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;

/** A data set whose files are inside the program. */
abstract class EmbeddedData implements KnownData {

  private static final Pattern SEPARATOR = Pattern.compile("[,\\s]+");

  /** A table of numbers, row by row. */
  record Table(List<double[]> rows, DataFile file) {}

  /** Reads the samples. */
  abstract Dataset read();

  @Override
  public final List<RemoteFile> files() {
    return List.of();
  }

  @Override
  public final List<URI> mirrors() {
    return List.of();
  }

  @Override
  public final String place(DataLocations where) {
    return "inside the program";
  }

  @Override
  public final String get(DataLocations where) {
    return place(where);
  }

  @Override
  public final Dataset load(DataLocations where, Limits limits) {
    return read().withLimits(limits);
  }

  /** The numbers of a gzipped text resource beside this class. */
  static Table table(String resource) {
    try (InputStream in =
        Objects.requireNonNull(EmbeddedData.class.getResourceAsStream(resource), resource)) {
      byte[] raw = in.readAllBytes();
      String path = EmbeddedData.class.getPackageName().replace('.', '/') + "/" + resource;
      try (BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(
                  new GZIPInputStream(new ByteArrayInputStream(raw)), StandardCharsets.US_ASCII))) {
        return new Table(lines.lines().map(EmbeddedData::numbers).toList(), DataFile.of(path, raw));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the program's own resource " + resource + " is damaged", e);
    }
  }

  private static double[] numbers(String line) {
    return Arrays.stream(SEPARATOR.split(line.trim())).mapToDouble(Double::parseDouble).toArray();
  }
}
