package org.glacis.runtime.certify;

import org.glacis.spec.CertificationSpec;
import org.glacis.spec.CertificationStep;
import org.glacis.spec.Faults;
import org.glacis.spec.ModelSpec;
import org.glacis.spec.Task;

/** Runs one kind of certification step on the samples that are still undecided. */
@FunctionalInterface
public interface CascadeStep<S extends CertificationStep> {
  void run(S step, Cascade cascade);

  /** Adds a fault for what {@link #run} cannot do; asked before any training. */
  default void check(S step, CertificationSpec spec, ModelSpec model, Task task, Faults faults) {}
}
