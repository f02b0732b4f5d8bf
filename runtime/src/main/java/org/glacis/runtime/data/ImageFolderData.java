package org.glacis.runtime.data;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.glacis.spec.ImageFolder;
import org.glacis.spec.InputException;
import org.glacis.spec.Shape;

/**
 * Folders {@code train} and {@code test}, each with a folder of images a class.
 *
 * <p>Classes are the folders of {@code train} in the order of their names; {@code test} may lack
 * some. Files that are no images by their ending ({@link #ENDINGS}) or begin with a dot are passed
 * over. Samples come class by class in turn, files in the order of their names: the first of every
 * class, then the second of every class. So the last samples, which validation takes, and the
 * first, which limits take, are of all classes.
 */
final class ImageFolderData {

  static final Set<String> ENDINGS = Set.of("png", "jpg", "jpeg", "bmp", "gif");

  /** An image and its class. */
  private record Labelled(Path file, int label) {}

  private final Path root;
  private final Shape shape;
  private final MessageDigest digest = Sha256.digest();
  private long bytes;

  private ImageFolderData(Path root, Shape shape) {
    this.root = root;
    this.shape = shape;
  }

  /**
   * Reads all images. The set is called by the name of its folder.
   *
   * @throws InputException if a folder is missing or empty, or an image is damaged or of another
   *     size or kind
   */
  static Dataset read(ImageFolder source) {
    Path root = Path.of(source.getPath());
    Shape shape = new Shape(source.getHeight(), source.getWidth(), source.getChannels());
    ImageFolderData data = new ImageFolderData(root, shape);
    List<String> classes = data.folders("train");
    Samples train = data.samples("train", classes);
    Samples test = data.samples("test", classes);
    DataFile folder =
        new DataFile(root.toString(), Sha256.text(data.digest, new byte[0]), data.bytes);
    return Dataset.read(
            root.toAbsolutePath().normalize().getFileName().toString(),
            train,
            test,
            new Provenance(root.toString(), Provenance.NOT_STATED, List.of(folder)))
        .withClassNames(classes);
  }

  private Samples samples(String split, List<String> classes) {
    List<Labelled> images = inTurn(split, classes);
    int width = shape.getSize();
    long length = (long) width * images.size();
    if (length > Integer.MAX_VALUE - 8) {
      throw DataFault.of(
          root.resolve(split),
          "%d images of %d bytes".formatted(images.size(), width),
          "at most 2147483639 bytes",
          "use fewer or smaller images");
    }
    byte[] pixels = new byte[(int) length];
    int[] labels = new int[images.size()];
    for (int i = 0; i < labels.length; i++) {
      Labelled image = images.get(i);
      byte[] content = content(image.file);
      String name = root.relativize(image.file).toString().replace('\\', '/');
      digest.update((name + " " + Sha256.of(content) + "\n").getBytes(StandardCharsets.UTF_8));
      bytes += content.length;
      ImagePixels.read(image.file, content, shape, pixels, i * width);
      labels[i] = image.label;
    }
    return Samples.images(root.resolve(split).toString(), shape, pixels, labels);
  }

  private List<Labelled> inTurn(String split, List<String> classes) {
    for (String name : folders(split)) {
      if (!classes.contains(name)) {
        throw DataFault.of(
            root.resolve(split).resolve(name),
            "a class that train does not have",
            String.join(", ", classes),
            "rename the folder, or add the class to train");
      }
    }
    List<List<Path>> files = new ArrayList<>();
    for (String name : classes) {
      Path folder = root.resolve(split).resolve(name);
      files.add(Files.isDirectory(folder) ? images(folder) : List.of());
    }
    List<Labelled> images = new ArrayList<>();
    int most = files.stream().mapToInt(List::size).max().orElse(0);
    for (int turn = 0; turn < most; turn++) {
      for (int label = 0; label < files.size(); label++) {
        if (turn < files.get(label).size()) {
          images.add(new Labelled(files.get(label).get(turn), label));
        }
      }
    }
    return images;
  }

  private List<String> folders(String split) {
    Path folder = root.resolve(split);
    if (!Files.isDirectory(folder)) {
      throw DataFault.of(
          folder,
          "no such folder",
          "a folder with a folder of images a class",
          "check the path: it holds the folders train and test");
    }
    List<String> names =
        list(folder).stream()
            .filter(Files::isDirectory)
            .map(path -> path.getFileName().toString())
            .toList();
    if (names.isEmpty()) {
      throw DataFault.of(
          folder, "no folders in it", "a folder of images a class", "sort the images by class");
    }
    return names;
  }

  private static List<Path> images(Path folder) {
    List<Path> images = list(folder).stream().filter(ImageFolderData::isImage).toList();
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
  private static List<Path> list(Path folder) {
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
