package org.glacis.runtime.certify;

/**
 * What was found out about one sample: a row of {@code certificates.csv}.
 *
 * @param index place in the data set
 * @param label the class, or the first target of a regression
 * @param prediction the predicted class, or the first output
 * @param method the step that decided; empty while none did; {@code ibp: overflow} where a bound of
 *     an undecided sample is not finite
 * @param margin a lower bound of the least margin over the set, where a bound was computed; NaN
 *     otherwise
 * @param lower the least first output over the set (regression; its first where there are more);
 *     NaN otherwise
 * @param upper the most; NaN otherwise
 */
public record Certificate(
    int index,
    double label,
    double prediction,
    Verdict verdict,
    String method,
    double margin,
    double lower,
    double upper) {}
