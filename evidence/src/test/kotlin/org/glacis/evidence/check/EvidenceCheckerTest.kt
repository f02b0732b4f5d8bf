package org.glacis.evidence.check

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.nio.file.Files
import java.nio.file.Path
import kotlin.random.Random
import org.glacis.evidence.EvidenceException
import org.glacis.evidence.check.SampleReport.Status
import org.glacis.evidence.file.NumberArray

class EvidenceCheckerTest :
  FunSpec({
    val root = tempdir().toPath()
    val honest =
      mapOf(
        "ibp" to Evidence(root.resolve("ibp")).ibp(),
        "crownIbp" to Evidence(root.resolve("crown")).crownIbp(),
        "lipschitz" to Evidence(root.resolve("lipschitz")).lipschitz(),
        "regression" to Evidence(root.resolve("regression")).regression(),
      )

    fun copy(folder: Path): Path {
      val copy = root.resolve("copy")
      copy.toFile().deleteRecursively()
      folder.toFile().copyRecursively(copy.toFile())
      return copy
    }

    fun isRefused(folder: Path): Boolean =
      try {
        !EvidenceChecker.check(folder).isConfirmed
      } catch (e: EvidenceException) {
        true
      }

    test("honest evidence is confirmed, claim by claim") {
      for ((name, folder) in honest) {
        val report = EvidenceChecker.check(folder)
        withClue("$name $report") {
          report.faults.shouldBeEmpty()
          report.samples.filter { it.status != Status.PROVED }.shouldBeEmpty()
          report.samples.size shouldBeGreaterThan 4
          report.isConfirmed shouldBe true
          EvidenceChecker.check(folder, 2).samples.size shouldBe 2
        }
      }
    }

    test(
      "a false statement is refused even where the manifest was made anew, and the reason says why"
    ) {
      fun refused(kind: String, reason: String, change: (Path) -> Unit) {
        val folder = copy(honest.getValue(kind))
        change(folder)
        seal(folder)
        val report = EvidenceChecker.check(folder)
        withClue("$kind: $reason") {
          report.isConfirmed shouldBe false
          (report.faults + report.samples.map { it.reason }).joinToString("\n") shouldContain reason
        }
      }
      for (kind in listOf("ibp", "crownIbp")) {
        refused(kind, "is claimed, but") { changeClaims(it) { json -> json["epsilon"] = 0.0101 } }
        refused(kind, "no margin above 0 is proved") {
          changeClaims(it) { json -> json["epsilon"] = 3.0 }
        }
        refused(kind, "is claimed, but") {
          changeClaims(it) { json ->
            json.sample(1)["margin"] = (json.sample(1)["margin"] as Double) * 1.01
          }
        }
        refused(kind, "samples.npz says") {
          changeClaims(it) { json ->
            json.sample(0)["label"] = ((json.sample(0)["label"] as Long) + 1) % 4
          }
        }
        refused(kind, "the network has no logit 7") { folder ->
          changeClaims(folder) { json -> json.sample(0)["label"] = 7L }
          changeArrays(folder.resolve("samples.npz")) {
            (it.getValue("labels").data as IntArray)[0] = 7
          }
        }
        refused(kind, "no margin above 0 is proved") { folder ->
          changeClaims(folder) { json ->
            json.sample(0)["label"] = ((json.sample(0)["label"] as Long) + 1) % 4
          }
          changeArrays(folder.resolve("samples.npz")) { arrays ->
            val labels = arrays.getValue("labels").data as IntArray
            labels[0] = (labels[0] + 1) % 4
          }
        }
        refused(kind, "does not know the method \"trust\"") {
          changeClaims(it) { json -> json.sample(0)["method"] = "trust" }
        }
        refused(kind, "no margin above 0 is proved") { folder ->
          var label = 0
          changeClaims(folder) { json -> label = (json.sample(0)["label"] as Long).toInt() }
          changeArrays(folder.resolve("weights.npz")) { arrays ->
            (arrays.getValue("layers/4/bias").data as FloatArray)[label] -= 100f
          }
        }
      }
      refused("lipschitz", "the radius") {
        changeClaims(it) { json ->
          json.sample(2)["radius"] = (json.sample(2)["radius"] as Double) * 1.001
        }
      }
      refused("lipschitz", "is below epsilon") {
        changeClaims(it) { json -> json["epsilon"] = 5.0 }
      }
      for (constant in listOf("whole", "body")) {
        refused("lipschitz", "the Lipschitz constant") {
          changeClaims(it) { json ->
            json.constants()[constant] = (json.constants()[constant] as Double) * 0.999
          }
        }
      }
      refused("lipschitz", "for logit 2") {
        changeClaims(it) { json ->
          json.constants()["logits"] =
            (json.constants()["logits"] as List<*>).mapIndexed { j, l ->
              (l as Double) * (if (j == 2) 0.99 else 1.0)
            }
        }
      }
      refused("lipschitz", "no Lipschitz constants among the claims") {
        changeClaims(it) { json -> json["lipschitz"] = null }
      }
      refused("regression", "is claimed to lie in") {
        changeClaims(it) { json -> json.sample(1)["lower"] = listOf(0.0, 0.0) }
      }
      refused("regression", "epsilon has 2 numbers") {
        changeClaims(it) { json -> json["epsilon"] = listOf(0.1, 0.1) }
      }
      refused("ibp", "claims a regression of a network for classification") {
        changeClaims(it) { json ->
          json["task"] = "regression"
          json["samples"] = listOf<Any>()
        }
      }
    }

    test("of 1000 random tamperings none is accepted") {
      val random = Random(77)
      var untouched = 0
      repeat(1000) { round ->
        val (kind, source) = honest.entries.toList()[random.nextInt(honest.size)].toPair()
        val folder = copy(source)
        val what = random.nextInt(if (kind == "lipschitz") 8 else 6)
        val more = 1 + random.nextDouble(0.01, 1.0)
        val sample = random.nextInt(100)
        when (what) {
          0,
          1 -> {
            val file = Files.list(folder).use { it.sorted().toList() }.random(random)
            val bytes = Files.readAllBytes(file)
            bytes[random.nextInt(bytes.size)] =
              (bytes[random.nextInt(bytes.size)].toInt() xor (1 shl random.nextInt(8))).toByte()
            val before = Files.readAllBytes(file)
            if (bytes.contentEquals(before)) bytes[0] = (bytes[0] + 1).toByte()
            Files.write(file, bytes)
          }
          2 ->
            changeArrays(folder.resolve("weights.npz")) { arrays ->
              val array = arrays.values.random(random).data as FloatArray
              val i = random.nextInt(array.size)
              array[i] = Float.fromBits(array[i].toRawBits() xor (1 shl random.nextInt(32)))
            }
          3 ->
            changeClaims(folder) { json ->
              json["epsilon"] =
                if (kind == "regression") (json["epsilon"] as List<*>).map { (it as Double) * more }
                else (json["epsilon"] as Double) * more * (if (kind == "lipschitz") 1e4 else 1.0)
            }
          4 ->
            if (kind == "regression")
              changeClaims(folder) { json ->
                json.sample(sample)["upper"] =
                  (json.sample(sample)["upper"] as List<*>).map { (it as Double) - 0.01 * more }
              }
            else {
              val shift = random.nextInt(1, 4)
              var place = 0
              changeClaims(folder) { json ->
                place = Math.floorMod(sample, (json["samples"] as List<*>).size)
                json.sample(sample)["label"] = ((json.sample(sample)["label"] as Long) + shift) % 4
              }
              changeArrays(folder.resolve("samples.npz")) { arrays ->
                val labels = arrays.getValue("labels").data as IntArray
                labels[place] = (labels[place] + shift) % 4
              }
            }
          5 ->
            if (kind == "regression")
              changeClaims(folder) { json -> json.sample(sample)["method"] = "crownIbp" }
            else
              changeClaims(folder) { json ->
                json.sample(sample)["margin"] = (json.sample(sample)["margin"] as Double) * more
              }
          6 ->
            changeClaims(folder) { json ->
              json.sample(sample)["radius"] = (json.sample(sample)["radius"] as Double) * more
            }
          else ->
            changeClaims(folder) { json ->
              json.constants()["body"] = (json.constants()["body"] as Double) / more
            }
        }
        // Whoever changes claims may also write a new manifest; other weights may be as good.
        if (what > 2 && round % 2 == 0) seal(folder) else untouched++
        withClue("round $round: $kind, tampering $what") { isRefused(folder) shouldBe true }
      }
      untouched shouldBeGreaterThan 500
    }

    test("files that are missing, strange or not to be read are faults that name them") {
      fun fault(reason: String, change: (Path) -> Unit) {
        val folder = copy(honest.getValue("ibp"))
        change(folder)
        val report = EvidenceChecker.check(folder)
        report.isConfirmed shouldBe false
        report.faults.joinToString("\n") shouldContain reason
      }
      fault("samples.npz: is missing") { Files.delete(it.resolve("samples.npz")) }
      fault("readme.txt: is not named in the manifest") {
        Files.writeString(it.resolve("readme.txt"), "trust me")
      }
      fault("claims.json: is damaged") {
        Files.writeString(it.resolve("claims.json"), "{")
        seal(it)
      }
      fault("its own sum differs") {
        Files.writeString(
          it.resolve("manifest.json"),
          Files.readString(it.resolve("manifest.json")).replace("\n", "\n "),
        )
      }
      fault("weights.npz: found no readable archive") {
        Files.writeString(it.resolve("weights.npz"), "PK")
        seal(it)
      }
      fault("inputs: found the shape") { folder ->
        changeArrays(folder.resolve("samples.npz")) {
          it["inputs"] = NumberArray(intArrayOf(1, 8), FloatArray(8))
        }
        seal(folder)
      }
      fault("claims.json.samples[0].confidence: found a key") {
        changeClaims(it) { json -> json.sample(0)["confidence"] = 1.0 }
        seal(it)
      }
      shouldThrow<EvidenceException> { EvidenceChecker.check(root.resolve("nowhere")) }
        .message!! shouldContain "no such folder"
      shouldThrow<EvidenceException> { EvidenceChecker.check(root) }.message!! shouldContain
        "no manifest.json in it"
      shouldThrow<EvidenceException> { EvidenceChecker.checkRun(root, 3) }.message!! shouldContain
        "no folder certificates in it"
    }

    test("the evidence of a run is about the weights of the run") {
      val run = SmallRun(root.resolve("run")).box()
      EvidenceChecker.checkRun(run, 100).single().isConfirmed shouldBe true
      // Those of the frozen network count, where there are some.
      Files.copy(run.resolve("weights.npz"), run.resolve("frozen.npz"))
      EvidenceChecker.checkRun(run, 100).single().isConfirmed shouldBe true
      changeArrays(run.resolve("frozen.npz")) { arrays ->
        (arrays.getValue("layers/0/bias").data as FloatArray)[1] += 1e-6f
      }
      EvidenceChecker.checkRun(run, 100).single().faults.single() shouldContain
        "is about other weights than"
    }

    test("a sample has at most one claim by each method, and one place in the archive") {
      val folder = copy(honest.getValue("ibp"))
      changeClaims(folder) { json -> json.sample(1)["index"] = json.sample(0)["index"] }
      seal(folder)
      EvidenceChecker.check(folder).faults.single() shouldContain
        "expected one claim by each method"
      val other = copy(honest.getValue("ibp"))
      changeArrays(other.resolve("samples.npz")) { arrays ->
        val indices = arrays.getValue("indices").data as IntArray
        indices[1] = indices[0]
      }
      seal(other)
      EvidenceChecker.check(other).faults.single() shouldContain "a second time"
    }

    test("a ball below epsilon is proved by itself, and only as far as it reaches") {
      for ((factor, status) in listOf(0.5 to Status.PROVED, 1.01 to Status.NOT_PROVED)) {
        val folder = copy(honest.getValue("lipschitz"))
        changeClaims(folder) { json ->
          json["epsilon"] = 5.0
          for (sample in json.all("samples")) {
            sample["verdict"] = "unknown"
            sample["margin"] = null
            sample["radius"] = (sample["radius"] as Double) * factor
          }
        }
        seal(folder)
        EvidenceChecker.check(folder).samples.map { it.status }.toSet() shouldBe setOf(status)
      }
    }

    test("a margin by Lipschitz constants holds in the whole ball of epsilon") {
      val folder = copy(honest.getValue("lipschitz"))
      changeClaims(folder) { json -> json["epsilon"] = 0.0011 }
      seal(folder)
      val reports = EvidenceChecker.check(folder).samples
      reports.map { it.status }.toSet() shouldBe setOf(Status.NOT_PROVED)
      reports.forEach { it.reason shouldContain "the margin" }
    }

    test("a sample without a verdict claims nothing") {
      val folder = copy(honest.getValue("ibp"))
      changeClaims(folder) { json ->
        json.sample(0)["verdict"] = "unknown"
        json.sample(0)["margin"] = 1e9
      }
      seal(folder)
      EvidenceChecker.check(folder).samples.map { it.status }.take(2) shouldBe
        listOf(Status.NO_CLAIM, Status.PROVED)
    }
  })

@Suppress("UNCHECKED_CAST")
private fun MutableMap<String, Any?>.constants() = get("lipschitz") as MutableMap<String, Any?>
