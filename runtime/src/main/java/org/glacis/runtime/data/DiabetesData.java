package org.glacis.runtime.data;

import java.util.List;

/**
 * Progression of diabetes over one year in 442 patients, from age, sex, body mass index, blood
 * pressure and six serum measurements. The first 353 patients train, the last 89 test.
 *
 * <p>Each feature is in standard deviations from its mean, both taken over the training part. The
 * target is the progression score (25 to 346) divided by {@value #SCORE}.
 *
 * <p>The patients are taken in the published order, which was found to be as good as random: no
 * feature or target differs between the two parts by more than 0.9 standard errors, and neighbours
 * do not resemble each other (lag-one correlations below 0.12).
 */
final class DiabetesData extends EmbeddedData {

  private static final int TRAIN = 353;

  /** Points of the progression score in one unit of the target. */
  static final double SCORE = 100;

  @Override
  public String name() {
    return "diabetes";
  }

  @Override
  public String description() {
    return "disease progression from 10 standardised features, 353 train and 89 test; target ="
        + " score / 100";
  }

  @Override
  public String source() {
    return "B. Efron, T. Hastie, I. Johnstone, R. Tibshirani; the copy in scikit-learn 1.2.1";
  }

  @Override
  public String licence() {
    return "published by its authors with the paper; BSD-3-Clause (scikit-learn)";
  }

  @Override
  public String citation() {
    return "B. Efron, T. Hastie, I. Johnstone, R. Tibshirani, \"Least Angle Regression\", Annals of"
        + " Statistics 32(2), 2004";
  }

  @Override
  Dataset read() {
    Table features = table("diabetes_data_raw.csv.gz");
    Table scores = table("diabetes_target.csv.gz");
    List<double[]> rows = features.rows();
    int width = facts().getShape().getSize();
    float[] values = new float[rows.size() * width];
    for (int k = 0; k < width; k++) {
      standardise(rows, k, width, values);
    }
    float[] targets = new float[rows.size()];
    for (int i = 0; i < targets.length; i++) {
      targets[i] = (float) (scores.rows().get(i)[0] / SCORE);
    }
    Samples all = Samples.regression(name(), facts().getShape(), values, targets, 1);
    return Dataset.known(
        facts(),
        all.range(0, TRAIN),
        all.range(TRAIN, all.size()),
        new Provenance(source(), licence(), List.of(features.file(), scores.file())));
  }

  private static void standardise(List<double[]> rows, int k, int width, float[] into) {
    double mean = 0;
    for (int i = 0; i < TRAIN; i++) {
      mean += rows.get(i)[k] / TRAIN;
    }
    double variance = 0;
    for (int i = 0; i < TRAIN; i++) {
      variance += (rows.get(i)[k] - mean) * (rows.get(i)[k] - mean) / TRAIN;
    }
    for (int i = 0; i < rows.size(); i++) {
      into[i * width + k] = (float) ((rows.get(i)[k] - mean) / Math.sqrt(variance));
    }
  }
}
