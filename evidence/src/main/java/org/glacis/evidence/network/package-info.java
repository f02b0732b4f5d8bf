/** Plain networks: their files, intervals, linear bounds and Lipschitz constants, all outward. */
@NullMarked
package org.glacis.evidence.network;

import org.jspecify.annotations.NullMarked;
