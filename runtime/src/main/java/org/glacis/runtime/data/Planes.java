package org.glacis.runtime.data;

/** Images of three channel planes: all red, then all green, then all blue, each row by row. */
final class Planes {

  private Planes() {}

  /** Writes one image as red, green, blue of each pixel: 3 × {@code pixels} bytes. */
  static void interleave(byte[] planes, int from, byte[] into, int at, int pixels) {
    for (int i = 0; i < pixels; i++) {
      into[at + 3 * i] = planes[from + i];
      into[at + 3 * i + 1] = planes[from + pixels + i];
      into[at + 3 * i + 2] = planes[from + 2 * pixels + i];
    }
  }
}
