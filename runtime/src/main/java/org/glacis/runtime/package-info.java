/** What an experiment does: it is compiled, trained, attacked, certified, exported and reported. */
@NullMarked
package org.glacis.runtime;

import org.jspecify.annotations.NullMarked;
