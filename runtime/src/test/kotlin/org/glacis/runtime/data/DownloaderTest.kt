package org.glacis.runtime.data

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.net.URI
import java.nio.file.Files
import java.time.Duration
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import kotlin.concurrent.thread
import kotlin.io.path.exists
import kotlin.io.path.listDirectoryEntries
import kotlin.io.path.name
import kotlin.io.path.readBytes
import kotlin.random.Random

class DownloaderTest :
  FunSpec({
    val root = scratch()
    val content = Random(1).nextBytes(200_000)
    val file = RemoteFile("a.gz", Sha256.of(content), content.size.toLong())
    val contents = mapOf("a.gz" to content)
    val downloader = Downloader(Duration.ofSeconds(5), DownloadProgress.SILENT)
    val nobody = URI.create("http://localhost:1/")

    fun folder() = Files.createTempDirectory(root, "home").resolve("not/yet")

    test("a file comes whole, with its progress, and leaves nothing else behind") {
      val heard = mutableListOf<Long>()
      val folder = folder()
      LoopbackMirror(contents).use { mirror ->
        val listening =
          Downloader(Duration.ofSeconds(5)) { _, bytes, total ->
            heard += bytes
            total shouldBe 200_000L
          }
        listening.fetch(file, listOf(mirror.uri), folder).shouldBeEmpty()
      }
      folder.resolve("a.gz").readBytes() shouldBe content
      folder.listDirectoryEntries().map { it.name } shouldBe listOf("a.gz")
      heard.last() shouldBe 200_000L
      heard shouldBe heard.sorted()
    }

    test("an interrupted download goes on where it stopped") {
      val folder = folder()
      LoopbackMirror(contents) { exchange, whole, request ->
          request == 1 && exchange.hangUpAfter(70_000, whole)
        }
        .use { mirror ->
          downloader.fetch(file, listOf(mirror.uri), folder).shouldBeEmpty()
          mirror.requests shouldBe listOf("a.gz whole", "a.gz bytes=70000-")
        }
      folder.resolve("a.gz").readBytes() shouldBe content
    }

    test("what came is kept for a later run, and from another mirror") {
      val folder = folder()
      LoopbackMirror(contents) { exchange, whole, request ->
          if (request == 1) exchange.hangUpAfter(70_000, whole)
          else true.also { exchange.sendResponseHeaders(503, -1) }
        }
        .use { mirror ->
          val failures = downloader.fetch(file, listOf(mirror.uri), folder)
          failures shouldHaveSize 1
          failures[0] shouldContain "HTTP 503"
        }
      folder.resolve("a.gz").exists() shouldBe false
      Files.size(folder.resolve("a.gz.part")) shouldBe 70_000L
      LoopbackMirror(contents).use { mirror ->
        downloader.fetch(file, listOf(nobody, mirror.uri), folder).shouldBeEmpty()
        mirror.requests shouldBe listOf("a.gz bytes=70000-")
      }
      folder.resolve("a.gz").readBytes() shouldBe content
    }

    test("a server that cannot resume is asked for the whole") {
      val folder = folder()
      folder.file("a.gz.part", content.copyOf(1000))
      LoopbackMirror(contents, ranges = false).use { mirror ->
        downloader.fetch(file, listOf(mirror.uri), folder).shouldBeEmpty()
      }
      folder.resolve("a.gz").readBytes() shouldBe content
    }

    test("a part that was never ours is thrown away, and the download begins anew") {
      val folder = folder()
      folder.file("a.gz.part", ByteArray(1000))
      LoopbackMirror(contents).use { mirror ->
        downloader.fetch(file, listOf(mirror.uri), folder).shouldBeEmpty()
        mirror.requests shouldBe listOf("a.gz bytes=1000-", "a.gz whole")
      }
      folder.resolve("a.gz").readBytes() shouldBe content
      val longer = folder().also { it.file("a.gz.part", ByteArray(300_000)) }
      LoopbackMirror(contents).use {
        downloader.fetch(file, listOf(it.uri), longer).shouldBeEmpty()
      }
      longer.resolve("a.gz").readBytes() shouldBe content
    }

    test("a part that is whole needs no server") {
      val folder = folder()
      folder.file("a.gz.part", content)
      downloader.fetch(file, listOf(nobody), folder).shouldBeEmpty()
      folder.resolve("a.gz").readBytes() shouldBe content
    }

    test("a wrong checksum is named, found and expected, and the file is never used") {
      val folder = folder()
      val other = content.copyOf().also { it[100] = (it[100] + 1).toByte() }
      LoopbackMirror(mapOf("a.gz" to other)).use { mirror ->
        val failures = downloader.fetch(file, listOf(mirror.uri), folder)
        failures shouldHaveSize 1
        failures[0] shouldContain
          "a.gz: found sha256 ${Sha256.of(other)}, expected ${file.sha256()}"
        mirror.requests shouldHaveSize 1
      }
      folder.listDirectoryEntries().shouldBeEmpty()
    }

    test("after a wrong checksum the next mirror is asked") {
      val folder = folder()
      LoopbackMirror(mapOf("a.gz" to ByteArray(200_000))).use { bad ->
        LoopbackMirror(contents).use { good ->
          downloader.fetch(file, listOf(bad.uri, good.uri), folder).shouldBeEmpty()
        }
      }
      folder.resolve("a.gz").readBytes() shouldBe content
    }

    test("more bytes than expected, fewer, none: each is said") {
      fun failure(served: Map<String, ByteArray>) =
        LoopbackMirror(served).use { downloader.fetch(file, listOf(it.uri), folder()).single() }
      failure(mapOf("a.gz" to ByteArray(200_001))) shouldContain
        "more than the expected 200000 bytes"
      failure(mapOf("a.gz" to content.copyOf(10))) shouldContain "after 10 of 200000 bytes"
      failure(mapOf()) shouldContain "HTTP 404"
      downloader.fetch(file, listOf(nobody), folder()).single() shouldContain "ConnectException"
    }

    test("a server that falls silent is left after a while") {
      val over = CountDownLatch(1)
      LoopbackMirror(contents) { exchange, whole, _ ->
          exchange.sendResponseHeaders(200, whole.size.toLong())
          exchange.responseBody.write(whole, 0, 10)
          exchange.responseBody.flush()
          over.await(20, TimeUnit.SECONDS)
        }
        .use { mirror ->
          val hasty = Downloader(Duration.ofMillis(200), DownloadProgress.SILENT)
          hasty.fetch(file, listOf(mirror.uri), folder()).single() shouldContain
            "after 10 of 200000 bytes"
          over.countDown()
        }
    }

    test("a folder that cannot be written is named") {
      val blocked = root.file("a-file", ByteArray(1)).resolve("below")
      refused("a-file", "cannot be written") { downloader.fetch(file, listOf(nobody), blocked) }
    }

    test("two that fetch one file at a time share the download") {
      val folder = folder()
      LoopbackMirror(contents).use { mirror ->
        val threads = List(4) { thread { downloader.fetch(file, listOf(mirror.uri), folder) } }
        threads.forEach { it.join() }
        mirror.requests shouldHaveSize 1
      }
      folder.listDirectoryEntries().map { it.name } shouldBe listOf("a.gz")
    }
  })
