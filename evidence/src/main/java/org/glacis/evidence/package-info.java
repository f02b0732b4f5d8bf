/** What needs no TensorFlow: the evidence of certificates, and an independent checker of it. */
@NullMarked
package org.glacis.evidence;

import org.jspecify.annotations.NullMarked;
