package org.glacis.runtime.data;

import java.io.EOFException;
import java.io.IOException;
import java.net.URI;
import java.nio.MappedByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import org.jspecify.annotations.Nullable;

/**
 * ImageNet downsampled to 64 × 64: npz archives with {@code data}, uint8, samples × 12288 (red,
 * then green, then blue, each row by row), and {@code labels}, 1 to 1000. Ten archives of training
 * images and one of validation images, which are the test split.
 *
 * <p>All 1,281,167 training images are 15.7 GB. Above {@link Samples#MEMORY_BUDGET} they stay in
 * their archives, from which each step of training reads its own, if these are not compressed
 * ({@code numpy.savez}); what is compressed has to fit into the memory of Java, an array an
 * archive.
 */
final class ImageNet64Data extends PublishedData {

  private static final List<String> TRAIN =
      IntStream.rangeClosed(1, 10).mapToObj(i -> "train_data_batch_" + i + ".npz").toList();
  private static final String TEST = "val_data.npz";
  private static final String DATA = "data";
  private static final String LABELS = "labels";
  private static final int PIXELS = 64 * 64;
  private static final int WIDTH = 3 * PIXELS;

  /** How many images one array can hold. */
  private static final int MOST = (Integer.MAX_VALUE - 8) / WIDTH;

  private static final String AGAIN = "put the published file there";

  private final long budget;

  ImageNet64Data() {
    this(Samples.MEMORY_BUDGET);
  }

  /** With another budget than {@link Samples#MEMORY_BUDGET}. */
  ImageNet64Data(long budget) {
    this.budget = budget;
  }

  @Override
  public String name() {
    return "imagenet64";
  }

  @Override
  public String description() {
    return "ImageNet downsampled to 64 x 64 colour, 1,000 classes, 1,281,167 train and 50,000 test"
        + " (the val split)";
  }

  @Override
  public String source() {
    return "P. Chrabaszcz, I. Loshchilov, F. Hutter, from ImageNet";
  }

  @Override
  public String licence() {
    return "ImageNet's terms of access: non-commercial research and education";
  }

  @Override
  public String citation() {
    return "P. Chrabaszcz, I. Loshchilov, F. Hutter, \"A Downsampled Variant of ImageNet as an"
        + " Alternative to the CIFAR datasets\", arXiv:1707.08819, 2017";
  }

  @Override
  public List<RemoteFile> files() {
    return List.of();
  }

  @Override
  public List<URI> mirrors() {
    return List.of();
  }

  @Override
  public List<List<String>> layouts() {
    List<String> names = new ArrayList<>(TRAIN);
    names.add(TEST);
    return List.of(names);
  }

  @Override
  public String byHand() {
    return "https://image-net.org/download-images, with an account there: downsampled image data,"
        + " 64 x 64, npz format";
  }

  @Override
  Dataset read(Path folder, Limits limits) {
    List<DataFile> files = new ArrayList<>();
    Samples train = samples(folder, TRAIN, "limitTrain", limits.train(), files);
    Samples test = samples(folder, List.of(TEST), "limitTest", limits.test(), files);
    return Dataset.known(facts(), train, test, new Provenance(source(), licence(), files));
  }

  private Samples samples(
      Path folder,
      List<String> names,
      String limitName,
      @Nullable Integer limit,
      List<DataFile> files) {
    List<Path> paths = names.stream().map(folder::resolve).toList();
    long held = 0;
    long compressed = 0;
    for (Path path : paths) {
      try (NpzArchive archive = open(path)) {
        int rows = rows(archive);
        compressed += mapped(archive).isPresent() ? 0 : rows;
        held += rows;
      }
    }
    int count = Limits.count(limit, (int) Math.min(held, Integer.MAX_VALUE));
    boolean pieces = (long) count * WIDTH > budget;
    if (pieces) {
      Runtime java = Runtime.getRuntime();
      long free = java.maxMemory() - java.totalMemory() + java.freeMemory();
      checkFits(folder, limitName, (int) Math.min(count, compressed), free);
    }
    byte[] whole = pieces ? new byte[0] : new byte[count * WIDTH];
    List<ByteRows> parts = new ArrayList<>();
    int[] labels = new int[count];
    int done = 0;
    for (Path path : paths) {
      if (done < count) {
        try (NpzArchive archive = open(path)) {
          int some = Math.min(count - done, rows(archive));
          readLabels(archive, labels, done, some);
          if (pieces) {
            parts.add(part(archive, some));
          } else {
            readPixels(archive, whole, done, some);
          }
          files.add(archive.file());
          done += some;
        }
      }
    }
    String where = paths.get(0).toString();
    return pieces
        ? Samples.images(where, facts().getShape(), new ByteRows.Joined(parts), labels)
        : Samples.images(where, facts().getShape(), whole, labels);
  }

  /** Refuses more compressed images than the {@code free} bytes that Java may still take. */
  static void checkFits(Path folder, String limitName, int compressed, long free) {
    if ((long) compressed * WIDTH > free) {
      throw DataFault.of(
          folder,
          "%d compressed images (%.1f GB)".formatted(compressed, (double) compressed * WIDTH / 1e9),
          "at most %.1f GB, the memory that Java may still take".formatted(free / 1e9),
          "write the archives with numpy.savez, which does not compress: then images are read as they"
              + " are needed; or give Java more memory with GLACIS_JAVA_OPTS=-Xmx%dg, or lower data.%s"
                  .formatted((long) compressed * WIDTH / 1_000_000_000 + 4, limitName));
    }
  }

  private static Optional<ByteRows> mapped(NpzArchive archive) {
    int rows = rows(archive);
    try {
      return archive
          .mapped(DATA, archive.header(DATA), (long) rows * WIDTH)
          .map(planes -> new Mapped(planes, rows));
    } catch (IOException e) {
      throw archive.damaged(DATA, e);
    }
  }

  private static ByteRows part(NpzArchive archive, int count) {
    Optional<ByteRows> mapped = mapped(archive);
    if (mapped.isEmpty()) {
      byte[] pixels = new byte[count * WIDTH];
      readPixels(archive, pixels, 0, count);
      return new ByteRows.Array(pixels, count, WIDTH);
    }
    if (count < mapped.get().count()) {
      return mapped.get().select(IntStream.range(0, count).toArray(), 0);
    }
    try {
      archive.checkContent(DATA, archive.header(DATA));
    } catch (IOException e) {
      throw archive.damaged(DATA, e);
    }
    return mapped.get();
  }

  /** Images that are read from their archive as they are asked for. */
  private record Mapped(MappedByteBuffer planes, int count) implements ByteRows {
    @Override
    public int width() {
      return WIDTH;
    }

    @Override
    public void copy(int row, byte[] into, int at) {
      byte[] image = new byte[WIDTH];
      planes.get(row * WIDTH, image);
      Planes.interleave(image, 0, into, at, PIXELS);
    }
  }

  private static NpzArchive open(Path path) {
    return NpzArchive.open(path, "data and labels", AGAIN);
  }

  /** How many images an archive says that it has. */
  private static int rows(NpzArchive archive) {
    NpyHeader header = archive.header(DATA);
    List<Long> shape = header.shape();
    if (!header.type().equals("u1")) {
      throw DataFault.of(archive.where(DATA), header.typeName(), "uint8", AGAIN);
    }
    if (shape.size() != 2 || shape.get(1) != WIDTH || shape.get(0) > MOST) {
      throw DataFault.of(
          archive.where(DATA), "shape " + shape, "samples × " + WIDTH + " (64 × 64 × 3)", AGAIN);
    }
    return shape.get(0).intValue();
  }

  private void readLabels(NpzArchive archive, int[] into, int at, int count) {
    NpyHeader header = archive.header(LABELS);
    if (!header.isInteger()) {
      throw DataFault.of(archive.where(LABELS), header.typeName(), "whole numbers", AGAIN);
    }
    int[] found = archive.labels(LABELS, header, archive.array(LABELS, header));
    if (found.length != rows(archive)) {
      throw DataFault.of(
          archive.where(LABELS),
          found.length + " labels",
          "%d, as there are images".formatted(rows(archive)),
          AGAIN);
    }
    for (int i = 0; i < count; i++) {
      if (found[i] < 1 || found[i] > facts().getOutputs()) {
        throw DataFault.of(
            archive.where(LABELS),
            "label %d at sample %d".formatted(found[i], i),
            "1 to %d".formatted(facts().getOutputs()),
            AGAIN);
      }
      into[at + i] = found[i] - 1;
    }
  }

  private static void readPixels(NpzArchive archive, byte[] into, int at, int count) {
    NpyHeader header = archive.header(DATA);
    try (CheckedInputStream in =
        new CheckedInputStream(archive.stream(DATA, header), new CRC32())) {
      NpyHeader.read(in);
      for (int i = 0; i < count; i++) {
        byte[] planes = in.readNBytes(WIDTH);
        if (planes.length < WIDTH) {
          throw new EOFException("image %d is cut short".formatted(i));
        }
        Planes.interleave(planes, 0, into, (at + i) * WIDTH, PIXELS);
      }
      boolean whole = in.read() < 0;
      if (whole && in.getChecksum().getValue() != archive.crc(DATA)) {
        throw new IOException("wrong CRC-32");
      }
    } catch (IOException e) {
      throw archive.damaged(DATA, e);
    }
  }
}
