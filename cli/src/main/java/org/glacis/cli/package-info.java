/** The {@code glacis} command. */
@NullMarked
package org.glacis.cli;

import org.jspecify.annotations.NullMarked;
