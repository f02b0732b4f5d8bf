package org.glacis.runtime.certify;

import org.glacis.spec.CertificationStep;

/** Runs one kind of certification step on the samples that are still undecided. */
@FunctionalInterface
public interface CascadeStep<S extends CertificationStep> {
  void run(S step, Cascade cascade);
}
