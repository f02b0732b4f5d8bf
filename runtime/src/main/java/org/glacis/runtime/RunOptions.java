package org.glacis.runtime;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.glacis.runtime.data.Dataset;
import org.glacis.runtime.graph.Device;
import org.glacis.runtime.train.Interruption;
import org.glacis.runtime.train.TrainingListener;
import org.jspecify.annotations.Nullable;

/**
 * How an experiment is run: everything that does not change what it is.
 *
 * @param out the run directory; null for {@code runs/NAME}, or the first free {@code runs/NAME-2},
 *     ...
 * @param dataDir where data sets are looked for first
 * @param dataset data that the program hands over instead of what the declaration names
 * @param device CPU or GPU, and threads
 * @param resume go on from the checkpoint in {@code out}
 * @param listeners hear of the training
 * @param interruption can stop the run
 * @param published figures to compare with, for the summary and the report
 * @param galleryTargets whether the gallery of an l2 run has a wrong decision for each other class
 */
public record RunOptions(
    @Nullable Path out,
    @Nullable Path dataDir,
    @Nullable Dataset dataset,
    Device device,
    boolean resume,
    List<TrainingListener> listeners,
    Interruption interruption,
    List<PublishedFigure> published,
    boolean galleryTargets) {
  public RunOptions {
    listeners = List.copyOf(listeners);
    published = List.copyOf(published);
  }

  /** A new run directory below {@code runs}, data where they are usually found, the CPU. */
  public static RunOptions defaults() {
    return new RunOptions(
        null, null, null, Device.CPU, false, List.of(), new Interruption(), List.of(), false);
  }

  public RunOptions withOut(@Nullable Path directory) {
    return new RunOptions(
        directory,
        dataDir,
        dataset,
        device,
        resume,
        listeners,
        interruption,
        published,
        galleryTargets);
  }

  public RunOptions withDataDir(@Nullable Path directory) {
    return new RunOptions(
        out,
        directory,
        dataset,
        device,
        resume,
        listeners,
        interruption,
        published,
        galleryTargets);
  }

  public RunOptions withDataset(Dataset data) {
    return new RunOptions(
        out, dataDir, data, device, resume, listeners, interruption, published, galleryTargets);
  }

  public RunOptions withDevice(Device where) {
    return new RunOptions(
        out, dataDir, dataset, where, resume, listeners, interruption, published, galleryTargets);
  }

  public RunOptions withResume(boolean goOn) {
    return new RunOptions(
        out, dataDir, dataset, device, goOn, listeners, interruption, published, galleryTargets);
  }

  public RunOptions withListener(TrainingListener listener) {
    List<TrainingListener> all = new ArrayList<>(listeners);
    all.add(listener);
    return new RunOptions(
        out, dataDir, dataset, device, resume, all, interruption, published, galleryTargets);
  }

  public RunOptions withInterruption(Interruption token) {
    return new RunOptions(
        out, dataDir, dataset, device, resume, listeners, token, published, galleryTargets);
  }

  public RunOptions withPublished(List<PublishedFigure> figures) {
    return new RunOptions(
        out, dataDir, dataset, device, resume, listeners, interruption, figures, galleryTargets);
  }

  /** Whether the gallery has, for each image, the nearest point of each other class. */
  public RunOptions withGalleryTargets(boolean all) {
    return new RunOptions(
        out, dataDir, dataset, device, resume, listeners, interruption, published, all);
  }
}
