package org.glacis.runtime.lower;

import org.glacis.runtime.program.EluOp;
import org.glacis.runtime.program.LeakyReluOp;
import org.glacis.runtime.program.ReluOp;
import org.glacis.runtime.program.SigmoidOp;
import org.glacis.runtime.program.SoftplusOp;
import org.glacis.runtime.program.TanhOp;
import org.glacis.spec.Elu;
import org.glacis.spec.LeakyRelu;
import org.glacis.spec.Relu;
import org.glacis.spec.Sigmoid;
import org.glacis.spec.Softplus;
import org.glacis.spec.Tanh;
import org.tensorflow.types.family.TFloating;

/** Layers that act on each number by itself. */
final class ActivationLowerings {
  private ActivationLowerings() {}

  static <T extends TFloating> int relu(Relu layer, int input, Lowerer<T> to) {
    return to.add(new ReluOp<>(), to.shapeOf(input), input);
  }

  static <T extends TFloating> int leakyRelu(LeakyRelu layer, int input, Lowerer<T> to) {
    return to.add(new LeakyReluOp<>(layer.getSlope()), to.shapeOf(input), input);
  }

  static <T extends TFloating> int elu(Elu layer, int input, Lowerer<T> to) {
    return to.add(new EluOp<>(), to.shapeOf(input), input);
  }

  static <T extends TFloating> int softplus(Softplus layer, int input, Lowerer<T> to) {
    return to.add(new SoftplusOp<>(), to.shapeOf(input), input);
  }

  static <T extends TFloating> int sigmoid(Sigmoid layer, int input, Lowerer<T> to) {
    return to.add(new SigmoidOp<>(), to.shapeOf(input), input);
  }

  static <T extends TFloating> int tanh(Tanh layer, int input, Lowerer<T> to) {
    return to.add(new TanhOp<>(), to.shapeOf(input), input);
  }
}
