/** What a model is lowered to: an ordered graph of operations of five kinds. */
@NullMarked
package org.glacis.runtime.program;

import org.jspecify.annotations.NullMarked;
