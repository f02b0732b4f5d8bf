package org.glacis.runtime.data;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Two classes whose Wasserstein-1 distance (l2) is 35 exactly: images of 7 × 7 pixels of uniform
 * noise, and the same images brighter by 5. Moving all of a class by {@code d} costs {@code |d| = 5
 * · 7}, and no 1-Lipschitz function sees more. Made by the program, always the same.
 */
final class WassersteinToyData extends EmbeddedData {
  private static final int TRAIN = 2_000;
  private static final int TEST = 500;
  private static final float BRIGHTER = 5;

  @Override
  public String name() {
    return "wasserstein-toy";
  }

  @Override
  public String description() {
    return "noise of 7 x 7 and the same brighter by 5: Wasserstein distance 35, 4,000 train and"
        + " 1,000 test";
  }

  @Override
  public String source() {
    return "Glacis, made by the program";
  }

  @Override
  public String licence() {
    return "Apache-2.0";
  }

  @Override
  public String citation() {
    return "after the toy problem of M. Serrurier et al., \"Achieving Robustness in Classification"
        + " Using Optimal Transport with Hinge Regularization\", CVPR 2021";
  }

  @Override
  Dataset read() {
    int width = facts().getShape().getSize();
    int pairs = TRAIN + TEST;
    float[] values = new float[2 * pairs * width];
    int[] labels = new int[2 * pairs];
    SplittableRandom random = new SplittableRandom(35);
    for (int i = 0; i < pairs; i++) {
      for (int k = 0; k < width; k++) {
        // Multiples of 1/256, to which 5 is added without rounding.
        float noise = random.nextInt(256) / 256f;
        values[2 * i * width + k] = noise;
        values[(2 * i + 1) * width + k] = noise + BRIGHTER;
      }
      labels[2 * i + 1] = 1;
    }
    ByteBuffer raw = ByteBuffer.allocate(Float.BYTES * values.length);
    raw.asFloatBuffer().put(values);
    Samples all = Samples.table(name(), facts().getShape(), values, labels);
    return Dataset.known(
        facts(),
        all.range(0, 2 * TRAIN),
        all.range(2 * TRAIN, all.size()),
        new Provenance(source(), licence(), List.of(DataFile.of("wasserstein-toy", raw.array()))));
  }
}
