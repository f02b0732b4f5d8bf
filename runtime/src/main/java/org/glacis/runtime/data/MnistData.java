package org.glacis.runtime.data;

import java.net.URI;
import java.util.List;

/** The MNIST data base of handwritten digits. */
final class MnistData extends IdxData {

  @Override
  public String name() {
    return "mnist";
  }

  @Override
  public String description() {
    return "handwritten digits, 28 x 28 grey, 60,000 train and 10,000 test";
  }

  @Override
  public String source() {
    return "Y. LeCun, C. Cortes, C. J. C. Burges, \"The MNIST database of handwritten digits\"";
  }

  @Override
  public String licence() {
    return "published for free use; usually given as CC BY-SA 3.0";
  }

  @Override
  public String citation() {
    return "Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, \"Gradient-based learning applied to"
        + " document recognition\", Proceedings of the IEEE 86(11), 1998";
  }

  @Override
  public List<RemoteFile> files() {
    return List.of(
        new RemoteFile(
            TRAIN_IMAGES,
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            9_912_422),
        new RemoteFile(
            TRAIN_LABELS,
            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            28_881),
        new RemoteFile(
            TEST_IMAGES,
            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            1_648_877),
        new RemoteFile(
            TEST_LABELS,
            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            4_542));
  }

  @Override
  public List<URI> mirrors() {
    return List.of(
        URI.create("https://ossci-datasets.s3.amazonaws.com/mnist/"),
        URI.create("https://storage.googleapis.com/cvdf-datasets/mnist/"));
  }
}
