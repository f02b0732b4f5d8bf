package org.glacis.spec

import kotlin.reflect.KClass
import kotlinx.serialization.DeserializationStrategy
import kotlinx.serialization.ExperimentalSerializationApi
import kotlinx.serialization.KSerializer
import kotlinx.serialization.SerializationException
import kotlinx.serialization.SerializationStrategy
import kotlinx.serialization.descriptors.PolymorphicKind
import kotlinx.serialization.descriptors.PrimitiveKind
import kotlinx.serialization.descriptors.SerialDescriptor
import kotlinx.serialization.descriptors.SerialKind
import kotlinx.serialization.descriptors.StructureKind
import kotlinx.serialization.descriptors.elementNames
import kotlinx.serialization.descriptors.nonNullOriginal
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.doubleOrNull
import kotlinx.serialization.json.intOrNull
import kotlinx.serialization.json.longOrNull
import kotlinx.serialization.modules.SerializersModuleCollector

/** What a `precision` anywhere but in a training asks for does not exist. */
private const val ONE_PRECISION =
  "remove it: only train has a precision, and certificates are always computed in float64, of the float32 weights"

/**
 * Compares a JSON tree with the type that it is to become and reports every difference with its
 * path: unknown and missing keys, wrong types, unknown names. The decoder by itself would stop at
 * the first, without its path.
 */
@OptIn(ExperimentalSerializationApi::class)
internal class JsonForm(private val json: Json) {
  /** By the family's name: the types that extensions add, and how they look. */
  private val extensions: Map<String, Map<String, SerialDescriptor>> =
    Extensions().also(json.serializersModule::dumpTo).found

  /**
   * Reports in [faults] what is wrong with [found] as a [form]; [owner] names the thing in
   * messages.
   */
  fun check(form: SerialDescriptor, found: JsonElement, faults: Faults, owner: String) {
    if (found is JsonNull && form.isNullable) return
    val type = form.nonNullOriginal
    val own = OWN[type.serialName]
    when {
      own != null -> checkOwn(own, found, faults)
      type.kind is PolymorphicKind.SEALED -> checkFamily(type, found, faults)
      type.kind == StructureKind.CLASS || type.kind == StructureKind.OBJECT ->
        if (found is JsonObject) checkFields(type, found, faults, owner)
        else wrong(type, found, faults)
      type.kind == StructureKind.LIST ->
        if (found is JsonArray)
          found.forEachIndexed { i, item ->
            check(type.getElementDescriptor(0), item, faults.at("[$i]"), owner)
          }
        else wrong(type, found, faults)
      type.kind == StructureKind.MAP ->
        if (found is JsonObject)
          found.forEach { (key, item) ->
            check(type.getElementDescriptor(1), item, faults.at(key), key)
          }
        else wrong(type, found, faults)
      type.kind == SerialKind.ENUM -> checkName(type, found, faults)
      type.kind is PrimitiveKind -> if (!fits(type.kind, found)) wrong(type, found, faults)
    }
  }

  private fun checkFields(
    type: SerialDescriptor,
    found: JsonObject,
    faults: Faults,
    owner: String,
  ) {
    val known = type.elementNames.toList()
    for (key in found.keys - known.toSet()) {
      val remedy =
        when {
          key == "precision" -> ONE_PRECISION
          known.isEmpty() -> "remove it; $owner has no fields"
          else -> nearest(key, known, "field")
        }
      faults.add(key, "is not a field of $owner", remedy)
    }
    known.forEachIndexed { i, key ->
      val value = found[key]
      if (value != null) check(type.getElementDescriptor(i), value, faults.at(key), key)
      else if (!type.isElementOptional(i))
        faults.add(key, "is missing", "add ${expected(type.getElementDescriptor(i))}")
    }
  }

  private fun checkFamily(family: SerialDescriptor, found: JsonElement, faults: Faults) {
    val types = types(family)
    val names = types.keys.joinToString(", ")
    if (found !is JsonObject)
      return faults.add("is ${show(found)}", "give an object with a type, one of: $names")
    val name = found["type"] ?: return faults.add("type", "is missing", "add one of: $names")
    val text = (name as? JsonPrimitive)?.takeIf { it.isString }?.content
    val type = text?.let { types[it] }
    if (type != null) check(type, JsonObject(found - "type"), faults, text)
    else faults.add("type", "is ${show(name)}", nearest(text.orEmpty(), types.keys, "type"))
  }

  private fun types(family: SerialDescriptor): Map<String, SerialDescriptor> {
    val members = family.getElementDescriptor(1)
    val fixed =
      members.elementNames.withIndex().associate { (i, name) ->
        name to members.getElementDescriptor(i)
      }
    return fixed.filterValues { it.kind != PolymorphicKind.OPEN } +
      extensions[family.serialName].orEmpty()
  }

  private fun checkName(type: SerialDescriptor, found: JsonElement, faults: Faults) {
    val known = type.elementNames.toList()
    val text = (found as? JsonPrimitive)?.takeIf { it.isString }?.content
    if (text !in known) faults.add("is ${show(found)}", nearest(text.orEmpty(), known, "name"))
  }

  private fun checkOwn(serializer: KSerializer<*>, found: JsonElement, faults: Faults) {
    try {
      json.decodeFromJsonElement(serializer, found)
    } catch (e: SerializationException) {
      faults.add(
        e.message.orEmpty().substringBefore("; "),
        e.message.orEmpty().substringAfter("; "),
      )
    }
  }

  private fun fits(kind: SerialKind, found: JsonElement): Boolean =
    found is JsonPrimitive &&
      when (kind) {
        PrimitiveKind.STRING,
        PrimitiveKind.CHAR -> found.isString
        PrimitiveKind.BOOLEAN ->
          !found.isString && (found.content == "true" || found.content == "false")
        PrimitiveKind.LONG -> found.isNumber && found.longOrNull != null
        PrimitiveKind.FLOAT,
        PrimitiveKind.DOUBLE -> found.isNumber && found.doubleOrNull?.isFinite() == true
        else -> found.isNumber && found.intOrNull != null
      }

  private fun wrong(type: SerialDescriptor, found: JsonElement, faults: Faults) {
    faults.add("is ${show(found)}", "give ${expected(type)}")
  }

  private fun expected(form: SerialDescriptor): String =
    when (val kind = form.nonNullOriginal.kind) {
      PrimitiveKind.STRING,
      PrimitiveKind.CHAR -> "a text in double quotes"
      PrimitiveKind.BOOLEAN -> "true or false"
      PrimitiveKind.FLOAT,
      PrimitiveKind.DOUBLE -> "a finite number"
      is PrimitiveKind -> "a whole number"
      StructureKind.LIST -> "a list"
      SerialKind.ENUM -> "one of: ${form.nonNullOriginal.elementNames.joinToString(", ")}"
      is PolymorphicKind.SEALED ->
        if (form.nonNullOriginal.serialName in OWN) "it"
        else "an object with a type, one of: ${types(form).keys.joinToString(", ")}"
      else ->
        if (kind == StructureKind.CLASS)
          "an object with the fields ${form.nonNullOriginal.elementNames.joinToString(", ")}"
        else "an object"
    }

  private fun show(found: JsonElement): String =
    when (found) {
      is JsonObject -> "an object"
      is JsonArray -> "a list"
      is JsonPrimitive -> found.toString()
    }

  /** Hears of every type that an extension adds to a family. */
  private class Extensions : SerializersModuleCollector {
    val found = mutableMapOf<String, MutableMap<String, SerialDescriptor>>()

    override fun <B : Any, S : B> polymorphic(
      baseClass: KClass<B>,
      actualClass: KClass<S>,
      actualSerializer: KSerializer<S>,
    ) {
      val type = actualSerializer.descriptor
      found.getOrPut(baseClass.java.name) { mutableMapOf() }[type.serialName] = type
    }

    override fun <T : Any> contextual(
      kClass: KClass<T>,
      provider: (typeArgumentsSerializers: List<KSerializer<*>>) -> KSerializer<*>,
    ) {}

    override fun <B : Any> polymorphicDefaultSerializer(
      baseClass: KClass<B>,
      defaultSerializerProvider: (value: B) -> SerializationStrategy<B>?,
    ) {}

    override fun <B : Any> polymorphicDefaultDeserializer(
      baseClass: KClass<B>,
      defaultDeserializerProvider: (className: String?) -> DeserializationStrategy<B>?,
    ) {}
  }

  private companion object {
    /** Types with a JSON form of their own; their serializers' messages are `problem; remedy`. */
    val OWN: Map<String, KSerializer<*>> =
      listOf(EpsilonSerializer, PaddingSerializer).associateBy { it.descriptor.serialName }
  }
}

private val NUMBER = Regex("""-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?""")

private val JsonPrimitive.isNumber: Boolean
  get() = !isString && NUMBER.matches(content)

/** The parser takes words without quotes for values; JSON has only three of them. */
internal val JsonPrimitive.isBareWord: Boolean
  get() = !isString && !isNumber && content !in listOf("true", "false", "null")
