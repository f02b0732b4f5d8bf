/** Searches for points of a perturbation set that are decided wrongly. */
@NullMarked
package org.glacis.runtime.attack;

import org.jspecify.annotations.NullMarked;
