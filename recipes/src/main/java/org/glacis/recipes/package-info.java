/** Ready experiments: each is a pure function from its settings to a declaration. */
@NullMarked
package org.glacis.recipes;

import org.jspecify.annotations.NullMarked;
