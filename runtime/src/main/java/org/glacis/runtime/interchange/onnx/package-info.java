/**
 * Networks as ONNX: one layer after the other becomes a few standard operations, images being
 * channels × height × width inside, as ONNX has them.
 */
@NullMarked
package org.glacis.runtime.interchange.onnx;

import org.jspecify.annotations.NullMarked;
