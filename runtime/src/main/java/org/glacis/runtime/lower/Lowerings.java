package org.glacis.runtime.lower;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.glacis.spec.Absolute;
import org.glacis.spec.AveragePool2d;
import org.glacis.spec.BatchCentering;
import org.glacis.spec.BatchLipNorm;
import org.glacis.spec.BatchNorm;
import org.glacis.spec.BinaryLogits;
import org.glacis.spec.BlockSpec;
import org.glacis.spec.ClippedPRelu;
import org.glacis.spec.ConcatMaxMin;
import org.glacis.spec.ConcatResidual;
import org.glacis.spec.Conv1d;
import org.glacis.spec.Conv2d;
import org.glacis.spec.Conv2dTranspose;
import org.glacis.spec.ConvexResidual;
import org.glacis.spec.Dense;
import org.glacis.spec.Dropout;
import org.glacis.spec.Elu;
import org.glacis.spec.Faults;
import org.glacis.spec.Flatten;
import org.glacis.spec.FrobeniusConv2d;
import org.glacis.spec.FrobeniusDense;
import org.glacis.spec.FullSort;
import org.glacis.spec.GroupSort;
import org.glacis.spec.Householder;
import org.glacis.spec.InputException;
import org.glacis.spec.InvertibleDownSampling;
import org.glacis.spec.InvertibleUpSampling;
import org.glacis.spec.LayerCentering;
import org.glacis.spec.LayerSpec;
import org.glacis.spec.LeakyRelu;
import org.glacis.spec.MaxMin;
import org.glacis.spec.MaxPool2d;
import org.glacis.spec.Normalize;
import org.glacis.spec.PrescaledResidual;
import org.glacis.spec.Relu;
import org.glacis.spec.Reshape;
import org.glacis.spec.Residual;
import org.glacis.spec.ScaledAveragePool2d;
import org.glacis.spec.ScaledGlobalAveragePool2d;
import org.glacis.spec.ScaledGlobalL2NormPool2d;
import org.glacis.spec.ScaledL2NormPool2d;
import org.glacis.spec.Sigmoid;
import org.glacis.spec.Softplus;
import org.glacis.spec.SpectralConv1d;
import org.glacis.spec.SpectralConv2d;
import org.glacis.spec.SpectralConv2dTranspose;
import org.glacis.spec.SpectralDense;
import org.glacis.spec.Tanh;

/** Which lowering each kind of layer has. A user's own layer is added by {@link #register}. */
public final class Lowerings {
  private static final Map<Class<?>, LayerLowering<?>> KNOWN = new ConcurrentHashMap<>();

  static {
    register(Dense.class, LinearLowerings::dense);
    register(Conv2d.class, ConvolutionLowerings::conv2d);
    register(Conv1d.class, ConvolutionLowerings::conv1d);
    register(Conv2dTranspose.class, ConvolutionLowerings::conv2dTranspose);
    register(AveragePool2d.class, LinearLowerings::averagePool2d);
    register(Normalize.class, LinearLowerings::normalize);
    register(BatchNorm.class, LinearLowerings::batchNorm);
    register(BinaryLogits.class, LinearLowerings::binaryLogits);
    register(Flatten.class, StructureLowerings::reshape);
    register(Reshape.class, StructureLowerings::reshape);
    register(Residual.class, BlockLowerings::residual);
    register(ConvexResidual.class, BlockLowerings::convex);
    register(PrescaledResidual.class, BlockLowerings::prescaled);
    register(ConcatResidual.class, BlockLowerings::concat);
    register(Dropout.class, StructureLowerings::dropout);
    register(MaxPool2d.class, StructureLowerings::maxPool2d);
    register(Relu.class, ActivationLowerings::relu);
    register(LeakyRelu.class, ActivationLowerings::leakyRelu);
    register(Elu.class, ActivationLowerings::elu);
    register(Softplus.class, ActivationLowerings::softplus);
    register(Sigmoid.class, ActivationLowerings::sigmoid);
    register(Tanh.class, ActivationLowerings::tanh);
    register(SpectralDense.class, LipschitzLowerings::spectralDense);
    register(SpectralConv2d.class, ConvolutionLowerings::spectralConv2d);
    register(SpectralConv2dTranspose.class, ConvolutionLowerings::spectralConv2dTranspose);
    register(SpectralConv1d.class, ConvolutionLowerings::spectralConv1d);
    register(FrobeniusConv2d.class, ConvolutionLowerings::frobeniusConv2d);
    register(FrobeniusDense.class, LipschitzLowerings::frobeniusDense);
    register(ScaledAveragePool2d.class, LipschitzLowerings::averagePool);
    register(ScaledL2NormPool2d.class, LipschitzLowerings::l2NormPool);
    register(GroupSort.class, LipschitzLowerings::groupSort);
    register(FullSort.class, LipschitzLowerings::fullSort);
    register(MaxMin.class, LipschitzLowerings::maxMin);
    register(Absolute.class, LipschitzLowerings::absolute);
    register(ScaledGlobalAveragePool2d.class, LipschitzLowerings::globalAveragePool);
    register(ScaledGlobalL2NormPool2d.class, LipschitzLowerings::globalL2NormPool);
    register(InvertibleDownSampling.class, LipschitzLowerings::downSampling);
    register(InvertibleUpSampling.class, LipschitzLowerings::upSampling);
    register(Householder.class, LipschitzLowerings::householder);
    register(ClippedPRelu.class, LipschitzLowerings::clippedPRelu);
    register(ConcatMaxMin.class, LipschitzLowerings::concatMaxMin);
    register(LayerCentering.class, CenteringLowerings::layerCentering);
    register(BatchCentering.class, CenteringLowerings::batchCentering);
    register(BatchLipNorm.class, CenteringLowerings::batchLipNorm);
  }

  private Lowerings() {}

  /** Makes layers of the class {@code layer} known; a later lowering replaces an earlier one. */
  public static <L extends LayerSpec> void register(Class<L> layer, LayerLowering<L> lowering) {
    KNOWN.put(layer, lowering);
  }

  /** The classes of layers that can be lowered. */
  public static Set<Class<?>> known() {
    return Set.copyOf(KNOWN.keySet());
  }

  /** Adds a fault for each layer that cannot be lowered. */
  public static void check(List<LayerSpec> layers, Faults faults) {
    check("layers", layers, faults);
  }

  private static void check(String branch, List<LayerSpec> layers, Faults faults) {
    for (int i = 0; i < layers.size(); i++) {
      LayerSpec layer = layers.get(i);
      Faults here = faults.at(branch).at("[" + i + "]");
      if (!KNOWN.containsKey(layer.getClass())) {
        here.add(
            "is " + layer + ", which has no lowering",
            "register one for "
                + layer.getClass().getName()
                + " with Lowerings.register, or take one of "
                + KNOWN.keySet().stream()
                    .map(Class::getSimpleName)
                    .sorted()
                    .collect(Collectors.joining(", ")));
      }
      if (layer instanceof BlockSpec block) {
        block.getBranches().forEach((name, inside) -> check(name, inside, here));
      }
    }
  }

  @SuppressWarnings("unchecked")
  static LayerLowering<LayerSpec> of(LayerSpec layer) {
    LayerLowering<?> lowering = KNOWN.get(layer.getClass());
    if (lowering == null) {
      throw new InputException(
          "no lowering for the layer "
              + layer
              + "; register one for "
              + layer.getClass().getName()
              + " with Lowerings.register");
    }
    return (LayerLowering<LayerSpec>) lowering;
  }
}
