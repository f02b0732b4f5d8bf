/**
 * Holistic robust learning: risks, importance weights and bounds for held-out samples, over plain
 * arrays. Source: A. Bennouna, R. Lucas, B. Van Parys, "Certified Robust Neural Networks:
 * Generalization and Corruption Resistance", ICML 2023.
 */
@NullMarked
package org.glacis.evidence.holistic;

import org.jspecify.annotations.NullMarked;
