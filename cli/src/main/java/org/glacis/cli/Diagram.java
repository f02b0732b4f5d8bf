package org.glacis.cli;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.glacis.runtime.Architecture;
import org.glacis.spec.Shape;

/** A network as a drawing: of characters, or for Mermaid. */
final class Diagram {
  private Diagram() {}

  /** From top to bottom; the layers of a residual block stand to the right of the way past them. */
  static List<String> text(Architecture architecture) {
    List<String> lines = new ArrayList<>();
    lines.add("input  " + architecture.model().getInput());
    int depth = 0;
    for (Architecture.Row row : architecture.rows()) {
      closed(lines, depth, row.depth());
      depth = row.depth();
      lines.add("│  ".repeat(depth) + "│");
      boolean block = isBlock(row);
      lines.add("│  ".repeat(depth) + (block ? "├──┐" : row.layer() + "  " + row.output()));
      depth += block ? 1 : 0;
    }
    closed(lines, depth, 0);
    return lines;
  }

  private static void closed(List<String> lines, int from, int to) {
    for (int depth = from; depth > to; depth--) {
      lines.add("│  ".repeat(depth) + "│");
      lines.add("│  ".repeat(depth - 1) + "+──┘");
    }
  }

  /** A flowchart in Mermaid's language. */
  static List<String> mermaid(Architecture architecture) {
    List<String> lines = new ArrayList<>();
    lines.add("flowchart TD");
    lines.add("  x" + label("input", architecture.model().getInput()));
    Deque<Block> open = new ArrayDeque<>();
    String before = "x";
    for (Architecture.Row row : architecture.rows()) {
      while (open.size() > row.depth()) {
        before = sum(lines, open.pop(), before);
      }
      String node = "n" + row.index().replace('.', '_');
      if (isBlock(row)) {
        open.push(new Block(node, before, row.output()));
        continue;
      }
      lines.add("  " + node + label(row.layer(), row.output()));
      lines.add("  " + before + " --> " + node);
      before = node;
    }
    while (!open.isEmpty()) {
      before = sum(lines, open.pop(), before);
    }
    return lines;
  }

  /** A residual block whose layers are being drawn. */
  private record Block(String node, String entry, Shape output) {}

  private static String sum(List<String> lines, Block block, String branch) {
    lines.add("  " + block.node + label("+", block.output));
    lines.add("  " + block.entry + " --> " + block.node);
    lines.add("  " + branch + " --> " + block.node);
    return block.node;
  }

  private static boolean isBlock(Architecture.Row row) {
    return row.layer().equals("residual");
  }

  private static String label(String layer, Shape shape) {
    return "[\"" + layer + "<br/>" + shape + "\"]";
  }
}
