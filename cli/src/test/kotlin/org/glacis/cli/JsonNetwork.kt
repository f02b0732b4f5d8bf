package org.glacis.cli

import java.nio.file.Files
import java.nio.file.Path
import kotlin.math.max
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.double
import kotlinx.serialization.json.int
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive

/** A reader of exported JSON that shares nothing with Glacis: flat, dense and ReLU layers. */
class JsonNetwork private constructor(private val layers: List<(List<Double>) -> List<Double>>) {
  fun predict(input: FloatArray): List<Double> =
    layers.fold(input.map { it.toDouble() }) { x, layer -> layer(x) }

  companion object {
    fun read(file: Path): JsonNetwork {
      val json = Json.parseToJsonElement(Files.readString(file)).jsonObject
      check(json["format"]!!.jsonPrimitive.content == "glacis-network")
      check(json["formatVersion"]!!.jsonPrimitive.int == 1)
      val weights = json["weights"]!!.jsonObject
      return JsonNetwork(
        json["layers"]!!.jsonArray.mapIndexed { i, layer ->
          when (val type = layer.jsonObject["type"]!!.jsonPrimitive.content) {
            "flatten" -> { x -> x }
            "relu" -> { x -> x.map { max(it, 0.0) } }
            "dense" ->
              dense(weights["layers/$i/kernel"]!!.jsonObject, weights["layers/$i/bias"]?.jsonObject)
            else -> error("no layer $type")
          }
        }
      )
    }

    private fun dense(kernel: JsonObject, bias: JsonObject?): (List<Double>) -> List<Double> {
      val (inputs, units) = kernel["shape"]!!.jsonArray.map { it.jsonPrimitive.int }
      val w = numbers(kernel["values"]!!.jsonArray)
      val b = bias?.let { numbers(it["values"]!!.jsonArray) } ?: List(units) { 0.0 }
      check(w.size == inputs * units && b.size == units)
      return { x ->
        List(units) { j -> b[j] + (0 until inputs).sumOf { x[it] * w[it * units + j] } }
      }
    }

    private fun numbers(array: JsonArray) = array.map { it.jsonPrimitive.double }
  }
}
