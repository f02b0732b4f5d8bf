package org.glacis.runtime.attack;

import org.glacis.spec.AttackSpec;
import org.tensorflow.Operand;
import org.tensorflow.types.family.TFloating;

/** Turns one kind of attack into the points that it finds. */
@FunctionalInterface
public interface AttackLowering<A extends AttackSpec> {
  /**
   * The points that were found, all in the region: batch × input shape. An attack that looks for
   * the nearest wrongly decided point gives any point where it finds none.
   */
  <T extends TFloating> Operand<T> points(A attack, AttackInputs<T> in);
}
