package org.glacis.runtime.train

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.ints.shouldBeInRange
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import org.glacis.runtime.Glacis
import org.glacis.runtime.data.Corruptions
import org.glacis.runtime.data.Samples
import org.glacis.runtime.graph.Tensors
import org.glacis.runtime.oracle.ONE_THREAD
import org.glacis.spec.CorruptionSpec
import org.glacis.spec.DataSpec
import org.glacis.spec.InMemory
import org.glacis.spec.Shape
import org.glacis.spec.WrongLabels
import org.tensorflow.Graph
import org.tensorflow.op.core.Placeholder
import org.tensorflow.types.TInt32

private const val COUNT = 3000
private const val CLASSES = 5
private val SAMPLES = Samples.table(Shape(1), FloatArray(COUNT), IntArray(COUNT) { it % CLASSES })

/** The labels that so many steps see, a list each. */
private fun labels(steps: Int, vararg corruption: CorruptionSpec): List<List<Int>> =
  Graph().use { graph ->
    val tf = ONE_THREAD.operations(graph)
    val shape = Placeholder.shape(org.tensorflow.ndarray.Shape.of(2))
    val seed = tf.placeholder(TInt32::class.java, shape)
    val spec = DataSpec(InMemory("numbers", Shape(1), CLASSES), corruption = corruption.toList())
    val feed =
      DataFeed(tf, SAMPLES, Shape(1), COUNT, CLASSES, spec, seed, null, Samples.MEMORY_BUDGET)
    ONE_THREAD.session(graph).also(feed::load).use { session ->
      List(steps) { step ->
        feed.batch(IntArray(COUNT) { it }).use { chosen ->
          Tensors.ints(intArrayOf(3, step), 2).use { random ->
            chosen.feed(session.runner()).feed(seed, random).fetch(feed.truth()).run().use {
              Tensors.floats(it[0]).toList().chunked(CLASSES).map { row -> row.indexOf(1f) }
            }
          }
        }
      }
    }
  }

class RedrawnLabelsTest :
  FunSpec({
    test("each step has wrong labels of its own, to all other classes alike") {
      val steps = labels(2, WrongLabels(0.3, redrawn = true))
      val wrong = steps.map { seen -> (0 until COUNT).filter { seen[it] != it % CLASSES } }
      // 3,000 draws of probability 0.3: 900 with a deviation of 25.
      for (step in wrong) step.size shouldBeInRange 775..1025
      // Both steps choose independently: 0.09 of 3,000 are wrong in both, 270 with deviation 16.
      wrong[0].intersect(wrong[1].toSet()).size shouldBeInRange 190..350
      val moves = wrong[0].groupingBy { (steps[0][it] - it + COUNT) % CLASSES }.eachCount()
      moves.keys shouldBe (1 until CLASSES).toSet()
      for (count in moves.values) count shouldBeInRange 150..300
    }

    test("a step has the same wrong labels again") {
      labels(1, WrongLabels(0.5, redrawn = true)) shouldBe
        labels(1, WrongLabels(0.5, redrawn = true))
    }

    test("a share of 0 leaves all, a share of 1 none") {
      labels(1, WrongLabels(0.0, redrawn = true)).single() shouldBe List(COUNT) { it % CLASSES }
      labels(1, WrongLabels(1.0, redrawn = true)).single().filterIndexed { i, label ->
        label == i % CLASSES
      } shouldBe emptyList()
    }

    test("they are not spoilt before training, but those of validation samples are, once") {
      val plain = toy()
      val redrawn =
        plain.copy(
          data = plain.data.copy(corruption = listOf(WrongLabels(0.5, true)), validation = 0.5)
        )
      Corruptions.of(redrawn, TOY_DATA) shouldBe TOY_DATA
      val kept = Corruptions.validation(redrawn, SAMPLES, CLASSES)
      val wrong = (0 until COUNT).count { kept.labels()[it] != it % CLASSES }
      (wrong.toDouble() / COUNT) shouldBe (0.5 plusOrMinus 1e-9)
      Glacis.train(redrawn, TOY_OPTIONS).use { one ->
        Glacis.train(plain.copy(data = redrawn.data.copy(corruption = listOf())), TOY_OPTIONS)
          .use { other ->
            val path = one.weights().paths().first()
            one.weights().get(path).values.toList() shouldNotBe
              other.weights().get(path).values.toList()
          }
      }
    }
  })
