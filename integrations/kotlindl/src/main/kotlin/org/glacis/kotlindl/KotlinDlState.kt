package org.glacis.kotlindl

import org.glacis.spec.GlacisException
import org.jetbrains.kotlinx.dl.api.core.TrainableModel

/**
 * Sets a flag of a KotlinDL model that KotlinDL lets everybody read and only itself write:
 * `modelCompiled`, `modelInitialized`.
 */
internal fun TrainableModel.tell(flag: String, value: Boolean) {
  val setter = "set${flag.replaceFirstChar(Char::uppercase)}\$tensorflow"
  try {
    javaClass.getMethod(setter, Boolean::class.java).invoke(this, value)
  } catch (e: ReflectiveOperationException) {
    throw GlacisException(
      "KotlinDL's TrainableModel has no $setter; use kotlin-deeplearning-tensorflow 0.5.2",
      e,
    )
  }
}
