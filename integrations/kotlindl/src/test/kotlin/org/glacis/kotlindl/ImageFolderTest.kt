package org.glacis.kotlindl

import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.shouldBe
import java.awt.image.BufferedImage
import java.io.File
import javax.imageio.ImageIO
import org.glacis.spec.Shape
import org.jetbrains.kotlinx.dl.api.core.activation.Activations
import org.jetbrains.kotlinx.dl.api.core.layer.core.Input
import org.jetbrains.kotlinx.dl.api.core.layer.reshaping.Flatten
import org.jetbrains.kotlinx.dl.api.core.loss.Losses
import org.jetbrains.kotlinx.dl.api.core.metric.Metrics
import org.jetbrains.kotlinx.dl.api.core.optimizer.Adam
import org.jetbrains.kotlinx.dl.dataset.OnFlyImageDataset
import org.jetbrains.kotlinx.dl.dataset.OnHeapDataset
import org.jetbrains.kotlinx.dl.dataset.image.ColorMode
import org.jetbrains.kotlinx.dl.dataset.preprocessor.Preprocessing
import org.jetbrains.kotlinx.dl.dataset.preprocessor.generator.FromFolders
import org.jetbrains.kotlinx.dl.dataset.preprocessor.image.convert
import org.jetbrains.kotlinx.dl.dataset.preprocessor.image.resize
import org.jetbrains.kotlinx.dl.dataset.preprocessor.preprocess
import org.jetbrains.kotlinx.dl.dataset.preprocessor.rescale
import org.jetbrains.kotlinx.dl.dataset.preprocessor.transformImage
import org.jetbrains.kotlinx.dl.dataset.preprocessor.transformTensor

class ImageFolderTest :
  FunSpec({
    /** Ten pictures of one colour in each of the folders `red` and `blue`. */
    fun pictures(): File {
      val root = tempdir()
      for ((name, shift) in listOf("red" to 16, "blue" to 0)) {
        val folder = root.resolve(name).apply { mkdirs() }
        for (i in 0 until 10) {
          val image = BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB)
          for (x in 0 until 8) for (y in 0 until 8) image.setRGB(x, y, (100 + 15 * i) shl shift)
          ImageIO.write(image, "png", folder.resolve("$i.png"))
        }
      }
      return root
    }

    val preprocessing: Preprocessing = preprocess {
      transformImage {
        resize {
          outputWidth = 4
          outputHeight = 4
        }
        convert { colorMode = ColorMode.RGB }
      }
      transformTensor { rescale { scalingCoefficient = 255f } }
    }
    val labels = FromFolders(mapOf("red" to 0, "blue" to 1))

    test("a folder of pictures through KotlinDL's preprocessing trains a network") {
      val dataset = OnHeapDataset.create(pictures(), labels, preprocessing).shuffle()
      val samples = dataset.toSamples(Shape(4, 4, 3))
      samples.size() shouldBe 20
      samples.values().all { it in 0f..1f } shouldBe true
      val red = samples.labels().indexOf(0)
      val (r, g, b) = samples.input(red).toList()
      (r > 0.3f && g == 0f && b == 0f) shouldBe true

      GlacisSequential.of(Input(4, 4, 3), Flatten(), dense(2, Activations.Linear)).use { model ->
        model.compile(Adam(0.05f), Losses.SOFT_MAX_CROSS_ENTROPY_WITH_LOGITS, Metrics.ACCURACY)
        model.fit(dataset, epochs = 20, batchSize = 10)
        model.evaluate(dataset).metrics[Metrics.ACCURACY] shouldBe 1.0
      }
    }

    test("pictures that are read when they are asked for are the same samples") {
      val folder = pictures()
      val onFly = OnFlyImageDataset.create(folder, labels, preprocessing).toSamples(Shape(4, 4, 3))
      val onHeap = OnHeapDataset.create(folder, labels, preprocessing).toSamples(Shape(4, 4, 3))
      onFly.sha256() shouldBe onHeap.sha256()
    }
  })
