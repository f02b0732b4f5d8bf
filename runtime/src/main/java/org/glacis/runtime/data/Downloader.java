package org.glacis.runtime.data;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLConnection;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.glacis.spec.InputException;

/**
 * Fetches published files over HTTP.
 *
 * <p>A file grows as {@code NAME.part} and gets its name only when its checksum is right. What an
 * interrupted attempt brought is kept, and the next attempt, in this process or a later one, asks
 * for the rest. A file with a wrong checksum is deleted.
 */
final class Downloader {

  /** Attempts at one mirror; each but the first follows one that brought something. */
  private static final int ATTEMPTS = 20;

  private final Duration patience;
  private final DownloadProgress progress;

  /**
   * @param patience how long to wait for a connection, and for each piece
   */
  Downloader(Duration patience, DownloadProgress progress) {
    this.patience = patience;
    this.progress = progress;
  }

  /**
   * Brings {@code file} into {@code folder}.
   *
   * @param mirrors folders that hold it, asked in turn
   * @return why each mirror failed; empty if the file is there
   * @throws InputException if the folder cannot be written
   */
  List<String> fetch(RemoteFile file, List<URI> mirrors, Path folder) {
    Path target = folder.resolve(file.name());
    Path part = folder.resolve(file.name() + ".part");
    // A second process waits for the lock on the file; a second thread of this one must not ask.
    synchronized (Downloader.class) {
      if (Files.exists(target)) {
        return List.of();
      }
      try {
        Files.createDirectories(folder);
        try (FileChannel channel =
            FileChannel.open(
                part,
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
          channel.lock();
          if (Files.exists(target)) {
            return List.of();
          }
          List<String> failures = fill(file, mirrors, part, channel);
          if (failures.isEmpty()) {
            channel.force(true);
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
          } else if (channel.size() == 0) {
            Files.deleteIfExists(part);
          }
          return failures;
        }
      } catch (IOException e) {
        throw new InputException(
            ("%s: found a folder that cannot be written (%s), expected room for %s; free"
                    + " some space, make it writable, or put the files below --data or GLACIS_DATA")
                .formatted(folder, DataFault.reason(e), file.name()),
            e);
      }
    }
  }

  private List<String> fill(RemoteFile file, List<URI> mirrors, Path part, FileChannel channel)
      throws IOException {
    List<String> failures = new ArrayList<>();
    for (URI mirror : mirrors) {
      URI uri = URI.create(mirror + (mirror.toString().endsWith("/") ? "" : "/") + file.name());
      Optional<String> failure = Optional.empty();
      for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        long before = channel.size();
        failure = more(uri, file, channel);
        if (failure.isEmpty()) {
          String found = Sha256.of(part);
          if (found.equals(file.sha256())) {
            return List.of();
          }
          channel.truncate(0);
          failure =
              Optional.of(
                  "%s: found sha256 %s, expected %s; the file was deleted"
                      .formatted(file.name(), found, file.sha256()));
          // The part of an earlier attempt may be what was wrong: once more from the start.
          if (before == 0) {
            break;
          }
        } else if (channel.size() == before) {
          break;
        }
      }
      failures.add("%s: %s".formatted(uri, failure.orElseThrow()));
    }
    return failures;
  }

  /** Appends what is missing. Empty when the length is right; else why it is not. */
  private Optional<String> more(URI uri, RemoteFile file, FileChannel channel) throws IOException {
    if (channel.size() > file.bytes()) {
      channel.truncate(0);
    }
    long have = channel.size();
    if (have == file.bytes()) {
      return Optional.empty();
    }
    InputStream body;
    try {
      HttpURLConnection connection = open(uri, have);
      int code = connection.getResponseCode();
      boolean rest =
          code == HttpURLConnection.HTTP_PARTIAL
              && String.valueOf(connection.getHeaderField("Content-Range"))
                  .startsWith("bytes %d-".formatted(have));
      if (code != HttpURLConnection.HTTP_OK && !rest) {
        connection.disconnect();
        return Optional.of("the server answers HTTP " + code);
      }
      if (!rest) {
        channel.truncate(0);
      }
      body = connection.getInputStream();
    } catch (IOException e) {
      return Optional.of(DataFault.reason(e));
    }
    return append(body, file, channel);
  }

  private HttpURLConnection open(URI uri, long have) throws IOException {
    URLConnection connection = uri.toURL().openConnection();
    if (!(connection instanceof HttpURLConnection http)) {
      throw new IOException("not an http or https address");
    }
    http.setConnectTimeout((int) patience.toMillis());
    http.setReadTimeout((int) patience.toMillis());
    http.setRequestProperty("User-Agent", "glacis");
    if (have > 0) {
      http.setRequestProperty("Range", "bytes=%d-".formatted(have));
    }
    return http;
  }

  private Optional<String> append(InputStream body, RemoteFile file, FileChannel channel)
      throws IOException {
    byte[] piece = new byte[1 << 16];
    long size = channel.position(channel.size()).position();
    try (body) {
      while (true) {
        int count;
        try {
          count = body.read(piece);
        } catch (IOException e) {
          return Optional.of(interrupted(DataFault.reason(e), size, file));
        }
        if (count < 0) {
          break;
        }
        if (size + count > file.bytes()) {
          channel.truncate(0);
          return Optional.of("found more than the expected %d bytes".formatted(file.bytes()));
        }
        ByteBuffer rest = ByteBuffer.wrap(piece, 0, count);
        while (rest.hasRemaining()) {
          channel.write(rest);
        }
        size += count;
        progress.at(file.name(), size, file.bytes());
      }
    }
    return size == file.bytes()
        ? Optional.empty()
        : Optional.of(interrupted("the connection ended", size, file));
  }

  private static String interrupted(String why, long size, RemoteFile file) {
    return "%s after %d of %d bytes, which are kept for the next attempt"
        .formatted(why, size, file.bytes());
  }
}
