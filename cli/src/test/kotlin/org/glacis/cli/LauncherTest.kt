package org.glacis.cli

import io.kotest.assertions.nondeterministic.eventually
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldContainAll
import io.kotest.matchers.shouldBe
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.attribute.PosixFilePermissions
import java.util.concurrent.TimeUnit
import kotlin.time.Duration.Companion.seconds

/**
 * The launcher at the root of the repository, in a tree of its own that is already built, with a
 * script in the place of Java.
 */
class LauncherTest :
  FunSpec({
    val root = tempdir().toPath()
    val java = root.resolve("jdk/bin/java")
    val said = root.resolve("said")
    for (module in
      listOf("dsl", "evidence", "runtime", "recipes", "integrations/scripting", "cli")) {
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

    fun program(file: Path, script: String) {
      Files.writeString(file, "#!/usr/bin/env bash\n$script\n")
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"))
    }

    fun launched(
      script: String,
      vararg arguments: String,
      environment: Map<String, String> = emptyMap(),
    ): Process {
      program(java, script)
      return ProcessBuilder("bash", root.resolve("glacis").toString(), *arguments)
        .apply { environment()["JAVA_HOME"] = root.resolve("jdk").toString() }
        .apply { environment()["GLACIS_JAVA_OPTS"] = "-Xmx1g -Da=b" }
        .apply { environment().putAll(environment) }
        .redirectError(said.toFile())
        .start()
    }

    test("Java gets the options, the class path and the arguments, word by word") {
      val options =
        launched("""printf '%s\n' "${'$'}@"""", "run", "a b", "").inputReader().readLines()
      options shouldContainAll listOf("-Djdk.console=java.base", "-Xmx1g", "-Da=b")
      options.takeLast(6) shouldBe listOf("-cp", "$jar", "org.glacis.cli.Main", "run", "a b", "")
    }

    test("noise about TensorFlow is left out, all others pass, and so does the exit code") {
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
      process.waitFor() shouldBe 7
      // What filters may end after Java.
      eventually(10.seconds) {
        Files.readString(said, Charsets.ISO_8859_1) shouldBe
          "W0000 00:00:1700000000.000001 7 device.cc:1] something went wrong\n" +
            "no line ends \u00c3\u0097 \u00ff\n"
      }
    }

    test("a profile is built once and kept; without it the build is for the CPU again") {
      val jars = Files.createDirectories(root.resolve("cli/target"))
      val asked = root.resolve("asked")
      program(
        Files.createDirectories(root.resolve("bin")).resolve("mvn"),
        """
        echo "${'$'}@" >> '$asked'
        touch '$jars/glacis-cli.jar'
        echo '$jars/glacis-cli.jar' > '$jars/classpath'
        """
          .trimIndent(),
      )
      val path = "${root.resolve("bin")}:${System.getenv("PATH")}"
      val plain = mapOf("PATH" to path)
      for (environment in
        listOf(
          plain,
          plain + ("GLACIS_PROFILE" to "gpu"),
          plain + ("GLACIS_PROFILE" to "gpu"),
          plain,
          plain + ("GLACIS_PROFILE" to ""),
          plain,
        )) launched("exit 0", "list", environment = environment).waitFor() shouldBe 0
      Files.readAllLines(asked).map { "-Pgpu" in it } shouldBe listOf(true, false)
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
      eventually(10.seconds) { Files.readString(said) shouldBe "saved\n" }
    }
  })
