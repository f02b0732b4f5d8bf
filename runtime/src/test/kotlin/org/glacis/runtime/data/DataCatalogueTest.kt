package org.glacis.runtime.data

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.collections.shouldNotBeEmpty
import io.kotest.matchers.comparables.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldMatch
import io.kotest.matchers.string.shouldNotBeBlank
import org.glacis.spec.DataFacts

/**
 * What every data set with a name promises; a new one is in it as soon as it is in the catalogue.
 */
class DataCatalogueTest :
  FunSpec({
    val home = scratch()
    val here = DataLocations.of(null, null, home, listOf()).withMirrors(mapOf())

    test("the catalogue and the declarations know the same names") {
      DataCatalogue.all().map { it.name() } shouldBe DataFacts.KNOWN.keys.toList()
    }

    test("an unknown name is refused with the nearest") {
      refused("no data set is called \"mnits\"", "did you mean \"mnist\"?") {
        DataCatalogue.get("mnits")
      }
    }

    DataCatalogue.all().forEach { known ->
      test("${known.name()} says what it is, whose and under which terms") {
        DataCatalogue.get(known.name()) shouldBe known
        listOf(known.description(), known.source(), known.licence(), known.citation()).forEach {
          it.shouldNotBeBlank()
        }
        known.facts().name shouldBe known.name()
      }

      test(
        "${known.name()} is inside the program, or is downloaded with checksums over https, or is put there by hand"
      ) {
        if (known.layouts().isEmpty()) {
          val data = known.load(here)
          data.facts() shouldBe known.facts()
          data.provenance().files().shouldNotBeEmpty()
          known.place(here) shouldBe "inside the program"
        } else {
          known.files().isEmpty() shouldBe known.byHand().isNotEmpty()
          known.files().isEmpty() shouldBe known.mirrors().isEmpty()
          known.files().forEach {
            it.sha256() shouldMatch "[0-9a-f]{64}"
            it.bytes() shouldBeGreaterThan 0
          }
          known.mirrors().forEach { it.toString() shouldMatch "https://.+/" }
          if (known.files().isNotEmpty())
            known.layouts() shouldContain known.files().map { it.name() }
          known.place(here) shouldBe "not here"
          refused("data set \"${known.name()}\" is not here", "put these files into") {
            known.get(here)
          }
        }
      }
    }
  })
