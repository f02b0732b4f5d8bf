package org.glacis.evidence.check

import java.nio.file.Files
import java.nio.file.Path
import kotlin.math.min
import kotlin.random.Random
import org.glacis.evidence.Json
import org.glacis.evidence.file.NpzReader
import org.glacis.evidence.file.NpzWriter
import org.glacis.evidence.file.NumberArray
import org.glacis.evidence.network.Box
import org.glacis.evidence.network.LinearBounds
import org.glacis.evidence.network.LipschitzConstants
import org.glacis.evidence.network.Net
import org.glacis.evidence.network.Network

/** Honest evidence of small networks on bytes, in a folder. */
class Evidence(private val folder: Path) {
  private val random = Random(21)
  private val count = 12
  private val bytes = random.nextBytes(count * 8)

  private fun point(i: Int) = DoubleArray(8) { (bytes[i * 8 + it].toInt() and 0xff) / 255.0 }

  private fun around(x: DoubleArray, r: Double) =
    Box(
      DoubleArray(8) { min(x[it], maxOf(x[it] - r, 0.0)) },
      DoubleArray(8) { maxOf(x[it], min(x[it] + r, 1.0)) },
    )

  private fun label(net: Net, i: Int): Int =
    net.apply(point(i)).let { y -> y.indices.maxBy { y[it] } }

  private fun write(net: Net, task: String, claims: Claims, samples: List<Int>): Path {
    val inputs = ByteArray(samples.size * 8) { bytes[samples[it / 8] * 8 + it % 8] }
    EvidenceWriter.write(
      folder,
      net.head(task),
      net.weights,
      NumberArray(intArrayOf(samples.size, 8), inputs),
      claims,
    )
    return folder
  }

  private fun net() =
    Net(intArrayOf(8), Random(3)).dense(12).relu().dense(10).leakyRelu(0.1).dense(4)

  /** All samples whose margin over [radius] is above 0. */
  private fun linf(method: String, margin: (LinearBounds, Int) -> Double): Path {
    val net = net()
    val network: Network = net.network()
    val radius = 0.01
    val claims =
      (0 until count).mapNotNull { i ->
        val boxes = checkNotNull(network.boxes(around(point(i), radius)))
        val bound = margin(LinearBounds(network, boxes), label(net, i))
        if (bound > 0) Claim.of(i, label(net, i), method, bound, Double.NaN) else null
      }
    check(claims.size > 4)
    return write(
      net,
      "classification",
      Claims(
        null,
        "classification",
        "linf",
        doubleArrayOf(radius),
        Claims.Range(0.0, 1.0),
        null,
        claims,
      ),
      claims.map { it.index },
    )
  }

  fun ibp(): Path = linf("ibp", LinearBounds::mergedMargin)

  fun crownIbp(): Path = linf("crownIbp", LinearBounds::linearMargin)

  fun lipschitz(): Path {
    val net = Net(intArrayOf(8), Random(5)).dense(12).groupSort(2).dense(4)
    val network = net.network()
    val constants = LipschitzConstants.of(network)
    val claims =
      (0 until count).mapNotNull { i ->
        val label = label(net, i)
        val y = net.apply(point(i))
        val radius =
          y.indices
            .filter { it != label }
            .minOf { (y[label] - y[it]) / constants.difference(label, it) }
        if (radius > 0.001)
          Claim.of(
            i,
            label,
            "lipschitzMargin",
            y.indices
              .filter { it != label }
              .minOf { y[label] - y[it] - 0.001 * constants.difference(label, it) },
            radius,
          )
        else null
      }
    check(claims.size > 4)
    val claimed = Claims.Constants(constants.whole(), constants.body(), constants.logits())
    return write(
      net,
      "classification",
      Claims(null, "classification", "l2", doubleArrayOf(0.001), null, claimed, claims),
      claims.map { it.index },
    )
  }

  fun regression(): Path {
    val net = Net(intArrayOf(8), Random(6)).dense(6).tanh().dense(2)
    val network = net.network("regression")
    val epsilon = DoubleArray(8) { 0.01 * it }
    val claims =
      (0 until count).map { i ->
        val x = point(i)
        val box =
          Box(DoubleArray(8) { x[it] - epsilon[it] }, DoubleArray(8) { x[it] + epsilon[it] })
        val outputs = checkNotNull(network.boxes(box)).last()
        Claim.of(i, "ibp", outputs.lower(), outputs.upper())
      }
    return write(
      net,
      "regression",
      Claims(null, "regression", "linf", epsilon, null, null, claims),
      claims.map { it.index },
    )
  }
}

/** `claims.json` with something else in it. */
@Suppress("UNCHECKED_CAST")
fun changeClaims(folder: Path, change: (MutableMap<String, Any?>) -> Unit) {
  val file = folder.resolve("claims.json")
  val claims = Json.parse(Files.readString(file), "claims") as MutableMap<String, Any?>
  change(claims)
  Files.writeString(file, Json.pretty(claims))
}

@Suppress("UNCHECKED_CAST")
fun MutableMap<String, Any?>.sample(i: Int): MutableMap<String, Any?> =
  (get("samples") as List<Any?>).let { it[Math.floorMod(i, it.size)] as MutableMap<String, Any?> }

/** An archive with something else in it. */
fun changeArrays(file: Path, change: (MutableMap<String, NumberArray>) -> Unit) {
  val arrays = NpzReader.read(file)
  change(arrays)
  Files.newOutputStream(file).use { NpzWriter.write(arrays, it) }
}

/** A manifest that fits the files as they are now. */
fun seal(folder: Path) {
  Files.writeString(folder.resolve("manifest.json"), Manifest.of(folder))
}
