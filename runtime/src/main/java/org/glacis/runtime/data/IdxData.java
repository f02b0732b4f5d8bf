package org.glacis.runtime.data;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A data set of four IDX files under the names that MNIST gave them. */
abstract class IdxData extends PublishedData {

  static final String TRAIN_IMAGES = "train-images-idx3-ubyte.gz";
  static final String TRAIN_LABELS = "train-labels-idx1-ubyte.gz";
  static final String TEST_IMAGES = "t10k-images-idx3-ubyte.gz";
  static final String TEST_LABELS = "t10k-labels-idx1-ubyte.gz";

  @Override
  final Dataset read(Path folder, Limits limits) {
    IdxFile.Pair train = pair(folder, TRAIN_IMAGES, TRAIN_LABELS);
    IdxFile.Pair test = pair(folder, TEST_IMAGES, TEST_LABELS);
    List<DataFile> files = Stream.concat(train.files().stream(), test.files().stream()).toList();
    return Dataset.known(
        facts(), train.samples(), test.samples(), new Provenance(source(), licence(), files));
  }

  private IdxFile.Pair pair(Path folder, String images, String labels) {
    return IdxFile.images(
        DataLocations.present(folder, images).orElse(folder.resolve(images)),
        DataLocations.present(folder, labels).orElse(folder.resolve(labels)),
        facts().getShape(),
        facts().getOutputs());
  }
}
