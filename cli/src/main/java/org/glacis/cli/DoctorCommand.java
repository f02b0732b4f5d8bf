package org.glacis.cli;

import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.glacis.runtime.Environment;
import org.glacis.runtime.data.DataCatalogue;
import org.glacis.runtime.data.DataLocations;
import org.glacis.runtime.data.KnownData;
import org.glacis.runtime.graph.Device;
import org.glacis.scripting.GlacisScripts;
import org.glacis.spec.InputException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Says what is here, what is missing, and how to get it. */
@Command(
    name = "doctor",
    description = "Show versions, devices, memory and data, and what is missing.")
final class DoctorCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private DataOption data = new DataOption();

  DoctorCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    DataLocations where = data.locations(terminal);
    Table table = new Table(false, false);
    versions(table);
    table.row("", "");
    devices(table);
    table.row("", "");
    for (KnownData known : DataCatalogue.all()) {
      String place = known.place(where);
      table.row(
          "data " + known.name(),
          place.equals("not here")
              ? place + "; get it with  glacis data get " + known.name()
              : place);
    }
    table.row("", "");
    table.row("data folder", folder(where.home()));
    table.row("script cache", folder(GlacisScripts.defaultCache()));
    table.row(
        "native cache", folder(Path.of(System.getProperty("user.home"), ".javacpp", "cache")));
    table.lines().forEach(terminal.out()::println);
    return ExitCode.DONE;
  }

  private static void versions(Table table) {
    try {
      for (Map.Entry<String, String> version : Environment.versions().entrySet()) {
        table.row(version.getKey(), version.getValue());
      }
      table.row("native library", "loaded");
    } catch (LinkageError e) {
      table.row("glacis", Environment.glacis());
      table.row(
          "native library",
          "cannot be loaded ("
              + e.getMessage()
              + "); build on this machine with  mvn -pl cli -am package");
    }
    table.row("kotlin", kotlin.KotlinVersion.CURRENT.toString());
  }

  private static void devices(Table table) {
    table.row("cpu", Runtime.getRuntime().availableProcessors() + " cores, as many threads");
    table.row("gpu", gpu());
    if (ManagementFactory.getOperatingSystemMXBean()
        instanceof com.sun.management.OperatingSystemMXBean system) {
      table.row(
          "memory",
          DescribeCommand.bytes(system.getTotalMemorySize())
              + ", "
              + DescribeCommand.bytes(system.getFreeMemorySize())
              + " free");
    }
    table.row(
        "java heap",
        "at most "
            + DescribeCommand.bytes(Runtime.getRuntime().maxMemory())
            + "; more with GLACIS_JAVA_OPTS=-Xmx8g (tensors live outside of it)");
  }

  private static String gpu() {
    try {
      return "gpu:0 works; run with --device " + Device.parse("gpu:0").checked();
    } catch (InputException | LinkageError e) {
      boolean driver = Files.exists(Path.of("/proc/driver/nvidia/version"));
      return driver
          ? "not used, though there is an NVIDIA driver; install CUDA 12 and cuDNN 9, and build with  GLACIS_PROFILE=gpu ./glacis doctor"
          : "none; everything runs on the CPU";
    }
  }

  private static String folder(Path folder) {
    return Files.isDirectory(folder) ? folder.toString() : folder + " (made when it is needed)";
  }
}
