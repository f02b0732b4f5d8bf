package org.glacis.runtime.train

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import kotlin.math.roundToInt
import kotlin.math.sqrt
import kotlin.random.Random
import org.glacis.runtime.data.Samples
import org.glacis.runtime.graph.Tensors
import org.glacis.runtime.oracle.ONE_THREAD
import org.glacis.spec.AugmentationSpec
import org.glacis.spec.CropMode
import org.glacis.spec.CrossEntropy
import org.glacis.spec.DataSpec
import org.glacis.spec.Dense
import org.glacis.spec.Epsilon
import org.glacis.spec.Experiment
import org.glacis.spec.Flatten
import org.glacis.spec.HorizontalFlip
import org.glacis.spec.InMemory
import org.glacis.spec.Linf
import org.glacis.spec.ModelSpec
import org.glacis.spec.RandomCrop
import org.glacis.spec.Shape
import org.glacis.spec.TrainingSpec
import org.tensorflow.Graph
import org.tensorflow.op.core.Placeholder
import org.tensorflow.types.TInt32

private const val HEIGHT = 5
private const val WIDTH = 4
private const val CHANNELS = 3
private val IMAGE = Shape(HEIGHT, WIDTH, CHANNELS)
private const val COUNT = 32

/** Bytes, no two alike within an image. */
private val BYTES =
  Samples.images(
    IMAGE,
    ByteArray(COUNT * IMAGE.size) { (1 + (7 * it + it / IMAGE.size) % 251).toByte() },
    IntArray(COUNT) { it % 3 },
  )

private val FLOATS =
  Samples.table(
    IMAGE,
    FloatArray(COUNT * IMAGE.size) { (BYTES.bytes()[it].toInt() and 0xff) / 255f },
    BYTES.labels(),
  )

/** Crops and flips as loops over pixels. */
private fun List<Int>.cropped(down: Int, right: Int, mode: CropMode): List<Int> =
  List(size) {
    val row = it / CHANNELS / WIDTH + down
    val column = it / CHANNELS % WIDTH + right
    val outside = row !in 0 until HEIGHT || column !in 0 until WIDTH
    if (outside && mode == CropMode.ZERO) 0
    else
      this[
        (row.coerceIn(0, HEIGHT - 1) * WIDTH + column.coerceIn(0, WIDTH - 1)) * CHANNELS +
          it % CHANNELS]
  }

private fun List<Int>.flipped(): List<Int> =
  List(size) {
    val column = it / CHANNELS % WIDTH
    this[it + (WIDTH - 1 - 2 * column) * CHANNELS]
  }

/** Every result that [changes] can have, by the draws that lead to it. */
private fun List<Int>.outcomes(changes: List<AugmentationSpec>): Map<String, List<Int>> =
  changes.fold(mapOf("" to this)) { before, change ->
    before
      .flatMap { (name, image) ->
        when (change) {
          is RandomCrop ->
            (-change.padding..change.padding).flatMap { down ->
              (-change.padding..change.padding).map { right ->
                "$name $down,$right" to image.cropped(down, right, change.mode)
              }
            }
          is HorizontalFlip -> listOf("$name as it is" to image, "$name flipped" to image.flipped())
        }
      }
      .toMap()
  }

/** A graph with nothing but the samples, whose pixels are told as numbers from 0 to 255. */
private class Feed(samples: Samples, changes: List<AugmentationSpec>, batch: Int = COUNT) :
  AutoCloseable {
  private val graph = Graph()
  private val tf = ONE_THREAD.operations(graph)
  private val seed =
    tf.placeholder(TInt32::class.java, Placeholder.shape(org.tensorflow.ndarray.Shape.of(2)))
  private val feed =
    DataFeed(
      tf,
      samples,
      IMAGE,
      batch,
      3,
      DataSpec(InMemory("images", IMAGE, 3), augmentation = changes),
      seed,
      null,
      Samples.MEMORY_BUDGET,
    )
  private val session = ONE_THREAD.session(graph).also(feed::load)

  val shape: List<Long> = feed.inputs().shape().asArray()!!.toList()

  fun draw(step: Int, indices: IntArray = IntArray(COUNT) { it }): List<List<Int>> {
    feed.batch(indices).use { chosen ->
      Tensors.ints(intArrayOf(11, step), 2).use { random ->
        chosen.feed(session.runner()).feed(seed, random).fetch(feed.inputs()).run().use {
          return Tensors.floats(it[0]).map { x -> (x * 255).roundToInt() }.chunked(IMAGE.size)
        }
      }
    }
  }

  override fun close() {
    session.close()
    graph.close()
  }
}

class AugmentationTest :
  FunSpec({
    val original = List(COUNT) { i -> BYTES.input(i).map { (it * 255).roundToInt() } }
    val crop = RandomCrop(2)
    val flip = HorizontalFlip()
    val lists =
      listOf(
        listOf(crop),
        listOf(flip),
        listOf(crop, flip),
        listOf(flip, crop),
        listOf(RandomCrop(3, CropMode.ZERO), HorizontalFlip(0.3)),
        listOf(RandomCrop(1), HorizontalFlip(), RandomCrop(2, CropMode.ZERO)),
        listOf(RandomCrop(2, CropMode.ZERO), RandomCrop(1)),
        listOf(RandomCrop(1, CropMode.ZERO), RandomCrop(1, CropMode.ZERO)),
      )

    for (changes in lists) {
      test("every sample is exactly one of the results that $changes can have") {
        Feed(BYTES, changes).use { feed ->
          val outcomes = original.map { it.outcomes(changes).values.toSet() }
          for (step in 0 until 20) {
            feed.draw(step).forEachIndexed { i, image ->
              withClue("sample $i of step $step") { (image in outcomes[i]) shouldBe true }
            }
          }
        }
      }
    }

    test("all draws of a crop and a flip are as frequent as chance has it") {
      val changes = listOf(crop, flip)
      val steps = 200
      val counts = mutableMapOf<String, Int>()
      Feed(BYTES, changes).use { feed ->
        val outcomes =
          original.map { image ->
            image.outcomes(changes).entries.groupBy({ it.value }, { it.key })
          }
        for (step in 0 until steps) {
          feed.draw(step).forEachIndexed { i, image ->
            // All 50 results differ, so a result tells its draw.
            counts.merge(outcomes[i].getValue(image).single(), 1, Int::plus)
          }
        }
      }
      counts.size shouldBe 50
      val expected = steps * COUNT / 50.0
      val chiSquare = counts.values.sumOf { (it - expected) * (it - expected) / expected }
      // 49 degrees of freedom: mean 49, deviation 9.9.
      chiSquare shouldBeLessThan 49 + 4 * sqrt(98.0)
    }

    test("the probability of a flip is that of the declaration; two flips draw apart") {
      fun share(vararg probabilities: Double): Double =
        Feed(BYTES, probabilities.map(::HorizontalFlip)).use { feed ->
          (0 until 100).sumOf { step ->
            feed.draw(step).withIndex().count { (i, image) -> image != original[i] }
          } / (100.0 * COUNT)
        }
      share(0.0) shouldBe 0.0
      share(1.0) shouldBe 1.0
      share(0.2) shouldBe (0.2 plusOrMinus 0.03)
      share(0.5, 0.5) shouldBe (0.5 plusOrMinus 0.04)
      share(1.0, 1.0) shouldBe 0.0
    }

    test("one seed gives one batch, another step another, whatever was drawn before") {
      Feed(BYTES, listOf(crop, flip)).use { feed ->
        val first = feed.draw(3)
        feed.draw(4) shouldNotBe first
        feed.draw(3) shouldBe first
        Feed(BYTES, listOf(crop, flip)).use { it.draw(3) shouldBe first }
        (0 until COUNT).count { first[it] != original[it] } shouldBeGreaterThan COUNT / 2
      }
    }

    test("floats are changed as bytes are, and a batch of any size as one of a fixed size") {
      val changes = listOf(RandomCrop(2, CropMode.ZERO), flip)
      Feed(BYTES, changes).use { fixed ->
        fixed.shape shouldBe listOf(COUNT.toLong(), 5L, 4L, 3L)
        Feed(FLOATS, changes).use { it.draw(1) shouldBe fixed.draw(1) }
        Feed(BYTES, changes, batch = -1).use { any ->
          any.shape.drop(1) shouldBe listOf(5L, 4L, 3L)
          any.draw(1) shouldBe fixed.draw(1)
          val indices = intArrayOf(9, 2, 9)
          any.draw(1, indices).forEachIndexed { i, image ->
            (image in original[indices[i]].outcomes(changes).values) shouldBe true
          }
        }
      }
    }

    test("without augmentation the samples are as they are") {
      Feed(BYTES, listOf()).use { it.draw(0) shouldBe original }
    }

    test("no kind of augmentation is left out of this test") {
      val tested = lists.flatten().map { it.javaClass }.toSet()
      (AugmentationSpec::class.java.permittedSubclasses.toSet() - tested).shouldBeEmpty()
    }

    test("a run that was interrupted and resumed ends with the same weights") {
      val experiment =
        Experiment(
          "augmented",
          DataSpec(InMemory("images", IMAGE, 3), batch = 8, augmentation = listOf(crop, flip)),
          Linf(Epsilon(0.01)),
          ModelSpec(IMAGE, listOf(Flatten, Dense(3))),
          TrainingSpec(2, CrossEntropy),
          seed = 3,
        )
      val indices = Random(1).let { random -> List(6) { IntArray(8) { random.nextInt(COUNT) } } }
      fun program(experiment: Experiment) =
        TrainingProgram(experiment, BYTES, ONE_THREAD, 0).apply { initialize() }
      val (middle, end) =
        program(experiment).use { program ->
          repeat(3) { program.step(it.toLong(), indices[it]) }
          val middle = program.state()
          repeat(3) { program.step(3L + it, indices[3 + it]) }
          middle to program.state()
        }
      program(experiment).use { program ->
        program.load(middle)
        repeat(3) { program.step(3L + it, indices[3 + it]) }
        program.state().bits() shouldBe end.bits()
      }
      program(experiment.copy(data = experiment.data.copy(augmentation = listOf()))).use { program
        ->
        repeat(6) { program.step(it.toLong(), indices[it]) }
        program.state().bits() shouldNotBe end.bits()
      }
    }
  })
