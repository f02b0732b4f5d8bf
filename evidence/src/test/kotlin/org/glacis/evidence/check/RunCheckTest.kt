package org.glacis.evidence.check

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldNotBeEmpty
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.nulls.shouldNotBeNull
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.nio.file.Files
import java.nio.file.Path
import org.glacis.evidence.EvidenceException
import org.glacis.evidence.check.SampleReport.Status
import org.glacis.evidence.file.Fields
import org.glacis.evidence.file.NumberArray

class RunCheckTest :
  FunSpec({
    val root = tempdir().toPath()
    val honest =
      mapOf(
        "ball" to SmallRun(root.resolve("ball")).ball(),
        "box" to SmallRun(root.resolve("box")).box(),
        "regression" to SmallRun(root.resolve("regression")).regression(),
      )

    fun check(run: Path, limit: Int = 1000) = EvidenceChecker.checkRun(run, limit).single()

    fun copy(kind: String): Path {
      val copy = root.resolve("copy")
      copy.toFile().deleteRecursively()
      honest.getValue(kind).toFile().copyRecursively(copy.toFile())
      return copy
    }

    fun said(report: CheckReport) =
      (report.faults + report.samples.map { it.reason }).joinToString("\n")

    /** Refused, with a reason that says all of [reasons]. */
    fun refused(kind: String, vararg reasons: String, change: (Path) -> Unit) {
      val run = copy(kind)
      change(run)
      val report = check(run)
      withClue("$kind: ${reasons.toList()}\n${said(report)}") {
        report.isConfirmed shouldBe false
        for (reason in reasons) said(report) shouldContain reason
      }
    }

    /** Row [index] of the certificates, changed; the header is row -1. */
    fun changeRow(
      run: Path,
      index: Int,
      file: String = "certificates.csv",
      change: (MutableList<String>) -> Unit,
    ) {
      val lines = Files.readAllLines(run.resolve(file)).toMutableList()
      val at = if (index < 0) 0 else lines.indexOfFirst { it.startsWith("$index,") }
      lines[at] = lines[at].split(",").toMutableList().also(change).joinToString(",")
      Files.write(run.resolve(file), lines)
    }

    fun rows(run: Path) = Row.read(run.resolve("certificates.csv"))

    fun first(kind: String, verdict: String, method: String) =
      rows(honest.getValue(kind)).first { it.verdict == verdict && it.method == method }.index

    test("a run that says what is proved is confirmed, and all of its certificates are proved") {
      for ((kind, run) in honest) {
        val report = check(run)
        withClue("$kind: ${said(report)}") {
          report.faults.shouldBeEmpty()
          report.samples.filter { it.status != Status.PROVED }.shouldBeEmpty()
          report.isConfirmed shouldBe true
          val certified = rows(run).count { it.verdict == "certified" }
          certified shouldBeGreaterThan 4
          report.coverage.shouldNotBeNull() shouldBe
            Coverage("certificates.csv", 24, certified, certified, mapOf(), 0)
        }
      }
    }

    test("a ball certified by intervals is that of epsilon, one by margins has its own radius") {
      val run = honest.getValue("ball")
      val claims = ClaimsJson.read(Fields.read(run.resolve("certificates/claims.json"))).samples()
      for (row in rows(run).filter { it.radius > 0 }) {
        val (whole, balls) =
          claims.filter { it.index == row.index }.partition { it.verdict == "certified" }
        withClue(row) {
          when (row.method) {
            "ibp" -> {
              whole.single().radius shouldBe 0.02
              whole.single().method shouldBe "ibp"
              balls.single().radius shouldBe (row.radius * (1 - 1e-6) plusOrMinus 1e-11)
              balls.single().method shouldBe "lipschitzMargin"
            }
            "lipschitzMargin" -> {
              whole.single().method shouldBe "lipschitzMargin"
              (whole.single().radius > 0.02 && whole.single().radius <= row.radius) shouldBe true
              balls.shouldBeEmpty()
            }
            else -> {
              whole.shouldBeEmpty()
              (balls.single().radius < 0.02) shouldBe true
            }
          }
        }
      }
      // Radii on both sides of epsilon are claimed of what intervals certified.
      rows(run).filter { it.method == "ibp" && it.radius > 0.02 }.shouldNotBeEmpty()
    }

    test("layers that are not those of the declaration are refused, and both are named") {
      fun layers(run: Path, change: (MutableList<MutableMap<String, Any?>>) -> Unit) =
        changeJson(run.resolve("experiment.json")) { change(it.at("model").all("layers")) }
      refused(
        "ball",
        "network.json.layers[1].type: found \"groupSort\", expected \"relu\"",
        "experiment.json.model.layers[1]",
      ) { run ->
        layers(run) { it[1] = mutableMapOf("type" to "relu") }
      }
      refused(
        "ball",
        "network.json.layers[0].type: found \"dense\", expected \"conv2d\"",
        "experiment.json.model.layers[0] (spectralConv2d)",
      ) { run ->
        layers(run) { it[0]["type"] = "spectralConv2d" }
      }
      refused("ball", "network.json.layers[0].units: found 12, expected 13") { run ->
        layers(run) { it[0]["units"] = 13L }
      }
      refused("ball", "network.json.layers[2].bias: found true, expected false") { run ->
        layers(run) { it[2]["bias"] = false }
      }
      refused("ball", "network.json.layers: found 3 layers, expected 4") { run ->
        layers(run) { it += mutableMapOf("type" to "relu") }
      }
      refused("ball", "network.json.layers[1].type: found \"groupSort\", expected \"dense\"") { run
        ->
        layers(run) { it.removeAt(1) }
      }
      refused("ball", "the layer \"cayleyDense\", of which the checker does not know") { run ->
        layers(run) { it[0]["type"] = "cayleyDense" }
      }
      refused("box", "network.json.layers[3].slope: found 0.1, expected 0.2") { run ->
        layers(run) { it[3]["slope"] = 0.2 }
      }
      refused("box", "network.json.input: found [8], expected [4, 2]") { run ->
        changeJson(run.resolve("experiment.json")) { it.at("model")["input"] = listOf(4L, 2L) }
      }
      refused("box", "network.json.range: found [0.0, 1.0], expected nothing") { run ->
        changeJson(run.resolve("experiment.json")) { it.at("perturbation")["range"] = null }
      }
      refused("box", "experiment.json: cannot be read") {
        Files.delete(it.resolve("experiment.json"))
      }
    }

    test("a network of the evidence with other layers is refused though its claims are proved") {
      // A layer that scales by 1 changes nothing that is proved.
      refused("box", "network.json.layers[0].type: found \"scale\", expected \"dense\"") { run ->
        val folder = run.resolve("certificates")
        changeJson(folder.resolve("network.json")) {
          it.all("layers").add(0, mutableMapOf("type" to "scale", "factor" to 1.0))
        }
        val file = folder.resolve("weights.npz")
        changeArrays(file) { arrays ->
          val moved =
            arrays.entries.associate { (path, array) ->
              path.replace(Regex("layers/(\\d)")) { "layers/${it.groupValues[1].toInt() + 1}" } to
                array
            }
          arrays.clear()
          arrays.putAll(moved)
        }
        seal(folder)
        EvidenceChecker.check(folder).isConfirmed shouldBe true
      }
    }

    test("a set, steps, a task or data that are not those of the claims are refused") {
      for (kind in listOf("ball", "box")) {
        refused(
          kind,
          "experiment.json.certify[0].perturbation.epsilon: found 0.03, expected 0.02",
        ) { run ->
          changeJson(run.resolve("experiment.json")) {
            it.all("certify")[0].at("perturbation")["epsilon"] = 0.03
          }
        }
        refused(kind, "summary.json.certifications[0].epsilon: found 0.03, expected 0.02") { run ->
          changeJson(run.resolve("summary.json")) { it.all("certifications")[0]["epsilon"] = 0.03 }
        }
        refused(kind, "summary.json.epsilon: found 0.03, expected 0.02") { run ->
          changeJson(run.resolve("summary.json")) { it["epsilon"] = 0.03 }
        }
        refused(kind, "summary.json.certifications[0].range: found nothing, expected [0.0, 1.0]") {
          run ->
          changeJson(run.resolve("summary.json")) { it.all("certifications")[0].remove("range") }
        }
        refused(kind, "claims.json.data: found \"0123456789abcdef\", expected \"feed\"") { run ->
          changeJson(run.resolve("summary.json")) { it.at("data")["sha256"] = "feed" }
        }
        refused(
          kind,
          "summary.json.certifications[0].steps: found",
          "experiment.json.certify[0]",
        ) { run ->
          changeJson(run.resolve("summary.json")) {
            it.all("certifications")[0].all("steps").removeAt(0)
          }
        }
        refused(kind, "summary.json.task: found \"regression\", expected \"classification\"") { run
          ->
          changeJson(run.resolve("summary.json")) { it["task"] = "regression" }
        }
      }
      refused("ball", "summary.json.norm: found \"linf\", expected \"l2\"") { run ->
        changeJson(run.resolve("summary.json")) { it["norm"] = "linf" }
      }
      refused("box", "claims.json.data: found nothing") { run ->
        changeJson(run.resolve("certificates/claims.json")) { it.remove("data") }
        seal(run.resolve("certificates"))
      }
      refused("box", "summary.json.certifications: found 0 certifications, expected at least 1") {
        run ->
        changeJson(run.resolve("summary.json")) { it["certifications"] = listOf<Any>() }
      }
    }

    test("a row that says more than a proved claim is refused") {
      for (kind in listOf("ball", "box")) {
        val unknown = first(kind, "unknown", "")
        refused(kind, "sample $unknown: found certified by ibp, expected unknown") { run ->
          changeRow(run, unknown) {
            it[3] = "certified"
            it[4] = "ibp"
            it[5] = "0.1"
          }
        }
        val wrong = first(kind, "misclassified", "clean")
        refused(kind, "certificates.csv: sample $wrong: found certified by ibp") { run ->
          changeRow(run, wrong) {
            it[3] = "certified"
            it[4] = "ibp"
          }
        }
        val proved = first(kind, "certified", "ibp")
        refused(kind, "sample $proved: found the margin") { run ->
          changeRow(run, proved) { it[5] = (it[5].toDouble() * 1.00001).toString() }
        }
        refused(kind, "sample $proved: found label and prediction") { run ->
          changeRow(run, proved) { it[1] = "${(it[1].toInt() + 1) % 4}" }
        }
        refused(kind, "sample $proved: found label and prediction") { run ->
          changeRow(run, proved) { it[2] = "${(it[2].toInt() + 1) % 4}" }
        }
        val method = if (kind == "ball") "lipschitzMargin" else "crownIbp"
        refused(kind, "sample $proved: found certified by $method, expected ibp") { run ->
          changeRow(run, proved) { it[4] = method }
        }
        refused(kind, "row 3: found sample 3, expected sample 2") { run ->
          val lines = Files.readAllLines(run.resolve("certificates.csv"))
          Files.write(run.resolve("certificates.csv"), lines.filterIndexed { i, _ -> i != 3 })
        }
        refused(kind, "samples: found 24, expected 23") { run ->
          val lines = Files.readAllLines(run.resolve("certificates.csv"))
          Files.write(run.resolve("certificates.csv"), lines.dropLast(1))
        }
        refused(kind, "certificates.csv: cannot be read") {
          Files.delete(it.resolve("certificates.csv"))
        }
        refused(kind, "column promise: found a column") { run ->
          changeRow(run, -1) { it[5] = "promise" }
        }
      }
      for ((verdict, method) in
        listOf(
          "certified" to "ibp",
          "certified" to "lipschitzMargin",
          "falsified" to "pgd",
          "unknown" to "",
        )) {
        val index = first("ball", verdict, method)
        refused("ball", "sample $index: found the radius", "expected at most") { run ->
          changeRow(run, index) { it[6] = (it[6].toDouble() * 1.00001).toString() }
        }
      }
      val wrong = first("ball", "misclassified", "clean")
      refused("ball", "sample $wrong: found the radius 0.01, expected none") { run ->
        changeRow(run, wrong) { it[6] = "0.01" }
      }
      refused("box", "sample 0: found the radius 0.5, expected none") { run ->
        val file = run.resolve("certificates.csv")
        val lines = Files.readAllLines(file)
        Files.write(
          file,
          lines.mapIndexed { i, line ->
            line + if (i == 0) ",radius" else if (i == 1) ",0.5" else ","
          },
        )
        rows(run)[0].verdict shouldBe "certified"
      }
      refused("box", "found 1 intervals, expected 0, as it is claimed") { run ->
        val file = run.resolve("certificates.csv")
        Files.write(
          file,
          Files.readAllLines(file).mapIndexed { i, line ->
            line + if (i == 0) ",lower,upper" else ",0.1,0.2"
          },
        )
      }
      refused("regression", "sample 5: found output 1 in") { run ->
        changeRow(run, 5) { it[10] = (it[10].toDouble() + 1e-4).toString() }
      }
      refused("regression", "sample 5: found output 0 in") { run ->
        changeRow(run, 5) { it[9] = (it[9].toDouble() - 1e-4).toString() }
      }
    }

    test("a certified row without its claim is refused, and so are balls without theirs") {
      fun unclaimed(kind: String, index: Int, method: String, reason: String) =
        refused(kind, "certificates.csv: sample $index: found $reason") { run ->
          val folder = run.resolve("certificates")
          changeClaims(folder) { json ->
            (json["samples"] as MutableList<*>).removeIf {
              (it as Map<*, *>)["index"] == index.toLong() && it["method"] == method
            }
          }
          // The others stay as they are: samples need not have a claim.
          val kept = ClaimsJson.read(Fields.read(folder.resolve("claims.json"))).indices()
          changeArrays(folder.resolve("samples.npz")) { arrays ->
            val indices = arrays.getValue("indices").data as IntArray
            val places = indices.indices.filter { indices[it] in kept }
            val bytes = arrays.getValue("inputs").data as ByteArray
            val labels = arrays.getValue("labels").data as IntArray
            fun array(values: IntArray) = NumberArray(intArrayOf(values.size), values)
            arrays["indices"] = array(places.map { indices[it] }.toIntArray())
            arrays["labels"] = array(places.map { labels[it] }.toIntArray())
            arrays["inputs"] =
              NumberArray(
                intArrayOf(places.size, 8),
                ByteArray(places.size * 8) { bytes[places[it / 8] * 8 + it % 8] },
              )
          }
          seal(folder)
          EvidenceChecker.check(folder).isConfirmed shouldBe true
        }
      unclaimed("box", first("box", "certified", "ibp"), "ibp", "certified by ibp")
      unclaimed("box", first("box", "certified", "crownIbp"), "crownIbp", "certified by crownIbp")
      unclaimed("ball", first("ball", "certified", "ibp"), "ibp", "certified by ibp")
      unclaimed(
        "ball",
        first("ball", "certified", "lipschitzMargin"),
        "lipschitzMargin",
        "certified by",
      )
      val far = rows(honest.getValue("ball")).first { it.method == "ibp" && it.radius > 0.021 }
      unclaimed("ball", far.index, "lipschitzMargin", "the radius")
      unclaimed("ball", first("ball", "unknown", ""), "lipschitzMargin", "the radius")
      unclaimed("ball", first("ball", "falsified", "pgd"), "lipschitzMargin", "the radius")
    }

    test("a radius to a class that is larger than what is derived is refused") {
      val radii = "certificates-radii.csv"
      // A name with a comma makes two parts of a cell, so rows of that class are left alone here.
      val row =
        rows(honest.getValue("ball")).first { it.radius > 0 && it.labels[0] in listOf(0.0, 3.0) }
      val column = if (row.labels[0] == 3.0) 2 else 5
      refused("ball", "certificates-radii.csv: sample ${row.index}: found the radius") { run ->
        changeRow(run, row.index, radii) {
          it[column] = (it[column].toDouble() * 1.00001).toString()
        }
      }
      refused("ball", "certificates-radii.csv: sample ${row.index}: found the class") { run ->
        changeRow(run, row.index, radii) { it[1] = "nobody" }
      }
      refused("ball", "certificates-radii.csv: sample ${row.index}: found the class") { run ->
        changeRow(run, row.index, radii) { it[2 + row.labels[0].toInt()] = "0.001" }
      }
      val wrong = first("ball", "misclassified", "clean")
      refused("ball", "certificates-radii.csv: sample $wrong: found the radius") { run ->
        val file = run.resolve(radii)
        Files.write(file, Files.readAllLines(file) + "$wrong,a,,0.1,0.1,0.1")
      }
      refused("ball", "certificates-radii.csv: row ", "expected 6") { run ->
        changeRow(run, row.index, radii) { it.removeAt(2) }
      }
    }

    test("a figure that says more than the proved rows is refused, wherever it stands") {
      fun figure(kind: String, path: String, factor: Double, vararg keys: String) {
        for (top in listOf(true, false)) {
          if (top && keys[0] == "verdicts") continue
          val where = if (top) "summary.json" else "summary.json.certifications[0]"
          refused(kind, "$where.$path: found", "as is proved of the rows") { run ->
            changeJson(run.resolve("summary.json")) { all ->
              var at = if (top) all else all.all("certifications")[0]
              keys.dropLast(1).forEach { at = at.at(it) }
              val number = at.getValue(keys.last()) as Number
              at[keys.last()] = if (number is Long) number + 1 else number.toDouble() * factor
            }
          }
        }
      }
      for (kind in listOf("ball", "box")) {
        figure(kind, "certifiedAccuracy", 1.01, "certifiedAccuracy")
        figure(kind, "verdicts.certified", 1.0, "verdicts", "certified")
        for (method in listOf("ibp", "ibpBox", "ibpBoxUnclipped")) figure(
          kind,
          "certifiedAccuracyBy.$method",
          1.01,
          "certifiedAccuracyBy",
          method,
        )
      }
      figure("box", "certifiedAccuracyBy.crownIbp", 1.01, "certifiedAccuracyBy", "crownIbp")
      figure(
        "ball",
        "certifiedAccuracyBy.lipschitzMargin",
        1.01,
        "certifiedAccuracyBy",
        "lipschitzMargin",
      )
      figure("ball", "meanCertifiedRadius", 1.00001, "meanCertifiedRadius")
      figure("ball", "meanCertifiedRadiusBy.pairwise", 1.00001, "meanCertifiedRadiusBy", "pairwise")
      figure("ball", "certifiedAccuracyAt.2/100", 1.01, "certifiedAccuracyAt", "2/100")
      figure("ball", "certifiedAccuracyAt.0.05", 1.01, "certifiedAccuracyAt", "0.05")
      for (name in
        listOf(
          "certifiedMeanAbsoluteError",
          "certifiedMeanSquaredError",
          "meanOutputWidth",
        )) figure("regression", name, 0.99999, name)
      for (top in listOf(true, false)) refused(
        "ball",
        "lipschitzBound: found",
        "expected at least",
      ) { run ->
        changeJson(run.resolve("summary.json")) { all ->
          val at = if (top) all else all.all("certifications")[0]
          at["lipschitzBound"] = (at["lipschitzBound"] as Double) * 0.99999
        }
      }
      refused("box", "lipschitzBound: found 1.0, expected none") { run ->
        changeJson(run.resolve("summary.json")) { it["lipschitzBound"] = 1.0 }
      }
      for ((curve, point) in
        listOf("radiusCurve" to 0, "radiusCurve" to 2, "curve" to 1, "curve" to 2)) refused(
        "ball",
        "summary.json.$curve[$point].certified: found 0.99, expected at most",
      ) { run ->
        changeJson(run.resolve("summary.json")) { it.all(curve)[point]["certified"] = 0.99 }
      }
    }

    test("whoever says less than what is proved may do so") {
      val run = copy("ball")
      changeJson(run.resolve("summary.json")) {
        it["certifiedAccuracy"] = 0.1
        it.at("certifiedAccuracyBy")["ibp"] = 0.0
        it["lipschitzBound"] = 100.0
        it.remove("meanCertifiedRadius")
      }
      changeRow(run, first("ball", "certified", "ibp")) { it[5] = "0.000001" }
      changeRow(run, first("ball", "unknown", "")) { it[5] = "" }
      val report = check(run)
      withClue(said(report)) { report.isConfirmed shouldBe true }
    }

    test("what a method without evidence certifies is neither proved nor refused, and counted") {
      val run = copy("box")
      val index = first("box", "unknown", "")
      changeRow(run, index) {
        it[3] = "certified"
        it[4] = "branchAndBound"
      }
      changeJson(run.resolve("summary.json")) { all ->
        for (at in listOf(all, all.all("certifications")[0])) at["certifiedAccuracy"] =
          (at["certifiedAccuracy"] as Double) + 1 / 24.0
      }
      val report = check(run)
      withClue(said(report)) { report.isConfirmed shouldBe true }
      val coverage = report.coverage.shouldNotBeNull()
      coverage.withoutEvidence shouldBe mapOf("branchAndBound" to 1)
      coverage.proved shouldBe coverage.certified - 1
    }

    test("with a limit only what was checked is compared, and that is said") {
      val run = copy("ball")
      val claims = ClaimsJson.read(Fields.read(run.resolve("certificates/claims.json"))).samples()
      changeJson(run.resolve("summary.json")) { it["certifiedAccuracy"] = 1.0 }
      val report = check(run, 4)
      withClue(said(report)) { report.isConfirmed shouldBe true }
      report.notes.single() shouldBe
        "4 of ${claims.size} claims were checked, so figures were not compared"
      val coverage = report.coverage.shouldNotBeNull()
      coverage.proved + coverage.unchecked shouldBe coverage.certified
      coverage.unchecked shouldBeGreaterThan 0
      check(run, claims.size).isConfirmed shouldBe false
      // Rows without any claim and a lowered constant are found all the same.
      changeRow(run, first("ball", "misclassified", "clean")) { it[6] = "0.5" }
      check(run, 4).isConfirmed shouldBe false
    }

    test("a run without a summary is compared with its certificates alone, and that is said") {
      val run = copy("box")
      Files.delete(run.resolve("summary.json"))
      val report = check(run)
      report.isConfirmed shouldBe true
      report.notes.single() shouldContain "no summary.json"
    }

    test("nothing certified needs no claim; certificates without evidence are refused") {
      val run = copy("box")
      val folder = run.resolve("certificates")
      changeClaims(folder) { it["samples"] = listOf<Any>() }
      changeArrays(folder.resolve("samples.npz")) { arrays ->
        for (name in listOf("labels", "indices")) arrays[name] =
          NumberArray(intArrayOf(0), IntArray(0))
        arrays["inputs"] = NumberArray(intArrayOf(0, 8), ByteArray(0))
      }
      seal(folder)
      val certified = rows(run).filter { it.verdict == "certified" }
      val report = check(run)
      report.samples.shouldBeEmpty()
      for (row in certified) said(report) shouldContain
        "certificates.csv: sample ${row.index}: found certified by"
      for (row in certified) changeRow(run, row.index) { it[3] = "unknown" }
      changeJson(run.resolve("summary.json")) { all ->
        for (at in listOf(all, all.all("certifications")[0])) {
          at["certifiedAccuracy"] = 0.0
          at["verdicts"] = mapOf("certified" to 0)
          at["certifiedAccuracyBy"] = mapOf("ibp" to 0.0)
        }
      }
      val empty = check(run)
      withClue(said(empty)) { empty.isConfirmed shouldBe true }
      empty.coverage shouldBe Coverage("certificates.csv", 24, 0, 0, mapOf(), 0)
    }

    test("each certification of a run needs its folder") {
      val run = copy("box")
      for (name in listOf("certificates-2.csv", "certificates-linf-0.1.csv")) Files.copy(
        run.resolve("certificates.csv"),
        run.resolve(name),
      )
      val reports = EvidenceChecker.checkRun(run, 100)
      reports.map { it.folder.fileName.toString() } shouldBe
        listOf("certificates", "certificates-2", "certificates-linf-0.1")
      reports.map { it.isConfirmed } shouldBe listOf(true, false, false)
      for (report in reports.drop(1)) said(report) shouldContain "found no such folder"
      for (name in listOf("certificates-2.csv", "certificates-linf-0.1.csv")) Files.delete(
        run.resolve(name)
      )
      EvidenceChecker.checkRun(run, 100).single().isConfirmed shouldBe true
      // Radii without certificates, and figures without either.
      Files.writeString(run.resolve("certificates-l2-1.0-radii.csv"), "index,label,0,1\n0,0,,9\n")
      said(EvidenceChecker.checkRun(run, 100)[1]) shouldContain "certificates-l2-1.0: found no such"
      Files.delete(run.resolve("certificates-l2-1.0-radii.csv"))
      changeJson(run.resolve("summary.json")) { all ->
        all.all("certifications") += all.all("certifications")[0].toMutableMap()
      }
      said(EvidenceChecker.checkRun(run, 100)[1]) shouldContain
        "certificates-2: found no such folder"
      run.resolve("certificates").toFile().deleteRecursively()
      shouldThrow<EvidenceException> { EvidenceChecker.checkRun(run, 3) }.message!! shouldContain
        "no folder certificates in it"
    }

    test("certificates that were made later are compared with the file of their name") {
      val run = copy("ball")
      for (end in listOf("", ".csv", "-radii.csv")) Files.move(
        run.resolve("certificates$end"),
        run.resolve("certificates-l2-0.02$end"),
      )
      val file = run.resolve("certificates-l2-0.02.json")
      Files.move(run.resolve("summary.json"), file)
      changeJson(file) { all ->
        all.putAll(all.all("certifications")[0])
        all.remove("certifications")
        all["first"] = 0L
      }
      val report = check(run)
      withClue(said(report)) { report.isConfirmed shouldBe true }
      fun faults(change: (MutableMap<String, Any?>) -> Unit): String {
        val before = Files.readString(file)
        changeJson(file, change)
        return said(check(run)).also { Files.writeString(file, before) }
      }
      faults { it["first"] = 100L } shouldContain "row 1: found sample 0, expected sample 100"
      faults { it["certifiedAccuracy"] = 0.999 } shouldContain
        "certificates-l2-0.02.json.certifiedAccuracy: found 0.999"
      faults { it["epsilon"] = 0.5 } shouldContain "certificates-l2-0.02.json.epsilon: found 0.5"
      faults { it.at("data")["sha256"] = "feed" } shouldContain "claims.json.data"
      Files.delete(file)
      said(check(run)) shouldContain "certificates-l2-0.02.json: cannot be read"
    }
  })
