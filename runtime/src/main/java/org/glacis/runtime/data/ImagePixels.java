package org.glacis.runtime.data;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.glacis.spec.InputException;
import org.glacis.spec.Shape;

/**
 * The pixels of an image file as stored, without any rounding: 8 bits a channel, opaque. A grey
 * image may be read as colour, and a colour image as grey if all its pixels are.
 */
public final class ImagePixels {

  private ImagePixels() {}

  /**
   * Reads one image.
   *
   * @param shape height × width × channels, with 1 or 3 channels
   * @return the pixels, row by row, red, green, blue
   * @throws InputException if the file is missing, no image, or of another size or kind
   */
  public static byte[] read(Path file, Shape shape) {
    byte[] content;
    try {
      content = Files.readAllBytes(file);
    } catch (IOException e) {
      throw DataFault.unreadable(file, e);
    }
    byte[] pixels = new byte[shape.getSize()];
    read(file, content, shape, pixels, 0);
    return pixels;
  }

  static void read(Path file, byte[] content, Shape shape, byte[] into, int offset) {
    BufferedImage image = decoded(file, content);
    int height = shape.get(0);
    int width = shape.get(1);
    if (image.getHeight() != height || image.getWidth() != width) {
      throw DataFault.of(
          file,
          "%d × %d pixels (height × width)".formatted(image.getHeight(), image.getWidth()),
          "%d × %d".formatted(height, width),
          "resize the image or change the declared size");
    }
    ColorModel model = image.getColorModel();
    if (Arrays.stream(model.getComponentSize()).max().orElse(0) > 8) {
      throw DataFault.of(
          file, "more than 8 bits a channel", "8 bits", "convert the image to 8 bits a channel");
    }
    int channels = shape.get(2);
    int[] colours = new int[3];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        colours(file, image, x, y, colours);
        int at = offset + (y * width + x) * channels;
        if (channels == 3) {
          for (int c = 0; c < 3; c++) {
            into[at + c] = (byte) colours[c];
          }
        } else if (colours[0] == colours[1] && colours[1] == colours[2]) {
          into[at] = (byte) colours[0];
        } else {
          throw DataFault.of(
              file,
              "colours (at row %d, column %d)".formatted(y, x),
              "a grey image",
              "convert the image to grey or declare 3 channels");
        }
      }
    }
  }

  private static BufferedImage decoded(Path file, byte[] content) {
    ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(content));
    Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
    if (!readers.hasNext()) {
      throw DataFault.of(file, "no image", "a PNG, JPEG, BMP or GIF file", "replace the file");
    }
    ImageReader reader = readers.next();
    List<String> warnings = new ArrayList<>();
    try {
      PngChunks.check(content);
      reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
      reader.setInput(in, true, true);
      BufferedImage image = reader.read(0);
      // A JPEG that was cut short is filled up with grey, and only a warning tells.
      for (String warning : warnings) {
        if (warning.startsWith("Truncated") || warning.startsWith("Corrupt")) {
          throw new IOException(warning);
        }
      }
      return image;
    } catch (IOException | RuntimeException e) {
      // Decoders meet damaged files with exceptions of many kinds.
      throw new InputException(
          "%s: found a damaged image (%s), expected a readable one; replace the file"
              .formatted(file, DataFault.reason(e)),
          e);
    } finally {
      reader.dispose();
    }
  }

  /** Red, green and blue of one pixel. */
  private static void colours(Path file, BufferedImage image, int x, int y, int[] into) {
    ColorModel model = image.getColorModel();
    int alpha;
    // getRGB takes stored grey for linear light and would change its values.
    if (model.getColorSpace().getType() == ColorSpace.TYPE_GRAY) {
      Arrays.fill(into, image.getRaster().getSample(x, y, 0));
      alpha = model.hasAlpha() ? image.getRaster().getSample(x, y, 1) : 255;
    } else {
      int argb = image.getRGB(x, y);
      alpha = argb >>> 24;
      into[0] = (argb >> 16) & 0xff;
      into[1] = (argb >> 8) & 0xff;
      into[2] = argb & 0xff;
    }
    if (alpha != 255) {
      throw DataFault.of(
          file,
          "transparent pixels (at row %d, column %d)".formatted(y, x),
          "an opaque image",
          "flatten it onto a background");
    }
  }
}
