package org.glacis.runtime.data;

import java.util.List;
import java.util.Objects;

/**
 * Samples of unsigned bytes, one after the other, wherever they lie: in one array, in several, or
 * in files that are read as samples are asked for.
 */
interface ByteRows {

  /** How many samples there are. */
  int count();

  /** How many bytes a sample has. */
  int width();

  /** Copies sample {@code row} to the place {@code at} of {@code into}. */
  void copy(int row, byte[] into, int at);

  /** All bytes. */
  default long length() {
    return (long) count() * width();
  }

  /**
   * The samples at {@code indices}, in their order: copied to one array where these are at most
   * {@code most} bytes, else left where they are.
   */
  default ByteRows select(int[] indices, long most) {
    for (int row : indices) {
      Objects.checkIndex(row, count());
    }
    Chosen chosen = new Chosen(this, indices.clone());
    if (chosen.length() > most) {
      return chosen;
    }
    byte[] copied = new byte[Math.toIntExact(chosen.length())];
    for (int i = 0; i < indices.length; i++) {
      copy(indices[i], copied, i * width());
    }
    return new Array(copied, indices.length, width());
  }

  /** Samples in one array. */
  record Array(byte[] bytes, int count, int width) implements ByteRows {
    @Override
    public void copy(int row, byte[] into, int at) {
      System.arraycopy(bytes, row * width, into, at, width);
    }
  }

  /** Some samples of others. */
  record Chosen(ByteRows of, int[] indices) implements ByteRows {
    @Override
    public int count() {
      return indices.length;
    }

    @Override
    public int width() {
      return of.width();
    }

    @Override
    public void copy(int row, byte[] into, int at) {
      of.copy(indices[row], into, at);
    }
  }

  /** The samples of several parts of equal width, part by part. */
  record Joined(List<ByteRows> parts) implements ByteRows {
    public Joined {
      parts = List.copyOf(parts);
    }

    @Override
    public int count() {
      return parts.stream().mapToInt(ByteRows::count).sum();
    }

    @Override
    public int width() {
      return parts.get(0).width();
    }

    @Override
    public void copy(int row, byte[] into, int at) {
      int rest = row;
      for (ByteRows part : parts) {
        if (rest < part.count()) {
          part.copy(rest, into, at);
          return;
        }
        rest -= part.count();
      }
      throw new IndexOutOfBoundsException(row);
    }
  }
}
