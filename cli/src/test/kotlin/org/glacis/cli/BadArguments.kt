package org.glacis.cli

/** Arguments that no command takes. */
val BAD_ARGUMENTS: List<BadInput> =
  listOf(
    BadInput(
      "no such command",
      "lern",
      "glacis: no command \"lern\"; known commands: list, run, certify, check, predict, losses, describe, " +
        "report, export, data, doctor, bench, tune, runs",
    ),
    BadInput(
      "no such option",
      "run interval-digits --sed 1",
      "glacis run: no option \"--sed\"; did you mean \"--set\"? known options: --set, --test-interval, --out, " +
        "--data, --device, --threads, --seed, --seeds, --gallery-targets, --resume, --debug, --help",
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
      "nothing to run",
      "run",
      "glacis run: no experiment; give a recipe (glacis list), a file, or --resume --out " + "DIR",
    ),
    BadInput(
      "a setting without a value",
      "run interval-digits --set train.epochs",
      "--set train.epochs: no path=value; write it like --set train.epochs=5",
    ),
    BadInput(
      "seeds that are no numbers",
      "run interval-digits --seeds 0,x",
      "glacis run: Invalid value for option '--seeds' (N,N,...): 'x' is not a long; see " +
        "glacis run --help",
    ),
    BadInput(
      "a seed and seeds",
      "run interval-digits --seed 1 --seeds 0,1",
      "--seed 1 and --seeds: give one of them",
    ),
    BadInput(
      "a gallery for each class without an l2 set",
      "run interval-digits --gallery-targets",
      "--gallery-targets: interval-digits certifies no l2 set in a range of the data; leave it out",
    ),
    BadInput(
      "a negative number of threads",
      "run interval-digits --threads -1",
      "--threads -1: give a whole number, 0 for all cores",
    ),
    BadInput(
      "predict without a sample",
      "predict run",
      "glacis predict: Missing required parameter: 'INPUT.png|INPUT.npy'; see glacis " +
        "predict --help",
    ),
    BadInput(
      "export without a format",
      "export run",
      "glacis export: Missing required option: '--to=onnx|saved-model|json'; see glacis export " +
        "--help",
    ),
    BadInput("data without a verb", "data", "glacis data: give list, or get NAME"),
    BadInput(
      "no such verb",
      "data lst",
      "glacis data: no command \"lst\"; did you mean \"list\"? known commands: get, list",
    ),
  )
