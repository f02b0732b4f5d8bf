package org.glacis.scripting

import java.io.File
import java.nio.file.Files
import java.nio.file.Path
import java.util.jar.JarFile
import org.glacis.spec.Experiment

/** The folders and jars that this program runs with; scripts are compiled against the same. */
internal class ClassPath(val entries: List<Path>) {
  /**
   * A line an entry that changes when the entry does: sizes and times, of every file where the
   * entry is a folder.
   */
  fun fingerprint(): List<String> =
    entries.flatMap { entry ->
      if (!Files.isDirectory(entry)) listOf(stamp(entry))
      else
        Files.walk(entry).use { files ->
          files.filter { Files.isRegularFile(it) }.map(::stamp).sorted().toList()
        }
    }

  private fun stamp(file: Path) =
    "$file ${Files.size(file)} ${Files.getLastModifiedTime(file).toMillis()}"

  companion object {
    fun current(): ClassPath {
      val listed =
        System.getProperty("java.class.path")
          .split(File.pathSeparator)
          .filter { it.isNotEmpty() }
          .map(Path::of)
      val launched = if (listed.size == 1) listed + fromManifest(listed[0]) else listed
      // A program that brings its own class loader may not list what scripts need at least.
      val needed =
        listOf(GlacisScript::class, Experiment::class, KotlinVersion::class).mapNotNull {
          it.java.protectionDomain.codeSource?.location
        }
      return ClassPath(
        (launched + needed.map { Path.of(it.toURI()) })
          .map { it.toAbsolutePath().normalize() }
          .distinct()
          .filter { Files.exists(it) }
      )
    }

    /** A single jar may be a launcher that names the others in its manifest. */
    private fun fromManifest(jar: Path): List<Path> {
      if (!Files.isRegularFile(jar)) return emptyList()
      val others =
        JarFile(jar.toFile()).use { it.manifest?.mainAttributes?.getValue("Class-Path") }.orEmpty()
      return others.split(' ').filter { it.isNotEmpty() }.map { Path.of(jar.toUri().resolve(it)) }
    }
  }
}
