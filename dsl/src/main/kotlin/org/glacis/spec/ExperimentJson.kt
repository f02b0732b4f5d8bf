package org.glacis.spec

import java.util.ServiceLoader
import kotlinx.serialization.ExperimentalSerializationApi
import kotlinx.serialization.SerializationException
import kotlinx.serialization.builtins.ListSerializer
import kotlinx.serialization.descriptors.elementNames
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

/**
 * Brings the serializers of a user's own layers, losses and attacks, each under its family:
 * `SerializersModule { polymorphic(LayerSpec::class) { subclass(MyLayer::class) } }`. Found by
 * [ServiceLoader].
 */
public interface SpecExtension {
  public val serializers: SerializersModule
}

/**
 * The JSON form of an [Experiment]. The first key is `formatVersion`; unknown keys, wrong types and
 * versions from the future are refused, all at once and each with its path.
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

  private val form by lazy { JsonForm(json) }

  /**
   * The JSON text of [experiment], every default filled in.
   *
   * @throws InputException when it has a number that is not finite or a type of the user's own
   *   without a [SpecExtension]
   */
  @JvmStatic
  public fun encode(experiment: Experiment): String =
    json.encodeToString(JsonElement.serializer(), tree(experiment)) + "\n"

  /** The JSON text of [steps], as they stand in the `certify` block of an experiment. */
  @JvmStatic
  public fun encode(steps: List<CertificationStep>): String =
    json.encodeToString(ListSerializer(CertificationStep.serializer()), steps) + "\n"

  /**
   * Reads [text]; [origin] (a file name) stands in messages. The experiment has the right form but
   * is not yet [validated][Experiment.validated].
   *
   * @throws InputException with everything that is not as the format has it
   */
  @JvmStatic
  @JvmOverloads
  public fun decode(text: String, origin: String = "experiment"): Experiment =
    decode(parse(text, origin), origin)

  /**
   * [experiment] with the value at [path] (`train.epochs`, `model.layers[0].units`) replaced by
   * [value]: JSON, or a word without quotes.
   *
   * @throws InputException when there is no such field or element, or the value does not fit
   */
  @JvmStatic
  public fun set(experiment: Experiment, path: String, value: String): Experiment {
    if (!PATH.matches(path))
      throw InputException(
        "--set $path=$value: \"$path\" is no path; write it like train.epochs or model.layers[0].units"
      )
    val steps = STEP.findAll(path).map { it.value }.toList()
    return decode(replace(tree(experiment), steps, 0, path, valueOf(value)), "--set $path=$value")
  }

  private fun parse(text: String, origin: String): JsonElement {
    val element =
      try {
        json.parseToJsonElement(text)
      } catch (e: SerializationException) {
        throw InputException(notJson(e, text, origin), e)
      }
    if (element is JsonPrimitive && element.isBareWord)
      throw InputException(
        "$origin is not JSON: it begins with ${shorten(element.content)}; expected {"
      )
    return element
  }

  private fun valueOf(text: String): JsonElement {
    val element =
      try {
        json.parseToJsonElement(text)
      } catch (_: SerializationException) {
        JsonPrimitive(text)
      }
    return if (element is JsonPrimitive && element.isBareWord) JsonPrimitive(text) else element
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
    val so = steps.take(depth).joinToString(".").replace(".[", "[").ifEmpty { "the experiment" }
    if (step.startsWith("[")) {
      if (at !is JsonArray)
        throw InputException(
          "--set $path: $so is no list, so it has no element $step; leave $step out"
        )
      val index = step.trim('[', ']').toIntOrNull()
      if (index == null || index !in at.indices)
        throw InputException(
          "--set $path: $so has no element $step; ${if (at.isEmpty()) "it is empty" else "take one from [0] to [${at.size - 1}]"}"
        )
      return JsonArray(
        at.toMutableList().also { it[index] = replace(at[index], steps, depth + 1, path, value) }
      )
    }
    if (at is JsonArray)
      throw InputException("--set $path: $so is a list; say which element, such as $so[0].$step")
    if (at !is JsonObject)
      throw InputException("--set $path: $so is $at and has no fields; set $so itself")
    // Fields that have their default may be left out of the text.
    val known = PARTS[so]?.elementNames?.toList() ?: at.keys
    if (step !in known)
      throw InputException(
        "--set $path: $so has no field \"$step\"; ${nearest(step, known, "field")}"
      )
    if (step !in at && depth < steps.size - 1)
      throw InputException("--set $path: $so.$step is not declared; set $so.$step itself")
    val new = replace(at[step] ?: JsonNull, steps, depth + 1, path, value)
    return JsonObject(at + (step to new))
  }

  private val PARTS =
    mapOf(
      "data" to DataSpec.serializer().descriptor,
      "model" to ModelSpec.serializer().descriptor,
      "train" to TrainingSpec.serializer().descriptor,
    )

  private fun tree(experiment: Experiment): JsonObject {
    val body =
      try {
        json.encodeToJsonElement(Experiment.serializer(), experiment) as JsonObject
      } catch (e: SerializationException) {
        experiment.validated()
        throw InputException(
          "experiment \"${experiment.name}\" has no JSON form: ${firstLine(e)}; bring its serializer with a SpecExtension",
          e,
        )
      }
    return JsonObject(mapOf("formatVersion" to JsonPrimitive(FORMAT_VERSION)) + body)
  }

  private fun decode(element: JsonElement, origin: String): Experiment {
    if (element !is JsonObject)
      throw InputException(
        "$origin: found ${kind(element)}, expected an object with formatVersion, name, data, ..."
      )
    val version = (element["formatVersion"] as? JsonPrimitive)?.takeIf { !it.isString }?.intOrNull
    if (version == null || version < 1)
      throw InputException(
        "$origin: formatVersion is ${element["formatVersion"] ?: "missing"}; add \"formatVersion\": $FORMAT_VERSION"
      )
    if (version > FORMAT_VERSION)
      throw InputException(
        "$origin: formatVersion is $version, but this release reads up to $FORMAT_VERSION; use a newer Glacis"
      )
    val body = JsonObject(element - "formatVersion")
    val faults = Faults()
    form.check(Experiment.serializer().descriptor, body, faults, "an experiment")
    if (faults.all().isNotEmpty()) throw InputException(Faults.describe(origin, faults.all()))
    try {
      return json.decodeFromJsonElement(Experiment.serializer(), body)
    } catch (e: IllegalArgumentException) {
      throw InputException("$origin: ${firstLine(e)}", e)
    }
  }

  /** `x.json:3:7 is not JSON: ...`: the parser's message with its offset as line and column. */
  private fun notJson(e: SerializationException, text: String, origin: String): String {
    val message = firstLine(e).substringBefore(" at path")
    val found =
      Regex("""at offset (\d+): (.*)""").find(message)
        ?: return "$origin is not JSON: $message; complete the text"
    val before = text.take(found.groupValues[1].toInt())
    val place = "${before.count { it == '\n' } + 1}:${before.length - before.lastIndexOf('\n')}"
    return "$origin:$place is not JSON: ${found.groupValues[2]}; mend the text there"
  }

  private fun kind(element: JsonElement) =
    if (element is JsonArray) "a list" else "the value ${shorten(element.jsonPrimitive.toString())}"

  private fun shorten(text: String) = if (text.length > 40) text.take(40) + "..." else text

  private fun firstLine(e: Exception) = e.message.orEmpty().lineSequence().first()

  private val PATH = Regex("""[A-Za-z]\w*(\[\d+])*(\.[A-Za-z]\w*(\[\d+])*)*""")
  private val STEP = Regex("""\[\d+]|\w+""")
}
