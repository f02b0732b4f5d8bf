package org.glacis.runtime.data;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipException;
import org.glacis.spec.InputException;
import org.glacis.spec.Shape;

/**
 * CIFAR-10 in its binary version: records of a byte label, then 32 × 32 bytes of red, of green and
 * of blue, row by row. Five files of training records and one of test records, 10,000 each; gzipped
 * or plain, or in the published archive.
 *
 * <p>A file does not state how many records it has. They must be as many as in the other files, so
 * that one that was cut short between two records is found out.
 */
final class Cifar10Data extends PublishedData {

  private static final String ARCHIVE = "cifar-10-binary.tar.gz";
  private static final String FOLDER = "cifar-10-batches-bin";

  /** Training files in their order, then the test file. */
  private static final List<String> RECORDS =
      List.of(
          "data_batch_1.bin",
          "data_batch_2.bin",
          "data_batch_3.bin",
          "data_batch_4.bin",
          "data_batch_5.bin",
          "test_batch.bin");

  private static final int PIXELS = 32 * 32;
  private static final int RECORD = 1 + 3 * PIXELS;

  @Override
  public String name() {
    return "cifar-10";
  }

  @Override
  public String description() {
    return "small natural images, 32 x 32 colour, 50,000 train and 10,000 test";
  }

  @Override
  public String source() {
    return "A. Krizhevsky, V. Nair, G. Hinton, University of Toronto";
  }

  @Override
  public String licence() {
    return "published for research without a formal licence; the authors ask to be cited";
  }

  @Override
  public String citation() {
    return "A. Krizhevsky, \"Learning Multiple Layers of Features from Tiny Images\", technical"
        + " report, University of Toronto, 2009";
  }

  @Override
  public List<RemoteFile> files() {
    return List.of(
        new RemoteFile(
            ARCHIVE,
            "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
            170_052_171));
  }

  @Override
  public List<URI> mirrors() {
    return List.of(URI.create("https://www.cs.toronto.edu/~kriz/"));
  }

  @Override
  public List<List<String>> layouts() {
    return List.of(List.of(ARCHIVE), RECORDS.stream().map(name -> name + ".gz").toList());
  }

  @Override
  public String unpacked() {
    return FOLDER;
  }

  /** Records, and the file that they were read from for messages. */
  private record Part(String where, byte[] records) {}

  @Override
  Dataset read(Path folder, Limits limits) {
    List<DataFile> files = new ArrayList<>();
    List<Part> parts =
        DataLocations.present(folder, ARCHIVE)
            .map(archive -> inArchive(archive, files))
            .orElseGet(() -> inFiles(folder, files));
    for (Part part : parts) {
      check(part, parts.get(0));
    }
    int last = parts.size() - 1;
    return Dataset.known(
        facts(),
        samples(parts.subList(0, last)),
        samples(parts.subList(last, parts.size())),
        new Provenance(source(), licence(), files));
  }

  private static List<Part> inFiles(Path folder, List<DataFile> files) {
    List<Part> parts = new ArrayList<>();
    for (String name : RECORDS) {
      String packed = name + ".gz";
      Path file = DataLocations.present(folder, packed).orElse(folder.resolve(packed));
      byte[] raw = content(file);
      files.add(DataFile.of(file, raw));
      try (InputStream in = Gzip.open(raw)) {
        parts.add(new Part(file.toString(), in.readAllBytes()));
      } catch (IOException e) {
        throw damaged(file, e);
      }
    }
    return parts;
  }

  private static List<Part> inArchive(Path archive, List<DataFile> files) {
    byte[] raw = content(archive);
    files.add(DataFile.of(archive, raw));
    Map<String, byte[]> found = new HashMap<>();
    try (InputStream in = Gzip.open(raw)) {
      Tar.read(
          in,
          name -> RECORDS.contains(fileName(name)),
          (name, content) -> found.put(fileName(name), content));
    } catch (IOException e) {
      throw damaged(archive, e);
    }
    List<Part> parts = new ArrayList<>();
    for (String name : RECORDS) {
      byte[] records = found.get(name);
      if (records == null) {
        throw DataFault.of(
            archive,
            "an archive without " + name,
            "the binary version: " + String.join(", ", RECORDS),
            "it is another version: delete it so that it is downloaded");
      }
      parts.add(new Part(archive + "!" + name, records));
    }
    return parts;
  }

  private static String fileName(String entry) {
    return entry.substring(entry.lastIndexOf('/') + 1);
  }

  private static byte[] content(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw DataFault.unreadable(file, e);
    }
  }

  private static InputException damaged(Path file, IOException cause) {
    String found =
        cause instanceof EOFException
            ? "a file that ends early"
            : cause instanceof ZipException
                ? "a damaged gzip stream (%s)".formatted(cause.getMessage())
                : "a damaged file (%s)".formatted(DataFault.reason(cause));
    return new InputException(
        "%s: found %s, expected a whole file; copy it again, or delete it so that it is downloaded"
            .formatted(file, found),
        cause);
  }

  private static void check(Part part, Part first) {
    int length = part.records.length;
    if (length == 0 || length % RECORD != 0) {
      throw DataFault.of(
          part.where,
          "%d bytes".formatted(length),
          "records of %d bytes (the published file: 10,000 records, 30730000 bytes)"
              .formatted(RECORD),
          "it was cut short or is another version: put the file of the binary version there");
    }
    if (length != first.records.length) {
      throw DataFault.of(
          part.where,
          "%d records".formatted(length / RECORD),
          "%d, as %s has".formatted(first.records.length / RECORD, first.where),
          "one of the two was cut short: put the published files there, 10,000 records each");
    }
  }

  private Samples samples(List<Part> parts) {
    Shape shape = facts().getShape();
    int each = parts.get(0).records.length / RECORD;
    int width = shape.getSize();
    byte[] pixels = new byte[Math.multiplyExact(parts.size() * each, width)];
    int[] labels = new int[parts.size() * each];
    for (int p = 0; p < parts.size(); p++) {
      Part part = parts.get(p);
      for (int i = 0; i < each; i++) {
        int at = p * each + i;
        labels[at] = part.records[i * RECORD] & 0xff;
        if (labels[at] >= facts().getOutputs()) {
          throw DataFault.of(
              part.where,
              "label %d at record %d".formatted(labels[at], i),
              "0 to %d".formatted(facts().getOutputs() - 1),
              "put the file of the binary version of CIFAR-10 (not CIFAR-100) there");
        }
        Planes.interleave(part.records, i * RECORD + 1, pixels, at * width, PIXELS);
      }
    }
    return Samples.images(parts.get(0).where, shape, pixels, labels);
  }
}
