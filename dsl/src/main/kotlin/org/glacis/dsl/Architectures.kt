@file:JvmName("Architectures")

package org.glacis.dsl

import org.glacis.spec.ModelSpec
import org.glacis.spec.Padding
import org.glacis.spec.Shape

/**
 * CNN3 (Mao et al. 2025, CTBench): two convolutions of stride 2 and one dense layer. With batch
 * norm 24,426 weights for MNIST and 30,026 for CIFAR-10.
 *
 * @param input height, width, channels
 * @param width filters of the first convolution; the second has twice as many
 */
@JvmOverloads
public fun cnn3(input: Shape, classes: Int, width: Int = 16, batchNorm: Boolean = true): ModelSpec =
  model {
    input(*input.toArray())
    convolution(width, kernel = 5, stride = 2, padding = 2, batchNorm)
    convolution(2 * width, kernel = 4, stride = 2, padding = 1, batchNorm)
    flatten()
    dense(classes)
    named(architecture("CNN3", width.takeIf { it != 16 }, batchNorm))
  }

/**
 * CNN5 (Mao et al. 2025, CTBench): three convolutions and two dense layers. With batch norm 822,106
 * weights for MNIST and 1,068,154 for CIFAR-10.
 *
 * @param input height, width, channels
 * @param width filters of the first two convolutions; the third has twice as many
 */
@JvmOverloads
public fun cnn5(input: Shape, classes: Int, width: Int = 16, batchNorm: Boolean = true): ModelSpec =
  model {
    input(*input.toArray())
    convolution(width, kernel = 3, stride = 1, padding = 1, batchNorm)
    convolution(width, kernel = 4, stride = 2, padding = 1, batchNorm)
    convolution(2 * width, kernel = 4, stride = 2, padding = 1, batchNorm)
    head(512, classes, batchNorm)
    named(architecture("CNN5", width.takeIf { it != 16 }, batchNorm))
  }

/**
 * CNN7 (Shi et al. 2021; the network of De Palma et al. 2024): five convolutions and two dense
 * layers. With batch norm 13,259,338 weights for MNIST, 17,192,650 for CIFAR-10, 17,290,120 for
 * TinyImageNet.
 *
 * @param input height, width, channels
 * @param width filters of the first two convolutions; the others have twice as many
 * @param fifthStride stride of the fifth convolution: 2 for images of more than 32 rows (the
 *   authors' `cnn_7layer_bn_imagenet`), else 1
 */
@JvmOverloads
public fun cnn7(
  input: Shape,
  classes: Int,
  width: Int = 64,
  batchNorm: Boolean = true,
  fifthStride: Int = if (input[0] > 32) 2 else 1,
): ModelSpec = model {
  input(*input.toArray())
  convolution(width, kernel = 3, stride = 1, padding = 1, batchNorm)
  convolution(width, kernel = 3, stride = 1, padding = 1, batchNorm)
  convolution(2 * width, kernel = 3, stride = 2, padding = 1, batchNorm)
  convolution(2 * width, kernel = 3, stride = 1, padding = 1, batchNorm)
  convolution(2 * width, kernel = 3, stride = fifthStride, padding = 1, batchNorm)
  head(512, classes, batchNorm)
  named(architecture("CNN7", width.takeIf { it != 64 }, batchNorm))
}

/**
 * The small network of the quick recipes: two convolutions of stride 2 and two dense layers;
 * 166,406 weights for MNIST (Wong and Kolter 2018, with an explicit padding of 1).
 *
 * @param input height, width, channels
 */
@JvmOverloads
public fun smallCnn(input: Shape, classes: Int, batchNorm: Boolean = false): ModelSpec = model {
  input(*input.toArray())
  convolution(16, kernel = 4, stride = 2, padding = 1, batchNorm)
  convolution(32, kernel = 4, stride = 2, padding = 1, batchNorm)
  head(100, classes, batchNorm)
  named(if (batchNorm) "small CNN, batch norm" else "small CNN")
}

/**
 * ResNet18 for small images, as is usual for CIFAR-10 (He et al. 2016, with a first convolution of
 * 3 × 3 and no pool behind it): four stages of two residual blocks, the mean over the image and one
 * dense layer; 11,173,962 weights for CIFAR-10.
 *
 * @param input height, width, channels; the mean is over squares of an eighth of the height
 * @param width filters of the first stage; each other one has twice those of the one before
 */
@JvmOverloads
public fun resNet18(input: Shape, classes: Int, width: Int = 64): ModelSpec = model {
  input(*input.toArray())
  window(width)
  batchNorm()
  relu()
  stages(width) { filters, stride, projects ->
    val block =
      Block<ModelBuilder> {
        window(filters, stride = stride)
        batchNorm()
        relu()
        window(filters)
        batchNorm()
      }
    if (!projects) residual(block)
    else
      residual(
        {
          window(filters, kernel = 1, stride)
          batchNorm()
        },
        block,
      )
    relu()
  }
  pooled(input, classes)
  named(architecture("ResNet18", width.takeIf { it != 64 }, true))
}

/**
 * PreActResNet18 for small images (He et al. 2016, identity mappings): as [resNet18], but batch
 * norm and ReLU before each convolution; where the shape changes, the projection of the shortcut
 * sees what the first of them give. 11,172,170 weights for CIFAR-10.
 *
 * @param input height, width, channels; the mean is over squares of an eighth of the height
 * @param width filters of the first stage; each other one has twice those of the one before
 */
@JvmOverloads
public fun preActResNet18(input: Shape, classes: Int, width: Int = 64): ModelSpec = model {
  input(*input.toArray())
  window(width)
  stages(width) { filters, stride, projects ->
    fun ModelBuilder.activated() = batchNorm().relu()
    if (projects) activated()
    val block =
      Block<ModelBuilder> {
        if (!projects) activated()
        window(filters, stride = stride)
        activated()
        window(filters)
      }
    if (!projects) residual(block) else residual({ window(filters, kernel = 1, stride) }, block)
  }
  batchNorm()
  relu()
  pooled(input, classes)
  named(architecture("PreActResNet18", width.takeIf { it != 64 }, true))
}

/**
 * Four stages of two blocks with so many filters, the stride of the first convolution, and whether
 * the shape changes.
 */
private fun stages(width: Int, block: (filters: Int, stride: Int, projects: Boolean) -> Unit) {
  for (stage in 0..3) {
    block(width shl stage, if (stage == 0) 1 else 2, stage > 0)
    block(width shl stage, 1, false)
  }
}

/** A convolution without bias that keeps the size of the image, but for the stride. */
private fun ModelBuilder.window(filters: Int, kernel: Int = 3, stride: Int = 1) =
  conv2d(filters, kernel, stride, Padding.explicit(kernel / 2), bias = false)

/** The mean over images that three strides have made small, and the logits. */
private fun ModelBuilder.pooled(input: Shape, classes: Int) {
  averagePool2d((input[0] + 7) / 8)
  flatten()
  dense(classes)
}

/** A convolution with so many zeros on each side, then ReLU. */
private fun ModelBuilder.convolution(
  filters: Int,
  kernel: Int,
  stride: Int,
  padding: Int,
  batchNorm: Boolean,
) {
  conv2d(filters, kernel, stride, Padding.explicit(padding))
  if (batchNorm) batchNorm()
  relu()
}

/** A hidden dense layer and the logits. */
private fun ModelBuilder.head(units: Int, classes: Int, batchNorm: Boolean) {
  flatten()
  dense(units)
  if (batchNorm) batchNorm()
  relu()
  dense(classes)
}

private fun architecture(name: String, width: Int?, batchNorm: Boolean): String =
  listOfNotNull(name, width?.let { "width $it" }, "without batch norm".takeIf { !batchNorm })
    .joinToString(", ")
