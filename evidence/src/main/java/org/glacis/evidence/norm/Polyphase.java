package org.glacis.evidence.norm;

/**
 * A kernel of stride 1 that computes the same as a strided one: the pixels of each cell of stride ×
 * stride become channels, {@code x[s u + f]} being channel {@code f} of the cell {@code u}, and the
 * tap {@code s j + f} of the kernel becomes tap {@code j} of that channel. Inputs are permuted and
 * zeros added, so the norm is the same.
 *
 * @param height taps along the height, likewise {@code width}
 * @param channels those of the strided kernel times both strides
 * @param kernel height × width × channels × filters
 */
record Polyphase(int height, int width, int channels, int filters, double[] kernel) {
  static Polyphase of(Convolution layer) {
    int down = layer.strideHeight();
    int across = layer.strideWidth();
    int height = (layer.kernelHeight() + down - 1) / down;
    int width = (layer.kernelWidth() + across - 1) / across;
    int channels = layer.channels() * down * across;
    int filters = layer.filters();
    double[] kernel = new double[Math.multiplyExact(height * width * channels, filters)];
    for (int i = 0; i < layer.kernelHeight(); i++) {
      for (int j = 0; j < layer.kernelWidth(); j++) {
        for (int c = 0; c < layer.channels(); c++) {
          int channel = (i % down * across + j % across) * layer.channels() + c;
          int tap = i / down * width + j / across;
          System.arraycopy(
              layer.kernel(),
              ((i * layer.kernelWidth() + j) * layer.channels() + c) * filters,
              kernel,
              (tap * channels + channel) * filters,
              filters);
        }
      }
    }
    return new Polyphase(height, width, channels, filters, kernel);
  }

  /** The number of the tap (i, j), channel and filter. */
  double at(int i, int j, int channel, int filter) {
    return kernel[((i * width + j) * channels + channel) * filters + filter];
  }

  /**
   * The same kernel with channels and filters exchanged, where it has fewer channels: the adjoint
   * up to the direction of the axes, which has the same norm.
   */
  Polyphase tall() {
    if (channels >= filters) {
      return this;
    }
    double[] turned = new double[kernel.length];
    for (int tap = 0; tap < height * width; tap++) {
      for (int c = 0; c < channels; c++) {
        for (int o = 0; o < filters; o++) {
          turned[(tap * filters + o) * channels + c] = kernel[(tap * channels + c) * filters + o];
        }
      }
    }
    return new Polyphase(height, width, /* channels= */ filters, /* filters= */ channels, turned);
  }
}
