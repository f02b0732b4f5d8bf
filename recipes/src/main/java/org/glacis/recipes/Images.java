package org.glacis.recipes;

import java.util.List;
import org.glacis.dsl.Architectures;
import org.glacis.dsl.Data;
import org.glacis.dsl.DataBuilder;
import org.glacis.spec.ModelSpec;
import org.glacis.spec.NamedData;
import org.glacis.spec.Shape;

/**
 * Images as expressive-losses trains on them (De Palma et al. 2024).
 *
 * @param batch samples a training step
 * @param crop in training images are mirrored, and moved by so many pixels at most, with the pixels
 *     of the edge around them; 0 for neither
 * @param mean of each channel, for the normalisation in front of the network; empty for none
 * @param deviation of each channel
 */
record Images(
    NamedData source,
    Shape shape,
    int classes,
    int batch,
    int crop,
    List<Double> mean,
    List<Double> deviation) {
  static final Images DIGITS =
      new Images(Data.digits(), new Shape(8, 8, 1), 10, 128, 0, List.of(), List.of());
  static final Images MNIST =
      new Images(Data.mnist(), new Shape(28, 28, 1), 10, 256, 0, List.of(), List.of());
  static final Images CIFAR10 =
      new Images(
          Data.cifar10(),
          new Shape(32, 32, 3),
          10,
          128,
          2,
          List.of(0.4914, 0.4822, 0.4465),
          List.of(0.2023, 0.1994, 0.2010));
  static final Images TINY_IMAGENET =
      new Images(
          Data.tinyImageNet(),
          new Shape(64, 64, 3),
          200,
          128,
          4,
          List.of(0.4802, 0.4481, 0.3975),
          List.of(0.2302, 0.2265, 0.2262));
  static final Images IMAGENET64 =
      new Images(
          Data.imageNet64(),
          new Shape(64, 64, 3),
          1000,
          128,
          4,
          List.of(0.4815, 0.4578, 0.4082),
          List.of(0.2153, 0.2111, 0.2121));

  /** The authors' network for these images. */
  ModelSpec cnn7() {
    return normalized(Architectures.cnn7(shape, classes));
  }

  ModelSpec cnn5(int width) {
    return normalized(Architectures.cnn5(shape, classes, width));
  }

  ModelSpec smallCnn() {
    return normalized(Architectures.smallCnn(shape, classes));
  }

  private ModelSpec normalized(ModelSpec network) {
    return mean.isEmpty() ? network : network.normalized(mean, deviation);
  }

  void declare(DataBuilder data) {
    data.batch(batch);
    if (crop > 0) {
      data.horizontalFlip().randomCrop(crop);
    }
  }
}
