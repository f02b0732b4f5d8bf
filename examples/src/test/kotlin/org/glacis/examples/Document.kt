package org.glacis.examples

import java.nio.file.Files
import java.nio.file.Path

/** The repository; tests run in the folder of their module. */
internal val ROOT: Path = Path.of("..").toRealPath()

/** Text that somebody reads, in Markdown. */
internal class Document(private val path: Path) {
  private val lines: List<String> = Files.readAllLines(path)

  /** The fenced blocks in order. */
  val blocks: List<Block> = buildList {
    var begin: Int? = null
    lines.forEachIndexed { i, line ->
      if (line.startsWith("```")) {
        begin =
          begin.let { open ->
            if (open == null) return@let i
            val name = "${ROOT.relativize(path)}:${open + 1}"
            add(Block(name, lines[open].removePrefix("```"), lines.subList(open + 1, i)))
            null
          }
      }
    }
    check(begin == null) { "$path: a block without an end" }
  }

  /** The first cells of the tables under the heading [title], without the heads. */
  fun firstCells(title: String): List<String> =
    lines
      .dropWhile { it.trimStart('#', ' ') != title }
      .drop(1)
      .takeWhile { !it.startsWith("#") }
      .filter { it.startsWith("| `") }
      .map { it.split("|")[1] }

  /** Links into the repository that lead nowhere. */
  fun deadLinks(): List<String> =
    LINK.findAll(lines.joinToString("\n"))
      .map { it.groupValues[1] }
      .filterNot { "://" in it }
      .filterNot { link ->
        val file = link.substringBefore('#')
        val target = if (file.isEmpty()) path else path.resolveSibling(file).normalize()
        Files.exists(target) && ('#' !in link || link.substringAfter('#') in anchors(target))
      }
      .map { "${ROOT.relativize(path)} -> $it" }
      .toList()

  /**
   * @property name file and line, for messages
   * @property language the fence's info string
   */
  class Block(val name: String, val language: String, private val lines: List<String>) {
    val text: String
      get() = lines.joinToString("\n", postfix = "\n")

    /** Lines of a shell without their comments. */
    fun commands(): List<String> =
      lines.map { it.replace(Regex("(^| +)#.*"), "") }.filter { it.isNotBlank() }
  }

  companion object {
    private val LINK = Regex("]\\(([^)\\s]+)\\)")

    /** All documents of the repository. */
    fun all(): List<Document> =
      listOf("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs", "integrations", "benchmarks")
        .flatMap { start ->
          Files.walk(ROOT.resolve(start)).use { files ->
            files
              .filter { "target" !in it.map(Path::toString) && it.toString().endsWith(".md") }
              .sorted()
              .toList()
          }
        }
        .map(::Document)

    private fun anchors(file: Path): Set<String> =
      Files.readAllLines(file)
        .filter { it.startsWith("#") }
        .map { line ->
          line
            .trimStart('#', ' ')
            .lowercase()
            .filter { it.isLetterOrDigit() || it in " -" }
            .replace(' ', '-')
        }
        .toSet()
  }
}
