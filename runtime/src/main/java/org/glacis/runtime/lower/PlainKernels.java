package org.glacis.runtime.lower;

import java.util.LinkedHashMap;
import java.util.Map;
import org.glacis.spec.KernelLayerSpec;
import org.glacis.spec.ModelSpec;

/** The kernels that plain layers have. */
public final class PlainKernels {
  private PlainKernels() {}

  /** The layers of a model by the path of their kernel, {@code layers/3/kernel}. */
  public static Map<String, KernelLayerSpec> of(ModelSpec model) {
    Map<String, KernelLayerSpec> kernels = new LinkedHashMap<>();
    model
        .layersByPath()
        .forEach(
            (path, layer) -> {
              if (layer instanceof KernelLayerSpec plain) {
                String place = path.replaceAll("\\[(\\d+)]", "/$1").replace('.', '/');
                kernels.put(place + "/kernel", plain);
              }
            });
    return kernels;
  }
}
