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
    defaultImports(imports())
    compilerOptions("-jvm-target", "17")
    ide { acceptedLocations(ScriptAcceptedLocation.Everywhere) }
  }) {
  private fun readResolve(): Any = GlacisScriptCompilation
}

private fun imports(): List<String> {
  val units = listOf("milliseconds", "seconds", "minutes", "hours").map { "kotlin.time.Duration.Companion.$it" }
  // The compiler refuses to import a package that nobody brings.
  val recipes = GlacisScript::class.java.classLoader.getResource("org/glacis/recipes/package-info.class")
  return listOf("org.glacis.dsl.*", "org.glacis.spec.*", "java.time.*") + units + listOfNotNull(recipes?.let { "org.glacis.recipes.*" })
}
