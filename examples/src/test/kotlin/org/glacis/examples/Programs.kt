package org.glacis.examples

import java.io.ByteArrayOutputStream
import java.io.File
import java.io.PrintStream
import java.io.StringWriter
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.TimeUnit
import javax.tools.ToolProvider
import org.jetbrains.kotlin.cli.common.ExitCode
import org.jetbrains.kotlin.cli.jvm.K2JVMCompiler

/** Compiles programs against the class path of the tests, and runs them. */
internal class Programs(private val classes: Path) {
  private val classPath = System.getProperty("java.class.path")

  /** Compiles [sources], by file name, each as a user would: with its own imports and no more. */
  fun kotlin(sources: Map<String, String>) {
    val files = written(sources)
    val said = ByteArrayOutputStream()
    val code =
      K2JVMCompiler()
        .exec(
          PrintStream(said),
          *files.map(Path::toString).toTypedArray(),
          *arrayOf("-cp", classPath, "-d", "$classes", "-no-stdlib", "-no-reflect", "-nowarn"),
          *arrayOf("-jvm-target", "17"),
        )
    check(code == ExitCode.OK) { "does not compile:\n$said" }
  }

  /** [kotlin] for Java. */
  fun java(sources: Map<String, String>) {
    val compiler = ToolProvider.getSystemJavaCompiler()
    val said = StringWriter()
    compiler.getStandardFileManager(null, null, null).use { manager ->
      val done =
        compiler
          .getTask(
            said,
            manager,
            null,
            listOf("-cp", classPath, "-d", "$classes", "-proc:none"),
            null,
            manager.getJavaFileObjectsFromPaths(written(sources)),
          )
          .call()
      check(done) { "does not compile:\n$said" }
    }
  }

  /** What `main` of [type] prints in [directory]. */
  fun run(type: String, directory: Path): String {
    val said = classes.resolve("$type.out")
    val process =
      ProcessBuilder(
          Path.of(System.getProperty("java.home"), "bin", "java").toString(),
          "-cp",
          "$classes${File.pathSeparator}$classPath",
          type,
        )
        .directory(directory.toFile())
        .redirectErrorStream(true)
        .redirectOutput(said.toFile())
        .start()
    check(process.waitFor(5, TimeUnit.MINUTES)) { "$type does not end" }
    val text = Files.readString(said)
    check(process.exitValue() == 0) { "$type fails:\n$text" }
    return text
  }

  private fun written(sources: Map<String, String>): List<Path> =
    sources.map { (name, text) ->
      Files.writeString(Files.createDirectories(classes.resolve("source")).resolve(name), text)
    }
}
