package org.glacis.runtime.certify

import io.kotest.core.spec.style.FunSpec
import io.kotest.inspectors.forAll
import io.kotest.matchers.collections.shouldBeUnique
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeBetween
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import java.util.SplittableRandom
import kotlin.math.pow
import org.glacis.runtime.graph.Element
import org.glacis.runtime.oracle.evaluate
import org.tensorflow.Operand
import org.tensorflow.op.Ops
import org.tensorflow.types.TFloat64

private const val WIDTH = 4000

class SampleNoiseTest :
  FunSpec({
    fun drawn(
      keys: LongArray,
      draw: (SampleNoise, Ops, Operand<org.tensorflow.types.TInt32>) -> Operand<TFloat64>,
    ): List<List<Double>> {
      val values = evaluate { tf ->
        val noise = SampleNoise(tf, tf.constant(keys))
        listOf(draw(noise, tf, tf.constant(intArrayOf(keys.size, WIDTH / 4, 4))))
      }
      return values[0].toList().chunked(WIDTH)
    }

    fun uniform(keys: LongArray, place: String = "here") =
      drawn(keys) { noise, tf, shape -> noise.uniform(tf, Element.FLOAT64, place, shape) }

    test("numbers are SplitMix64's: those of the JDK, from the state that key and place make") {
      // The first number of SplittableRandom(s) is mix64(s + golden).
      fun mix(z: Long) = SplittableRandom(z - -0x61c8864680b583ebL).nextLong()
      val golden = -0x61c8864680b583ebL
      for (key in listOf(0L, 7L, -3L)) {
        val state = mix(key + "here".hashCode().toLong() * golden)
        uniform(longArrayOf(key))[0].take(5).forEachIndexed { i, value ->
          value shouldBe (mix(state + (i + 1) * golden) ushr 11) * 2.0.pow(-53)
        }
      }
    }

    test("a sample gets its numbers whatever batch it is in") {
      val all = uniform(longArrayOf(5, 6, 7))
      uniform(longArrayOf(6)) shouldBe listOf(all[1])
      all.shouldBeUnique()
      uniform(longArrayOf(5), "there") shouldNotBe listOf(all[0])
    }

    test("uniform numbers fill [0, 1), normal ones have mean 0 and deviation 1") {
      val keys = LongArray(20) { it * 31L }
      val uniform = uniform(keys).flatten()
      uniform.forAll { it.shouldBeBetween(0.0, 1.0, 0.0) }
      // Five standard errors.
      uniform.average() shouldBe (0.5 plusOrMinus 5 * (1.0 / 12 / uniform.size).pow(0.5))
      val normal =
        drawn(keys) { noise, tf, shape -> noise.normal(tf, Element.FLOAT64, "here", shape) }
          .flatten()
      normal.average() shouldBe (0.0 plusOrMinus 5 * (1.0 / normal.size).pow(0.5))
      normal.sumOf { it * it } / normal.size shouldBe
        (1.0 plusOrMinus 5 * (2.0 / normal.size).pow(0.5))
    }
  })
