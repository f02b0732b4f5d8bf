package org.glacis.scripting

import java.nio.file.Path
import kotlin.script.experimental.api.CompiledScript as KotlinCompiledScript
import kotlin.script.experimental.api.ResultWithDiagnostics
import kotlin.script.experimental.api.ScriptCompilationConfiguration
import kotlin.script.experimental.api.ScriptDiagnostic
import kotlin.script.experimental.api.isError
import kotlin.script.experimental.host.toScriptSource
import kotlin.script.experimental.jvm.impl.KJvmCompiledModuleInMemory
import kotlin.script.experimental.jvm.impl.KJvmCompiledScript
import kotlin.script.experimental.jvm.jvm
import kotlin.script.experimental.jvm.updateClasspath
import kotlin.script.experimental.jvmhost.BasicJvmScriptingHost
import kotlin.script.experimental.jvmhost.JvmScriptCompiler
import kotlin.script.experimental.jvmhost.createJvmCompilationConfigurationFromTemplate
import org.glacis.spec.InputException

/**
 * The way to the Kotlin compiler. Nothing else touches it, so that a cached script never loads it.
 */
internal object ScriptCompiler {
  /**
   * Compiles [text], the content of the file [script].
   *
   * @throws InputException with every error, its file, line and column
   */
  fun compile(script: Path, text: String, classPath: ClassPath): CompiledScript {
    val configuration: ScriptCompilationConfiguration =
      createJvmCompilationConfigurationFromTemplate<GlacisScript> {
        jvm { updateClasspath(classPath.entries.map(Path::toFile)) }
      }
    val host = BasicJvmScriptingHost()
    val source = text.toScriptSource(script.fileName.toString())
    val result = host.runInCoroutineContext { JvmScriptCompiler()(source, configuration) }
    return when (result) {
      is ResultWithDiagnostics.Success -> take(result.value)
      is ResultWithDiagnostics.Failure -> throw InputException(describe(script, result.reports))
    }
  }

  private fun take(script: KotlinCompiledScript): CompiledScript {
    val compiled = script as KJvmCompiledScript
    val files = (compiled.getCompiledModule() as KJvmCompiledModuleInMemory).compilerOutputFiles
    return CompiledScript(compiled.scriptClassFQName, compiled.resultField?.first, files)
  }

  private fun describe(script: Path, reports: List<ScriptDiagnostic>): String {
    val errors = reports.filter { it.isError() }
    val lines =
      errors.map { error ->
        "  $script${error.location?.start?.let { ":${it.line}:${it.col}" }.orEmpty()} ${error.message}"
      }
    return "$script does not compile:\n${lines.joinToString("\n")}"
  }
}
