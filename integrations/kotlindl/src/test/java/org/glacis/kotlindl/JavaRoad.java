package org.glacis.kotlindl;

import java.util.List;
import org.glacis.dsl.Losses;
import org.glacis.dsl.Perturbations;
import org.glacis.dsl.Schedules;
import org.glacis.runtime.data.Samples;
import org.glacis.spec.ModelSpec;
import org.glacis.spec.Shape;
import org.jetbrains.kotlinx.dl.api.core.layer.Layer;
import org.jetbrains.kotlinx.dl.api.core.layer.core.Dense;
import org.jetbrains.kotlinx.dl.api.core.layer.core.Input;
import org.jetbrains.kotlinx.dl.api.core.layer.reshaping.Flatten;
import org.jetbrains.kotlinx.dl.dataset.OnHeapDataset;

/** What KotlinRoadTest declares in Kotlin, in Java. */
final class JavaRoad {
  private JavaRoad() {}

  static List<Layer> layers() {
    return List.of(new Input(new long[] {2, 2, 1}, "in"), new Flatten("flat"), new Dense());
  }

  static ModelSpec model() {
    return KotlinDlLayers.modelSpec(layers());
  }

  static Samples samples() {
    return KotlinDlData.toSamples(
        OnHeapDataset.create(new float[][] {{1, 2}, {3, 4}}, new float[] {0, 1}), new Shape(2));
  }

  static RobustTraining robust() {
    try (GlacisSequential model = GlacisSequential.of(layers())) {
      return model
          .robust(
              r ->
                  r.perturbation(Perturbations.linf(0.1))
                      .epsilon(Schedules.ramp(2, 8))
                      .loss(Losses.robustCrossEntropy())
                      .gradientClip(5)
                      .clipBox(false)
                      .shuffle(false)
                      .dropLast(true)
                      .seed(7))
          .getRobustTraining();
    }
  }
}
