package org.glacis.runtime.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.glacis.runtime.data.LabelledImages.Labelled;
import org.glacis.spec.ImageFolder;
import org.glacis.spec.InputException;
import org.glacis.spec.Shape;

/**
 * Folders {@code train} and {@code test}, each with a folder of images a class.
 *
 * <p>Classes are the folders of {@code train} in the order of their names; {@code test} may lack
 * some. Files that are no images by their ending or begin with a dot are passed over. Samples come
 * class by class in turn, files in the order of their names: {@link LabelledImages#inTurn}.
 */
final class ImageFolderData {

  private final Path root;

  private ImageFolderData(Path root) {
    this.root = root;
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
    ImageFolderData data = new ImageFolderData(root);
    LabelledImages images = new LabelledImages(root, shape);
    List<String> classes = data.folders("train");
    Samples train = images.read(root.resolve("train"), data.images("train", classes));
    Samples test = images.read(root.resolve("test"), data.images("test", classes));
    return Dataset.read(
            root.toAbsolutePath().normalize().getFileName().toString(),
            train,
            test,
            new Provenance(root.toString(), Provenance.NOT_STATED, List.of(images.folder())))
        .withClassNames(classes);
  }

  private List<Labelled> images(String split, List<String> classes) {
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
      files.add(Files.isDirectory(folder) ? LabelledImages.images(folder) : List.of());
    }
    return LabelledImages.inTurn(files);
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
        LabelledImages.list(folder).stream()
            .filter(Files::isDirectory)
            .map(path -> path.getFileName().toString())
            .toList();
    if (names.isEmpty()) {
      throw DataFault.of(
          folder, "no folders in it", "a folder of images a class", "sort the images by class");
    }
    return names;
  }
}
