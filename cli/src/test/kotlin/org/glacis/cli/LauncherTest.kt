package org.glacis.cli

import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldContainAll
import io.kotest.matchers.shouldBe
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.attribute.PosixFilePermissions
import java.util.concurrent.TimeUnit

/**
 * The launcher at the root of the repository, in a tree of its own that is already built, with a
 * script in the place of Java.
 */
class LauncherTest :
  FunSpec({
    val root = tempdir().toPath()
    val java = root.resolve("jdk/bin/java")
    for (module in listOf("dsl", "runtime", "recipes", "integrations/scripting", "cli")) {
      Files.createDirectories(root.resolve("$module/src/main"))
      Files.createFile(root.resolve("$module/pom.xml"))
    }
    Files.createFile(root.resolve("pom.xml"))
    Files.copy(Path.of("../glacis"), root.resolve("glacis"))
    val jar = root.resolve("target/launch/build/glacis-cli.jar")
    Files.createDirectories(jar.parent)
    Files.createFile(jar)
    Files.writeString(root.resolve("target/launch/classpath"), "$jar\n")
    Files.createDirectories(java.parent)

    fun launched(script: String, vararg arguments: String): Process {
      Files.writeString(java, "#!/usr/bin/env bash\n$script\n")
      Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"))
      return ProcessBuilder("bash", root.resolve("glacis").toString(), *arguments)
        .apply { environment()["JAVA_HOME"] = root.resolve("jdk").toString() }
        .apply { environment()["GLACIS_JAVA_OPTS"] = "-Xmx1g -Da=b" }
        .start()
    }

    test("Java gets the options, the class path and the arguments, word by word") {
      val said = launched("""printf '%s\n' "${'$'}@"""", "run", "a b", "").inputReader().readLines()
      said shouldContainAll listOf("-Djdk.console=java.base", "-Xmx1g", "-Da=b")
      said.takeLast(6) shouldBe listOf("-cp", "$jar", "org.glacis.cli.Main", "run", "a b", "")
    }

    test(
      "two lines of TensorFlow's noise are left out, all others pass, and so does the exit code"
    ) {
      val process =
        launched(
          """
          echo out
          echo 'WARNING: All log messages before absl::InitializeLog() is called are written to STDERR' >&2
          echo 'I0000 00:00:1700000000.000001 7 mlir_graph_optimization_pass.cc:425] MLIR V1 optimization pass is not enabled' >&2
          echo 'WARNING: sun.misc.Unsafe::putInt will be removed in a future release' >&2
          echo 'W0000 00:00:1700000000.000001 7 device.cc:1] something went wrong' >&2
          printf 'no line ends \303\227 \377' >&2
          exit 7
          """
            .trimIndent(),
          "run",
        )
      process.inputReader().readText() shouldBe "out\n"
      process.errorReader(Charsets.ISO_8859_1).readText() shouldBe
        "W0000 00:00:1700000000.000001 7 device.cc:1] something went wrong\n" +
          "no line ends \u00c3\u0097 \u00ff\n"
      process.waitFor() shouldBe 7
    }

    test("a signal reaches Java, whose last words are heard") {
      val process =
        launched(
          """
          trap 'echo saved >&2; exit 3' TERM
          echo ready
          while :; do sleep 0.1; done
          """
            .trimIndent(),
          "run",
        )
      process.inputReader().readLine() shouldBe "ready"
      process.toHandle().destroy()
      process.waitFor(30, TimeUnit.SECONDS) shouldBe true
      process.exitValue() shouldBe 3
      process.errorReader().readText() shouldBe "saved\n"
    }
  })
