package org.glacis.runtime.program;

import org.tensorflow.types.family.TFloating;

/**
 * One operation of a network. There are five kinds; each answers a few questions about itself, and
 * a method asks only those. Operands are batches: the first axis counts samples.
 */
public sealed interface Operation<T extends TFloating>
    permits Affine, Elementwise, Sum, Rearrange, Contraction {}
