package org.glacis.runtime.report;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.glacis.spec.InputException;
import org.glacis.spec.Shape;
import org.jspecify.annotations.Nullable;

/** Picks the samples that say most about a run, and draws them as PNG. */
public final class Gallery {
  /** The longer side of a picture, in pixels, is about this. */
  private static final int SIDE = 112;

  private Gallery() {}

  /** The {@code count} samples of the least certified margin, the least first. */
  public static List<CertificateRow> worst(List<CertificateRow> rows, int count) {
    return rows.stream()
        .filter(r -> Double.isFinite(r.margin()))
        .sorted(Comparator.comparingDouble(CertificateRow::margin))
        .limit(count)
        .toList();
  }

  /** The {@code count} certified samples of the greatest margin, the greatest first. */
  public static List<CertificateRow> best(List<CertificateRow> rows, int count) {
    return rows.stream()
        .filter(r -> r.is(Verdict.CERTIFIED) && Double.isFinite(r.margin()))
        .sorted(Comparator.comparingDouble(CertificateRow::margin).reversed())
        .limit(count)
        .toList();
  }

  /** Whether samples of {@code shape} are pictures: height × width × 1 or 3. */
  public static boolean isPicture(Shape shape) {
    return shape.getRank() == 3 && (shape.get(2) == 1 || shape.get(2) == 3);
  }

  /**
   * A picture as PNG, each pixel enlarged to a square. Values outside [0, 1] are shown as the
   * nearer end.
   *
   * @param pixels height × width × channels values in [0, 1]
   * @throws InputException if {@code shape} is no picture, or {@code pixels} does not have its size
   */
  public static byte[] png(float[] pixels, Shape shape) {
    if (!isPicture(shape))
      throw new InputException(
          "samples of shape "
              + shape
              + " are no pictures; expected (height, width, 1) or (height, width, 3)");
    if (pixels.length != shape.getSize())
      throw new InputException(
          "a picture of shape "
              + shape
              + " has "
              + shape.getSize()
              + " values, but "
              + pixels.length
              + " were given");
    int height = shape.get(0);
    int width = shape.get(1);
    int channels = shape.get(2);
    int scale = scale(shape);
    int type = channels == 1 ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_INT_RGB;
    BufferedImage image = new BufferedImage(width * scale, height * scale, type);
    int[] sample = new int[channels];
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        int at = ((y / scale) * width + x / scale) * channels;
        for (int c = 0; c < channels; c++)
          sample[c] = Math.round(255 * Math.max(0, Math.min(1, pixels[at + c])));
        // Written as raw samples: setRGB would bend grey values by a gamma curve.
        image.getRaster().setPixel(x, y, sample);
      }
    }
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, "png", png);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return png.toByteArray();
  }

  /** How many pixels of the PNG one pixel of the sample becomes, along each side. */
  public static int scale(Shape shape) {
    return Math.max(1, Math.round((float) SIDE / Math.max(shape.get(0), shape.get(1))));
  }

  /** Sample {@code index} as a {@code data:} address; empty where there is no picture of it. */
  static Optional<String> dataUri(@Nullable Pictures pictures, int index) {
    if (pictures == null || !isPicture(pictures.shape())) return Optional.empty();
    float[] pixels = pictures.pixels(index);
    if (pixels == null) return Optional.empty();
    return Optional.of(
        "data:image/png;base64,"
            + Base64.getEncoder().encodeToString(png(pixels, pictures.shape())));
  }
}
