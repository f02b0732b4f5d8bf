package org.glacis.evidence.check

import java.nio.file.Files
import java.nio.file.Path
import kotlin.math.abs
import kotlin.math.max
import kotlin.math.min
import kotlin.random.Random
import org.glacis.evidence.Json
import org.glacis.evidence.file.NumberArray
import org.glacis.evidence.network.Box
import org.glacis.evidence.network.LinearBounds
import org.glacis.evidence.network.LipschitzConstants
import org.glacis.evidence.network.Net
import org.glacis.evidence.network.Network

private const val SAMPLES = 24
private const val WIDTH = 8
private const val DATA = "0123456789abcdef"
private val BJORCK = mapOf("type" to "bjorck", "iterations" to 15L)

/**
 * Runs of small networks as their directories tell: declaration, certificates, figures, evidence.
 */
class SmallRun(private val run: Path) {
  private val bytes = Random(21).nextBytes(SAMPLES * WIDTH)

  private class Sample(
    val index: Int,
    val label: Int,
    val prediction: Int,
    val verdict: String,
    val method: String,
    val margin: Double?,
    val radius: Double? = null,
    val criteria: Set<String> = setOf(),
    val targets: List<Double> = listOf(),
  ) {
    val certified
      get() = verdict == "certified"
  }

  private fun point(i: Int) =
    DoubleArray(WIDTH) { (bytes[i * WIDTH + it].toInt() and 0xff) / 255.0 }

  private fun box(x: DoubleArray, r: Double, range: Boolean): Box {
    val open = Box(DoubleArray(WIDTH) { x[it] - r }, DoubleArray(WIDTH) { x[it] + r })
    return if (!range) open
    else
      Box(
        DoubleArray(WIDTH) { max(open.lower[it], 0.0) },
        DoubleArray(WIDTH) { min(open.upper[it], 1.0) },
      )
  }

  private fun bounds(network: Network, i: Int, r: Double, range: Boolean = true) =
    LinearBounds(network, checkNotNull(network.boxes(box(point(i), r, range))))

  private fun criteria(network: Network, i: Int, label: Int, r: Double): Set<String> {
    val clipped = bounds(network, i, r)
    return buildSet {
      if (clipped.mergedMargin(label) > 0) add("ibp")
      if (clipped.boxMargin(label) > 0) add("ibpBox")
      if (bounds(network, i, r, false).boxMargin(label) > 0) add("ibpBoxUnclipped")
    }
  }

  /** Every twelfth is decided wrongly. */
  private fun label(i: Int, y: DoubleArray) =
    y.indices.maxBy { y[it] }.let { if (i % 12 == 3) (it + 1) % y.size else it }

  /** Balls, certified by interval bounds and then by margins. */
  fun ball(): Path {
    val net = Net(intArrayOf(WIDTH), Random(6)).dense(12).groupSort(2).dense(4)
    val network = net.network()
    val constants = LipschitzConstants.of(network)
    val outputs = List(SAMPLES) { net.apply(point(it)) }
    val targets =
      outputs.mapIndexed { i, y ->
        val label = label(i, y)
        y.indices.map {
          if (it == label) Double.POSITIVE_INFINITY
          else (y[label] - y[it]) / constants.difference(label, it)
        }
      }
    val epsilon = 0.02
    val samples =
      outputs.mapIndexed { i, y ->
        val label = label(i, y)
        val found = y.indices.maxBy { y[it] }
        if (found != label)
          return@mapIndexed Sample(i, label, found, "misclassified", "clean", null)
        val intervals = bounds(network, i, epsilon).mergedMargin(label)
        val radius = targets[i].min()
        val margin =
          y.indices
            .filter { it != label }
            .minOf { y[label] - y[it] - epsilon * constants.difference(label, it) }
        val (verdict, method) =
          when {
            intervals > 0 -> "certified" to "ibp"
            radius > epsilon -> "certified" to "lipschitzMargin"
            i % 2 == 0 -> "falsified" to "pgd"
            else -> "unknown" to ""
          }
        val bound = if (intervals > 0) intervals else max(intervals, margin)
        val met = criteria(network, i, label, epsilon)
        Sample(i, label, found, verdict, method, bound, radius, met, targets[i])
      }
    val claims =
      samples.flatMap {
        buildList {
          val byRadius = it.method == "lipschitzMargin"
          if (it.certified)
            add(
              Claim.of(
                it.index,
                it.label,
                it.method,
                checkNotNull(it.margin),
                if (byRadius) checkNotNull(it.radius) else epsilon,
              )
            )
          if (it.radius != null && !byRadius)
            add(Claim.ofRadius(it.index, it.label, "lipschitzMargin", it.radius))
        }
      }
    for (method in listOf("ibp", "lipschitzMargin", "pgd", "", "clean")) check(
      samples.any { it.method == method }
    ) {
      "no sample is decided by \"$method\""
    }
    val ofLogits = Claims.Constants(constants.whole(), constants.body(), constants.logits())
    val declared =
      listOf(
        mapOf("type" to "spectralDense", "units" to 12L, "bias" to true) +
          ("orthogonalization" to BJORCK),
        mapOf("type" to "groupSort", "size" to 2L),
        mapOf("type" to "frobeniusDense", "units" to 4L, "bias" to true, "disjointNeurons" to true),
      )
    val radii = samples.map { max(it.radius ?: 0.0, 0.0) }
    fun above(r: Double) = radii.count { it > r } / SAMPLES.toDouble()
    write(
      net,
      declared,
      Claims(
        DATA,
        "classification",
        "l2",
        doubleArrayOf(epsilon),
        Claims.Range(0.0, 1.0),
        ofLogits,
        claims,
      ),
      listOf("ibp", "lipschitzMargin"),
      figures(samples, "ibp", "ibpBox", "ibpBoxUnclipped") +
        mapOf(
          "lipschitzBound" to constants.logits().max(),
          "meanCertifiedRadiusBy" to mapOf("pairwise" to radii.average(), "perLogit" to 0.001),
          "meanCertifiedRadius" to radii.average(),
          "certifiedAccuracyAt" to mapOf("2/100" to above(0.02), "0.05" to above(0.05)),
        ),
      mapOf(
        "curve" to
          listOf(0.0, 0.02, 0.04).map {
            val right = samples.count { s -> s.certified }.toDouble() / SAMPLES
            point(it, if (it == 0.0) 1 - 2.0 / SAMPLES else if (it == 0.02) right else 0.0)
          },
        "radiusCurve" to listOf(0.0, 0.01, 0.03).map { point(it, above(it)) },
      ),
    )
    rows(samples)
    Files.writeString(
      run.resolve("certificates-radii.csv"),
      "index,label,a,\"b, c\",\"say \"\"d\"\"\",e\n" +
        samples
          .filter { it.targets.isNotEmpty() }
          .joinToString("") { sample ->
            val name = listOf("a", "\"b, c\"", "\"say \"\"d\"\"\"", "e")[sample.label]
            val cells = sample.targets.map { if (it.isInfinite()) "" else it.toString() }
            "${sample.index},$name,${cells.joinToString(",")}\n"
          },
    )
    return run
  }

  /** Boxes, certified by interval bounds and then by linear ones. */
  fun box(): Path {
    val net = Net(intArrayOf(WIDTH), Random(5)).dense(12).relu().dense(10).leakyRelu(0.1).dense(4)
    val network = net.network()
    val epsilon = 0.02
    val samples =
      List(SAMPLES) { i ->
        val y = net.apply(point(i))
        val label = label(i, y)
        val found = y.indices.maxBy { y[it] }
        if (found != label) return@List Sample(i, label, found, "misclassified", "clean", null)
        val bounds = bounds(network, i, epsilon)
        val intervals = bounds.mergedMargin(label)
        val linear = bounds.linearMargin(label)
        val (verdict, method) =
          when {
            intervals > 0 -> "certified" to "ibp"
            linear > 0 -> "certified" to "crownIbp"
            else -> "unknown" to ""
          }
        val bound = if (intervals > 0) intervals else max(intervals, linear)
        val met = criteria(network, i, label, epsilon)
        Sample(i, label, found, verdict, method, bound, criteria = met)
      }
    for (method in listOf("ibp", "crownIbp", "", "clean")) check(
      samples.any { it.method == method }
    ) {
      "no sample is decided by \"$method\""
    }
    val claims =
      samples
        .filter { it.certified }
        .map { Claim.of(it.index, it.label, it.method, checkNotNull(it.margin), Double.NaN) }
    write(
      net,
      net.layers,
      Claims(
        DATA,
        "classification",
        "linf",
        doubleArrayOf(epsilon),
        Claims.Range(0.0, 1.0),
        null,
        claims,
      ),
      listOf("ibp", "crownIbp"),
      figures(samples, "ibp", "ibpBox", "ibpBoxUnclipped"),
      mapOf(),
    )
    rows(samples)
    return run
  }

  /** Intervals of two outputs. */
  fun regression(): Path {
    val net = Net(intArrayOf(WIDTH), Random(6)).dense(6).tanh().dense(2)
    val network = net.network("regression")
    val epsilon = 0.01
    val boxes = List(SAMPLES) { checkNotNull(network.boxes(box(point(it), epsilon, false))).last() }
    val targets = List(SAMPLES) { i -> net.apply(point(i)).map { it + 0.1 * (i % 3 - 1) } }
    val errors =
      boxes.zip(targets).flatMap { (box, target) ->
        target.indices.map { max(abs(box.lower[it] - target[it]), abs(box.upper[it] - target[it])) }
      }
    write(
      net,
      net.layers,
      Claims(
        DATA,
        "regression",
        "linf",
        doubleArrayOf(epsilon),
        null,
        null,
        boxes.mapIndexed { i, box -> Claim.of(i, "ibp", box.lower, box.upper) },
      ),
      listOf("ibp"),
      mapOf(
        "samples" to SAMPLES,
        "verdicts" to mapOf("certified" to SAMPLES),
        "certifiedMeanAbsoluteError" to errors.average(),
        "certifiedMeanSquaredError" to errors.map { it * it }.average(),
        "meanOutputWidth" to boxes.flatMap { b -> List(2) { b.upper[it] - b.lower[it] } }.average(),
      ),
      mapOf(),
    )
    val header =
      "index,label_0,label_1,prediction_0,prediction_1,verdict,method,margin,lower_0,upper_0,lower_1,upper_1"
    val lines =
      boxes.mapIndexed { i, box ->
        val y = net.apply(point(i))
        "$i,${targets[i][0]},${targets[i][1]},${y[0]},${y[1]},certified,ibp,," +
          "${box.lower[0]},${box.upper[0]},${box.lower[1]},${box.upper[1]}"
      }
    Files.writeString(run.resolve("certificates.csv"), (listOf(header) + lines + "").joined())
    return run
  }

  private fun List<String>.joined() = joinToString("\n")

  private fun point(epsilon: Double, certified: Double) =
    mapOf("epsilon" to epsilon, "certified" to certified, "samples" to SAMPLES)

  private fun figures(samples: List<Sample>, vararg criteria: String): Map<String, Any?> {
    fun share(which: (Sample) -> Boolean) = samples.count(which) / SAMPLES.toDouble()
    val by = linkedMapOf<String, Any?>()
    for (criterion in criteria) by[criterion] = share { criterion in it.criteria }
    if (samples.any { it.method == "crownIbp" }) by["crownIbp"] = share { it.certified }
    if (samples.any { it.radius != null })
      by["lipschitzMargin"] = share { it.radius != null && it.radius > 0.02 }
    return mapOf(
      "samples" to SAMPLES,
      "certifiedAccuracy" to share { it.certified },
      "certifiedAccuracyBy" to by,
      "verdicts" to mapOf("certified" to samples.count { it.certified }),
    )
  }

  private fun rows(samples: List<Sample>) {
    val radii = samples.any { it.radius != null }
    val lines =
      samples.map {
        "${it.index},${it.label},${it.prediction},${it.verdict},${it.method},${it.margin ?: ""}" +
          if (radii) ",${it.radius ?: ""}" else ""
      }
    val header = "index,label,prediction,verdict,method,margin" + if (radii) ",radius" else ""
    Files.writeString(run.resolve("certificates.csv"), (listOf(header) + lines + "").joined())
  }

  private fun write(
    net: Net,
    declared: List<Map<String, Any?>>,
    claims: Claims,
    steps: List<String>,
    figures: Map<String, Any?>,
    more: Map<String, Any?>,
  ) {
    val folder = run.resolve("certificates")
    Files.createDirectories(run)
    val range = claims.range()?.let { listOf(it.least, it.most) }
    val indices = claims.indices()
    EvidenceWriter.write(
      folder,
      net.head(claims.task()) + ("range" to range),
      net.weights,
      NumberArray(
        intArrayOf(indices.size, WIDTH),
        ByteArray(indices.size * WIDTH) { bytes[indices[it / WIDTH] * WIDTH + it % WIDTH] },
      ),
      claims,
    )
    Files.copy(folder.resolve("weights.npz"), run.resolve("weights.npz"))
    val set =
      mapOf(
        "type" to claims.norm(),
        "epsilon" to claims.epsilon()[0],
        "range" to claims.range()?.let { mapOf("least" to it.least, "most" to it.most) },
      )
    val plan = steps.map { mapOf("type" to it) }
    val model = mapOf("input" to listOf(WIDTH), "layers" to declared)
    json(
      "experiment.json",
      mapOf(
        "model" to model,
        "perturbation" to set,
        "certify" to listOf(mapOf("perturbation" to set, "steps" to plan)),
      ),
    )
    val own =
      mapOf("norm" to claims.norm(), "epsilon" to claims.epsilon()[0]) +
        (if (range == null) mapOf() else mapOf("range" to range)) +
        ("steps" to plan) +
        figures
    json(
      "summary.json",
      mapOf("task" to claims.task(), "data" to mapOf("sha256" to DATA)) +
        (own - "range" - "steps" - "verdicts") +
        more +
        ("certifications" to listOf(own)),
    )
  }

  private fun json(name: String, value: Any) {
    Files.writeString(run.resolve(name), Json.pretty(value))
  }
}

/** A JSON file with something else in it. */
@Suppress("UNCHECKED_CAST")
fun changeJson(file: Path, change: (MutableMap<String, Any?>) -> Unit) {
  val all = Json.parse(Files.readString(file), file.toString()) as MutableMap<String, Any?>
  change(all)
  Files.writeString(file, Json.pretty(all))
}

@Suppress("UNCHECKED_CAST")
fun MutableMap<String, Any?>.at(key: String) = getValue(key) as MutableMap<String, Any?>

@Suppress("UNCHECKED_CAST")
fun MutableMap<String, Any?>.all(key: String) =
  getValue(key) as MutableList<MutableMap<String, Any?>>
