package org.glacis.runtime.graph;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.glacis.spec.InputException;
import org.jetbrains.bio.npy.NpyArray;
import org.jetbrains.bio.npy.NpzEntry;
import org.jetbrains.bio.npy.NpzFile;

/**
 * Arrays in an npz archive, as NumPy reads and writes them: one entry a path. A file is there whole
 * or not at all.
 */
public final class WeightsFile {
  /** What one read of a part of an npz archive brings in at most. */
  private static final int CHUNK = 1 << 18;

  /** So many bytes at the beginning of an array tell its type. */
  private static final int HEADER = 128;

  /** float16, and bfloat16 as NumPy stores it: two bytes without a type. */
  private static final Pattern HALF = Pattern.compile("'descr'\\s*:\\s*'[<>|=](f2|V2)'");

  private WeightsFile() {}

  /** Writes beside the target first and then moves, so that a reader never sees half a file. */
  public static void write(Path file, Weights weights) {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try {
      if (file.getParent() != null) {
        Files.createDirectories(file.getParent());
      }
      try {
        try (NpzFile.Writer writer = NpzFile.write(part, false)) {
          weights
              .entries()
              .forEach((path, entry) -> writer.write(path, entry.values(), entry.shape()));
        }
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(part);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads all arrays, which must be float32 or float64. Half precision is refused by name: what was
   * rounded to it is another network than the one that was trained.
   */
  public static Weights read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new InputException(file + ": no such file; give an npz archive with arrays of weights");
    }
    refuseHalf(file);
    Map<String, Weights.Entry> entries = new LinkedHashMap<>();
    try (NpzFile.Reader reader = NpzFile.read(file)) {
      for (NpzEntry entry : reader.introspect()) {
        NpyArray array = reader.get(entry.getName(), CHUNK);
        entries.put(
            entry.getName(),
            new Weights.Entry(array.getShape(), floats(file, entry.getName(), array)));
      }
    } catch (InputException e) {
      throw e;
    } catch (Exception | Error e) { // The reader is Kotlin: it throws ZipException undeclared.
      throw unreadable(file, e);
    }
    return new Weights(entries);
  }

  private static void refuseHalf(Path file) {
    try (ZipFile zip = new ZipFile(file.toFile())) {
      for (ZipEntry entry : (Iterable<ZipEntry>) zip.stream().map(ZipEntry.class::cast)::iterator) {
        try (InputStream in = zip.getInputStream(entry)) {
          String header = new String(in.readNBytes(HEADER), StandardCharsets.ISO_8859_1);
          if (HALF.matcher(header).find()) {
            throw new InputException(
                file
                    + ": the array \""
                    + entry.getName().replaceFirst("\\.npy$", "")
                    + "\" has numbers of half precision, and nothing is certified of these; store the float32 weights that they were rounded from, or, to certify the rounded network, convert all of them to float32");
          }
        }
      }
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static InputException unreadable(Path file, Throwable e) {
    return new InputException(
        file + ": cannot be read as an npz archive (" + e.getMessage() + "); it may be truncated",
        e);
  }

  private static float[] floats(Path file, String name, NpyArray array) {
    if (array.getData() instanceof float[] values) {
      return values;
    }
    if (array.getData() instanceof double[] wide) {
      float[] values = new float[wide.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) wide[i];
      }
      return values;
    }
    throw new InputException(
        file + ": the array \"" + name + "\" is no array of floats; store float32 or float64");
  }
}
