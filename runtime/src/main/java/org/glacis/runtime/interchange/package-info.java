/** Networks leave in formats that others read. */
@NullMarked
package org.glacis.runtime.interchange;

import org.jspecify.annotations.NullMarked;
