package org.glacis.cli

import com.sun.net.httpserver.HttpServer
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.awt.image.BufferedImage
import java.io.ByteArrayOutputStream
import java.net.InetAddress
import java.net.InetSocketAddress
import java.nio.file.Files
import java.nio.file.Path
import java.security.MessageDigest
import java.util.zip.GZIPOutputStream
import javax.imageio.ImageIO
import org.glacis.runtime.data.DataCatalogue
import org.jetbrains.bio.npy.NpyFile

/**
 * What wrong input gets to hear. Every case: the exit code, the whole message, and no file written.
 */
class BadInputTest :
  FunSpec({
    val directory = finishedRun()
    val experiment = Files.readString(directory.resolve("run/experiment.json"))

    fun json(name: String, change: (String) -> String) {
      Files.writeString(
        directory.resolve(name),
        change(experiment).also { check(it != experiment) },
      )
    }

    json("unknown-key.json") { it.replace("\"shuffle\"", "\"shufle\"") }
    json("wrong-type.json") { it.replace("\"epochs\": 12", "\"epochs\": \"twelve\"") }
    json("future.json") { it.replace("\"formatVersion\": 1", "\"formatVersion\": 99") }
    json("cut.json") { it.substringBefore("\"perturbation\"") }
    json("shapes.json") { it.replace("\"type\": \"flatten\"", "\"type\": \"relu\"") }
    json("negative.json") { it.replace("\"epsilon\": 0.02", "\"epsilon\": -0.02") }
    json("nan.json") { it.replace("\"epsilon\": 0.02", "\"epsilon\": NaN") }
    json("long.json") { it.replace("\"length\": 6", "\"length\": 20") }
    json("missing-npz.json") {
      it
        .replace("\"type\": \"named\"", "\"type\": \"npz\"")
        .replace("\"name\": \"digits\"", "\"path\": \"nowhere.npz\"")
    }
    Files.writeString(
      directory.resolve("bad.glacis.kts"),
      "experiment(\"bad\") {\n  dta(digits)\n}\n",
    )
    Files.writeString(directory.resolve("file.txt"), "text")
    Files.createDirectories(directory.resolve("begun"))
    Files.copy(directory.resolve("run/experiment.json"), directory.resolve("begun/experiment.json"))
    Files.createDirectories(directory.resolve("some/mnist"))
    Files.write(directory.resolve("some/mnist/train-images-idx3-ubyte.gz"), gzip(ByteArray(99)))
    Files.createDirectories(directory.resolve("cut/mnist"))
    for (name in
      listOf(
        "train-images-idx3",
        "train-labels-idx1",
        "t10k-images-idx3",
        "t10k-labels-idx1",
      )) Files.write(directory.resolve("cut/mnist/$name-ubyte.gz"), idx(name))
    picture(directory.resolve("large.png"), 28, BufferedImage.TYPE_BYTE_GRAY)
    picture(directory.resolve("colour.png"), 8, BufferedImage.TYPE_INT_RGB)
    NpyFile.write(directory.resolve("pixels.npy"), FloatArray(64) { 200f }, intArrayOf(8, 8))
    NpyFile.write(directory.resolve("nan.npy"), FloatArray(64) { Float.NaN }, intArrayOf(8, 8))
    NpyFile.write(
      directory.resolve("negative.npy"),
      DoubleArray(64) { if (it == 9) -0.1 else 0.1 },
      intArrayOf(8, 8),
    )
    NpyFile.write(directory.resolve("two.npy"), FloatArray(128), intArrayOf(2, 8, 8))
    NpyFile.write(directory.resolve("whole.npy"), IntArray(64), intArrayOf(8, 8))
    Files.write(
      directory.resolve("cut.npy"),
      Files.readAllBytes(directory.resolve("two.npy")).copyOf(300),
    )

    for ((name, arguments, message) in BAD_INPUTS) {
      test(name) {
        val before = files(directory)
        val outcome =
          glacis(directory, *arguments.split(" ").filter { it.isNotEmpty() }.toTypedArray())
        outcome.err.trimEnd().replace("$directory/", "") shouldBe message
        outcome.code shouldBe 2
        files(directory) shouldBe before
      }
    }

    test("a stack trace is shown with --debug, and only then") {
      glacis(directory, "run", "some").err.lines().size shouldBe 2
      glacis(directory, "run", "some", "--debug").err shouldContain
        "org.glacis.spec.InputException: $directory/some: no experiment.json"
    }

    test("out of memory is a failed run, and the message says what to do") {
      val wide = DIGITS.with("model.layers[1].units", "1000000")
      Files.writeString(directory.resolve("wide.json"), wide.toJson())
      val process =
        process(directory, listOf("run", "wide.json", "--out", "wide"), listOf("-Xmx160m"))
      val said = process.errorReader().readLines()
      process.waitFor() shouldBe 1
      said.last() shouldBe
        "out of memory (Java heap space); take smaller batches with --set data.batch=N, " +
          "or give Java more with GLACIS_JAVA_OPTS=-Xmx8g"
      files(directory.resolve("wide")) shouldBe emptyList()
    }

    test("a download with a wrong checksum is refused, and nothing of it stays") {
      val file = DataCatalogue.get("mnist").files()[0]
      val home = directory.resolve("home")
      val outcome =
        served(ByteArray(file.bytes().toInt())) { mirror ->
          val process =
            process(
              directory,
              listOf("data", "get", "mnist"),
              listOf("-Duser.home=$home"),
              mapOf("GLACIS_MIRROR" to mirror),
            )
          val said = process.errorReader().readText()
          process.waitFor() shouldBe 2
          said.replace(mirror, "MIRROR")
        }
      outcome shouldContain
        "data set \"mnist\" is not here, and ${file.name()} could not be downloaded\n"
      outcome shouldContain
        "  MIRRORmnist/${file.name()}: ${file.name()}: found sha256 " +
          "${sha256(ByteArray(file.bytes().toInt()))}, expected ${file.sha256()}; " +
          "the file was deleted\n"
      outcome shouldContain "put these files into $home/.glacis/data/mnist, or into a folder"
      files(home) shouldBe emptyList()
    }
  })

/** Calls [use] with the address of a server that answers everything with [content]. */
private fun <T> served(content: ByteArray, use: (String) -> T): T {
  val server = HttpServer.create(InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0)
  server.createContext("/") { exchange ->
    exchange.use {
      it.sendResponseHeaders(200, content.size.toLong())
      it.responseBody.write(content)
    }
  }
  server.start()
  return try {
    use("http://localhost:${server.address.port}/")
  } finally {
    server.stop(0)
  }
}

private fun sha256(content: ByteArray): String =
  MessageDigest.getInstance("SHA-256").digest(content).joinToString("") { "%02x".format(it) }

private fun picture(file: Path, side: Int, type: Int) {
  val image = BufferedImage(side, side, type)
  if (type == BufferedImage.TYPE_INT_RGB) image.setRGB(2, 1, 0xff0000)
  ImageIO.write(image, "png", file.toFile())
}

/** An IDX file that promises more than it holds. */
private fun idx(name: String): ByteArray {
  val rank = name.last().digitToInt()
  val header =
    byteArrayOf(0, 0, 8, rank.toByte()) + ByteArray(4 * rank) { i -> if (i % 4 == 3) 28 else 0 }
  return gzip(header + ByteArray(20))
}

private fun gzip(content: ByteArray): ByteArray =
  ByteArrayOutputStream()
    .also { out -> GZIPOutputStream(out).use { it.write(content) } }
    .toByteArray()
