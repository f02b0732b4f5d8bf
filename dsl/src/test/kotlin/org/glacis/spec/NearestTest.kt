package org.glacis.spec

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe

class NearestTest :
  FunSpec({
    val known = listOf("digits", "mnist", "fashion-mnist")

    test("a slip of the finger is offered the word that was meant") {
      nearest("minst", known, "data set") shouldBe
        "did you mean \"mnist\"? known data sets: digits, mnist, fashion-mnist"
      nearest("Digits", known, "data set") shouldBe
        "did you mean \"digits\"? known data sets: digits, mnist, fashion-mnist"
    }

    test("a word that is near nothing gets the list alone") {
      nearest("imagenet64", known, "data set") shouldBe
        "known data sets: digits, mnist, fashion-mnist"
    }

    test("nothing known is no error") {
      nearest("x", emptyList(), "recipe") shouldBe "known recipes: "
    }
  })
