/** Scalars and sums that are rounded to the safe side. */
@NullMarked
package org.glacis.evidence.rounding;

import org.jspecify.annotations.NullMarked;
