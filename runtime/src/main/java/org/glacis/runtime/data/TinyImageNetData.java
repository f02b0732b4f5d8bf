package org.glacis.runtime.data;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.glacis.runtime.data.LabelledImages.Labelled;

/**
 * TinyImageNet as its archive unpacks: {@code wnids.txt} with a class a line, {@code
 * train/CLASS/images/*.JPEG}, {@code val/images/*.JPEG} and {@code val/val_annotations.txt} with
 * file and class in the first two columns. The validation images are the test split; the published
 * test images have no labels.
 *
 * <p>Labels follow the order of the classes' names (WordNet identifiers), as those of torchvision's
 * {@code ImageFolder} do. Training samples come class by class in turn, test samples in the order
 * of the annotations.
 */
final class TinyImageNetData extends PublishedData {

  private static final String CLASSES = "wnids.txt";
  private static final String ANNOTATIONS = "val/val_annotations.txt";
  private static final String AGAIN = "unpack the published archive again";

  @Override
  public String name() {
    return "tiny-imagenet";
  }

  @Override
  public String description() {
    return "natural images, 64 x 64 colour, 200 classes, 100,000 train and 10,000 test (the val"
        + " split)";
  }

  @Override
  public String source() {
    return "Stanford CS231n, from ImageNet";
  }

  @Override
  public String licence() {
    return "ImageNet's terms of access: non-commercial research and education";
  }

  @Override
  public String citation() {
    return "Y. Le, X. Yang, \"Tiny ImageNet Visual Recognition Challenge\", CS 231N, Stanford, 2015";
  }

  @Override
  public List<RemoteFile> files() {
    return List.of();
  }

  @Override
  public List<URI> mirrors() {
    return List.of();
  }

  @Override
  public List<List<String>> layouts() {
    return List.of(List.of(CLASSES, ANNOTATIONS));
  }

  @Override
  public String unpacked() {
    return "tiny-imagenet-200";
  }

  @Override
  public String byHand() {
    return "http://cs231n.stanford.edu/tiny-imagenet-200.zip, to be unpacked there (with train and"
        + " val)";
  }

  @Override
  Dataset read(Path folder, Limits limits) {
    List<String> classes = classes(folder.resolve(CLASSES));
    LabelledImages images = new LabelledImages(folder, facts().getShape());
    List<Labelled> train = train(folder.resolve("train"), classes);
    List<Labelled> test = test(folder, classes);
    return Dataset.known(
            facts(),
            images.read(
                folder.resolve("train"),
                train.subList(0, Limits.count(limits.train(), train.size()))),
            images.read(
                folder.resolve("val"), test.subList(0, Limits.count(limits.test(), test.size()))),
            new Provenance(
                source(),
                licence(),
                List.of(
                    DataFile.of(folder.resolve(CLASSES)),
                    DataFile.of(folder.resolve(ANNOTATIONS)),
                    images.folder())))
        .withClassNames(classes);
  }

  private List<String> classes(Path file) {
    List<String> classes =
        lines(file).stream()
            .map(String::trim)
            .filter(line -> !line.isEmpty())
            .distinct()
            .sorted()
            .toList();
    if (classes.size() != facts().getOutputs()) {
      throw DataFault.of(
          file, classes.size() + " classes", Integer.toString(facts().getOutputs()), AGAIN);
    }
    return classes;
  }

  private static List<Labelled> train(Path folder, List<String> classes) {
    List<List<Path>> files = new ArrayList<>();
    for (String name : classes) {
      Path images = folder.resolve(name).resolve("images");
      if (!Files.isDirectory(images)) {
        throw DataFault.of(images, "no such folder", "the images of a class of " + CLASSES, AGAIN);
      }
      files.add(LabelledImages.images(images));
      int first = files.get(0).size();
      int here = files.get(files.size() - 1).size();
      if (here != first) {
        throw DataFault.of(
            images,
            here + " images",
            "%d, as class %s has".formatted(first, classes.get(0)),
            AGAIN + ": every class has 500");
      }
    }
    return LabelledImages.inTurn(files);
  }

  private static List<Labelled> test(Path folder, List<String> classes) {
    Path file = folder.resolve(ANNOTATIONS);
    Path images = folder.resolve("val").resolve("images");
    if (!Files.isDirectory(images)) {
      throw DataFault.of(
          images, "no such folder", "the images that " + ANNOTATIONS + " names", AGAIN);
    }
    List<Labelled> found = new ArrayList<>();
    List<String> lines = lines(file);
    for (int i = 0; i < lines.size(); i++) {
      String[] columns = lines.get(i).split("\t", -1);
      String where = "%s:%d".formatted(file, i + 1);
      if (columns.length < 2) {
        throw DataFault.of(where, "\"" + lines.get(i) + "\"", "file and class, then tabs", AGAIN);
      }
      int label = classes.indexOf(columns[1]);
      if (label < 0) {
        throw DataFault.of(where, "class \"" + columns[1] + "\"", "a class of " + CLASSES, AGAIN);
      }
      Path image = images.resolve(columns[0]);
      if (!Files.isRegularFile(image)) {
        throw DataFault.of(
            image, "no such file", "the image that %s names".formatted(where), AGAIN);
      }
      found.add(new Labelled(image, label));
    }
    int here = LabelledImages.images(images).size();
    if (here != found.size()) {
      throw DataFault.of(
          file,
          "the classes of %d images".formatted(found.size()),
          "those of the %d in %s".formatted(here, images),
          AGAIN);
    }
    return found;
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw DataFault.unreadable(file, e);
    }
  }
}
