package org.glacis.evidence.norm;

import java.util.Arrays;

/**
 * A convolution (cross-correlation) without its shift: {@code y[p] = sum_i K[i] x[p s + i - z]} on
 * both axes, with zeros, or the other end of the image, around the image.
 *
 * <p>A transposed convolution is the adjoint of one of these, and has its norm.
 *
 * @param kernelHeight extent of the window, likewise {@code kernelWidth}
 * @param channels of the input, in one group
 * @param filters channels of the output, of all groups together
 * @param kernel height × width × channels × filters, all finite; the filters of a group follow one
 *     another
 * @param strideHeight step between windows, likewise {@code strideWidth}
 * @param groups how many parts the channels have; a filter sees one of them
 * @param padding what lies around the image
 * @param height extent of the image, 0 for any; likewise {@code width}
 */
public record Convolution(
    int kernelHeight,
    int kernelWidth,
    int channels,
    int filters,
    double[] kernel,
    int strideHeight,
    int strideWidth,
    int groups,
    Padding padding,
    int height,
    int width) {

  /** What the windows see beyond the border. */
  public sealed interface Padding {}

  /** So many zeros; {@link Convolution#same} has those of {@code same}. */
  public record Zeros(int top, int bottom, int left, int right) implements Padding {
    /** Windows stay inside. */
    public static final Zeros NONE = new Zeros(0, 0, 0, 0);
  }

  /** The image goes on from its other end. Its extents are multiples of the strides. */
  public record Circular() implements Padding {}

  public Convolution {
    positive("kernelHeight", kernelHeight);
    positive("kernelWidth", kernelWidth);
    positive("channels", channels);
    positive("filters", filters);
    positive("strideHeight", strideHeight);
    positive("strideWidth", strideWidth);
    positive("groups", groups);
    long numbers = (long) kernelHeight * kernelWidth * channels * filters;
    if (numbers != kernel.length) {
      throw new IllegalArgumentException(
          "kernel: has %d numbers, expected %d × %d × %d × %d"
              .formatted(kernel.length, kernelHeight, kernelWidth, channels, filters));
    }
    if (filters % groups != 0) {
      throw new IllegalArgumentException(
          "groups: is %d but there are %d filters; take a divisor".formatted(groups, filters));
    }
    if (height < 0 || width < 0 || (height == 0) != (width == 0)) {
      throw new IllegalArgumentException(
          "the image is %d × %d; give both extents, or 0 and 0 for any".formatted(height, width));
    }
    if (padding instanceof Circular && (height % strideHeight != 0 || width % strideWidth != 0)) {
      throw new IllegalArgumentException(
          "the image is %d × %d, which the strides %d and %d do not divide; with circular padding take multiples of them"
              .formatted(height, width, strideHeight, strideWidth));
    }
  }

  /** A convolution of stride 1, in one group, without padding, on images of any size. */
  public static Convolution of(int height, int width, int channels, int filters, double[] kernel) {
    return new Convolution(height, width, channels, filters, kernel, 1, 1, 1, Zeros.NONE, 0, 0);
  }

  /** With a step of {@code down} rows and {@code right} columns between windows. */
  public Convolution withStrides(int down, int right) {
    return new Convolution(
        kernelHeight,
        kernelWidth,
        channels,
        filters,
        kernel,
        down,
        right,
        groups,
        padding,
        height,
        width);
  }

  /** In so many groups. */
  public Convolution withGroups(int parts) {
    return new Convolution(
        kernelHeight,
        kernelWidth,
        channels,
        filters,
        kernel,
        strideHeight,
        strideWidth,
        parts,
        padding,
        height,
        width);
  }

  /** On images of {@code rows} × {@code columns}, with {@code around} around them. */
  public Convolution on(int rows, int columns, Padding around) {
    return new Convolution(
        kernelHeight,
        kernelWidth,
        channels,
        filters,
        kernel,
        strideHeight,
        strideWidth,
        groups,
        around,
        rows,
        columns);
  }

  /**
   * On images of {@code rows} × {@code columns} with zeros so that there are {@code ceil(extent /
   * stride)} windows; the odd one lies at the bottom and right.
   */
  public Convolution same(int rows, int columns) {
    int down = missing(rows, kernelHeight, strideHeight);
    int across = missing(columns, kernelWidth, strideWidth);
    return on(rows, columns, new Zeros(down / 2, down - down / 2, across / 2, across - across / 2));
  }

  private static int missing(int extent, int kernel, int stride) {
    return Math.max(0, ((extent + stride - 1) / stride - 1) * stride + kernel - extent);
  }

  /** Whether the images have one size. */
  boolean isSized() {
    return height > 0;
  }

  /** The convolution of the group {@code g}, alone. */
  Convolution group(int g) {
    if (groups == 1) {
      return this;
    }
    int each = filters / groups;
    double[] part = new double[kernel.length / groups];
    for (int row = 0; row < kernelHeight * kernelWidth * channels; row++) {
      System.arraycopy(kernel, row * filters + g * each, part, row * each, each);
    }
    return new Convolution(
        kernelHeight,
        kernelWidth,
        channels,
        each,
        part,
        strideHeight,
        strideWidth,
        1,
        padding,
        height,
        width);
  }

  /** How the windows lie along the height (0) or the width (1). */
  Axis axis(int which) {
    boolean down = which == 0;
    int kernelExtent = down ? kernelHeight : kernelWidth;
    int stride = down ? strideHeight : strideWidth;
    int extent = down ? height : width;
    if (padding instanceof Zeros zeros) {
      return Axis.padded(
          kernelExtent,
          stride,
          extent,
          down ? zeros.top() : zeros.left(),
          down ? zeros.bottom() : zeros.right());
    }
    return Axis.circular(kernelExtent, stride, extent);
  }

  /** Whether all numbers of the kernel are finite. */
  boolean isFinite() {
    return Arrays.stream(kernel).allMatch(Double::isFinite);
  }

  private static void positive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException("%s: is %d; give 1 or more".formatted(name, value));
    }
  }
}
