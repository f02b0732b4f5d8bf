package org.glacis.runtime.data;

import java.nio.file.Path;
import org.glacis.spec.DataSource;
import org.glacis.spec.DataSpec;
import org.glacis.spec.ImageFolder;
import org.glacis.spec.InMemory;
import org.glacis.spec.InputException;
import org.glacis.spec.NamedData;
import org.glacis.spec.NpzFile;

/** Reads the samples that a declaration names. */
public final class DataSets {

  private DataSets() {}

  /**
   * Reads all samples of {@code source}. Paths are relative to the working directory.
   *
   * @throws InputException if the files cannot be had or are damaged, or the source is arrays in
   *     memory, which only {@link #accept} takes
   */
  public static Dataset load(DataSource source, DataLocations where) {
    if (source instanceof NamedData named) {
      return DataCatalogue.get(named.getName()).load(where);
    }
    if (source instanceof NpzFile npz) {
      return NpzData.read(Path.of(npz.getPath()));
    }
    if (source instanceof ImageFolder folder) {
      return ImageFolderData.read(folder);
    }
    if (source instanceof InMemory memory) {
      throw DataFault.of(
          "data \"%s\"".formatted(memory.getName()),
          "a source in memory without its arrays",
          "a Dataset handed over by the program",
          "pass Dataset.of(...) where the experiment is run, or declare files instead");
    }
    throw new AssertionError(source);
  }

  /**
   * {@link #load(DataSource, DataLocations)}, cut to the classes and limits of {@code spec}.
   *
   * @throws InputException as there, or if a limit is above the number of samples
   */
  public static Dataset load(DataSpec spec, DataLocations where) {
    return spec.getSource() instanceof NamedData named && spec.getClasses().isEmpty()
        ? DataCatalogue.get(named.getName()).load(where, Limits.of(spec))
        : load(spec.getSource(), where).chosenBy(spec);
  }

  /**
   * Checks arrays against what {@code source} says of them.
   *
   * @return {@code handed}, under the name and with the outputs of {@code source}
   * @throws InputException if task, shape or outputs differ
   */
  public static Dataset accept(InMemory source, Dataset handed) {
    Dataset data =
        handed.outputs() < source.getOutputs() && handed.classNames().isEmpty()
            ? handed.withOutputs(source.getOutputs())
            : handed;
    String found =
        "%s of shape %s, %d outputs".formatted(data.task(), data.shape(), data.outputs());
    String expected =
        "%s of shape %s, %d outputs"
            .formatted(source.getTask(), source.getShape(), source.getOutputs());
    if (!found.equals(expected)) {
      throw DataFault.of(
          "data \"%s\"".formatted(source.getName()),
          found,
          expected,
          "change the declaration or the arrays");
    }
    return new Dataset(
        source.getName(),
        data.task(),
        data.shape(),
        data.outputs(),
        data.classNames(),
        data.range(),
        data.train(),
        data.test(),
        data.provenance());
  }
}
