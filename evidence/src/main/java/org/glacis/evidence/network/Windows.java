package org.glacis.evidence.network;

import org.glacis.evidence.norm.Convolution;

/**
 * How windows lie over images.
 *
 * @param height of the image, likewise {@code width} and {@code channels}
 * @param tall height of a window, likewise {@code wide}
 * @param down step between windows below one another, {@code right} beside one another
 * @param top zeros above the image, likewise {@code left}
 * @param rows windows below one another, likewise {@code columns}
 * @param circular whether the image goes on from its other end
 */
record Windows(
    int height,
    int width,
    int channels,
    int tall,
    int wide,
    int down,
    int right,
    int top,
    int left,
    int rows,
    int columns,
    boolean circular) {

  /** How many pixels a window has. */
  int taps() {
    return tall * wide;
  }

  /** The number of the pixel that the tap {@code k} of window (p, q) sees; -1 for none. */
  int pixel(int p, int q, int k) {
    int y = p * down + k / wide - top;
    int x = q * right + k % wide - left;
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
        for (int k = 0; k < taps(); k++) {
          int pixel = pixel(p, q, k);
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
        Math.max(0, (rows - 1) * down + tall - top - height),
        left,
        Math.max(0, (columns - 1) * right + wide - left - width));
  }
}
