package org.glacis.dsl

/** A block of declarations: a lambda with receiver in Kotlin, a one-argument lambda in Java. */
public fun interface Block<in T> {
  public fun T.declare()
}

/** Keeps a nested block from calling the verbs of the block around it by accident. */
@DslMarker @Target(AnnotationTarget.CLASS) public annotation class GlacisDsl

internal fun <T> T.declaredBy(block: Block<T>): T = also { with(block) { it.declare() } }
