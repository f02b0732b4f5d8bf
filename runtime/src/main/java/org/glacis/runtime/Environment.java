package org.glacis.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.tensorflow.TensorFlow;

/** What a run runs on. */
public final class Environment {
  private Environment() {}

  /** Versions by part: glacis, tensorflow, java, os. */
  public static Map<String, String> versions() {
    Map<String, String> versions = new LinkedHashMap<>();
    versions.put("glacis", glacis());
    versions.put("tensorflow", TensorFlow.version());
    versions.put("java", System.getProperty("java.vm.name") + " " + Runtime.version());
    versions.put(
        "os",
        System.getProperty("os.name")
            + " "
            + System.getProperty("os.version")
            + " "
            + System.getProperty("os.arch"));
    return versions;
  }

  /** The version of Glacis. */
  public static String glacis() {
    String version = Environment.class.getPackage().getImplementationVersion();
    return version == null ? "0.1.0-SNAPSHOT" : version;
  }

  /**
   * The most memory that this process ever had resident, in bytes; -1 where the operating system
   * does not tell.
   */
  public static long peakMemoryBytes() {
    return status("VmHWM:");
  }

  /**
   * The memory that this process has resident now, in bytes; -1 where the operating system does not
   * tell.
   */
  public static long residentMemoryBytes() {
    return status("VmRSS:");
  }

  private static long status(String field) {
    Path status = Path.of("/proc/self/status");
    if (!Files.isReadable(status)) {
      return -1;
    }
    try {
      for (String line : Files.readAllLines(status)) {
        if (line.startsWith(field)) {
          return 1024 * Long.parseLong(line.replaceAll("\\D", ""));
        }
      }
    } catch (IOException e) {
      return -1;
    }
    return -1;
  }
}
