package org.glacis.cli;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.glacis.runtime.Architecture;
import org.glacis.spec.Shape;
import org.jspecify.annotations.Nullable;

/** A network as a drawing: of characters, or for Mermaid. */
final class Diagram {
  private Diagram() {}

  /**
   * From top to bottom; the layers of a residual block stand to the right of the way past them, on
   * which its shortcut is. Of a block inside a shortcut only the name is drawn.
   */
  static List<String> text(Architecture architecture) {
    List<String> lines = new ArrayList<>();
    lines.add("input  " + architecture.model().getInput());
    int depth = 0;
    String hidden = "-";
    for (Architecture.Row row : architecture.rows()) {
      if (row.index().startsWith(hidden)) {
        continue;
      }
      closed(lines, depth, row.depth());
      depth = row.depth();
      lines.add("│  ".repeat(depth) + "│");
      boolean opens = row.block() && !row.shortcut();
      hidden = row.block() && row.shortcut() ? row.index() + "." : hidden;
      lines.add("│  ".repeat(row.shortcut() ? depth - 1 : depth) + (opens ? fork(row) : text(row)));
      depth += opens ? 1 : 0;
    }
    closed(lines, depth, 0);
    return lines;
  }

  private static String fork(Architecture.Row row) {
    return isSum(row) ? "├──┐" : "├──┐  " + row.layer();
  }

  private static String text(Architecture.Row row) {
    return row.layer() + "  " + row.output();
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
      Block around = open.peek();
      if (around != null && row.shortcut() && around.made == null) {
        open.pop();
        open.push(new Block(around.node, around.label, around.entry, before));
        before = around.entry;
      }
      String node = "n" + row.index().replace('.', '_');
      if (row.block()) {
        String label = label(isSum(row) ? "+" : row.layer(), row.output());
        open.push(new Block(node, label, before, null));
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

  /**
   * A residual block whose layers are being drawn.
   *
   * @param entry the node before it
   * @param made the last node of its layers once its shortcut is being drawn
   */
  private record Block(String node, String label, String entry, @Nullable String made) {}

  /** Where a block ends, the last node of whose shortcut, or of whose layers, is {@code last}. */
  private static String sum(List<String> lines, Block block, String last) {
    lines.add("  " + block.node + block.label);
    lines.add("  " + (block.made == null ? block.entry : last) + " --> " + block.node);
    lines.add("  " + (block.made == null ? last : block.made) + " --> " + block.node);
    return block.node;
  }

  /** Whether a block only adds what leaves its branches. */
  private static boolean isSum(Architecture.Row row) {
    return row.layer().equals("residual");
  }

  private static String label(String layer, Shape shape) {
    return "[\"" + layer + "<br/>" + shape + "\"]";
  }
}
