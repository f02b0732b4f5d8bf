package org.glacis.runtime.data;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.glacis.spec.Shape;

/** Reads images of one shape below a folder, and keeps one checksum over all that it read. */
final class LabelledImages {

  static final Set<String> ENDINGS = Set.of("png", "jpg", "jpeg", "bmp", "gif");

  /** An image and its class. */
  record Labelled(Path file, int label) {}

  private final Path root;
  private final Shape shape;
  private final MessageDigest digest = Sha256.digest();
  private long bytes;

  LabelledImages(Path root, Shape shape) {
    this.root = root;
    this.shape = shape;
  }

  /** Reads the images of one split, which {@code where} names in messages. */
  Samples read(Path where, List<Labelled> images) {
    int width = shape.getSize();
    long length = (long) width * images.size();
    if (length > Integer.MAX_VALUE - 8) {
      throw DataFault.of(
          where,
          "%d images of %d bytes".formatted(images.size(), width),
          "at most 2147483639 bytes",
          "use fewer or smaller images");
    }
    byte[] pixels = new byte[(int) length];
    DataFile[] files = new DataFile[images.size()];
    IntStream.range(0, files.length)
        .parallel()
        .forEach(
            i -> {
              Path file = images.get(i).file;
              byte[] content = content(file);
              files[i] = DataFile.of(root.relativize(file).toString().replace('\\', '/'), content);
              ImagePixels.read(file, content, shape, pixels, i * width);
            });
    for (DataFile file : files) {
      digest.update((file.path() + " " + file.sha256() + "\n").getBytes(StandardCharsets.UTF_8));
      bytes += file.bytes();
    }
    int[] labels = images.stream().mapToInt(Labelled::label).toArray();
    return Samples.images(where.toString(), shape, pixels, labels);
  }

  /** The folder, with the checksum of the list of all images; ends the reading. */
  DataFile folder() {
    return new DataFile(root.toString(), Sha256.text(digest, new byte[0]), bytes);
  }

  /**
   * Images class by class in turn: the first of every class, then the second of every class. So the
   * last samples, which validation takes, and the first, which limits take, are of all classes.
   *
   * @param files of each class, in the order of the labels
   */
  static List<Labelled> inTurn(List<List<Path>> files) {
    int most = files.stream().mapToInt(List::size).max().orElse(0);
    return IntStream.range(0, most)
        .boxed()
        .flatMap(
            turn ->
                IntStream.range(0, files.size())
                    .filter(label -> turn < files.get(label).size())
                    .mapToObj(label -> new Labelled(files.get(label).get(turn), label)))
        .toList();
  }

  /**
   * The images of a folder by name, by their ending ({@link #ENDINGS}).
   *
   * @throws org.glacis.spec.InputException if there are none
   */
  static List<Path> images(Path folder) {
    List<Path> images = list(folder).stream().filter(LabelledImages::isImage).toList();
    if (images.isEmpty()) {
      throw DataFault.of(
          folder,
          "no images",
          "files ending in " + String.join(", ", ENDINGS.stream().sorted().toList()),
          "add some or remove the folder");
    }
    return images;
  }

  /** The entries of a folder by name, hidden ones apart. */
  static List<Path> list(Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(path -> !path.getFileName().toString().startsWith("."))
          .sorted(Comparator.comparing(path -> path.getFileName().toString()))
          .toList();
    } catch (IOException e) {
      throw DataFault.unreadable(folder, e);
    }
  }

  private static boolean isImage(Path path) {
    String name = path.getFileName().toString();
    String ending = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    return Files.isRegularFile(path) && ENDINGS.contains(ending);
  }

  private static byte[] content(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw DataFault.unreadable(file, e);
    }
  }
}
