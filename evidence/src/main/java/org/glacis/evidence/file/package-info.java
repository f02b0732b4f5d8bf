/** JSON fields and arrays on disk, each fault with the place where it is. */
@NullMarked
package org.glacis.evidence.file;

import org.jspecify.annotations.NullMarked;
