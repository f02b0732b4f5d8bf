package org.glacis.runtime.data

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.matchers.string.shouldContain
import org.glacis.spec.InputException

/** Expects [block] to refuse its input with a message that has all [parts]. */
internal fun refused(vararg parts: String, block: () -> Unit): String {
  val message = shouldThrow<InputException> { block() }.message.orEmpty()
  parts.forEach { message shouldContain it }
  return message
}
