package org.glacis.scripting

import kotlin.script.experimental.api.ScriptAcceptedLocation
import kotlin.script.experimental.api.ScriptCompilationConfiguration
import kotlin.script.experimental.api.acceptedLocations
import kotlin.script.experimental.api.compilerOptions
import kotlin.script.experimental.api.defaultImports
import kotlin.script.experimental.api.ide

/** What a script sees without an import, and what its classes are compiled for. */
public object GlacisScriptCompilation :
  ScriptCompilationConfiguration({
    defaultImports(IMPORTS)
    compilerOptions("-jvm-target", "17")
    ide { acceptedLocations(ScriptAcceptedLocation.Everywhere) }
  }) {
  private fun readResolve(): Any = GlacisScriptCompilation
}

private val IMPORTS =
  listOf("org.glacis.dsl.*", "org.glacis.spec.*", "org.glacis.recipes.*", "java.time.*") +
    listOf("milliseconds", "seconds", "minutes", "hours").map {
      "kotlin.time.Duration.Companion.$it"
    }
