/** The certification cascade and its certificates. */
@NullMarked
package org.glacis.runtime.certify;

import org.jspecify.annotations.NullMarked;
