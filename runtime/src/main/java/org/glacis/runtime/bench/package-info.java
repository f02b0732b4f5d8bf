/** Measures steps and bounds against the bare matrix products that they are made of. */
@NullMarked
package org.glacis.runtime.bench;

import org.jspecify.annotations.NullMarked;
