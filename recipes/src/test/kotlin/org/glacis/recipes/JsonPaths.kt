package org.glacis.recipes

import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonPrimitive

/**
 * What stands at each path of a JSON text: numbers as doubles, lists of numbers as lists, the rest
 * as text.
 */
fun paths(text: String): Map<String, Any?> =
  mutableMapOf<String, Any?>().also { collect("", Json.parseToJsonElement(text), it) }

private fun collect(path: String, json: JsonElement, found: MutableMap<String, Any?>) {
  when {
    json is JsonNull -> found[path] = null
    json is JsonObject ->
      json.forEach { (key, item) ->
        collect(if (path.isEmpty()) key else "$path.$key", item, found)
      }
    json is JsonArray && json.all { it is JsonObject } && json.isNotEmpty() ->
      json.forEachIndexed { i, item -> collect("$path[$i]", item, found) }
    json is JsonArray -> found[path] = json.map(::value)
    else -> found[path] = value(json)
  }
}

private fun value(json: JsonElement): Any =
  json.jsonPrimitive.let {
    if (it.isString) it.content else it.content.toDoubleOrNull() ?: it.content
  }
