package org.glacis.kotlindl

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.string.shouldContain

class ClassPathTest :
  FunSpec({
    test("no class of TensorFlow 1.x is here") {
      shouldThrow<ClassNotFoundException> { Class.forName("org.tensorflow.TensorFlowException") }
      shouldThrow<ClassNotFoundException> { Class.forName("org.tensorflow.Shape") }
    }

    test("TensorFlow's classes are those of TensorFlow Java 1.1.0") {
      val home = org.tensorflow.Session::class.java.protectionDomain.codeSource.location.toString()
      home shouldContain "tensorflow-core-api"
    }
  })
