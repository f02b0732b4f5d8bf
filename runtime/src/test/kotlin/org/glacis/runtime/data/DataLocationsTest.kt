package org.glacis.runtime.data

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldStartWith
import java.net.URI
import java.nio.file.Files
import kotlin.io.path.deleteExisting
import kotlin.io.path.readBytes
import org.glacis.spec.DataSpec
import org.glacis.spec.InMemory
import org.glacis.spec.NamedData
import org.glacis.spec.Shape

class DataLocationsTest :
  FunSpec({
    val root = scratch()
    val contents = mapOf("a.gz" to byteArrayOf(1, 2, 3), "b.gz" to byteArrayOf(4))
    val tiny = TinyData(contents)

    fun folder() = Files.createTempDirectory(root, "place")

    fun full() =
      folder().also { place ->
        contents.forEach { (name, bytes) -> place.file("tiny/$name", bytes) }
      }

    test("--data comes before GLACIS_DATA, then home, then packages") {
      val places = List(4) { full() }
      for (first in places.indices) {
        val (data, environment, home, packages) =
          places.mapIndexed { i, place -> if (i < first) folder() else place }
        tiny.place(DataLocations.of(data, environment, home, listOf(packages))) shouldBe
          places[first].resolve("tiny").toString()
      }
    }

    test("a folder with the name of the data set is it") {
      val place = full()
      tiny.place(DataLocations.of(place.resolve("tiny"), null, folder(), listOf())) shouldBe
        place.resolve("tiny").toString()
    }

    test("a plain file stands for a gzipped one") {
      val place = folder()
      contents.forEach { (name, bytes) -> place.file("tiny/${name.removeSuffix(".gz")}", bytes) }
      tiny.place(DataLocations.of(null, null, place, listOf())) shouldBe
        place.resolve("tiny").toString()
    }

    test(
      "a folder that the user named and that lacks a file is a fault, not a reason to look elsewhere"
    ) {
      val place = full()
      place.resolve("tiny/b.gz").deleteExisting()
      refused(
        "${place.resolve("tiny")}",
        "(--data) without a file",
        "all files of tiny",
        "b.gz  1 bytes  sha256",
      ) {
        DataLocations.of(place, null, full(), listOf()).find(tiny)
      }
      refused("(GLACIS_DATA)") { DataLocations.of(null, place, full(), listOf()).find(tiny) }
      tiny.place(DataLocations.of(place, null, full(), listOf())) shouldStartWith "incomplete: "
    }

    test("--data must exist") {
      refused("--data ${root.resolve("nowhere")}", "found no such folder") {
        DataLocations.of(root.resolve("nowhere"), null, root, listOf())
      }
    }

    test("what is nowhere is downloaded into home, and only what is missing") {
      val home = folder()
      home.file("tiny/b.gz", contents.getValue("b.gz"))
      LoopbackMirror(contents).use { mirror ->
        val where =
          DataLocations.of(folder(), null, home, listOf())
            .withMirrors(mapOf("tiny" to listOf(mirror.uri)))
        tiny.get(where) shouldBe home.resolve("tiny").toString()
        mirror.requests shouldBe listOf("a.gz whole")
      }
      home.resolve("tiny/a.gz").readBytes() shouldBe contents["a.gz"]
    }

    test("a mirror of one's own stands for the public ones, with a folder a data set") {
      LoopbackMirror(emptyMap()).use { mirror ->
        val where = DataLocations.of(null, null, folder(), listOf()).withMirror("${mirror.uri}")
        refused("${mirror.uri}mnist/train-images-idx3-ubyte.gz: the server answers HTTP 404") {
          DataSets.load(NamedData("mnist"), where)
        }
        mirror.requests shouldBe listOf("mnist/train-images-idx3-ubyte.gz whole")
      }
      refused("GLACIS_MIRROR: found \"disk\", expected an http or https address") {
        DataLocations.of(null, null, folder(), listOf()).withMirror("disk")
      }
    }

    test("offline, the message says which files to put where") {
      val home = folder()
      val where =
        DataLocations.of(null, null, home, listOf(root.resolve("packages")))
          .withMirrors(mapOf("tiny" to listOf(URI.create("http://localhost:1/"))))
      val message = refused { tiny.load(where) }
      message.replace(root.toString(), "ROOT").replace(home.fileName.toString(), "HOME") shouldBe
        """
      data set "tiny" is not here, and a.gz could not be downloaded
        looked in  ROOT/HOME/tiny
                   ROOT/packages/tiny
        http://localhost:1/a.gz: ConnectException: Connection refused
      put these files into ROOT/HOME/tiny, or into a folder "tiny" below --data or GLACIS_DATA
        a.gz  3 bytes  sha256 ${Sha256.of(contents.getValue("a.gz"))}
        b.gz  1 bytes  sha256 ${Sha256.of(contents.getValue("b.gz"))}
      """
          .trimIndent()
    }

    test("a wrong checksum ends the run with file, found and expected") {
      LoopbackMirror(mapOf("a.gz" to byteArrayOf(9, 9, 9))).use { mirror ->
        val where =
          DataLocations.of(null, null, folder(), listOf())
            .withMirrors(mapOf("tiny" to listOf(mirror.uri)))
        refused(
          "a.gz: found sha256 ${Sha256.of(byteArrayOf(9, 9, 9))}",
          "expected ${tiny.files()[0].sha256()}",
        ) {
          tiny.load(where)
        }
        tiny.place(where) shouldBe "not here"
      }
    }

    test("mnist is read from its folder, limits included, with its provenance") {
      val place = folder().smallMnist()
      val where = DataLocations.of(place, null, folder(), listOf())
      val data = DataSets.load(DataSpec(NamedData("mnist"), 1, 0.0, 2, 1), where)
      data.train().labels().toList() shouldBe listOf(0, 9)
      data.test().labels().toList() shouldBe listOf(1)
      data.facts() shouldBe DataCatalogue.get("mnist").facts()
      data.provenance().files().map { it.path().substringAfterLast('/') } shouldBe
        DataCatalogue.get("mnist").files().map { it.name() }
      data.provenance().files()[1].sha256() shouldBe Sha256.of(gzip(idxLabels(0, 9, 5)))
      refused("limitTrain") { DataSets.load(DataSpec(NamedData("mnist"), 1, 0.0, 4, 1), where) }
    }

    test("the data set of another name beside it is not taken for it") {
      val place = folder().smallMnist("fashion-mnist")
      val where = DataLocations.of(place, null, folder(), listOf()).withMirrors(mapOf())
      DataSets.load(NamedData("fashion-mnist"), where).classNames()[0] shouldBe "T-shirt/top"
      refused("data set \"mnist\" is not here") { DataSets.load(NamedData("mnist"), where) }
    }

    test("names that nobody knows and arrays that nobody handed over are refused") {
      val where = DataLocations.of(null, null, folder(), listOf())
      refused("no data set is called \"digit\"", "did you mean \"digits\"?") {
        DataSets.load(NamedData("digit"), where)
      }
      refused("data \"mine\"", "without its arrays", "Dataset.of") {
        DataSets.load(InMemory("mine", Shape(1), 2), where)
      }
    }

    test("the locations of this machine end in the user's own folder") {
      DataLocations.system(null).home().toString() shouldContain ".glacis"
    }
  })
