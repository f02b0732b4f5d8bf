/** Layer declarations become operations and weights. */
@NullMarked
package org.glacis.runtime.lower;

import org.jspecify.annotations.NullMarked;
