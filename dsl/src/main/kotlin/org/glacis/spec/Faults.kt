package org.glacis.spec

/**
 * One thing that is wrong with a declaration.
 *
 * @property path where, as it stands in the JSON form: `model.layers[3].kernel`
 * @property problem what was found and what was expected
 * @property remedy what to do about it
 */
public data class Fault(val path: String, val problem: String, val remedy: String) {
  override fun toString(): String = "$path  ${text()}"

  internal fun text() = if (remedy.isEmpty()) problem else "$problem; $remedy"
}

/** Collects every fault of one declaration; [at] descends into a part of it. */
public class Faults
private constructor(private val path: String, private val found: MutableList<Fault>) {
  public constructor() : this("", mutableListOf())

  /** The faults of the part [name]: a field, or an index such as `[3]`. */
  public fun at(name: String): Faults = Faults(join(name), found)

  public fun add(name: String, problem: String, remedy: String) {
    found += Fault(join(name), problem, remedy)
  }

  public fun add(problem: String, remedy: String) {
    found += Fault(path, problem, remedy)
  }

  public fun positive(name: String, value: Int) {
    if (value <= 0) add(name, "is $value", "give a whole number above 0")
  }

  public fun positive(name: String, value: Double) {
    if (!(value > 0.0) || value.isInfinite()) add(name, "is $value", "give a finite number above 0")
  }

  public fun notNegative(name: String, value: Double) {
    if (!(value >= 0.0) || value.isInfinite())
      add(name, "is $value", "give a finite number, 0 or above")
  }

  public fun notNegative(name: String, value: Int) {
    if (value < 0) add(name, "is $value", "give a whole number, 0 or above")
  }

  public fun within(name: String, value: Double, least: Double, most: Double) {
    if (!(value in least..most)) add(name, "is $value", "give a number from $least to $most")
  }

  public fun notBlank(name: String, value: String) {
    if (value.isBlank()) add(name, "is blank", "give a $name")
  }

  /** A fault when [shape] has no axis, an extent below 1, or more numbers than can be counted. */
  public fun extents(name: String, shape: Shape) {
    if (shape.rank == 0 || shape.extents.any { it < 1 })
      add(name, "is $shape", "give extents of 1 or more")
    else if (shape.isTooLarge)
      add(name, "is $shape", "give extents with a product of at most ${Int.MAX_VALUE}")
  }

  public fun finite(name: String, value: Double) {
    if (!value.isFinite()) add(name, "is $value", "give a finite number")
  }

  /** A fault when [input] has not [rank] axes; the message shows the shape and the [remedy]. */
  public fun rank(rank: Int, layer: String, input: Shape, remedy: () -> String) {
    if (input.rank != rank) add("$layer takes ${AXES[rank - 1]} input but gets $input", remedy())
  }

  /** True while nothing at or below this path was found wrong. */
  public fun clean(): Boolean = found.none { it.path.startsWith(path) }

  public fun all(): List<Fault> = found.toList()

  private fun join(name: String) =
    if (path.isEmpty() || name.startsWith("[")) path + name else "$path.$name"

  public companion object {
    private val AXES = listOf("a flat", "a length × channels", "a height × width × channels")

    /** `what has 2 faults`, then a line each: path, problem; remedy. */
    @JvmStatic
    public fun describe(what: String, faults: List<Fault>): String {
      val width = faults.maxOfOrNull { it.path.length } ?: 0
      val count = if (faults.size == 1) "1 fault" else "${faults.size} faults"
      return faults.joinToString("\n", "$what has $count\n") {
        "  ${it.path.padEnd(width)}  ${it.text()}"
      }
    }
  }
}
