/** One file a loss: from outputs and bounds to a scalar. */
@NullMarked
package org.glacis.runtime.loss;

import org.jspecify.annotations.NullMarked;
