/** Proved upper bounds of the spectral norms of matrices and convolutions. */
@NullMarked
package org.glacis.evidence.norm;

import org.jspecify.annotations.NullMarked;
