package org.glacis.runtime.data

import com.sun.net.httpserver.HttpExchange
import com.sun.net.httpserver.HttpServer
import java.net.InetAddress
import java.net.InetSocketAddress
import java.net.URI
import java.nio.file.Path
import java.util.concurrent.Executors
import kotlin.io.path.readBytes
import org.glacis.spec.DataFacts
import org.glacis.spec.Shape
import org.glacis.spec.Task

/** A data set of the files in [contents], for the tests of finding and fetching. */
internal class TinyData(private val contents: Map<String, ByteArray>) : PublishedData() {
  override fun name() = "tiny"

  override fun description() = "for tests"

  override fun source() = "the tests"

  override fun licence() = "none"

  override fun citation() = "none"

  override fun files() =
    contents.map { (name, bytes) -> RemoteFile(name, Sha256.of(bytes), bytes.size.toLong()) }

  override fun mirrors() = listOf<URI>()

  override fun facts() = DataFacts("tiny", Shape(1), 1, Task.CLASSIFICATION, null)

  override fun read(folder: Path, limits: Limits): Dataset {
    val samples =
      Samples.images(
        Shape(1),
        folder.resolve(files()[0].name()).readBytes().copyOf(1),
        intArrayOf(0),
      )
    return Dataset.of(name(), samples, samples)
  }
}

/** Serves [contents] on the loopback address; [behave] may do something else with a request. */
internal class LoopbackMirror(
  private val contents: Map<String, ByteArray>,
  private val ranges: Boolean = true,
  private val behave: (exchange: HttpExchange, content: ByteArray, request: Int) -> Boolean =
    { _, _, _ ->
      false
    },
) : AutoCloseable {
  val requests = mutableListOf<String>()
  private val threads = Executors.newCachedThreadPool()
  private val server = HttpServer.create(InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0)
  val uri: URI = URI.create("http://localhost:${server.address.port}/files/")

  init {
    server.executor = threads
    server.createContext("/files/") { exchange -> exchange.use { answer(it) } }
    server.start()
  }

  private fun answer(exchange: HttpExchange) {
    val name = exchange.requestURI.path.removePrefix("/files/")
    val range = exchange.requestHeaders.getFirst("Range")
    val number = synchronized(requests) { requests.apply { add("$name ${range ?: "whole"}") }.size }
    val content = contents[name]
    if (content == null) return exchange.sendResponseHeaders(404, -1)
    if (behave(exchange, content, number)) return
    val from = if (ranges) range?.removePrefix("bytes=")?.removeSuffix("-")?.toInt() ?: 0 else 0
    if (from > 0)
      exchange.responseHeaders.add(
        "Content-Range",
        "bytes $from-${content.size - 1}/${content.size}",
      )
    exchange.sendResponseHeaders(if (from > 0) 206 else 200, (content.size - from).toLong())
    exchange.responseBody.write(content, from, content.size - from)
  }

  override fun close() {
    server.stop(0)
    threads.shutdownNow()
  }
}

/** Promises all of [content] and hangs up after [bytes]. */
internal fun HttpExchange.hangUpAfter(bytes: Int, content: ByteArray): Boolean {
  sendResponseHeaders(200, content.size.toLong())
  responseBody.write(content, 0, bytes)
  responseBody.flush()
  return true
}
