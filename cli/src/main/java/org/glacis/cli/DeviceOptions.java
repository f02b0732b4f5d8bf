package org.glacis.cli;

import org.glacis.runtime.graph.Device;
import org.glacis.spec.InputException;
import picocli.CommandLine.Option;

/** The options of every command that computes. */
final class DeviceOptions {
  @Option(
      names = "--device",
      paramLabel = "cpu|gpu:N",
      description = "Where it is computed; final bounds always on the CPU.")
  private String device = "cpu";

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads; as many as there are cores where it is not given.")
  private int threads;

  /**
   * The device asked for.
   *
   * @throws InputException when it is not here
   */
  Device device() {
    if (threads < 0) {
      throw new InputException("--threads " + threads + ": give a whole number, 0 for all cores");
    }
    return Device.parse(device).withThreads(threads).checked();
  }
}
