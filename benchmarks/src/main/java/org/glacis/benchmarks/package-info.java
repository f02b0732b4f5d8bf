/** Programs that measure; not part of the tests. */
@NullMarked
package org.glacis.benchmarks;

import org.jspecify.annotations.NullMarked;
