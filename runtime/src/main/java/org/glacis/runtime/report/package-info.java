/**
 * What a run leaves for people to read: TensorBoard events, figures as SVG, galleries of samples,
 * and one self-contained HTML page. Everything here reads the files of a run directory; nothing
 * needs a graph or a session.
 */
@NullMarked
package org.glacis.runtime.report;

import org.jspecify.annotations.NullMarked;
