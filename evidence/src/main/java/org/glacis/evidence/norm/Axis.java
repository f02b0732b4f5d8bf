package org.glacis.evidence.norm;

/**
 * How the windows of a convolution lie along one axis.
 *
 * @param kernel extent of the window
 * @param stride step between windows
 * @param extent of the image; 0 for any
 * @param circular whether the image goes on from its other end
 * @param before zeros before the image
 * @param windows how many there are; 0 where the extent is not known
 */
record Axis(int kernel, int stride, int extent, boolean circular, int before, int windows) {
  static Axis padded(int kernel, int stride, int extent, int before, int after) {
    int windows =
        extent == 0 ? 0 : Math.max(0, Math.floorDiv(extent + before + after - kernel, stride) + 1);
    return new Axis(kernel, stride, extent, false, before, windows);
  }

  static Axis circular(int kernel, int stride, int extent) {
    return new Axis(kernel, stride, extent, true, 0, extent / stride);
  }

  boolean isSized() {
    return extent > 0;
  }

  /**
   * How often one pixel is seen at most, by all windows together. Of the taps {@code 0..k-1} those
   * that can see a pixel leave one remainder by the stride; each sees it from one window at most.
   */
  int overlap() {
    int most = (kernel + stride - 1) / stride;
    if (!isSized() || circular) {
      return most;
    }
    int seen = 0;
    for (int pixel = 0; pixel < extent; pixel++) {
      int here = 0;
      for (int tap = 0; tap < kernel; tap++) {
        int start = pixel + before - tap;
        if (start >= 0 && start % stride == 0 && start / stride < windows) {
          here++;
        }
      }
      seen = Math.max(seen, here);
    }
    return seen;
  }

  /**
   * The extent of a torus on which the circular convolution has the padded one as a part of itself:
   * rows and columns of its matrix. 0 where the extent of the image is not known.
   *
   * <p>Windows that see no pixel give 0 and are left out, so the first starts at {@code -a}, {@code
   * a < kernel}, and the last ends at {@code extent - 1 + b}. On a torus of {@code extent + max(a,
   * b)} cells, made a multiple of the stride, the image fills the first cells. Cells beyond either
   * border fall on those after the image, which hold zeros, and never on the image; windows that
   * differ start at different cells, as starts lie between {@code -a} and {@code extent - 1}.
   */
  int torus() {
    if (circular || !isSized()) {
      return extent;
    }
    int a = Math.min(before, kernel - 1);
    int b = Math.min((windows - 1) * stride - before + kernel - extent, kernel - 1);
    int least = extent + Math.max(0, Math.max(a, b));
    return (least + stride - 1) / stride * stride;
  }

  /** The pixel that the tap {@code tap} of the window {@code window} sees; -1 for none. */
  int pixel(int window, int tap) {
    int at = window * stride + tap - before;
    if (circular) {
      return Math.floorMod(at, extent);
    }
    return at >= 0 && at < extent ? at : -1;
  }
}
