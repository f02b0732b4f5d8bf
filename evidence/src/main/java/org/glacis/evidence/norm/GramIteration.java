package org.glacis.evidence.norm;

import java.util.ArrayList;
import java.util.List;
import org.glacis.evidence.rounding.Outward;

/**
 * Upper bounds of spectral norms by repeated squaring (Delattre et al. 2023), rounding included.
 *
 * <p>Let {@code A_0 = A} and {@code A_(i+1)} be the computed {@code B_i* B_i} with {@code B_i =
 * 2^-e_i A_i}, the power of two chosen so that the entries of {@code B_i} are at most 2. Scaling is
 * exact but for parts of entries that underflow, each by less than {@code t}, the least positive
 * number; no product is 0. As {@code A_i} is Hermitian for {@code i > 0}, {@code ||B_i||^2 = ||B_i*
 * B_i||} exactly, and with the error {@code E_i} of the computed product
 *
 * <pre>  ||A_i|| &lt;= 2^e_i (sqrt(||A_(i+1)|| + ||E_i||) + 2 t rows columns)
 *   ||E_i||  &lt;= ||E_i||_F &lt;= gamma ||B_i||_F^2 + underflow</pre>
 *
 * <p>The second line: an entry of {@code |B|* |B|} is at most the product of the norms of two
 * columns, so its Frobenius norm is at most {@code ||B||_F^2}; {@link GramMatrix} gives gamma. A
 * bound of the last matrix, the lesser of its Frobenius norm and its largest absolute row sum,
 * becomes one of {@code ||A||} by this inequality, from the last to the first. After {@code i}
 * squarings the Frobenius norm is too large by a factor of at most {@code columns^(2^-(i + 1))}; of
 * a matrix with orthogonal columns of one length, the row sum is right at once.
 */
final class GramIteration {
  /** After so many squarings the Frobenius norm of a 1000 × 1000 matrix is right to 4e-6. */
  private static final int MOST = 20;

  private GramIteration() {}

  /**
   * An upper bound of the norm of {@code matrix}.
   *
   * @param tolerance relative distance to a lower bound that is near enough
   * @param enough a bound of at most this is not improved
   * @param budget multiplications; the Frobenius norm takes none
   */
  static double bound(GramMatrix matrix, double tolerance, double enough, long budget) {
    double largest = matrix.largest();
    if (!Double.isFinite(largest)) {
      return Double.POSITIVE_INFINITY;
    }
    if (largest == 0) {
      return 0;
    }
    List<Step> steps = new ArrayList<>();
    double best = Double.POSITIVE_INFINITY;
    GramMatrix at = matrix;
    long left = budget;
    for (int i = 0; ; i++) {
      int exponent = Math.getExponent(at.largest());
      at = at.scaled(-exponent);
      double lost = Outward.mulUp(2.0 * at.rows() * at.columns(), Outward.TINY);
      double square = at.squaredFrobenius();
      double here = Outward.sqrtUp(square);
      if (i > 0) {
        here = Math.min(here, at.rowSum());
      }
      steps.add(new Step(exponent, lost, 0));
      best = Math.min(best, unwound(steps, here));
      double least = Math.scalb(at.columnNorm(), exponent);
      for (int j = i - 1; j >= 0; j--) {
        least = Math.scalb(Math.sqrt(least), steps.get(j).exponent());
      }
      left -= at.gramCost();
      if (best <= enough || best <= least * (1 + tolerance) || i == MOST || left < 0) {
        return best;
      }
      double error = Outward.addUp(Outward.mulUp(at.gramError(), square), at.gramUnderflow());
      steps.set(i, new Step(exponent, lost, error));
      at = at.gram();
    }
  }

  /**
   * From a bound of {@code ||B_i||} to one of {@code ||A_0||}; the last of {@code steps} is that of
   * {@code B_i}.
   */
  private static double unwound(List<Step> steps, double bound) {
    int last = steps.size() - 1;
    double value = steps.get(last).unscaled(bound);
    for (int j = last - 1; j >= 0; j--) {
      Step step = steps.get(j);
      value = step.unscaled(Outward.sqrtUp(Outward.addUp(value, step.error())));
    }
    return value;
  }

  /**
   * One scaling and one squaring.
   *
   * @param lost what the scaling may have taken from the norm
   * @param error the norm of the error of the product
   */
  private record Step(int exponent, double lost, double error) {
    double unscaled(double bound) {
      return Outward.scaleUp(Outward.addUp(bound, lost), exponent);
    }
  }
}
