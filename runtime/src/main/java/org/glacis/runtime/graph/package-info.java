/** A thin scope over TensorFlow: element types, paths, variables, sessions. */
@NullMarked
package org.glacis.runtime.graph;

import org.jspecify.annotations.NullMarked;
