/** Programs to read and to start from; the tests run every one. */
@NullMarked
package org.glacis.examples;

import org.jspecify.annotations.NullMarked;
