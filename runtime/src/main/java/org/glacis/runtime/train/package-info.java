/** The training program, the trainer, checkpoints and listeners. */
@NullMarked
package org.glacis.runtime.train;

import org.jspecify.annotations.NullMarked;
