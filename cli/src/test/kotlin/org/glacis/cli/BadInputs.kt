package org.glacis.cli

/** Wrong input: the [arguments] of a command, and the whole [message] that they earn. */
data class BadInput(val name: String, val arguments: String, val message: String)

/** Every kind of wrong input. The files that are named are made by [BadInputTest]. */
val BAD_INPUTS: List<BadInput> = BAD_ARGUMENTS + BAD_EXPERIMENTS + BAD_QUESTIONS + BAD_SWEEPS
