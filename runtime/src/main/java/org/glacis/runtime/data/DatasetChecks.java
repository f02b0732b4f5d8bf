package org.glacis.runtime.data;

import java.util.List;
import org.glacis.spec.DataRange;
import org.glacis.spec.Shape;
import org.glacis.spec.Task;
import org.jspecify.annotations.Nullable;

/** What must hold between the samples of a data set and what it says of them. */
final class DatasetChecks {

  private DatasetChecks() {}

  static void check(
      String name,
      Task task,
      Shape shape,
      int outputs,
      List<String> classNames,
      @Nullable DataRange range,
      Samples samples) {
    if (samples.size() == 0) {
      throw DataFault.of(
          name,
          "a split without samples",
          "at least one sample in train and in test",
          "hand over both");
    }
    if (samples.task() != task || !samples.shape().equals(shape)) {
      throw DataFault.of(
          name,
          "%s samples of shape %s".formatted(samples.task(), samples.shape()),
          "%s samples of shape %s".formatted(task, shape),
          "give train and test the same kind and shape");
    }
    if (!classNames.isEmpty() && classNames.size() != outputs) {
      throw DataFault.of(
          name, classNames.size() + " class names", "none or " + outputs, "name every class");
    }
    if (task == Task.CLASSIFICATION) {
      checkLabels(name, outputs, samples);
    } else if (samples.outputs() != outputs) {
      throw DataFault.of(
          name,
          samples.outputs() + " targets a sample",
          Integer.toString(outputs),
          "give train and test the same targets");
    }
    if (range != null) {
      checkRange(name, range, samples);
    }
  }

  static void checkSplits(String name, Samples train, Samples test) {
    if (train.isBytes() != test.isBytes()) {
      throw DataFault.of(
          name,
          "bytes in one split and floats in the other",
          "one kind in both",
          "convert one: a byte b stands for b / 255");
    }
  }

  private static void checkLabels(String name, int outputs, Samples samples) {
    if (samples.outputs() <= outputs) {
      return;
    }
    int[] labels = samples.labels();
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] >= outputs) {
        throw DataFault.of(
            name,
            "label %d at sample %d".formatted(labels[i], i),
            "0 to %d".formatted(outputs - 1),
            "correct the label or the number of classes");
      }
    }
  }

  private static void checkRange(String name, DataRange range, Samples samples) {
    if (!(range.getLeast() < range.getMost())) {
      throw DataFault.of(name, "range " + range, "least below most", "swap its ends");
    }
    if (samples.isBytes()) {
      if (!range.equals(DataRange.UNIT)) {
        throw DataFault.of(
            name,
            "range " + range,
            "[0.0, 1.0], as bytes are read",
            "leave the range out, or hand over floats");
      }
      return;
    }
    float[] values = samples.values();
    int width = samples.shape().getSize();
    for (int i = 0; i < values.length; i++) {
      if (!range.contains(values[i])) {
        throw DataFault.of(
            name,
            "%s at sample %d, value %d".formatted(values[i], i / width, i % width),
            "values in " + range,
            "scale the values or widen the range");
      }
    }
  }
}
