package org.glacis.evidence.network;

import org.glacis.evidence.rounding.Outward;

/**
 * Pairs {@code (a, b)} of channels, half of the channels apart, moved by one of four isometries
 * that the pair's direction chooses (Singla et al. 2021, order 2). With angles {@code t0}, {@code
 * t1} and {@code t2}, the last two held within 0 and {@code 2 pi}, and the direction {@code p} less
 * {@code t0/2}, it stays for {@code p < t1/2}, is reflected at {@code (t0 + t1)/2} for {@code p <
 * (t1 + t2)/2}, turned by {@code -t2} for {@code p < pi + t2/2}, and reflected at {@code t0/2} from
 * there on. Neighbours agree on the rays where they meet, so the Lipschitz constant is 1.
 *
 * <p>The image of a box is within the distance of its corners from its centre of what becomes of
 * that. Which piece the centre is in may be found wrong where it is near a ray, by an angle {@code
 * d} of some units of rounding; both pieces then differ by at most {@code 2 d} times the length.
 */
final class HouseholderOfTwo implements Operation {
  private static final double FULL = 2 * Math.PI;
  private static final double SLACK = 64 * Outward.UNIT;

  private final int size;
  private final int channels;
  private final double[] angles;

  /**
   * An activation of {@code size} numbers.
   *
   * @param angles 3 × half of the channels
   */
  HouseholderOfTwo(int size, int channels, double[] angles) {
    this.size = size;
    this.channels = channels;
    this.angles = angles;
  }

  @Override
  public int outputs() {
    return size;
  }

  @Override
  public double lipschitz() {
    return 1;
  }

  @Override
  public Box image(Box x) {
    double[] lower = new double[size];
    double[] upper = new double[size];
    int half = channels / 2;
    for (int pixel = 0; pixel < size; pixel += channels) {
      for (int j = 0; j < half; j++) {
        int first = pixel + j;
        int second = first + half;
        double a = middle(x, first);
        double b = middle(x, second);
        double[] moved = moved(a, b, angles[j], angles[half + j], angles[2 * half + j]);
        double reach = Outward.norm(new double[] {reach(x, first, a), reach(x, second, b)});
        double wrong =
            Outward.mulUp(
                Outward.mulUp(Outward.addUp(Math.abs(a), Math.abs(b)), SLACK),
                Outward.addUp(4, Math.abs(angles[j])));
        reach = Outward.addUp(Outward.addUp(reach, wrong), Outward.TINY);
        lower[first] = Outward.subDown(moved[0], reach);
        upper[first] = Outward.addUp(moved[0], reach);
        lower[second] = Outward.subDown(moved[1], reach);
        upper[second] = Outward.addUp(moved[1], reach);
      }
    }
    return new Box(lower, upper);
  }

  private static double middle(Box x, int i) {
    double lower = x.lower()[i];
    double upper = x.upper()[i];
    return lower == upper ? lower : lower + (upper - lower) / 2;
  }

  private static double reach(Box x, int i, double middle) {
    double reach =
        Math.max(Outward.subUp(x.upper()[i], middle), Outward.subUp(middle, x.lower()[i]));
    return Math.max(0, reach);
  }

  private static double[] moved(double a, double b, double t0, double free1, double free2) {
    double t1 = Math.max(0, Math.min(FULL, free1));
    double t2 = Math.max(0, Math.min(FULL, free2));
    double direction = StrictMath.atan2(b, a) - t0 / 2;
    direction -= FULL * Math.floor(direction / FULL);
    if (direction < t1 / 2) {
      return new double[] {a, b};
    } else if (direction < (t1 + t2) / 2) {
      return reflected(a, b, t0 + t1);
    } else if (direction < Math.PI + t2 / 2) {
      double cosine = StrictMath.cos(t2);
      double sine = StrictMath.sin(t2);
      return new double[] {a * cosine + b * sine, b * cosine - a * sine};
    }
    return reflected(a, b, t0);
  }

  private static double[] reflected(double a, double b, double t) {
    double cosine = StrictMath.cos(t);
    double sine = StrictMath.sin(t);
    return new double[] {a * cosine + b * sine, a * sine - b * cosine};
  }
}
