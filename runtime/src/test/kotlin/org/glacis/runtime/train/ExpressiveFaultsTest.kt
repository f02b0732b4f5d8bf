package org.glacis.runtime.train

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.nio.file.Files
import org.glacis.runtime.Glacis
import org.glacis.runtime.data.Dataset
import org.glacis.runtime.data.Samples
import org.glacis.spec.Adversarial
import org.glacis.spec.CcIbp
import org.glacis.spec.Constant
import org.glacis.spec.Conv2d
import org.glacis.spec.CrownIbp
import org.glacis.spec.DataSpec
import org.glacis.spec.Dense
import org.glacis.spec.ExpIbp
import org.glacis.spec.Flatten
import org.glacis.spec.IbpLoss
import org.glacis.spec.InvalidExperimentException
import org.glacis.spec.LossSpec
import org.glacis.spec.MaxPool2d
import org.glacis.spec.ModelSpec
import org.glacis.spec.MtlIbp
import org.glacis.spec.Normalize
import org.glacis.spec.NpzFile
import org.glacis.spec.Pgd
import org.glacis.spec.Relu
import org.glacis.spec.Residual
import org.glacis.spec.Sabr
import org.glacis.spec.Shape
import org.glacis.spec.Sigmoid
import org.glacis.spec.Term
import org.glacis.spec.TrainingSpec
import org.glacis.spec.WeightedSum

private const val REMEDY =
  "has no linear bounds, which the loss takes; take another loss, or relu() and leakyRelu() for activations"

class ExpressiveFaultsTest :
  FunSpec({
    test("CROWN-IBP with layers that have no linear bounds is refused before data are looked for") {
      val model =
        ModelSpec(
          Shape(8, 8, 1),
          listOf(Conv2d(2, 3), MaxPool2d(2), Flatten) +
            listOf(Residual(listOf(Dense(32), Sigmoid)), Relu, Dense(3)),
        )
      val losses =
        listOf(
          CrownIbp(),
          CrownIbp(Constant(0.5), mixing = false, fusion = true),
          WeightedSum(listOf(Term(IbpLoss()), Term(CrownIbp()))),
        )
      for (loss in losses) {
        val experiment =
          toy(model = model, train = TrainingSpec(1, loss))
            .copy(data = DataSpec(NpzFile("no-such-file.npz")))
        val message =
          shouldThrow<InvalidExperimentException> { Glacis.train(experiment).close() }.message!!
        message.lines() shouldBe
          listOf(
            "experiment \"toy\" has 2 faults",
            "  model.layers[1]            $REMEDY",
            "  model.layers[3].layers[1]  $REMEDY",
          )
      }
    }

    val scaled = Normalize(listOf(0.5), listOf(0.01))
    val losses: List<LossSpec> =
      listOf(
        Adversarial(),
        IbpLoss(),
        CrownIbp(mixing = true),
        CrownIbp(mixing = false, fusion = true),
        MtlIbp(0.5),
        CcIbp(0.5),
        ExpIbp(0.5),
        Sabr(0.5),
      )
    for (loss in losses) {
      test("a $loss that is no number stops the run and is named; the checkpoint stays good") {
        inFolder { folder ->
          val values = TOY_DATA.train().values().clone()
          // Steps come in the order of the data: the huge sample is the last of all. It breaks in
          // the first layer.
          values[values.size - 1] = 1e37f
          val train = Samples.table(Shape(4), values, TOY_DATA.train().labels())
          val out = folder.resolve("run")
          val interruption = Interruption()
          val experiment =
            toy(
              train =
                TrainingSpec(3, loss, shuffle = false, attack = Pgd(steps = 1, stepSize = 10.0)),
              model = ModelSpec(Shape(4), listOf(scaled, Dense(30), Relu, Dense(3))),
            )
          val options =
            TOY_OPTIONS.withDataset(Dataset.of("toy", train, TOY_DATA.test())).withOut(out)
          Glacis.run(
            experiment,
            options.withInterruption(interruption).withListener(StopAfter(2, interruption)),
          )
          val checkpoint = Files.readAllBytes(out.resolve("checkpoint/last.npz")).toList()
          val fault =
            shouldThrow<NotFiniteException> { Glacis.run(experiment, options.withResume(true)) }
          val message = fault.message.orEmpty()
          withClue(message) {
            message shouldContain "train.loss: $loss is NaN or infinite"
            message shouldContain "step 5 (epoch 1)"
            message shouldContain "of model.layers[0]"
          }
          Files.readAllBytes(out.resolve("checkpoint/last.npz")).toList() shouldBe checkpoint
        }
      }
    }
  })
