package org.glacis.kotlindl

import org.glacis.spec.Conv2d
import org.glacis.spec.Dense
import org.glacis.spec.LayerSpec
import org.glacis.spec.Shape
import org.jetbrains.kotlinx.dl.api.core.layer.Layer
import org.jetbrains.kotlinx.dl.api.core.shape.TensorShape
import org.jetbrains.kotlinx.dl.api.core.summary.LayerSummary
import org.jetbrains.kotlinx.dl.api.core.summary.TfModelSummary

/** KotlinDL's table of a model: a row a KotlinDL layer, with its output shape and parameters. */
internal fun summaryOf(
  name: String,
  layers: List<Layer>,
  converted: ConvertedLayers,
): TfModelSummary {
  val counts =
    layers.indices.map { i ->
      if (i == 0) 0L else converted.parts[i].sumOf { parameters(it, converted.shapes[i - 1]) }
    }
  val rows =
    layers.mapIndexed { i, layer ->
      val extents = converted.shapes[i].extents.map(Int::toLong).toLongArray()
      LayerSummary(
        layer.name,
        layer::class.simpleName.orEmpty(),
        TensorShape(-1, *extents),
        counts[i],
        if (i == 0) emptyList() else listOf(layers[i - 1].name),
      )
    }
  return TfModelSummary("GlacisSequential", name, rows, counts.sum(), 0)
}

/** Layers with weights stand first among the parts of a KotlinDL layer, so [input] is theirs. */
private fun parameters(layer: LayerSpec, input: Shape): Long =
  when (layer) {
    is Dense -> (input.size.toLong() + if (layer.bias) 1 else 0) * layer.units
    is Conv2d ->
      (layer.kernel.toLong() * layer.kernel * input[2] + if (layer.bias) 1 else 0) * layer.filters
    else -> 0
  }
