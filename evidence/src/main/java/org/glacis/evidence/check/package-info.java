/** The evidence of a run: its files, and the checker that derives every claim anew. */
@NullMarked
package org.glacis.evidence.check;

import org.jspecify.annotations.NullMarked;
