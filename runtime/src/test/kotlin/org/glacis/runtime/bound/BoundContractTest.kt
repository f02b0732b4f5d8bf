package org.glacis.runtime.bound

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.nameWithoutExtension
import kotlin.streams.asSequence

/** A new bound method gets a line here. */
private val METHODS = listOf<BoundMethod>(IntervalPass())

class BoundContractTest :
  FunSpec({
    METHODS.forEach { boundContract(it.javaClass.simpleName, it) }

    test("every bound method keeps the contract") {
      val folder =
        Path.of(BoundMethod::class.java.protectionDomain.codeSource.location.toURI())
          .resolve("org/glacis/runtime/bound")
      val methods =
        Files.list(folder).use { files ->
          files
            .asSequence()
            .filter {
              it.toString().endsWith(".class") && it.nameWithoutExtension != "package-info"
            }
            .map { Class.forName("org.glacis.runtime.bound." + it.nameWithoutExtension) }
            .filter { BoundMethod::class.java.isAssignableFrom(it) && !it.isInterface }
            .toSet()
        }
      methods shouldBe METHODS.map { it.javaClass }.toSet()
    }
  })
