/** Passes over a program that bound its outputs. */
@NullMarked
package org.glacis.runtime.bound;

import org.jspecify.annotations.NullMarked;
