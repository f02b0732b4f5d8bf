package org.glacis.dsl

import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.collections.shouldNotContain
import io.kotest.matchers.shouldBe
import java.lang.reflect.Method
import java.lang.reflect.Modifier
import org.glacis.spec.L2Step
import org.glacis.spec.LinfStep

private val SCOPES =
  listOf(
      ExperimentBuilder::class,
      DataBuilder::class,
      ModelBuilder::class,
      TrainingBuilder::class,
      LinfCertification::class,
      L2Certification::class,
    )
    .map { it.java }

private val FACADES =
  listOf(
      "Attacks",
      "Data",
      "Experiments",
      "Losses",
      "Models",
      "Optimizers",
      "Perturbations",
      "Schedules",
    )
    .map { Class.forName("org.glacis.dsl.$it") }

private fun Class<*>.verbs(): List<Method> =
  declaredMethods.filter { Modifier.isPublic(it.modifiers) && !it.isSynthetic && '$' !in it.name }

/** What the scripting module's tests also try with the compiler itself. */
class ScopesTest :
  FunSpec({
    test("the scope of an l2 set offers no step that exists for l-inf alone") {
      val names = L2Certification::class.java.verbs().map { it.name }
      names shouldContain "ibp"
      names shouldContain "lipschitzMargin"
      names shouldNotContain "crownIbp"
    }

    test("the open door of each scope takes the steps of its norm and no others") {
      fun door(scope: Class<*>) =
        scope.verbs().filter { it.name == "add" }.map { it.parameterTypes.single() }
      door(LinfCertification::class.java) shouldBe listOf(LinfStep::class.java)
      door(L2Certification::class.java) shouldBe listOf(L2Step::class.java)
    }

    test("certify picks the scope by the type of the set") {
      ExperimentBuilder::class
        .java
        .verbs()
        .filter { it.name == "certify" }
        .map {
          it.genericParameterTypes.joinToString { type -> type.typeName }
        } shouldContainExactlyInAnyOrder
        listOf(
          "org.glacis.spec.Linf, org.glacis.dsl.Block<? super org.glacis.dsl.LinfCertification>",
          "org.glacis.spec.L2, org.glacis.dsl.Block<? super org.glacis.dsl.L2Certification>",
        )
    }

    test(
      "every scope is marked, so that an inner block cannot call an outer one's verbs by accident"
    ) {
      // Both annotations are kept in class files only.
      fun Class<*>.names(type: String) =
        type in String(getResourceAsStream("$simpleName.class")!!.readBytes(), Charsets.ISO_8859_1)
      GlacisDsl::class.java.names("Lkotlin/DslMarker;") shouldBe true
      withClue("without @GlacisDsl") {
        SCOPES.filterNot { it.names("Lorg/glacis/dsl/GlacisDsl;") }.shouldBeEmpty()
      }
    }

    test("no verb asks a Java program for a function type or hands it a Unit") {
      val all = (SCOPES + FACADES).flatMap { it.verbs() }.filter { !it.name.startsWith("set") }
      withClue("returns Unit or nothing") {
        all
          .filter { it.returnType == Void.TYPE || it.returnType.name.startsWith("kotlin.") }
          .shouldBeEmpty()
      }
      withClue("takes a Kotlin type") {
        all
          .filter { verb -> verb.parameterTypes.any { it.name.startsWith("kotlin.") } }
          .shouldBeEmpty()
      }
      withClue("has a mangled name") { all.filter { '-' in it.name }.shouldBeEmpty() }
    }

    test("every verb of a scope returns the scope, so that calls chain") {
      SCOPES.forEach { scope ->
        withClue(scope.simpleName) {
          scope
            .verbs()
            .filter { !Regex("(get|set)[A-Z].*").matches(it.name) }
            .filter { it.returnType != scope }
            .map { it.name }
            .shouldBeEmpty()
        }
      }
    }

    test("every field of a scope has a verb of its name for chains") {
      SCOPES.forEach { scope ->
        val names = scope.verbs().map { it.name }
        val fields =
          names
            .filter { it.startsWith("set") }
            .map { it.removePrefix("set").replaceFirstChar(Char::lowercase) }
        // The start of the weights is set through the verb `initialize`.
        withClue(scope.simpleName) { (fields - names.toSet() - "initialization").shouldBeEmpty() }
      }
    }
  })
