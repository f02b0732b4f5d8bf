package org.glacis.spec

/** The root of everything Glacis throws on purpose. */
public open class GlacisException
@JvmOverloads
constructor(message: String, cause: Throwable? = null) : RuntimeException(message, cause)

/**
 * The input is wrong: a declaration, a file, an option. The message names where, what was found,
 * what was expected and the remedy. The command line ends with exit code 2.
 */
public open class InputException
@JvmOverloads
constructor(message: String, cause: Throwable? = null) : GlacisException(message, cause)

/** A declaration has [faults]; all of them are in the message. */
public class InvalidExperimentException(name: String, public val faults: List<Fault>) :
  InputException(Faults.describe("experiment \"$name\"", faults))
