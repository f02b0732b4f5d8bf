package org.glacis.runtime.data;

import java.net.URI;
import java.util.List;

/** Fashion-MNIST: articles of clothing in the format of MNIST. */
final class FashionMnistData extends IdxData {

  @Override
  public String name() {
    return "fashion-mnist";
  }

  @Override
  public String description() {
    return "articles of clothing, 28 x 28 grey, 60,000 train and 10,000 test";
  }

  @Override
  public String source() {
    return "Zalando Research";
  }

  @Override
  public String licence() {
    return "MIT, Copyright 2017 Zalando SE";
  }

  @Override
  public String citation() {
    return "H. Xiao, K. Rasul, R. Vollgraf, \"Fashion-MNIST: a Novel Image Dataset for Benchmarking"
        + " Machine Learning Algorithms\", arXiv:1708.07747, 2017";
  }

  @Override
  public List<RemoteFile> files() {
    return List.of(
        new RemoteFile(
            TRAIN_IMAGES,
            "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            26_421_880),
        new RemoteFile(
            TRAIN_LABELS,
            "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            29_515),
        new RemoteFile(
            TEST_IMAGES,
            "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            4_422_102),
        new RemoteFile(
            TEST_LABELS,
            "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
            5_148));
  }

  @Override
  public List<URI> mirrors() {
    return List.of(
        URI.create("https://fashion-mnist.s3.eu-central-1.amazonaws.com/"),
        URI.create(
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/"));
  }
}
