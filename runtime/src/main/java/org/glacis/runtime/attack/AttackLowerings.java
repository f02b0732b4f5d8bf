package org.glacis.runtime.attack;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.glacis.spec.AttackSpec;
import org.glacis.spec.CarliniWagner;
import org.glacis.spec.DeepFool;
import org.glacis.spec.Faults;
import org.glacis.spec.InputException;
import org.glacis.spec.Pgd;
import org.tensorflow.Operand;
import org.tensorflow.types.family.TFloating;

/** Which lowering each kind of attack has. A user's own attack is added by {@link #register}. */
public final class AttackLowerings {
  private static final Map<Class<?>, AttackLowering<?>> KNOWN = new ConcurrentHashMap<>();

  static {
    register(Pgd.class, PgdAttack::points);
    register(CarliniWagner.class, CarliniWagnerAttack::points);
    register(DeepFool.class, DeepFoolAttack::points);
  }

  private AttackLowerings() {}

  /** Makes attacks of the class {@code attack} known; a later lowering replaces an earlier one. */
  public static <A extends AttackSpec> void register(Class<A> attack, AttackLowering<A> lowering) {
    KNOWN.put(attack, lowering);
  }

  /** The classes of attacks that can be lowered. */
  public static Set<Class<?>> known() {
    return Set.copyOf(KNOWN.keySet());
  }

  /** Adds a fault where {@code attack} cannot be lowered. */
  public static void check(AttackSpec attack, Faults faults) {
    if (!KNOWN.containsKey(attack.getClass())) {
      faults.add(
          "is " + attack + ", which has no lowering",
          "register one for "
              + attack.getClass().getName()
              + " with AttackLowerings.register, or take one of "
              + KNOWN.keySet().stream()
                  .map(Class::getSimpleName)
                  .sorted()
                  .collect(Collectors.joining(", ")));
    }
  }

  /** The points that {@code attack} finds: batch × input shape. No gradient flows through them. */
  @SuppressWarnings("unchecked")
  public static <T extends TFloating> Operand<T> points(AttackSpec attack, AttackInputs<T> in) {
    AttackLowering<AttackSpec> lowering = (AttackLowering<AttackSpec>) KNOWN.get(attack.getClass());
    if (lowering == null) {
      throw new InputException(
          "no lowering for the attack "
              + attack
              + "; register one for "
              + attack.getClass().getName()
              + " with AttackLowerings.register");
    }
    return in.tf().stopGradient(lowering.points(attack, in));
  }
}
