package org.glacis.runtime.data;

import java.util.List;
import org.glacis.spec.InputException;
import org.glacis.spec.Nearest;

/** The data sets that have a name. */
public final class DataCatalogue {

  private static final List<KnownData> ALL =
      List.of(
          new DigitsData(),
          new DiabetesData(),
          new WassersteinToyData(),
          new MnistData(),
          new FashionMnistData(),
          new Cifar10Data(),
          new TinyImageNetData(),
          new ImageNet64Data());

  private DataCatalogue() {}

  /** All of them. */
  public static List<KnownData> all() {
    return ALL;
  }

  /**
   * The one with this name.
   *
   * @throws InputException if there is none; the message offers the nearest
   */
  public static KnownData get(String name) {
    return ALL.stream()
        .filter(known -> known.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new InputException(
                    "no data set is called \"%s\"; %s"
                        .formatted(
                            name,
                            Nearest.nearest(
                                name, ALL.stream().map(KnownData::name).toList(), "data set"))));
  }
}
