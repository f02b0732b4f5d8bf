package org.glacis.spec

import java.util.ServiceLoader
import kotlinx.serialization.ExperimentalSerializationApi
import kotlinx.serialization.SerializationException
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.intOrNull
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.modules.SerializersModule
import kotlinx.serialization.modules.plus

/** Brings the serializers of a user's own layers, losses and attacks. Found by [ServiceLoader]. */
public interface SpecExtension {
  public val serializers: SerializersModule
}

/**
 * The JSON form of an [Experiment]. The first key is `formatVersion`; unknown keys, wrong types and
 * versions from the future are refused with the path of the key.
 */
public object ExperimentJson {
  /** The version that this release writes. It reads this one and every earlier one. */
  public const val FORMAT_VERSION: Int = 1

  @OptIn(ExperimentalSerializationApi::class)
  private val json: Json by lazy {
    Json {
      encodeDefaults = true
      prettyPrint = true
      prettyPrintIndent = "  "
      serializersModule =
        ServiceLoader.load(SpecExtension::class.java).fold(SerializersModule {}) { all, extension ->
          all + extension.serializers
        }
    }
  }

  @JvmStatic
  public fun encode(experiment: Experiment): String =
    json.encodeToString(JsonElement.serializer(), tree(experiment)) + "\n"

  /** Reads [text]; [origin] (a file name) stands in messages. */
  @JvmStatic
  @JvmOverloads
  public fun decode(text: String, origin: String = "experiment"): Experiment {
    val element =
      try {
        json.parseToJsonElement(text)
      } catch (e: SerializationException) {
        throw InputException("$origin: not JSON: ${firstLine(e)}; mend the text", e)
      }
    return decode(element, origin)
  }

  /**
   * [experiment] with the value at [path] replaced. Fields left out and list positions that exist
   * can be set.
   */
  @JvmStatic
  public fun set(experiment: Experiment, path: String, value: String): Experiment {
    val parsed =
      try {
        json.parseToJsonElement(value)
      } catch (_: SerializationException) {
        JsonPrimitive(value)
      }
    val steps =
      path
        .split('.')
        .flatMap { part -> part.split('[').mapIndexed { i, s -> if (i == 0) s else "[$s" } }
        .filter { it.isNotEmpty() }
    return decode(replace(tree(experiment), steps, 0, path, parsed), "--set $path=$value")
  }

  private fun replace(
    at: JsonElement,
    steps: List<String>,
    depth: Int,
    path: String,
    value: JsonElement,
  ): JsonElement {
    if (depth == steps.size) return value
    val step = steps[depth]
    val so = steps.take(depth).joinToString(".").replace(".[", "[")
    if (step.startsWith("[")) {
      val index = step.trim('[', ']').toIntOrNull()
      if (at !is JsonArray || index == null || index !in at.indices)
        throw InputException(
          "--set $path: ${so.ifEmpty { "the experiment" }} has no element $step; ${if (at is JsonArray) "it has ${at.size}" else "it is no list"}"
        )
      return JsonArray(
        at.toMutableList().also { it[index] = replace(at[index], steps, depth + 1, path, value) }
      )
    }
    if (at !is JsonObject)
      throw InputException(
        "--set $path: ${so.ifEmpty { "the experiment" }} has no fields; it is $at"
      )
    if (step !in at && depth < steps.size - 1)
      throw InputException(
        "--set $path: no field \"$step\" in ${so.ifEmpty { "the experiment" }}; ${nearest(step, at.keys, "field")}"
      )
    return JsonObject(at + (step to replace(at[step] ?: JsonNull, steps, depth + 1, path, value)))
  }

  private fun tree(experiment: Experiment): JsonObject {
    val body = json.encodeToJsonElement(Experiment.serializer(), experiment) as JsonObject
    return JsonObject(mapOf("formatVersion" to JsonPrimitive(FORMAT_VERSION)) + body)
  }

  private fun decode(element: JsonElement, origin: String): Experiment {
    if (element !is JsonObject)
      throw InputException(
        "$origin: found ${kind(element)}, expected an object with formatVersion, name, data, ..."
      )
    val version = element["formatVersion"]?.let { (it as? JsonPrimitive)?.intOrNull }
    if (version == null || version < 1)
      throw InputException(
        "$origin: formatVersion is ${element["formatVersion"] ?: "missing"}; add \"formatVersion\": $FORMAT_VERSION"
      )
    if (version > FORMAT_VERSION)
      throw InputException(
        "$origin: formatVersion is $version, but this release reads up to $FORMAT_VERSION; use a newer Glacis"
      )
    try {
      return json.decodeFromJsonElement(
        Experiment.serializer(),
        JsonObject(element - "formatVersion"),
      )
    } catch (e: SerializationException) {
      throw InputException("$origin: ${explain(e)}", e)
    } catch (e: IllegalArgumentException) {
      throw InputException("$origin: ${firstLine(e)}", e)
    }
  }

  /** `train: unknown key 'epoch'`: the library's message, its path in front and in our notation. */
  private fun explain(e: SerializationException): String {
    val message = e.message.orEmpty()
    val path =
      Regex("""at path:? \$?\.?([^\s:]*)""")
        .find(message)
        ?.groupValues
        ?.get(1)
        ?.trimEnd('.', ',')
        .orEmpty()
    val core =
      firstLine(e)
        .replace(Regex("""^Unexpected JSON token at offset -?\d+: """), "")
        .replace(Regex(""",? ?at path:? \S+"""), "")
        .replace(Regex("""Use 'ignoreUnknownKeys.*"""), "")
        .replace(Regex(""" for type with serial name '([^']*)', but they were missing"""), "")
        .trim(' ', ',', ':')
    return if (path.isEmpty()) core else "$path: $core"
  }

  private fun kind(element: JsonElement) =
    if (element is JsonArray) "a list" else "the value ${element.jsonPrimitive}"

  private fun firstLine(e: Exception) = e.message.orEmpty().lineSequence().first()
}
