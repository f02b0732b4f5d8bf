package org.glacis.evidence.network;

import org.glacis.evidence.norm.Convolution;

/**
 * How square windows lie over images.
 *
 * @param height of the image, likewise {@code width} and {@code channels}
 * @param side of a window, in pixels
 * @param stride step between windows
 * @param top zeros above the image, likewise {@code left}
 * @param rows windows below one another, likewise {@code columns}
 * @param circular whether the image goes on from its other end
 */
record Windows(
    int height,
    int width,
    int channels,
    int side,
    int stride,
    int top,
    int left,
    int rows,
    int columns,
    boolean circular) {

  /** The number of the pixel that tap (i, j) of window (p, q) sees; -1 for none. */
  int pixel(int p, int q, int i, int j) {
    int y = p * stride + i - top;
    int x = q * stride + j - left;
    if (circular) {
      return Math.floorMod(y, height) * width + Math.floorMod(x, width);
    }
    return y >= 0 && y < height && x >= 0 && x < width ? y * width + x : -1;
  }

  /** At most how many windows of one axis see a pixel, over both axes multiplied. */
  int overlap() {
    int[] seen = new int[height * width];
    int most = 0;
    for (int p = 0; p < rows; p++) {
      for (int q = 0; q < columns; q++) {
        for (int k = 0; k < side * side; k++) {
          int pixel = pixel(p, q, k / side, k % side);
          if (pixel >= 0) {
            most = Math.max(most, ++seen[pixel]);
          }
        }
      }
    }
    return most;
  }

  /** Zeros after the image, so that the windows are those of {@link #rows} and columns. */
  Convolution.Padding padding() {
    if (circular) {
      return new Convolution.Circular();
    }
    return new Convolution.Zeros(
        top,
        Math.max(0, (rows - 1) * stride + side - top - height),
        left,
        Math.max(0, (columns - 1) * stride + side - left - width));
  }
}
