package org.glacis.runtime.train

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeIn
import io.kotest.matchers.collections.shouldContainOnly
import io.kotest.matchers.collections.shouldNotBeEmpty
import io.kotest.matchers.doubles.shouldBeGreaterThan
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import kotlin.math.abs
import org.glacis.runtime.Glacis
import org.glacis.runtime.graph.Weights
import org.glacis.runtime.oracle.ONE_THREAD
import org.glacis.spec.BatchNorm
import org.glacis.spec.CertificationSpec
import org.glacis.spec.Conv2d
import org.glacis.spec.Dense
import org.glacis.spec.Epsilon
import org.glacis.spec.Experiment
import org.glacis.spec.Flatten
import org.glacis.spec.Ibp
import org.glacis.spec.Linf
import org.glacis.spec.ModelSpec
import org.glacis.spec.MtlIbp
import org.glacis.spec.Pgd
import org.glacis.spec.Precision
import org.glacis.spec.Relu
import org.glacis.spec.Reshape
import org.glacis.spec.Sgd
import org.glacis.spec.Shape
import org.glacis.spec.TrainingSpec
import org.tensorflow.GraphOperation
import org.tensorflow.proto.DataType

private val PRODUCTS = setOf("MatMul", "Conv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter")

private fun experiment(precision: Precision): Experiment =
  toy(
      model =
        ModelSpec(
          Shape(4),
          listOf(Reshape(Shape(2, 2, 1)), Conv2d(3, 2, bias = false), BatchNorm(), Relu) +
            listOf(Flatten, Dense(8), Relu, Dense(3)),
        ),
      train =
        TrainingSpec(
          4,
          MtlIbp(0.5),
          optimizer = Sgd(0.1),
          attack = Pgd(steps = 1, stepSize = 10.0),
          precision = precision,
        ),
    )
    .validated()

private fun <R> program(precision: Precision, use: (TrainingProgram) -> R): R =
  TrainingProgram(experiment(precision), TOY_DATA.train(), ONE_THREAD, 0).use { program ->
    program.initialize()
    use(program)
  }

private fun operations(from: GraphOperation): Collection<GraphOperation> {
  val found = LinkedHashMap<String, GraphOperation>()
  val open = ArrayDeque(listOf(from))
  while (open.isNotEmpty()) {
    val operation = open.removeFirst()
    if (found.put(operation.name(), operation) == null) {
      operation.inputs().forEach { open += it.op() as GraphOperation }
      open += operation.controlInputs()
    }
  }
  return found.values
}

private fun trained(precision: Precision): Weights =
  program(precision) { program ->
    for (step in 0 until 20) program.step(step.toLong(), IntArray(8) { (step * 8 + it) % 46 })
    program.weights()
  }

class PrecisionTest :
  FunSpec({
    test("mixed precision multiplies bfloat16 numbers and leaves the rest in float32") {
      program(Precision.MIXED_BFLOAT16) { program ->
        val (products, others) = operations(program.updates(0)).partition { it.type() in PRODUCTS }
        // The margins multiply too, and are no layer.
        val ofLayers = products.filter { "layers/" in it.name() || it.type() != "MatMul" }
        ofLayers.shouldNotBeEmpty()
        for (product in ofLayers) {
          val factors = (0 until product.numInputs()).map { product.input(it).dataType() }
          withClue(product) {
            factors.filter { it != DataType.DT_INT32 } shouldContainOnly
              listOf(DataType.DT_BFLOAT16)
          }
        }
        for (other in others) {
          if (
            (0 until other.numInputs()).any { other.input(it).dataType() == DataType.DT_BFLOAT16 }
          )
            withClue(other) { other.type() shouldBeIn listOf("Cast", "Shape") }
        }
      }
    }

    test("float32 multiplies float32 numbers") {
      program(Precision.FLOAT32) { program ->
        operations(program.updates(0))
          .flatMap { o ->
            (0 until o.numOutputs()).map { o.output<org.tensorflow.types.TFloat32>(it).dataType() }
          }
          .filter { it == DataType.DT_BFLOAT16 } shouldContainOnly emptyList()
      }
    }

    test("certificates of a network trained in mixed precision are those of its float32 weights") {
      val weights = trained(Precision.MIXED_BFLOAT16)
      val spec = CertificationSpec(Linf(Epsilon(0.02)), listOf(Ibp))
      val (mixed, single) =
        Precision.entries.reversed().map { precision ->
          Glacis.of(experiment(precision), weights).use { it.certify(spec, TOY_DATA.test()).rows() }
        }
      mixed shouldBe single
      // A network of rounded weights has other margins.
      val rounded =
        Weights(
          weights.entries().mapValues { (_, entry) ->
            val narrow = entry.values.map { Float.fromBits(it.toBits() and 0xffff.inv()) }
            Weights.Entry(entry.shape, narrow.toFloatArray())
          }
        )
      val other =
        Glacis.of(experiment(Precision.FLOAT32), rounded).use { it.certify(spec, TOY_DATA.test()) }
      other.rows().map { it.margin() } shouldNotBe mixed.map { it.margin() }
    }

    test("a network learns nearly the same in mixed precision as in float32") {
      val narrow = trained(Precision.MIXED_BFLOAT16)
      val wide = trained(Precision.FLOAT32)
      val distance =
        wide.paths().maxOf { path ->
          wide[path].values.indices.maxOf {
            abs(wide[path].values[it].toDouble() - narrow[path].values[it])
          }
        }
      distance shouldBeGreaterThan 1e-5
      distance shouldBeLessThan 5e-2
    }
  })
