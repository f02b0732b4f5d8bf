@file:JvmName("Nearest")

package org.glacis.spec

/** `did you mean "mnist"? (known: ...)`: the remedy for a name that is not among [known]. */
public fun nearest(name: String, known: Collection<String>, what: String): String {
  val best = known.minByOrNull { distance(name.lowercase(), it.lowercase()) }
  val close =
    best != null && distance(name.lowercase(), best.lowercase()) <= maxOf(2, name.length / 3)
  val list = "known ${what}s: ${known.joinToString(", ")}"
  return if (close) "did you mean \"$best\"? $list" else list
}

/** Levenshtein distance. */
private fun distance(a: String, b: String): Int {
  var row = IntArray(b.length + 1) { it }
  for (i in a.indices) {
    val next = IntArray(b.length + 1)
    next[0] = i + 1
    for (j in b.indices) next[j + 1] =
      minOf(next[j] + 1, row[j + 1] + 1, row[j] + if (a[i] == b[j]) 0 else 1)
    row = next
  }
  return row[b.length]
}
