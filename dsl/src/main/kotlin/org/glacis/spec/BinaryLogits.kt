package org.glacis.spec

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

/**
 * The logits of two classes from one number `f`: `-f / 2` and `f / 2`. Class 1 is chosen where `f`
 * is above 0, their cross-entropy is the binary one of the logit `f`, and where `f` has the
 * Lipschitz constant `L`, the decision cannot change within `|f| / L`.
 */
@Serializable
@SerialName("binaryLogits")
public data object BinaryLogits : LayerSpec {
  override fun check(input: Shape, faults: Faults) {
    if (input != Shape(1))
      faults.add(
        "binaryLogits() takes one number but the input is $input",
        "put a layer with one output before it, such as frobeniusDense(1)",
      )
  }

  override fun outputShape(input: Shape): Shape = Shape(2)
}
