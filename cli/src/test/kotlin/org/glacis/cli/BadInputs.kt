package org.glacis.cli

import org.glacis.recipes.Recipes

/** Wrong input: the [arguments] of a command, and the whole [message] that they earn. */
data class BadInput(val name: String, val arguments: String, val message: String)

private val RECIPES = Recipes.all().joinToString(", ") { it.name() }

/** Every kind of wrong input. The files that are named are made by [BadInputTest]. */
val BAD_INPUTS: List<BadInput> =
  listOf(
    BadInput(
      "no such command",
      "lern",
      "glacis: no command \"lern\"; known commands: list, run, certify, predict, describe, " +
        "report, export, data, doctor, bench",
    ),
    BadInput(
      "no such option",
      "run interval-digits --sed 1",
      "glacis run: no option \"--sed\"; did you mean \"--set\"? known options: --set, --out, " +
        "--data, --device, --threads, --seed, --seeds, --resume, --debug, --help",
    ),
    BadInput(
      "an option without its value",
      "run interval-digits --out",
      "glacis run: Missing required parameter for option '--out' (DIR); see glacis run " + "--help",
    ),
    BadInput(
      "a number that is none",
      "run interval-digits --threads many",
      "glacis run: Invalid value for option '--threads': 'many' is not an int; see glacis " +
        "run --help",
    ),
    BadInput(
      "one argument too many",
      "list all",
      "glacis list: \"all\" is too much; see glacis list --help",
    ),
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
      "nothing to run",
      "run",
      "glacis run: no experiment; give a recipe (glacis list), a file, or --resume --out " + "DIR",
    ),
    BadInput(
      "an unknown key",
      "run unknown-key.json",
      "unknown-key.json has 1 fault\n" +
        "  train.shufle  is not a field of train; did you mean \"shuffle\"? known fields: " +
        "epochs, loss, epsilon, optimizer, learningRate, gradientClip, initialization, " +
        "clipBox, shuffle, dropLast, warmStart",
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
      "cut.json:14:2 is not JSON: Trailing comma before the end of JSON object; mend the text there",
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
        "build with -Pgpu on a machine with CUDA 12 and cuDNN 9",
    ),
    BadInput(
      "no such device",
      "run interval-digits --device tpu",
      "device is \"tpu\"; give cpu or gpu:0",
    ),
    BadInput(
      "a setting without a value",
      "run interval-digits --set train.epochs",
      "--set train.epochs: no path=value; write it like --set train.epochs=5",
    ),
    BadInput(
      "a setting of an unknown field",
      "run interval-digits --set train.epoch=5",
      "--set train.epoch: train has no field \"epoch\"; did you mean \"epochs\"? known fields: " +
        "epochs, loss, epsilon, optimizer, learningRate, gradientClip, initialization, " +
        "clipBox, shuffle, dropLast, warmStart",
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
      "seeds that are no numbers",
      "run interval-digits --seeds 0,x",
      "glacis run: Invalid value for option '--seeds' (N,N,...): 'x' is not a long; see " +
        "glacis run --help",
    ),
    BadInput(
      "a seed twice",
      "run interval-digits --seeds 0,1,0",
      "seeds are [0, 1, 0]; give at least one, each once",
    ),
    BadInput(
      "a seed and seeds",
      "run interval-digits --seed 1 --seeds 0,1",
      "--seed 1 and --seeds: give one of them",
    ),
    BadInput(
      "seeds into a directory with files",
      "run interval-digits --seeds 0,1 --out run",
      "--out run: is not empty, and nothing is overwritten; give another directory, or " +
        "--resume to go on with the runs in it",
    ),
    BadInput(
      "a negative number of threads",
      "run interval-digits --threads -1",
      "--threads -1: give a whole number, 0 for all cores",
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
      "certify what is no run",
      "certify some",
      "some: no experiment.json in it; give the directory of a run",
    ),
    BadInput(
      "certify a run that is not finished",
      "certify begun",
      "begun: the run is not finished, there is no weights.npz; go on with --resume",
    ),
    BadInput(
      "certify with no such norm",
      "certify run --at linv:0.1",
      "--at linv:0.1: no norm \"linv\"; did you mean \"linf\"? known norms: linf, l2; write it " +
        "like linf:0.1",
    ),
    BadInput(
      "certify with no norm",
      "certify run --at 0.1",
      "--at 0.1: no norm \"0.1\"; known norms: linf, l2; write it like linf:0.1",
    ),
    BadInput(
      "certify with no number",
      "certify run --at linf:small",
      "--at linf:small: epsilon is no number; write it like linf:0.1",
    ),
    BadInput(
      "certify with a negative epsilon",
      "certify run --at linf:-0.1",
      "--at linf:-0.1: epsilon is -0.1; give a finite number, 0 or above",
    ),
    BadInput(
      "certify with NaN",
      "certify run --at linf:NaN",
      "--at linf:NaN: epsilon is NaN; give a finite number, 0 or above",
    ),
    BadInput(
      "certify with no such step",
      "certify run --steps atack,ibp",
      "--steps: no step \"atack\"; did you mean \"attack\"? known steps: attack, ibp",
    ),
    BadInput(
      "certify by attack in an l2 ball",
      "certify run --at l2:0.1 --steps attack",
      "--steps attack: there is no attack for l2(0.1) in [0.0, 1.0]; leave it out, or give an linf set",
    ),
    BadInput(
      "certify from beyond the last sample",
      "certify run --from 360",
      "--from 360: there are 360 test samples; give 0 to 359",
    ),
    BadInput(
      "certify no sample",
      "certify run --limit 0",
      "--limit 0: give a whole number above 0",
    ),
    BadInput(
      "certify with no such data set",
      "certify run --dataset minst",
      "no data set is called \"minst\"; did you mean \"mnist\"? known data sets: digits, " +
        "diabetes, mnist, fashion-mnist",
    ),
    BadInput(
      "certify with data that do not fit",
      "certify run --dataset diabetes",
      "--dataset diabetes: is for regression, shape [10], 1 outputs, but the network is " +
        "for classification, shape [8, 8, 1], 10 outputs; take a data set that fits",
    ),
    BadInput(
      "predict without a sample",
      "predict run",
      "glacis predict: Missing required parameter: 'INPUT.png|INPUT.npy'; see glacis " +
        "predict --help",
    ),
    BadInput(
      "predict a file that is not there",
      "predict run none.png",
      "none.png: found no such file, expected an image or an npy array; check the path",
    ),
    BadInput(
      "predict a picture of another size",
      "predict run large.png",
      "large.png: found 28 × 28 pixels (height × width), expected 8 × 8; resize the image " +
        "or change the declared size",
    ),
    BadInput(
      "predict a picture with colours",
      "predict run colour.png",
      "colour.png: found colours (at row 1, column 2), expected a grey image; convert the " +
        "image to grey or declare 3 channels",
    ),
    BadInput(
      "predict numbers out of range",
      "predict run pixels.npy",
      "pixels.npy: found 200.0 at place 0, expected [0.0, 1.0], the range of the perturbation " +
        "set; scale the values (bytes: x / 255), or declare the range that the data have",
    ),
    BadInput(
      "predict NaN",
      "predict run nan.npy",
      "nan.npy: found NaN at place 0, expected finite numbers; mend or leave out the sample",
    ),
    BadInput(
      "predict two samples",
      "predict run two.npy",
      "two.npy: found an array of shape [2, 8, 8], expected one sample of shape [8, 8, 1]; " +
        "save a single sample, for example with numpy.save(path, x[0])",
    ),
    BadInput(
      "predict whole numbers",
      "predict run whole.npy",
      "whole.npy: found int32, expected uint8, float32 or float64; convert it, for example " +
        "with astype(numpy.float32)",
    ),
    BadInput(
      "predict a truncated array",
      "predict run cut.npy",
      "cut.npy: found 300 bytes, expected 592 bytes, as its header says; replace it",
    ),
    BadInput(
      "predict what is no picture",
      "predict run file.txt",
      "file.txt: found no image, expected a PNG, JPEG, BMP or GIF file; replace the file",
    ),
    BadInput(
      "describe no such recipe",
      "describe interval-minst",
      "no recipe \"interval-minst\"; did you mean \"interval-mnist\"? known recipes: $RECIPES",
    ),
    BadInput(
      "export without a format",
      "export run",
      "glacis export: Missing required option: '--to=saved-model|json'; see glacis export " +
        "--help",
    ),
    BadInput(
      "export to no such format",
      "export run --to onnx",
      "--to onnx: no such format; known formats: saved-model, json",
    ),
    BadInput(
      "export over what is there",
      "export run --to json --out file.txt",
      "file.txt: exists already, and nothing is overwritten; give another place",
    ),
    BadInput(
      "report what is no run",
      "report some",
      "some/experiment.json: is missing; `glacis run` writes it first",
    ),
    BadInput(
      "report over what is there",
      "report run run --out file.txt",
      "--out file.txt: exists already, and nothing is overwritten; give another place",
    ),
    BadInput(
      "report of one run into another file",
      "report run --out page.html",
      "--out page.html: the report of one run is written into it; leave --out away, or " +
        "name several runs",
    ),
    BadInput("data without a verb", "data", "glacis data: give list, or get NAME"),
    BadInput(
      "no such verb",
      "data lst",
      "glacis data: no command \"lst\"; did you mean \"list\"? known commands: get, list",
    ),
    BadInput(
      "no such data set",
      "data get minst",
      "no data set is called \"minst\"; did you mean \"mnist\"? known data sets: digits, " +
        "diabetes, mnist, fashion-mnist",
    ),
  )
