/**
 * Samples: where they come from, how they are read, and what they are.
 *
 * <p>{@link org.glacis.runtime.data.DataSets} turns a declared source into a {@link
 * org.glacis.runtime.data.Dataset}; {@link org.glacis.runtime.data.DataCatalogue} lists the sets
 * that have a name. Everything here is plain Java: arrays, files and checksums.
 */
@NullMarked
package org.glacis.runtime.data;

import org.jspecify.annotations.NullMarked;
