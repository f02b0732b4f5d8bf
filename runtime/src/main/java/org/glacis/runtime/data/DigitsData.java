package org.glacis.runtime.data;

import java.util.List;

/**
 * Handwritten digits of 8 × 8 pixels. A pixel counts the ink in a block of 4 × 4, 0 to 16, and is
 * served as k / 16 exactly, so in [0, 1]. The first 1,437 samples train, the last 360 test.
 */
final class DigitsData extends EmbeddedData {

  private static final int TRAIN = 1437;
  private static final float INK = 16f;

  @Override
  public String name() {
    return "digits";
  }

  @Override
  public String description() {
    return "handwritten digits, 8 x 8 grey, 1,437 train and 360 test";
  }

  @Override
  public String source() {
    return "UCI Machine Learning Repository, Optical Recognition of Handwritten Digits (test part),"
        + " E. Alpaydin and C. Kaynak; the copy in scikit-learn 1.2.1";
  }

  @Override
  public String licence() {
    return "CC BY 4.0 (UCI); BSD-3-Clause (scikit-learn)";
  }

  @Override
  public String citation() {
    return "E. Alpaydin, C. Kaynak, \"Cascading Classifiers\", Kybernetika 34(4), 1998";
  }

  @Override
  Dataset read() {
    Table table = table("digits.csv.gz");
    List<double[]> rows = table.rows();
    int width = facts().getShape().getSize();
    float[] values = new float[rows.size() * width];
    int[] labels = new int[rows.size()];
    for (int i = 0; i < rows.size(); i++) {
      for (int k = 0; k < width; k++) {
        values[i * width + k] = (float) rows.get(i)[k] / INK;
      }
      labels[i] = (int) rows.get(i)[width];
    }
    Samples all = Samples.table(name(), facts().getShape(), values, labels);
    return Dataset.known(
        facts(),
        all.range(0, TRAIN),
        all.range(TRAIN, all.size()),
        new Provenance(source(), licence(), List.of(table.file())));
  }
}
