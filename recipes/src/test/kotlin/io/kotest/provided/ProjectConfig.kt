package io.kotest.provided

import io.kotest.core.config.AbstractProjectConfig
import io.kotest.property.PropertyTesting

/** Property tests draw the same values on every machine, and leave nothing in the home folder. */
object ProjectConfig : AbstractProjectConfig() {
  override suspend fun beforeProject() {
    PropertyTesting.defaultSeed = 20240607
    PropertyTesting.writeFailedSeed = false
  }
}
