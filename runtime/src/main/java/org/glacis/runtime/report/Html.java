package org.glacis.runtime.report;

/** Text as HTML and SVG take it, in elements and in quoted attributes. */
final class Html {
  private Html() {}

  static String escape(String text) {
    StringBuilder escaped = new StringBuilder(text.length() + 16);
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                // Control characters have no place in HTML, not even as references.
                default ->
                    escaped.appendCodePoint(c >= 0x20 || c == '\n' || c == '\t' ? c : 0xFFFD);
              }
            });
    return escaped.toString();
  }
}
