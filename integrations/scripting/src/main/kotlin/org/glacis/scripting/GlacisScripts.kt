package org.glacis.scripting

import java.io.IOException
import java.lang.reflect.InvocationTargetException
import java.nio.charset.CharacterCodingException
import java.nio.file.Files
import java.nio.file.Path
import org.glacis.spec.Experiment
import org.glacis.spec.GlacisException
import org.glacis.spec.InputException

/**
 * Experiments from scripts, `*.glacis.kts`. A script is compiled once; the second time it starts
 * without the compiler.
 */
public object GlacisScripts {
  private const val EXTENSION = ".glacis.kts"
  private const val BYTE_ORDER_MARK = "\uFEFF"

  /**
   * Where compiled scripts are kept unless the caller says otherwise: `~/.glacis/cache/scripts`.
   */
  @JvmStatic
  public fun defaultCache(): Path =
    Path.of(System.getProperty("user.home"), ".glacis", "cache", "scripts")

  /**
   * Runs [script], whose last expression must be an [Experiment].
   *
   * @param cacheDir the folder of compiled scripts; created where it is missing
   * @param args what the script reads as `args`
   * @throws InputException when the file cannot be read, does not compile, fails, or ends with
   *   something else; with file, line and, for errors of the compiler, column
   */
  @JvmStatic
  @JvmOverloads
  public fun load(
    script: Path,
    cacheDir: Path = defaultCache(),
    args: List<String> = emptyList(),
  ): Experiment {
    val text = read(script)
    val classPath = ClassPath.current()
    val cache = ScriptCache(cacheDir)
    val key = ScriptCache.key(script.fileName.toString(), text, classPath)
    val compiled =
      cache.find(key)
        ?: ScriptCompiler.compile(script, text, classPath).also { cache.store(key, it) }
    return when (val value = run(compiled, script, args.toList())) {
      is Experiment -> value
      else ->
        throw InputException(
          "$script: ${ending(compiled, value)}, expected an Experiment; end the script with experiment(\"name\") { ... }"
        )
    }
  }

  private fun read(script: Path): String {
    if (!Files.exists(script))
      throw InputException(
        "$script: no such file; give the path of a script that ends in $EXTENSION"
      )
    if (!Files.isRegularFile(script))
      throw InputException("$script: is no file; give the path of a script that ends in $EXTENSION")
    if (!script.fileName.toString().endsWith(EXTENSION))
      throw InputException("$script: is no Glacis script; give it a name that ends in $EXTENSION")
    try {
      return Files.readString(script).removePrefix(BYTE_ORDER_MARK)
    } catch (e: CharacterCodingException) {
      throw InputException("$script: is not UTF-8 text; save it as UTF-8", e)
    } catch (e: IOException) {
      throw InputException("$script: cannot be read (${e.message}); check its permissions", e)
    }
  }

  private fun run(compiled: CompiledScript, script: Path, args: List<String>): Any? =
    try {
      compiled.run(args)
    } catch (e: InvocationTargetException) {
      throw failure(compiled, script, e.targetException)
    }

  private fun failure(compiled: CompiledScript, script: Path, thrown: Throwable): Throwable {
    // A script that recurses for ever is the script's fault; no memory left is not.
    if (thrown is VirtualMachineError && thrown !is StackOverflowError) return thrown
    val frame =
      thrown.stackTrace.firstOrNull {
        it.className == compiled.mainClass || it.className.startsWith("${compiled.mainClass}$")
      }
    val place =
      if (frame != null && frame.lineNumber > 0) "$script:${frame.lineNumber}" else "$script"
    val what = if (thrown is GlacisException) thrown.message else "the script failed with $thrown"
    return InputException("$place: $what", thrown)
  }

  private fun ending(compiled: CompiledScript, value: Any?): String =
    when {
      compiled.resultField == null -> "the script ends with a statement that has no value"
      value == null -> "the last expression is null"
      else -> "the last expression is ${value.javaClass.name} ($value)"
    }
}
