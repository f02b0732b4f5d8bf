package org.glacis.runtime.oracle

import io.kotest.core.spec.style.FunSpec
import java.nio.file.Files
import java.nio.file.Path
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.double
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.glacis.runtime.graph.Weights
import org.glacis.spec.AveragePool2d
import org.glacis.spec.BatchNorm
import org.glacis.spec.Conv2d
import org.glacis.spec.Dense
import org.glacis.spec.Flatten
import org.glacis.spec.LayerSpec
import org.glacis.spec.MaxPool2d
import org.glacis.spec.ModelSpec
import org.glacis.spec.Normalize
import org.glacis.spec.Padding
import org.glacis.spec.Relu
import org.glacis.spec.Residual
import org.glacis.spec.Shape

/** Vectors that other implementations computed. */
object Golden {
  /** A part of the golden files that is kept with the tests. */
  fun kept(name: String): JsonElement =
    Json.parseToJsonElement(
      checkNotNull(Golden::class.java.getResource("/org/glacis/runtime/golden/$name")).readText()
    )

  /**
   * A whole golden file: that of the folder which `-Dglacis.shared` names, else the one that is
   * kept with the tests; null where neither is.
   */
  fun whole(name: String): JsonObject? =
    (System.getProperty("glacis.shared")
        ?.let { Path.of(it, "golden", name) }
        ?.takeIf(Files::isRegularFile)
        ?.let { Files.readString(it) }
        ?: Golden::class.java.getResource("/org/glacis/runtime/golden/$name")?.readText())
      ?.let { Json.parseToJsonElement(it).jsonObject }
}

/** Tests against a whole golden file; without it one skipped test that tells what it needs. */
fun FunSpec.goldenTests(file: String, tests: (JsonObject) -> Unit) {
  val golden = Golden.whole(file)
  if (golden != null) tests(golden)
  else test("$file needs the folder that -Dglacis.shared names").config(enabled = false) {}
}

/** All the numbers below, in order. */
fun JsonElement.numbers(): DoubleArray =
  when (this) {
    is JsonPrimitive -> doubleArrayOf(double)
    is JsonArray -> flatMap { it.numbers().asIterable() }.toDoubleArray()
    is JsonObject -> error("an object has no numbers")
  }

fun JsonElement.ints(): IntArray = jsonArray.map { it.jsonPrimitive.int }.toIntArray()

/** The extents of nested arrays. */
fun JsonElement.extents(): IntArray =
  if (this is JsonArray) intArrayOf(size) + this[0].extents() else intArrayOf()

/** Channels first becomes channels last, sample by sample. */
fun channelsLast(values: DoubleArray, shape: Shape): DoubleArray {
  if (shape.rank != 3) return values
  val (height, width, channels) = shape.extents
  return DoubleArray(values.size) { at ->
    val sample = at / shape.size
    val c = at % channels
    val x = at / channels % width
    val y = at / channels / width % height
    values[((sample * channels + c) * height + y) * width + x]
  }
}

/**
 * Imports networks whose images are channels × height × width: convolution weights are filters ×
 * channels × height × width there, dense weights units × inputs, and the inputs of a dense layer
 * after a flatten come channel by channel.
 */
class ChannelsFirstImporter(input: IntArray) {
  private val input: Shape = hwc(input)
  private var shape = this.input
  private var flattened: Shape? = null
  private val layers = mutableListOf<LayerSpec>()
  private val entries = linkedMapOf<String, Weights.Entry>()
  private val afterFlatten = mutableMapOf<Int, Shape>()

  fun add(layer: LayerSpec) = apply {
    layers += layer
    shape = layer.outputShape(shape)
  }

  fun sequence(declared: List<JsonObject>) = apply {
    for (layer in declared) {
      when (val type = layer.getValue("type").jsonPrimitive.content) {
        "Linear" -> dense(layer)
        "Conv2d" -> convolution(layer)
        "BatchNorm1d",
        "BatchNorm2d" -> normalisation(layer)
        "ReLU" -> add(Relu)
        "AvgPool2d" -> add(AveragePool2d(layer.int("kernel"), layer.int("stride")))
        "MaxPool2d" -> add(MaxPool2d(layer.int("kernel"), layer.int("stride")))
        "Flatten" -> {
          flattened = shape
          add(Flatten)
        }
        else -> error("no import of $type")
      }
    }
  }

  fun dense(layer: JsonObject) = apply {
    dense("layers/${layers.size}", layer)
    add(Dense(layer.getValue("bias").numbers().size))
    flattened = null
  }

  /** `x + c(relu(b(x)))`. */
  fun residual(b: JsonObject, c: JsonObject) = apply {
    val path = "layers/${layers.size}"
    dense("$path/layers/0", b)
    dense("$path/layers/2", c)
    add(Residual(listOf(Dense(shape.size), Relu, Dense(shape.size))))
  }

  fun build() = Network(ModelSpec(input, layers.toList()), Weights(entries))

  /**
   * Arrays by `index.weight` and `index.bias`, where the index is that of the layer, in our layout
   * and by our paths.
   */
  fun permuted(arrays: JsonObject): Map<String, DoubleArray> =
    arrays.entries.associate { (name, values) ->
      val (index, kind) = name.split(".")
      val layer = layers[index.toInt()]
      val path = "layers/$index"
      when {
        layer is BatchNorm ->
          "$path/${if (kind == "weight") "gamma" else "beta"}" to values.numbers()
        kind == "bias" -> "$path/bias" to values.numbers()
        layer is Conv2d -> "$path/kernel" to convolutionKernel(values)
        else ->
          "$path/kernel" to
            denseKernel(values, afterFlatten[index.toInt()] ?: Shape(values.extents()[1]))
      }
    }

  private fun normalisation(layer: JsonObject) {
    val path = "layers/${layers.size}"
    for ((ours, theirs) in
      listOf(
        "gamma" to "weight",
        "beta" to "bias",
        "mean" to "running_mean",
        "variance" to "running_var",
      )) {
      val values = layer.getValue(theirs).numbers()
      entries["$path/$ours"] =
        Weights.Entry(intArrayOf(values.size), FloatArray(values.size) { values[it].toFloat() })
    }
    add(
      BatchNorm(
        layer.getValue("momentum").jsonPrimitive.double,
        layer.getValue("eps").jsonPrimitive.double,
      )
    )
  }

  private fun convolutionKernel(weight: JsonElement): DoubleArray {
    val (filters, channels, side) = weight.extents().toList()
    val values = weight.numbers()
    return DoubleArray(values.size) { at ->
      val filter = at % filters
      val channel = at / filters % channels
      val x = at / filters / channels % side
      val y = at / filters / channels / side
      values[((filter * channels + channel) * side + y) * side + x]
    }
  }

  private fun denseKernel(weight: JsonElement, input: Shape): DoubleArray {
    val (units, inputs) = weight.extents().toList()
    val rows = channelsLast(weight.numbers(), input)
    return DoubleArray(inputs * units) { rows[it % units * inputs + it / units] }
  }

  private fun convolution(layer: JsonObject) {
    val weight = layer.getValue("weight")
    val (filters, channels, side) = weight.extents().toList()
    val path = "layers/${layers.size}"
    entries["$path/kernel"] =
      Weights.Entry(intArrayOf(side, side, channels, filters), floats(convolutionKernel(weight)))
    entries["$path/bias"] = bias(layer)
    add(Conv2d(filters, side, layer.int("stride"), Padding.explicit(layer.int("padding"))))
  }

  private fun dense(path: String, layer: JsonObject) {
    val weight = layer.getValue("weight")
    val (units, inputs) = weight.extents().toList()
    flattened?.let { afterFlatten[layers.size] = it }
    entries["$path/kernel"] =
      Weights.Entry(
        intArrayOf(inputs, units),
        floats(denseKernel(weight, flattened ?: Shape(inputs))),
      )
    entries["$path/bias"] = bias(layer)
  }

  private fun floats(values: DoubleArray) = FloatArray(values.size) { values[it].toFloat() }

  private fun bias(layer: JsonObject): Weights.Entry {
    val values = layer.getValue("bias").numbers()
    return Weights.Entry(intArrayOf(values.size), FloatArray(values.size) { values[it].toFloat() })
  }

  private fun JsonObject.int(name: String) = getValue(name).jsonPrimitive.int

  private fun hwc(extents: IntArray) =
    if (extents.size == 3) Shape(extents[1], extents[2], extents[0]) else Shape(*extents)
}

/** One case of ibp.json, in our layout; inputs are in the units of the data. */
class GoldenBounds(nets: JsonObject, private val case: JsonObject) {
  val name = (case["name"] ?: case.getValue("net")).jsonPrimitive.content
  val epsilon = (case["eps"] ?: case.getValue("attack_eps")).jsonPrimitive.double
  val labels = case.getValue("y").ints()
  val network: Network
  val inputs: List<DoubleArray>

  init {
    val extents = case.getValue("x").extents().drop(1).toIntArray()
    val importer = ChannelsFirstImporter(extents)
    val normalisation = case["normalisation"] as? JsonObject
    val mean = normalisation?.getValue("mean")?.numbers()
    val deviation = normalisation?.getValue("std")?.numbers()
    if (mean != null && deviation != null)
      importer.add(Normalize(mean.toList(), deviation.toList()))
    val layers =
      nets.getValue(case.getValue("net").jsonPrimitive.content).jsonObject.getValue("layers")
    if (layers is JsonArray) {
      importer.sequence(layers.map(JsonElement::jsonObject))
    } else {
      val (first, second, third, last) =
        listOf("fc1", "fc2", "fc3", "fc4").map { layers.jsonObject.getValue(it).jsonObject }
      importer.dense(first).add(Relu).residual(second, third).add(Relu).dense(last)
    }
    network = importer.build()
    val shape = network.model.input
    val values = channelsLast(case.getValue("x").numbers(), shape)
    val channels = shape[shape.rank - 1]
    inputs =
      List(labels.size) { i ->
        DoubleArray(shape.size) {
          val x = values[i * shape.size + it]
          if (mean == null || deviation == null) x
          else x * deviation[it % channels] + mean[it % channels]
        }
      }
  }

  fun number(key: String): Double = case.getValue(key).jsonPrimitive.double

  fun numbers(key: String): DoubleArray = case.getValue(key).numbers()

  /** Numbers like inputs, in our layout, as they stand. */
  fun images(key: String): DoubleArray = channelsLast(numbers(key), network.model.input)

  /** One-hot labels of all samples, one after the other. */
  val truth: DoubleArray
    get() = batchOf(inputs, labels, network.model.output.size).truth

  /** The boxes that enter the activations, in our layout: lower and upper corners, all samples. */
  fun preactivations(): List<Pair<DoubleArray, DoubleArray>> =
    case.getValue("ibp_preactivation_bounds").jsonArray.map(JsonElement::jsonObject).map {
      val extents = it.getValue("lb").extents().drop(1)
      val shape =
        if (extents.size == 3) Shape(extents[1], extents[2], extents[0])
        else Shape(extents.fold(1, Int::times))
      channelsLast(it.getValue("lb").numbers(), shape) to
        channelsLast(it.getValue("ub").numbers(), shape)
    }
}
