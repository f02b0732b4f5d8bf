package org.glacis.cli

import org.glacis.recipes.Recipes

/** What the messages list, in the order of the declaration. */
private const val TRAINING_FIELDS =
  "epochs, loss, epsilon, optimizer, learningRate, gradientClip, initialization, clipBox, " +
    "shuffle, dropLast, warmStart, attack, epsilonFactor, leastEpsilon, regularizer, l1, " +
    "batchNorm, validation, earlyStopping, averaging, precision, accumulation, condense, orthogonality, constraint"

private val RECIPES = Recipes.all().joinToString(", ") { it.name() }

/** Experiments, data, devices and places that `run` and its kin cannot work with. */
val BAD_EXPERIMENTS: List<BadInput> =
  listOf(
    BadInput(
      "no such recipe",
      "run interval-digit",
      "no recipe \"interval-digit\"; did you mean \"interval-digits\"? known recipes: $RECIPES",
    ),
    BadInput(
      "no such file of JSON",
      "run none.json",
      "none.json: no such file; give an experiment as JSON",
    ),
    BadInput(
      "no such script",
      "run none.glacis.kts",
      "none.glacis.kts: no such file; give the path of a script that ends in .glacis.kts",
    ),
    BadInput(
      "no such path",
      "run some/where",
      "some/where: no such file or run; give a recipe (glacis list), FILE.json, " +
        "FILE.glacis.kts or a run directory",
    ),
    BadInput(
      "a file of another kind",
      "run file.txt",
      "file.txt: is neither JSON nor a script; give a recipe (glacis list), FILE.json, " +
        "FILE.glacis.kts or a run directory",
    ),
    BadInput(
      "a directory that is no run",
      "run some",
      "some: no experiment.json in it; give the directory of a run",
    ),
    BadInput(
      "an unknown key",
      "run unknown-key.json",
      "unknown-key.json has 1 fault\n" +
        "  train.shufle  is not a field of train; did you mean \"shuffle\"? known fields: " +
        TRAINING_FIELDS,
    ),
    BadInput(
      "a wrong type",
      "run wrong-type.json",
      "wrong-type.json has 1 fault\n" + "  train.epochs  is \"twelve\"; give a whole number",
    ),
    BadInput(
      "a version from the future",
      "run future.json",
      "future.json: formatVersion is 99, but this release reads up to 1; use a newer Glacis",
    ),
    BadInput(
      "half a file",
      "run cut.json",
      "cut.json:15:2 is not JSON: Trailing comma before the end of JSON object; mend the text there",
    ),
    BadInput(
      "shapes that do not fit",
      "run shapes.json",
      "experiment \"short-digits\" has 1 fault\n" +
        "  model.layers[1]  dense(100) takes a flat input but gets [8, 8, 1]; put flatten() " +
        "before it",
    ),
    BadInput(
      "a negative epsilon",
      "run negative.json",
      "experiment \"short-digits\" has 2 faults\n" +
        "  perturbation.epsilon             is -0.02; give a finite number, 0 or above\n" +
        "  certify[0].perturbation.epsilon  is -0.02; give a finite number, 0 or above",
    ),
    BadInput(
      "an epsilon that is not a number",
      "run interval-digits --set perturbation.epsilon=NaN",
      "--set perturbation.epsilon=NaN has 1 fault\n" +
        "  perturbation.epsilon  is \"NaN\"; give a number or a list of numbers",
    ),
    BadInput(
      "an epsilon in JSON that is not a number",
      "run nan.json",
      "nan.json has 2 faults\n" +
        "  perturbation.epsilon             is NaN; give a number or a list of numbers\n" +
        "  certify[0].perturbation.epsilon  is NaN; give a number or a list of numbers",
    ),
    BadInput(
      "a schedule longer than training",
      "run long.json",
      "experiment \"short-digits\" has 1 fault\n" +
        "  train.epsilon  ends at epoch 24 but training stops at epoch 12; lengthen " +
        "train.epochs or shorten the schedule",
    ),
    BadInput(
      "a script with a wrong word",
      "run bad.glacis.kts",
      "bad.glacis.kts does not compile:\n" + "  bad.glacis.kts:2:3 Unresolved reference 'dta'.",
    ),
    BadInput(
      "a missing data file",
      "run missing-npz.json",
      "nowhere.npz: found no such file, expected an npz archive; check the path",
    ),
    BadInput(
      "a data folder that is not there",
      "run interval-mnist --data none",
      "--data none: found no such folder, expected a folder with data sets; check the path",
    ),
    BadInput(
      "a data folder without some files",
      "run interval-mnist --data some",
      "some/mnist: found a folder (--data) without 3 files, expected all files of mnist; " +
        "add\n" +
        "  train-labels-idx1-ubyte.gz  28881 bytes  sha256 " +
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c\n" +
        "  t10k-images-idx3-ubyte.gz  1648877 bytes  sha256 " +
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6\n" +
        "  t10k-labels-idx1-ubyte.gz  4542 bytes  sha256 " +
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    ),
    BadInput(
      "truncated data",
      "run interval-mnist --data cut",
      "cut/mnist/train-images-idx3-ubyte.gz: found 20 of 21952 bytes after the header, " +
        "expected a whole IDX file; it was cut short or damaged: copy it again, or delete it " +
        "so that it is downloaded",
    ),
    BadInput(
      "output into a directory with files",
      "run interval-digits --out run",
      "--out run: is not empty, and nothing is overwritten; give another directory, or " +
        "--resume to go on with the run in it",
    ),
    BadInput(
      "output into a file",
      "run interval-digits --out file.txt",
      "--out file.txt: is a file; give a directory that is empty or does not exist",
    ),
    BadInput(
      "output below a file",
      "run interval-digits --out file.txt/run",
      "--out file.txt/run: cannot be written (java.nio.file.FileSystemException: " +
        "file.txt/run: Not a directory); give a directory that can",
    ),
    BadInput(
      "a GPU where there is none",
      "run interval-digits --device gpu:7",
      "device is gpu:7 but TensorFlow 2.18.0 sees no such GPU; run with --device cpu, or " +
        "build for GPUs (GLACIS_PROFILE=gpu ./glacis doctor, or mvn -Pgpu) on a machine with CUDA 12 and cuDNN 9",
    ),
    BadInput(
      "no such device",
      "run interval-digits --device tpu",
      "device is \"tpu\"; give cpu or gpu:0",
    ),
    BadInput(
      "a setting of an unknown field",
      "run interval-digits --set train.epoch=5",
      "--set train.epoch: train has no field \"epoch\"; did you mean \"epochs\"? known fields: " +
        TRAINING_FIELDS,
    ),
    BadInput(
      "a setting below an unknown field",
      "run interval-digits --set trian.epochs=5",
      "--set trian.epochs: the experiment has no field \"trian\"; did you mean \"train\"? " +
        "known fields: formatVersion, name, data, perturbation, model, train, certify, seed",
    ),
    BadInput(
      "a setting of a wrong type",
      "run interval-digits --set train.epochs=many",
      "--set train.epochs=many has 1 fault\n" + "  train.epochs  is \"many\"; give a whole number",
    ),
    BadInput(
      "a setting of a layer that is not there",
      "run interval-digits --set model.layers[17].units=5",
      "--set model.layers[17].units: model.layers has no element [17]; take one from [0] " +
        "to [5]",
    ),
    BadInput(
      "a seed twice",
      "run interval-digits --seeds 0,1,0",
      "seeds are [0, 1, 0]; give at least one, each once",
    ),
    BadInput(
      "seeds into a directory with files",
      "run interval-digits --seeds 0,1 --out run",
      "--out run: is not empty, and nothing is overwritten; give another directory, or " +
        "--resume to go on with the runs in it",
    ),
    BadInput(
      "resume without a run",
      "run interval-digits --resume",
      "--resume needs the run to go on with; give glacis run RUN --resume, or --out DIR",
    ),
    BadInput(
      "resume where there is no run",
      "run interval-digits --resume --out some",
      "some: no experiment.json in it; give the directory of a run",
    ),
    BadInput(
      "resume another experiment",
      "run interval-digits --resume --out run",
      "run: holds another experiment (\"short-digits\", or other settings); resume with " +
        "glacis run run/experiment.json --resume --out run",
    ),
    BadInput(
      "resume with other settings",
      "run run --resume --set train.epochs=20",
      "run: holds another experiment (\"short-digits\", or other settings); resume with " +
        "glacis run run/experiment.json --resume --out run",
    ),
    BadInput(
      "describe no such recipe",
      "describe interval-minst",
      "no recipe \"interval-minst\"; did you mean \"interval-mnist\"? known recipes: $RECIPES",
    ),
    BadInput(
      "no such data set",
      "data get minst",
      "no data set is called \"minst\"; did you mean \"mnist\"? known data sets: digits, " +
        "diabetes, wasserstein-toy, mnist, fashion-mnist, cifar-10, tiny-imagenet, imagenet64",
    ),
  )
