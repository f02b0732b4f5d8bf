package org.glacis.runtime.report

import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.createDirectories
import kotlin.io.path.writeText
import org.glacis.spec.Shape

/** Writes run directories below [root] as `glacis run` does, small and complete. */
internal class RunFixture(private val root: Path) {
  fun directory(): Path = Files.createTempDirectory(root, "run")

  fun classification(directory: Path = directory(), summary: String = Companion.summary): Path =
    directory.apply {
      createDirectories()
      resolve("experiment.json").writeText(experiment)
      resolve("summary.json").writeText(summary)
      resolve("metrics.csv").writeText(metrics)
      resolve("certificates.csv").writeText(certificates)
    }

  fun regression(): Path =
    directory().apply {
      resolve("experiment.json").writeText(experiment)
      resolve("summary.json")
        .writeText(
          """{"recipe": "interval-diabetes", "task": "regression", "norm": "linf", "epsilon": 0.02, "samples": 3,
          "meanAbsoluteError": 0.5, "certifiedMeanAbsoluteError": 0.75, "meanSquaredError": 0.4, "certifiedMeanSquaredError": 0.9}"""
        )
      resolve("metrics.csv").writeText("epoch,loss\n1,1.0\n2,0.5\n")
      resolve("certificates.csv")
        .writeText(
          "index,label,prediction,method,lower,upper\n0,0.1,0.2,ibp,0.0,0.4\n1,-0.3,0.1,ibp,0.0,0.2\n2,0.9,0.8,ibp,0.6,1.0\n"
        )
    }

  fun seeds(): Path =
    directory().apply {
      for (seed in 0..1) classification(resolve("seed-$seed"))
      resolve("seeds.json")
        .writeText(
          """{"runs": ["seed-0", "seed-1"],
          "mean": {"cleanAccuracy": 0.875, "attackAccuracy": 0.75, "certifiedAccuracy": 0.625, "certifiedAccuracyBy": {"ibp": 0.625}},
          "spread": {"cleanAccuracy": 0.01, "attackAccuracy": 0.02, "certifiedAccuracy": 0.015, "certifiedAccuracyBy": {"ibp": 0.015}}}"""
        )
    }

  companion object {
    val experiment =
      """
      {
        "formatVersion": 1,
        "name": "interval-digits",
        "data": { "source": { "type": "named", "name": "digits" }, "batch": 64 },
        "perturbation": { "type": "linf", "epsilon": 0.02, "range": { "least": 0.0, "most": 1.0 } },
        "model": { "input": [8, 8, 1], "layers": [ { "type": "flatten" }, { "type": "dense", "units": 3, "bias": true } ] },
        "train": { "epochs": 3, "optimizer": { "type": "adam", "learningRate": 0.001 }, "warmStart": null },
        "certify": [ { "steps": [ { "type": "attack", "attack": { "type": "pgd", "steps": 40 } }, { "type": "ibp" } ] } ],
        "seed": 7
      }
      """
        .trimIndent()

    val summary =
      """
      {
        "recipe": "interval-digits", "dataset": "digits", "task": "classification", "norm": "linf", "epsilon": 0.02, "samples": 8,
        "cleanAccuracy": 0.875, "attackAccuracy": 0.75, "certifiedAccuracy": 0.625,
        "certifiedAccuracyBy": { "ibp": 0.625, "ibpBox": 0.5, "ibpBoxUnclipped": 0.375 },
        "meanOutputWidth": 1.5, "epochs": 3, "stepMillisMedian": 1.25, "samplesPerSecond": 51200.0, "peakMemoryBytes": 512000000,
        "trainSeconds": 9.5, "certifySeconds": 0.25, "seed": 7, "device": "cpu", "threads": 2,
        "versions": { "glacis": "0.1.0", "tensorflow": "2.18.0", "java": "17.0.15", "os": "Linux" },
        "data": { "files": [ { "path": "digits.csv.gz", "sha256": "09f66e6d", "bytes": 57523 } ], "source": "UCI digits", "licence": "CC BY 4.0" },
        "curve": [
          { "epsilon": 0.0, "certified": 0.875, "attacked": 0.875, "samples": 8 },
          { "epsilon": 0.02, "certified": 0.625, "attacked": 0.75, "samples": 8 },
          { "epsilon": 0.04, "certified": 0.25, "attacked": 0.5, "samples": 8 }
        ],
        "confusion": [[3, 0, 0], [0, 2, 1], [0, 0, 2]],
        "classNames": ["nought", "one & only", "<two>"]
      }
      """
        .trimIndent()

    val metrics =
      """
      epoch,loss,trainAccuracy,robustAccuracy,outputWidth,epsilon,learningRate,cleanAccuracy,certifiedAccuracy,seconds,novelty
      1,2.1,0.5,0.4,0.1,0.0,0.001,,,1.0,5
      2,1.2,0.7,0.6,0.8,0.01,0.001,0.8,0.7,1.0,5
      3,0.9,0.9,0.7,1.5,0.02,0.0001,0.875,0.625,1.0,5
      """
        .trimIndent() + "\n"

    val certificates =
      """
      index,label,prediction,verdict,method,margin,radius,seconds
      0,0,0,certified,ibp,2.5,,0.001
      1,0,0,certified,ibp,1.5,,0.001
      2,0,0,certified,ibp,0.75,,0.001
      3,1,1,certified,ibp,0.5,,0.001
      4,1,1,unknown,,-0.25,,0.001
      5,1,2,misclassified,,-3.5,,0.001
      6,2,2,certified,ibp,0.25,,0.001
      7,2,2,falsified,attack,-0.5,,0.002
      """
        .trimIndent() + "\n"

    /** Samples of 2 × 2 grey pixels. */
    val pictures =
      object : Pictures {
        override fun pixels(index: Int) = floatArrayOf(0f, 0.5f, 1f, 0.25f)

        override fun shape() = Shape(2, 2, 1)
      }
  }
}
