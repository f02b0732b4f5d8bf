package org.glacis.runtime;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.glacis.runtime.data.DataFile;
import org.glacis.runtime.data.Dataset;
import org.glacis.spec.InputException;
import org.jspecify.annotations.Nullable;

/** Which data a run was made with, as its files tell. */
final class DataRecord {
  private static final String SHA256 = "sha256";

  private DataRecord() {}

  static Map<String, Object> of(Dataset dataset) {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("source", dataset.provenance().source());
    data.put("licence", dataset.provenance().licence());
    data.put(SHA256, dataset.sha256());
    List<Object> files = new ArrayList<>();
    dataset.provenance().files().forEach(file -> files.add(file(file.path(), file)));
    data.put("files", files);
    return data;
  }

  /** The SHA-256 of the samples that {@code record} is about. */
  static String sum(Map<String, Object> record) {
    return String.valueOf(record.get(SHA256));
  }

  static Map<String, Object> file(String path, DataFile file) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("path", path);
    fields.put(SHA256, file.sha256());
    fields.put("bytes", file.bytes());
    return fields;
  }

  /**
   * Compares samples, not files: the same samples may lie in other places, or compressed.
   *
   * @param recorded what {@code file} says; an empty map is not compared
   * @throws InputException if {@code now} has other samples
   */
  static void check(Path file, Map<?, ?> recorded, Dataset now) {
    @Nullable Object before = recorded.get(SHA256);
    if (before == null || before.equals(now.sha256())) {
      return;
    }
    List<String> files = now.provenance().files().stream().map(DataFile::path).toList();
    throw new InputException(
        "data \""
            + now.name()
            + "\": found other samples than the run was made with: SHA-256 "
            + now.sha256()
            + (files.isEmpty() ? "" : " (" + String.join(", ", files) + ")")
            + ", expected "
            + before
            + ", as "
            + file
            + " has it; give the data of the run, or begin a new run in another directory");
  }
}
