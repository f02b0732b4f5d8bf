/** Optimisers over graph variables. */
@NullMarked
package org.glacis.runtime.optimize;

import org.jspecify.annotations.NullMarked;
