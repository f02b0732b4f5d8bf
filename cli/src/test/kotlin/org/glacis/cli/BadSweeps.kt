package org.glacis.cli

import org.glacis.recipes.Recipes

private const val ALPHA = "tune mtl-ibp-digits --over train.loss.alpha"

/** Sweeps that cannot be made: refused before anything is trained. */
val BAD_SWEEPS: List<BadInput> =
  listOf(
    BadInput(
      "tune without a range",
      "tune mtl-ibp-digits",
      "glacis tune: give one of --over PATH=a..b, such as --over train.loss.alpha=1e-3..1, " +
        "--alpha a..b and --find-rate",
    ),
    BadInput(
      "tune over no range",
      "$ALPHA=0.1",
      "--over train.loss.alpha: \"0.1\" is no range; write two numbers with two dots between, " +
        "such as 1e-3..1",
    ),
    BadInput(
      "tune over a range of words",
      "tune mtl-ibp-digits --alpha low..high",
      "--alpha: \"low..high\" is no range; write two numbers with two dots between, " +
        "such as 1e-3..1",
    ),
    BadInput(
      "tune over a path alone",
      "tune mtl-ibp-digits --over train.loss.alpha",
      "--over train.loss.alpha: no PATH=a..b; write it like --over train.loss.alpha=1e-3..1",
    ),
    BadInput(
      "tune over a reversed range",
      "$ALPHA=1..0.1",
      "--over train.loss.alpha=1..0.1: is reversed; give the smaller number first, such as 1e-3..1",
    ),
    BadInput(
      "tune over an empty range",
      "$ALPHA=0.1..0.1",
      "--over train.loss.alpha=0.1..0.1: begins where it ends; give the smaller number first, " +
        "such as 1e-3..1",
    ),
    BadInput(
      "tune with a single point",
      "$ALPHA=0.1..1 --points 1",
      "--points 1: give 2 or more, both ends among them",
    ),
    BadInput(
      "tune over logarithms from 0",
      "$ALPHA=0..1 --log",
      "--over train.loss.alpha=0..1: a logarithmic range begins above 0; begin there, " +
        "or take --linear",
    ),
    BadInput(
      "tune with two scales",
      "$ALPHA=0.1..1 --log --linear",
      "--log and --linear: give one of them",
    ),
    BadInput(
      "tune over what does not exist",
      "tune mtl-ibp-digits --over train.loss.alfa=0.1..1",
      "--over train.loss.alfa: train.loss has no field \"alfa\"; did you mean \"alpha\"? " +
        "known fields: type, alpha",
    ),
    BadInput(
      "tune outside the domain of the field",
      "$ALPHA=0.5..2 --points 2",
      "--over train.loss.alpha=0.5..2, at 2: experiment \"mtl-ibp-digits\" has 1 fault\n" +
        "  train.loss.alpha  is 2.0; give a number from 0 to 1",
    ),
    BadInput(
      "tune over fewer whole numbers than points",
      "tune mtl-ibp-digits --over data.batch=64..66 --points 5",
      "--over data.batch=64..66: has fewer than 5 whole numbers so far apart; lower --points",
    ),
    BadInput(
      "tune over the certification",
      "tune mtl-ibp-digits --over certify[0].perturbation.epsilon=0.1..1",
      "--over certify[0].perturbation.epsilon=0.1..1: certification has no part in training; " +
        "tune what does, such as train.loss",
    ),
    BadInput(
      "tune over the seed",
      "tune mtl-ibp-digits --over seed=1..3 --points 3",
      "--over seed=1..3: points must be compared on the same validation samples; " +
        "tune another number, with --seeds 0,1,2 for their spread",
    ),
    BadInput(
      "tune the coefficient of a loss that has none",
      "tune run --alpha 0.1..1",
      "--alpha: the loss RobustCrossEntropy(elision=false) has no coefficient; take a recipe " +
        "with CC-IBP, MTL-IBP, Exp-IBP or SABR, or --over PATH=a..b",
    ),
    BadInput(
      "tune a recipe that is not there",
      "tune mtl-ibp --alpha 0.1..1",
      "no recipe \"mtl-ibp\"; known recipes: ${Recipes.all().joinToString(", ") { it.name() }}",
    ),
    BadInput(
      "resume a sweep without its place",
      "tune mtl-ibp-digits --alpha 0.1..1 --resume",
      "--resume needs --out, the directory of the points to go on with",
    ),
    BadInput(
      "tune into a directory that is not empty",
      "tune mtl-ibp-digits --alpha 0.1..1 --out run",
      "--out run: is not empty, and nothing is overwritten; give another directory, or --resume " +
        "to go on with the runs in it",
    ),
    BadInput(
      "look for a rate in a range that begins at 0",
      "tune run --find-rate 0..1",
      "--find-rate 0..1: rates grow by a factor from step to step; give two numbers above 0, " +
        "the smaller one first, such as 1e-6..1",
    ),
    BadInput(
      "look for a rate in batches that are too large",
      "tune run --find-rate --set data.batch=1000",
      "--find-rate: an epoch has 2 steps, and 10 rates is the least to compare; " +
        "take smaller batches with --set data.batch=129",
    ),
    BadInput(
      "runs below what is no directory",
      "runs file.txt",
      "file.txt: no such directory; give one that holds runs, such as runs",
    ),
  )
