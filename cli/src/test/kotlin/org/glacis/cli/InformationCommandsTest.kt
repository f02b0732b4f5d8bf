package org.glacis.cli

import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldContainAll
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import io.kotest.matchers.string.shouldStartWith
import java.nio.file.Files
import org.glacis.recipes.Recipes

/** The commands that compute nothing. */
class InformationCommandsTest :
  FunSpec({
    val directory = tempdir().toPath()

    test("list has a line for each recipe: its name, then what it is") {
      val lines = glacis(directory, "list").out.trim().lines()
      lines shouldHaveSize Recipes.all().size
      lines.zip(Recipes.all()).forEach { (line, recipe) ->
        line shouldStartWith recipe.name()
        line shouldContain recipe.summary()
      }
    }

    test("list shows the figures that were published for a recipe") {
      val lines = glacis(directory, "list").out.lines()
      lines.single { it.startsWith("mtl-ibp-mnist-0.3 ") } shouldContain
        "MTL-IBP on MNIST at 0.3, CNN7 " +
          "(published: clean accuracy 98.80 %, certified accuracy 93.62 %)"
      lines.single { it.startsWith("mtl-ibp-mnist-small ") } shouldNotContain "published"
    }

    test("without a command, and with --help, there is the list of commands") {
      val commands =
        listOf(
          "list",
          "run",
          "certify",
          "check",
          "predict",
          "describe",
          "report",
          "export",
          "data",
          "doctor",
        )
      for (arguments in listOf(arrayOf(), arrayOf("--help"), arrayOf("help"))) {
        val outcome = glacis(directory, *arguments)
        outcome.code shouldBe 0
        outcome.out.lines().map { it.trim().substringBefore(" ") } shouldContainAll commands
      }
    }

    test("every command has help") {
      for (command in
        listOf(
          "list",
          "run",
          "certify",
          "check",
          "predict",
          "describe",
          "report",
          "export",
          "doctor",
        )) {
        glacis(directory, command, "--help").out shouldStartWith "Usage: glacis $command "
        glacis(directory, "help", command) shouldBe glacis(directory, command, "--help")
      }
    }

    test("--version is one line") {
      glacis(directory, "--version") shouldBe Outcome(0, "glacis 0.1.0-SNAPSHOT\n", "")
    }

    test("describe has a table, the memory and a drawing") {
      glacis(directory, "describe", DIGITS_FILE) shouldBe
        Outcome(
          0,
          """
          short-digits

          index  layer                        output     trainable  other
                 input                        [8, 8, 1]
          0      flatten                      [64]               0      0
          1      dense(units=100, bias=true)  [100]          6,500      0
          2      relu                         [100]              0      0
          3      dense(units=100, bias=true)  [100]         10,100      0
          4      relu                         [100]              0      0
          5      dense(units=10, bias=true)   [10]           1,010      0

          parameters   17,610 trainable, 0 other, 68.8 KiB
          activations  2.1 KiB a sample, 134.5 KiB a batch of 64

          input  [8, 8, 1]
          │
          flatten  [64]
          │
          dense(units=100, bias=true)  [100]
          │
          relu  [100]
          │
          dense(units=100, bias=true)  [100]
          │
          relu  [100]
          │
          dense(units=10, bias=true)  [10]

          """
            .trimIndent(),
          "",
        )
    }

    test("run and describe warn of few iterations of Björck, once, and go on") {
      Files.writeString(
        directory.resolve("few.glacis.kts"),
        """
        experiment("few") {
          data(digits) { batch = 64; limitTrain = 128; limitTest = 10 }
          perturbation = l2(0.1)
          model { input(8, 8, 1); flatten(); spectralDense(10, orthogonalization = Bjorck(3)) }
          train(epochs = 1) { loss = multiclassHkr() }
        }
        """
          .trimIndent(),
      )
      for (command in listOf("describe", "run")) {
        val outcome = glacis(directory, command, "few.glacis.kts")
        outcome.code shouldBe 0
        outcome.err.lines().filter { "warning" in it } shouldBe
          listOf(
            "warning: model.layers[1].orthogonalization.iterations  is 3, which leaves small singular values below 1 as kernels move away from orthogonal ones; give 15 or more, or set train.condense to everyEpoch"
          )
      }
      val mended = glacis(directory, "run", "few.glacis.kts", "--set", "train.condense=everyEpoch")
      mended.code shouldBe 0
      mended.err shouldNotContain "warning"
    }

    test("describe draws residual blocks, and tells constants from weights") {
      Files.writeString(
        directory.resolve("residual.glacis.kts"),
        """
        experiment("residual") {
          data(digits) { batch = 64 }
          perturbation = linf(0.02)
          model {
            input(8, 8, 1)
            normalize(0.5, 0.25)
            residual { conv2d(1, kernel = 3); relu() }
            flatten()
            dense(10)
          }
          train(epochs = 1) { loss = crossEntropy() }
        }
        """
          .trimIndent(),
      )
      val outcome = glacis(directory, "describe", "residual.glacis.kts")
      outcome.err shouldBe ""
      outcome.out.substringAfter("\ninput  ") shouldBe
        """
        [8, 8, 1]
        │
        normalize(mean=[0.5], deviation=[0.25])  [8, 8, 1]
        │
        ├──┐
        │  │
        │  conv2d(filters=1, kernel=3, stride=1, padding=Same, bias=true, groups=1)  [8, 8, 1]
        │  │
        │  relu  [8, 8, 1]
        │  │
        +──┘
        │
        flatten  [64]
        │
        dense(units=10, bias=true)  [10]

        """
          .trimIndent()
      outcome.out shouldContain "parameters   660 trainable, 2 other, 2.6 KiB"
      glacis(directory, "describe", "residual.glacis.kts", "--mermaid").out shouldBe
        """
        flowchart TD
          x["input<br/>[8, 8, 1]"]
          n0["normalize(mean=[0.5], deviation=[0.25])<br/>[8, 8, 1]"]
          x --> n0
          n1_0["conv2d(filters=1, kernel=3, stride=1, padding=Same, bias=true, groups=1)<br/>[8, 8, 1]"]
          n0 --> n1_0
          n1_1["relu<br/>[8, 8, 1]"]
          n1_0 --> n1_1
          n1["+<br/>[8, 8, 1]"]
          n0 --> n1
          n1_1 --> n1
          n2["flatten<br/>[64]"]
          n1 --> n2
          n3["dense(units=10, bias=true)<br/>[10]"]
          n2 --> n3

        """
          .trimIndent()
    }

    test("describe draws the shortcut of a residual block on the way past its layers") {
      Files.writeString(
        directory.resolve("shortcut.glacis.kts"),
        """
        experiment("shortcut") {
          data(digits) { batch = 64 }
          perturbation = linf(0.02)
          model {
            input(8, 8, 1)
            residual(shortcut = { averagePool2d(2); residual { tanh() } }) { maxPool2d(2); elu() }
            flatten()
            convexResidual { relu() }
            dense(10)
          }
          train(epochs = 1) { loss = crossEntropy() }
        }
        """
          .trimIndent(),
      )
      val outcome = glacis(directory, "describe", "shortcut.glacis.kts")
      outcome.err shouldBe ""
      outcome.out.lines().map { it.trim().substringBefore(" ") } shouldContainAll
        listOf("0", "0.0", "0.1", "0.shortcut.0", "0.shortcut.1", "0.shortcut.1.0", "1", "2.0")
      outcome.out.substringAfter("\ninput  ") shouldBe
        """
        [8, 8, 1]
        │
        ├──┐
        │  │
        │  maxPool2d(pool=2, stride=null)  [4, 4, 1]
        │  │
        │  elu  [4, 4, 1]
        │  │
        averagePool2d(pool=2, stride=null, padding=Valid)  [4, 4, 1]
        │  │
        residual  [4, 4, 1]
        │  │
        +──┘
        │
        flatten  [16]
        │
        ├──┐  convexResidual
        │  │
        │  relu  [16]
        │  │
        +──┘
        │
        dense(units=10, bias=true)  [10]

        """
          .trimIndent()
      glacis(directory, "describe", "shortcut.glacis.kts", "--mermaid").out shouldBe
        """
        flowchart TD
          x["input<br/>[8, 8, 1]"]
          n0_0["maxPool2d(pool=2, stride=null)<br/>[4, 4, 1]"]
          x --> n0_0
          n0_1["elu<br/>[4, 4, 1]"]
          n0_0 --> n0_1
          n0_shortcut_0["averagePool2d(pool=2, stride=null, padding=Valid)<br/>[4, 4, 1]"]
          x --> n0_shortcut_0
          n0_shortcut_1_0["tanh<br/>[4, 4, 1]"]
          n0_shortcut_0 --> n0_shortcut_1_0
          n0_shortcut_1["+<br/>[4, 4, 1]"]
          n0_shortcut_0 --> n0_shortcut_1
          n0_shortcut_1_0 --> n0_shortcut_1
          n0["+<br/>[4, 4, 1]"]
          n0_shortcut_1 --> n0
          n0_1 --> n0
          n1["flatten<br/>[16]"]
          n0 --> n1
          n2_0["relu<br/>[16]"]
          n1 --> n2_0
          n2["convexResidual<br/>[16]"]
          n1 --> n2
          n2_0 --> n2
          n3["dense(units=10, bias=true)<br/>[10]"]
          n2 --> n3

        """
          .trimIndent()
    }

    test("data list tells of each data set where it is, its licence and its checksums") {
      val out = glacis(directory, "data", "list").out
      out.lines() shouldContainAll
        listOf(
          "digits",
          "diabetes",
          "wasserstein-toy",
          "mnist",
          "fashion-mnist",
          "cifar-10",
          "tiny-imagenet",
          "imagenet64",
        )
      out shouldContain "  where    inside the program"
      out shouldContain "  licence  CC BY 4.0 (UCI)"
      out shouldContain
        Regex("  file     t10k-labels-idx1-ubyte.gz  \\d+ bytes  sha256 [0-9a-f]{64}")
      out shouldContain "  file     cifar-10-binary.tar.gz  170052171 bytes  sha256 c4a38c50"
      out shouldContain
        Regex("  or put   data_batch_1.bin.gz, .*test_batch.bin.gz into .*/cifar-10\n")
      out shouldContain "  get      by hand, from http://cs231n.stanford.edu/tiny-imagenet-200.zip"
      out shouldContain
        Regex("  put      wnids.txt, val/val_annotations.txt into .*/tiny-imagenet\n")
      out shouldContain "  get      by hand, from https://image-net.org/download-images"
      out shouldContain Regex("  put      train_data_batch_1.npz, .* into .*/imagenet64\n")
    }

    test("data get tells where a data set is") {
      glacis(directory, "data", "get", "digits") shouldBe Outcome(0, "inside the program\n", "")
    }

    test("doctor tells versions, devices, memory and data") {
      val outcome = glacis(directory, "doctor")
      outcome.code shouldBe 0
      outcome.out.lines().map { it.substringBefore("  ") } shouldContainAll
        listOf(
          "glacis",
          "tensorflow",
          "java",
          "native library",
          "kotlin",
          "cpu",
          "gpu",
          "memory",
          "java heap",
          "data digits",
          "data mnist",
          "data folder",
          "script cache",
        )
    }
  })
