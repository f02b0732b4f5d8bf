package org.glacis.scripting

import kotlin.script.experimental.annotations.KotlinScript

/**
 * What every `*.glacis.kts` file is: Kotlin with the builders in scope, whose last expression is an
 * [org.glacis.spec.Experiment].
 *
 * @property args the arguments that the script was called with
 */
@KotlinScript(
  fileExtension = "glacis.kts",
  compilationConfiguration = GlacisScriptCompilation::class,
)
public abstract class GlacisScript(public val args: List<String>)
