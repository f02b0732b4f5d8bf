package org.glacis.scripting

import java.io.IOException
import java.io.InputStream
import java.io.OutputStream
import java.util.jar.Attributes
import java.util.jar.JarEntry
import java.util.jar.JarInputStream
import java.util.jar.JarOutputStream
import java.util.jar.Manifest

/**
 * The classes of one script. Running them needs nothing of the Kotlin compiler.
 *
 * @property mainClass the class whose constructor is the script
 * @property resultField the field of [mainClass] that holds the value of the last expression; null
 *   when the script ends with a statement
 * @property files class files and resources by their path
 */
internal class CompiledScript(
  val mainClass: String,
  val resultField: String?,
  val files: Map<String, ByteArray>,
) {

  /** Runs the script and returns the value of its last expression. */
  fun run(args: List<String>): Any? {
    val type = Class.forName(mainClass, true, Loader(files))
    val script = type.declaredConstructors.single().apply { isAccessible = true }.newInstance(args)
    return resultField?.let { type.getDeclaredField(it).apply { isAccessible = true }.get(script) }
  }

  fun write(target: OutputStream) {
    val manifest = Manifest()
    with(manifest.mainAttributes) {
      put(Attributes.Name.MANIFEST_VERSION, "1.0")
      put(Attributes.Name.MAIN_CLASS, mainClass)
      put(FILES, files.size.toString())
      resultField?.let { put(RESULT, it) }
    }
    JarOutputStream(target, manifest).use { jar ->
      for ((path, bytes) in files.toSortedMap()) {
        jar.putNextEntry(JarEntry(path))
        jar.write(bytes)
        jar.closeEntry()
      }
    }
  }

  private class Loader(private val files: Map<String, ByteArray>) :
    ClassLoader(GlacisScript::class.java.classLoader) {
    override fun findClass(name: String): Class<*> {
      val bytes = files[name.replace('.', '/') + ".class"] ?: throw ClassNotFoundException(name)
      return defineClass(name, bytes, 0, bytes.size)
    }

    override fun getResourceAsStream(name: String): InputStream? =
      files[name]?.inputStream() ?: super.getResourceAsStream(name)
  }

  companion object {
    private val FILES = Attributes.Name("Glacis-Files")
    private val RESULT = Attributes.Name("Glacis-Result")

    /**
     * Reads what [write] wrote; each file's checksum and their number are compared.
     *
     * @throws IOException when anything is missing or broken
     */
    fun read(source: InputStream): CompiledScript =
      JarInputStream(source).use { jar ->
        val attributes = jar.manifest?.mainAttributes ?: throw IOException("no manifest")
        val files =
          generateSequence { jar.nextJarEntry }.associate { it.name to jar.readAllBytes() }
        val main =
          attributes.getValue(Attributes.Name.MAIN_CLASS) ?: throw IOException("no main class")
        if (attributes.getValue(FILES) != files.size.toString())
          throw IOException("files are missing")
        CompiledScript(main, attributes.getValue(RESULT), files)
      }
  }
}
