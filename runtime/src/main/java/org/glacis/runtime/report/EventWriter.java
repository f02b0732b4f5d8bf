package org.glacis.runtime.report;

import com.google.protobuf.ByteString;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Instant;
import java.util.zip.CRC32C;
import org.glacis.spec.InputException;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.Event;
import org.tensorflow.proto.HistogramProto;
import org.tensorflow.proto.Summary;
import org.tensorflow.proto.SummaryMetadata;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/**
 * Writes one TensorBoard event file, {@code events.out.tfevents.<seconds>.<host>}, without a graph.
 * Each opening makes a new file, also when a run is resumed: TensorBoard reads all files of a
 * directory as one history. Not for use by several threads at once.
 */
public final class EventWriter implements AutoCloseable {
  private static final int HISTOGRAM_BINS = 40;

  private final Path file;
  private final Clock clock;
  private final OutputStream out;

  private EventWriter(Path file, Clock clock, OutputStream out) {
    this.file = file;
    this.clock = clock;
    this.out = out;
  }

  /** Opens a new event file in {@code directory}, which is made where it is missing. */
  public static EventWriter open(Path directory) {
    return open(directory, Clock.systemUTC(), hostName());
  }

  /**
   * Opens a new event file in {@code directory}.
   *
   * @param clock gives the wall time of every event
   * @param host ends the file's name
   * @throws InputException if the directory cannot be written to
   */
  public static EventWriter open(Path directory, Clock clock, String host) {
    String name = "events.out.tfevents.%010d.%s".formatted(clock.instant().getEpochSecond(), host);
    try {
      Files.createDirectories(directory);
      // A run resumed within the same second must not write over the file of the run before.
      int i = 0;
      while (true) {
        Path file = directory.resolve(i == 0 ? name : name + "." + i);
        try {
          OutputStream out =
              Files.newOutputStream(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
          return new EventWriter(file, clock, new BufferedOutputStream(out)).begun();
        } catch (FileAlreadyExistsException taken) {
          i++;
        }
      }
    } catch (IOException e) {
      throw new InputException(
          directory
              + ": cannot write TensorBoard events there ("
              + e
              + "); name another directory with --out",
          e);
    }
  }

  /** Writes the version of the format, which every file begins with. */
  private EventWriter begun() {
    try {
      write(Event.newBuilder().setFileVersion("brain.Event:2"));
      flush();
      return this;
    } catch (RuntimeException e) {
      try (this) {
        throw e;
      }
    }
  }

  /** The file that this writer writes. */
  public Path file() {
    return file;
  }

  /** One number of a curve. NaN and infinities are kept: TensorBoard marks them. */
  public void scalar(String tag, double value, long step) {
    write(step, Summary.Value.newBuilder().setTag(tag).setSimpleValue((float) value));
  }

  /**
   * The distribution of {@code values} in bins of equal width.
   *
   * @throws IllegalArgumentException if there is no value, or one is not finite
   */
  public void histogram(String tag, double[] values, long step) {
    write(step, Summary.Value.newBuilder().setTag(tag).setHisto(histogram(tag, values)));
  }

  /** A text, which TensorBoard reads as Markdown. */
  public void text(String tag, String text, long step) {
    TensorProto tensor =
        TensorProto.newBuilder()
            .setDtype(DataType.DT_STRING)
            .setTensorShape(
                TensorShapeProto.newBuilder().addDim(TensorShapeProto.Dim.newBuilder().setSize(1)))
            .addStringVal(ByteString.copyFromUtf8(text))
            .build();
    SummaryMetadata.PluginData plugin =
        SummaryMetadata.PluginData.newBuilder().setPluginName("text").build();
    write(
        step,
        Summary.Value.newBuilder()
            .setTag(tag)
            .setMetadata(SummaryMetadata.newBuilder().setPluginData(plugin))
            .setTensor(tensor));
  }

  /**
   * A picture; {@code png} is the content of a PNG file of {@code width} × {@code height} pixels.
   */
  public void image(String tag, byte[] png, int width, int height, long step) {
    Summary.Image image =
        Summary.Image.newBuilder()
            .setWidth(width)
            .setHeight(height)
            .setColorspace(3)
            .setEncodedImageString(ByteString.copyFrom(png))
            .build();
    write(step, Summary.Value.newBuilder().setTag(tag).setImage(image));
  }

  /** Hands everything written so far to the operating system. */
  public void flush() {
    try {
      out.flush();
    } catch (IOException e) {
      throw failed(e);
    }
  }

  @Override
  public void close() {
    try {
      out.close();
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private void write(long step, Summary.Value.Builder value) {
    write(Event.newBuilder().setStep(step).setSummary(Summary.newBuilder().addValue(value)));
  }

  private void write(Event.Builder event) {
    Instant now = clock.instant();
    byte[] data =
        event.setWallTime(now.getEpochSecond() + now.getNano() * 1e-9).build().toByteArray();
    byte[] length = littleEndian(Long.BYTES).putLong(data.length).array();
    try {
      out.write(length);
      out.write(checksum(length));
      out.write(data);
      out.write(checksum(data));
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** The masked CRC32C of the TFRecord format: rotated right by 15 bits, plus a constant. */
  private static byte[] checksum(byte[] data) {
    CRC32C crc = new CRC32C();
    crc.update(data);
    int masked = Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
    return littleEndian(Integer.BYTES).putInt(masked).array();
  }

  private static ByteBuffer littleEndian(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static HistogramProto histogram(String tag, double[] values) {
    if (values.length == 0)
      throw new IllegalArgumentException("histogram \"" + tag + "\" has no values; leave it out");
    double least = Double.POSITIVE_INFINITY;
    double most = Double.NEGATIVE_INFINITY;
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < values.length; i++) {
      double value = values[i];
      if (!Double.isFinite(value))
        throw new IllegalArgumentException(
            "histogram \""
                + tag
                + "\" has the value "
                + value
                + " at position "
                + i
                + "; expected finite numbers");
      least = Math.min(least, value);
      most = Math.max(most, value);
      sum += value;
      squares += value * value;
    }
    int bins = least == most ? 1 : HISTOGRAM_BINS;
    double width = (most - least) / bins;
    double[] counts = new double[bins];
    for (double value : values)
      counts[bins == 1 ? 0 : Math.min(bins - 1, (int) ((value - least) / width))]++;
    HistogramProto.Builder histogram =
        HistogramProto.newBuilder()
            .setMin(least)
            .setMax(most)
            .setNum(values.length)
            .setSum(sum)
            .setSumSquares(squares);
    for (int i = 0; i < bins; i++)
      histogram.addBucketLimit(i == bins - 1 ? most : least + (i + 1) * width).addBucket(counts[i]);
    return histogram.build();
  }

  private UncheckedIOException failed(IOException e) {
    return new UncheckedIOException(file + ": cannot be written: " + e.getMessage(), e);
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }
}
