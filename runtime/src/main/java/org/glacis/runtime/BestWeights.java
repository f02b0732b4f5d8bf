package org.glacis.runtime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.glacis.runtime.graph.Weights;
import org.glacis.runtime.graph.WeightsFile;
import org.glacis.spec.InputException;
import org.jspecify.annotations.Nullable;

/**
 * The weights after the best epochs so far: a file each in the checkpoint directory, or in memory
 * where a run leaves no files.
 */
final class BestWeights {
  private static final String STEM = "best-epoch-";
  private static final String END = ".npz";

  private final @Nullable Path folder;
  private final int count;
  private final Map<Integer, Weights> held = new LinkedHashMap<>();
  private Set<Integer> wanted = Set.of();

  /** Keeps the weights of at most {@code count} epochs. */
  BestWeights(@Nullable Path folder, int count) {
    this.folder = folder;
    this.count = count;
  }

  /**
   * Goes on with what an earlier process kept.
   *
   * @param ranked the epochs of the checkpoint, best first
   * @throws InputException if the weights of one are missing
   */
  void resume(List<Integer> ranked) {
    wanted = best(ranked);
    for (int epoch : wanted) {
      if (folder != null && !Files.isRegularFile(file(folder, epoch))) {
        throw new InputException(
            file(folder, epoch)
                + ": is missing, but epoch "
                + epoch
                + " is one of the best; put the file back, or begin anew in another directory");
      }
    }
  }

  /**
   * Keeps the weights after {@code epoch} if it is among the best. What it displaces stays one
   * measurement longer: a run that is killed before its checkpoint is written still needs it.
   *
   * @param ranked all epochs so far, best first
   */
  void keep(int epoch, Weights weights, List<Integer> ranked) {
    Set<Integer> now = best(ranked);
    if (now.contains(epoch)) {
      if (folder == null) {
        held.put(epoch, weights);
      } else {
        WeightsFile.write(file(folder, epoch), weights);
      }
    }
    Set<Integer> needed = new HashSet<>(wanted);
    needed.addAll(now);
    drop(needed);
    wanted = now;
  }

  /** Drops all but the best: the run is over. */
  void finish() {
    drop(wanted);
  }

  /** The weights after {@code epoch}, which is one of the best. */
  Weights after(int epoch) {
    Weights weights = held.get(epoch);
    if (weights != null) {
      return weights;
    }
    if (folder == null) {
      throw new IllegalStateException("epoch " + epoch + " was not kept");
    }
    return WeightsFile.read(file(folder, epoch));
  }

  private Set<Integer> best(List<Integer> ranked) {
    return Set.copyOf(ranked.subList(0, Math.min(count, ranked.size())));
  }

  private void drop(Set<Integer> needed) {
    held.keySet().retainAll(needed);
    if (folder == null || !Files.isDirectory(folder)) {
      return;
    }
    Set<Path> stay = new HashSet<>();
    needed.forEach(epoch -> stay.add(file(folder, epoch)));
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(BestWeights::isOurs).toList()) {
        if (!stay.contains(file)) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isOurs(Path file) {
    String name = file.getFileName().toString();
    return name.startsWith(STEM) && name.endsWith(END);
  }

  private static Path file(Path folder, int epoch) {
    return folder.resolve(STEM + epoch + END);
  }
}
