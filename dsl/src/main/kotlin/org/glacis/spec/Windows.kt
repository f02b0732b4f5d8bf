package org.glacis.spec

/** Faults of a square window by itself. */
internal fun checkWindow(name: String, side: Int, stride: Int, padding: Padding, faults: Faults) {
  faults.positive(name, side)
  faults.positive("stride", stride)
  if (padding is Padding.Explicit && side > 0) {
    val sides = listOf(padding.top, padding.bottom, padding.left, padding.right)
    if (sides.any { it < 0 || it >= side })
      faults.add(
        "padding",
        "is $sides",
        "give numbers from 0 to ${side - 1}, below the window's side",
      )
  }
}

/** Faults of a square window on the images [input]. */
internal fun checkFits(
  layer: String,
  name: String,
  side: Int,
  stride: Int,
  padding: Padding,
  input: Shape,
  faults: Faults,
) {
  faults.rank(3, layer, input) {
    "put it before flatten(), or declare the input as (height, width, channels)"
  }
  if (input.rank == 3) checkFits(name, side, stride, padding, input, 2, faults)
}

/** Faults of a window on the first [axes] axes of [input]. */
internal fun checkFits(
  name: String,
  side: Int,
  stride: Int,
  padding: Padding,
  input: Shape,
  axes: Int,
  faults: Faults,
) {
  val extents = input.extents.take(axes)
  if (padding == Padding.Circular) {
    if (extents.any { it % stride != 0 })
      faults.add(
        "stride",
        "is $stride but the input is $input",
        "with circular padding take a divisor of ${extents.distinct().joinToString(" and ")}",
      )
    if (extents.any { it < side })
      faults.add(
        name,
        "is $side but the input is $input",
        "take a window that fits into the image, which circular padding wraps once",
      )
  } else if (extents.withIndex().any { (i, n) -> padding.outputExtent(i, n, side, stride) < 1 })
    faults.add(name, "is $side but the input is $input", "take a window that fits into the image")
}

/** The shape of what windows over images give. */
internal fun windowed(input: Shape, kernel: Int, stride: Int, padding: Padding, channels: Int) =
  Shape(
    padding.outputExtent(0, input[0], kernel, stride),
    padding.outputExtent(1, input[1], kernel, stride),
    channels,
  )

/** A fault where the last axis of [input] has no whole number of groups. */
internal fun divides(size: Int, layer: String, input: Shape, faults: Faults) {
  val channels = input[input.rank - 1]
  if (channels % size != 0)
    faults.add(
      "$layer takes groups of $size but the last axis of the input $input has $channels",
      "give the layer before it a multiple of $size",
    )
}

/** Faults of so many groups of filters. */
internal fun checkGroups(groups: Int, filters: Int, faults: Faults) {
  faults.positive("groups", groups)
  if (groups > 0 && filters > 0 && filters % groups != 0)
    faults.add("groups", "is $groups but there are $filters filters", "take a divisor of $filters")
}

/** Faults of so many groups of the channels of [input], which fits otherwise. */
internal fun checkGroups(groups: Int, input: Shape, faults: Faults) {
  if (input.rank == 3 && input[2] % groups != 0)
    faults.add(
      "groups",
      "is $groups but the input $input has ${input[2]} channels",
      "take a divisor of ${input[2]}, or give the layer before it a multiple of $groups",
    )
}
