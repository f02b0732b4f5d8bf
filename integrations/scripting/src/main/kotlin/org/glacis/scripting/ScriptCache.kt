package org.glacis.scripting

import java.io.IOException
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.StandardCopyOption.ATOMIC_MOVE
import java.nio.file.StandardCopyOption.REPLACE_EXISTING
import java.security.MessageDigest
import java.util.Properties

/**
 * Compiled scripts in [folder], a jar each, named after everything that the compilation depended
 * on. A file that is broken counts as absent; a folder that cannot be written costs time and
 * nothing else.
 */
internal class ScriptCache(private val folder: Path) {
  fun find(key: String): CompiledScript? =
    try {
      Files.newInputStream(file(key)).use(CompiledScript::read)
    } catch (_: IOException) {
      null
    }

  fun store(key: String, script: CompiledScript) {
    try {
      Files.createDirectories(folder)
      val part = Files.createTempFile(folder, key, ".part")
      try {
        Files.newOutputStream(part).use(script::write)
        Files.move(part, file(key), ATOMIC_MOVE, REPLACE_EXISTING)
      } finally {
        Files.deleteIfExists(part)
      }
    } catch (_: IOException) {
      return
    }
  }

  private fun file(key: String) = folder.resolve("$key.jar")

  companion object {
    private const val FORMAT = "1"

    /**
     * The SHA-256 of the script's [name] and [text], the versions of Kotlin and Glacis, and the
     * [classPath].
     */
    fun key(name: String, text: String, classPath: ClassPath): String {
      val digest = MessageDigest.getInstance("SHA-256")
      val parts =
        listOf(FORMAT, KotlinVersion.CURRENT.toString(), glacisVersion(), name, text) +
          classPath.fingerprint()
      for (part in parts) {
        digest.update(part.toByteArray())
        digest.update(0)
      }
      return digest.digest().joinToString("") { "%02x".format(it) }
    }

    private fun glacisVersion(): String =
      Properties()
        .apply { ScriptCache::class.java.getResourceAsStream("version.properties")!!.use(::load) }
        .getProperty("glacis")
  }
}
