package org.glacis.runtime.interchange

import ai.onnx.proto.OnnxMl.ModelProto
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldNotContain
import io.kotest.matchers.doubles.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.io.File
import java.nio.file.Files
import kotlin.math.abs
import kotlin.random.Random
import kotlin.reflect.KClass
import org.glacis.evidence.Json
import org.glacis.runtime.Glacis
import org.glacis.runtime.TrainedModel
import org.glacis.runtime.interchange.onnx.OnnxModels
import org.glacis.runtime.oracle.LAYER_GENERATORS
import org.glacis.runtime.oracle.Network
import org.glacis.runtime.oracle.network
import org.glacis.runtime.oracle.weights
import org.glacis.spec.BlockSpec
import org.glacis.spec.Conv2d
import org.glacis.spec.DataSpec
import org.glacis.spec.Dense
import org.glacis.spec.Epsilon
import org.glacis.spec.Experiment
import org.glacis.spec.Flatten
import org.glacis.spec.Householder
import org.glacis.spec.InMemory
import org.glacis.spec.InputException
import org.glacis.spec.LayerSpec
import org.glacis.spec.Linf
import org.glacis.spec.MaxMin
import org.glacis.spec.MeanSquaredError
import org.glacis.spec.ModelSpec
import org.glacis.spec.Relu
import org.glacis.spec.ScaledL2NormPool2d
import org.glacis.spec.Shape
import org.glacis.spec.SpectralConv2d
import org.glacis.spec.SpectralDense
import org.glacis.spec.Task
import org.glacis.spec.TrainingSpec

private const val NETWORKS = 250

private fun experiment(model: ModelSpec) =
  Experiment(
    "exported",
    DataSpec(InMemory("numbers", model.input, model.output.size, Task.REGRESSION), 8),
    Linf(Epsilon(0.05)),
    model,
    TrainingSpec(1, MeanSquaredError),
  )

private fun trained(network: Network): TrainedModel =
  Glacis.of(experiment(network.model), network.weights)

private fun kinds(layers: List<LayerSpec>): List<KClass<out LayerSpec>> =
  layers.flatMap {
    listOf(it::class) + if (it is BlockSpec) it.branches.values.flatMap(::kinds) else emptyList()
  }

private fun hasAngles(layers: List<LayerSpec>): Boolean =
  layers.any { it == Householder(2) || (it is BlockSpec && it.branches.values.any(::hasAngles)) }

/** The largest difference of two tables, as a share of the largest number, or of 1. */
private fun difference(a: Array<DoubleArray>, b: Array<DoubleArray>): Double {
  a.map { it.size } shouldBe b.map { it.size }
  val scale = maxOf(1.0, a.maxOf { row -> row.maxOf { abs(it) } })
  return a.indices.maxOf { i -> a[i].indices.maxOf { j -> abs(a[i][j] - b[i][j]) } } / scale
}

private fun inputs(seed: Int, size: Int) =
  Random(seed).let { r -> Array(5) { FloatArray(size) { r.nextFloat() } } }

private fun FloatArray.toDoubles() = DoubleArray(size) { this[it].toDouble() }

private fun read(file: File): ModelProto = file.inputStream().use { ModelProto.parseFrom(it) }

class OnnxModelsTest :
  FunSpec({
    val folder = tempdir()

    test("ONNX Runtime computes what the network computes, for layers of every kind") {
      val met = mutableSetOf<KClass<out LayerSpec>>()
      val random = Random(2026)
      repeat(NETWORKS) { n ->
        val network = random.network()
        val layers = network.model.plain.layers
        if (hasAngles(layers)) return@repeat
        met += kinds(network.model.layers)
        trained(network).use { model ->
          val file = folder.resolve("random-$n.onnx").toPath()
          OnnxModels.write(model, file)
          val x = inputs(n, network.model.input.size)
          val there = OnnxModels.predict(file, x, model.experiment().model)
          // The plain interpreter knows nothing of how layers are built, here or there.
          val plain = Network(model.experiment().model, model.weights()).oracle
          val here = x.map { plain.forward(it.toDoubles()) }.toTypedArray()
          difference(here, there) shouldBeLessThan 1e-5
          Files.delete(file)
        }
      }
      met shouldBe LAYER_GENERATORS.keys
    }

    test("the file says what it is: shapes, operator set, declaration and proved constants") {
      val layers =
        listOf(
          SpectralConv2d(4, 3),
          MaxMin,
          ScaledL2NormPool2d(2),
          Flatten,
          SpectralDense(6),
          MaxMin,
          SpectralDense(3),
        )
      val spec = ModelSpec(Shape(6, 6, 1), layers)
      trained(Network(spec, Random(1).weights(spec))).use { model ->
        val file = folder.resolve("said.onnx")
        OnnxModels.write(model, file.toPath())
        val proto = read(file)
        proto.getOpsetImport(0).version shouldBe 19
        val input = proto.graph.getInput(0)
        input.name shouldBe "x"
        input.type.tensorType.shape.dimList.map {
          it.dimParam.ifEmpty { "${it.dimValue}" }
        } shouldBe listOf("batch", "6", "6", "1")
        proto.graph.getOutput(0).type.tensorType.shape.dimList.map { it.dimValue } shouldBe
          listOf(0L, 3L)
        proto.graph.initializerList.map { it.name } shouldContain "layers/0/kernel"
        val said =
          Json.parse(proto.metadataPropsList.single { it.key == "glacis.network" }.value, "said")
            as Map<*, *>
        said["input"] shouldBe listOf(6.0, 6.0, 1.0)
        val constants = said["lipschitz"] as Map<*, *>
        val proved = model.freeze().lipschitz()!!
        constants["network"] shouldBe proved.whole()
        (constants["layers"] as Map<*, *>).keys.toList() shouldContainExactly
          listOf("layers/0", "layers/4", "layers/6")
        proved.whole() shouldBeLessThan 1.0
      }
    }

    test("plain convolutions and dense layers are one operation each") {
      val spec = ModelSpec(Shape(5, 5, 2), listOf(Conv2d(3, 3), Relu, Flatten, Dense(2)))
      trained(Network(spec, Random(3).weights(spec))).use { model ->
        val file = folder.resolve("plain.onnx")
        OnnxModels.write(model, file.toPath())
        val types = read(file).graph.nodeList.map { it.opType }
        types shouldBe
          listOf("Transpose", "Conv", "Relu", "Transpose", "Reshape", "Gemm", "Identity")
        types shouldNotContain "Pad"
      }
      val grouped = ModelSpec(Shape(5, 5, 4), listOf(Conv2d(6, 3, groups = 2), Flatten, Dense(2)))
      trained(Network(grouped, Random(3).weights(grouped))).use { model ->
        val file = folder.resolve("groups.onnx")
        OnnxModels.write(model, file.toPath())
        val graph = read(file).graph
        val convolution = graph.nodeList.single { it.opType == "Conv" }
        convolution.attributeList.single { it.name == "group" }.i shouldBe 2L
        val kernel = graph.initializerList.single { it.name == convolution.getInput(1) }
        kernel.dimsList shouldBe listOf(6L, 2L, 3L, 3L)
        val x = inputs(3, 100)
        difference(OnnxModels.predict(file.toPath(), x, grouped), model.predict(x)) shouldBeLessThan
          1e-5
      }
    }

    test("a layer without a form in ONNX is refused with its path, and nothing is written") {
      val spec = ModelSpec(Shape(4), listOf(Dense(4), Householder(2), Dense(2)))
      trained(Network(spec, Random(4).weights(spec))).use { model ->
        val file = folder.resolve("angles.onnx")
        val refused = shouldThrow<InputException> { OnnxModels.write(model, file.toPath()) }
        refused.message shouldContain "model.layers[1]"
        refused.message shouldContain "saved-model"
        file.exists() shouldBe false
      }
    }

    test("nothing is overwritten") {
      val spec = ModelSpec(Shape(3), listOf(Dense(2)))
      trained(Network(spec, Random(5).weights(spec))).use { model ->
        val file = folder.resolve("mine.onnx").apply { writeText("mine") }
        val refused = shouldThrow<InputException> { OnnxModels.write(model, file.toPath()) }
        refused.message shouldContain "exists already"
        file.readText() shouldBe "mine"
      }
    }

    test("JSON and SavedModel carry the proved constants of constrained networks too") {
      val spec = ModelSpec(Shape(4), listOf(SpectralDense(6), MaxMin, SpectralDense(3)))
      trained(Network(spec, Random(6).weights(spec))).use { model ->
        val file = folder.resolve("network.json")
        NetworkJson.write(model, file.toPath())
        val whole = Json.parse(file.readText(), "json") as Map<*, *>
        (whole["lipschitz"] as Map<*, *>)["norm"] shouldBe "l2"
        val saved = folder.resolve("saved-model")
        SavedModels.write(model, saved.toPath())
        val beside = saved.resolve("assets.extra/network.json").readText()
        (Json.parse(beside, "beside") as Map<*, *>)["lipschitz"] shouldBe whole["lipschitz"]
        val x = inputs(7, 4)
        difference(
          model.predict(x),
          SavedModels.predict(saved.toPath(), x, spec.plain),
        ) shouldBeLessThan 1e-5
      }
    }
  })
