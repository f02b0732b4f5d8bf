package org.glacis.cli

/** What cannot be asked of the network of a run. */
val BAD_QUESTIONS: List<BadInput> =
  listOf(
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
        "like linf:0.1, or linf:RADII.npy",
    ),
    BadInput(
      "certify with no norm",
      "certify run --at 0.1",
      "--at 0.1: no norm \"0.1\"; known norms: linf, l2; write it like linf:0.1, or linf:RADII.npy",
    ),
    BadInput(
      "certify with no number",
      "certify run --at linf:small",
      "--at linf:small: epsilon is no number; write it like linf:0.1, or linf:RADII.npy",
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
      "radii that are not there",
      "certify run --at linf:none.npy",
      "none.npy: found no such file, expected an npy array of radii; check the path",
    ),
    BadInput(
      "radii of another shape",
      "predict run pixels.npy --at linf:two.npy",
      "two.npy: found an array of shape [2, 8, 8], expected a radius for each number of a " +
        "sample, shape [8, 8, 1]; save one, for example with " +
        "numpy.save(path, numpy.full([8, 8, 1], 0.1))",
    ),
    BadInput(
      "a negative radius",
      "certify run --at linf:negative.npy",
      "negative.npy: found -0.1 at place 9, expected radii of 0 or above; mend it",
    ),
    BadInput(
      "a radius that is not a number",
      "certify run --at linf:nan.npy",
      "nan.npy: found NaN at place 0, expected finite numbers; mend it",
    ),
    BadInput(
      "a radius for each number of an l2 ball",
      "certify run --at l2:negative.npy",
      "--at l2:negative.npy: an l2 ball has one radius; give linf for a radius a number",
    ),
    BadInput(
      "certify on a GPU where there is none",
      "certify run --device gpu:7",
      "device is gpu:7 but TensorFlow 2.18.0 sees no such GPU; run with --device cpu, or " +
        "build for GPUs (GLACIS_PROFILE=gpu ./glacis doctor, or mvn -Pgpu) on a machine with CUDA 12 and cuDNN 9",
    ),
    BadInput(
      "predict on a GPU where there is none",
      "predict run pixels.npy --device gpu:7",
      "device is gpu:7 but TensorFlow 2.18.0 sees no such GPU; run with --device cpu, or " +
        "build for GPUs (GLACIS_PROFILE=gpu ./glacis doctor, or mvn -Pgpu) on a machine with CUDA 12 and cuDNN 9",
    ),
    BadInput(
      "certify with no such step",
      "certify run --steps atack,ibp",
      "--steps: no step \"atack\"; did you mean \"attack\"? known steps: attack, carlini-wagner, deep-fool, ibp, crown-ibp, lipschitz-margin",
    ),
    BadInput(
      "certify by the nearest wrong decision in a box",
      "certify run --at linf:0.1 --steps deep-fool,ibp",
      "the certification has 1 fault\n  --steps  is DeepFool(steps=50, candidates=10, overshoot=0.02), which looks for the nearest point in l2, but the set is linf(0.1) in [0.0, 1.0]; take pgd(..), or certify an l2 set",
    ),
    BadInput(
      "certify by linear bounds in an l2 ball",
      "certify run --at l2:0.1 --steps crown-ibp",
      "--steps crown-ibp: there is no crown-ibp for l2(0.1) in [0.0, 1.0]; leave it out, or give an linf set",
    ),
    BadInput(
      "certify by Lipschitz constants in a box",
      "certify run --at linf:0.1 --steps lipschitz-margin",
      "--steps lipschitz-margin: there is no lipschitz-margin for linf(0.1) in [0.0, 1.0]; leave it out, or give an l2 set",
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
      "validate radii of no sample",
      "certify run --at l2:0.1 --steps lipschitz-margin --validate 0",
      "--validate 0: give a whole number above 0",
    ),
    BadInput(
      "validate radii that nothing proves",
      "certify run --validate 5",
      "--validate 5: no step proves a radius; give an l2 set and the step lipschitz-margin",
    ),
    BadInput(
      "bound an error that may always be wrong",
      "certify run --held-out 1.5",
      "the certification has 1 fault\n  --held-out.delta  is 1.5; give a probability above 0, up to 1, such as 0.01",
    ),
    BadInput(
      "bound an error that no step proves",
      "certify run --steps attack --held-out 0.1",
      "the certification has 1 fault\n  --held-out  counts certified samples, but no step proves any; add a step such as ibp()",
    ),
    BadInput(
      "certify with no such data set",
      "certify run --dataset minst",
      "no data set is called \"minst\"; did you mean \"mnist\"? known data sets: digits, " +
        "diabetes, wasserstein-toy, mnist, fashion-mnist, cifar-10, tiny-imagenet, imagenet64",
    ),
    BadInput(
      "certify with data that do not fit",
      "certify run --dataset diabetes",
      "--dataset diabetes: is for regression, shape [10], 1 outputs, but the network is " +
        "for classification, shape [8, 8, 1], 10 outputs; take a data set that fits",
    ),
    BadInput(
      "losses of what is no run",
      "losses some",
      "some: no experiment.json in it; give the directory of a run",
    ),
    BadInput(
      "losses of no sample",
      "losses run --limit 0",
      "--limit 0: give a whole number above 0",
    ),
    BadInput(
      "losses with a coefficient beyond 1",
      "losses run --alpha 1.5",
      "--alpha 1.5: give a number from 0 to 1",
    ),
    BadInput(
      "losses with no such attack",
      "losses run --attack fgsm",
      "--attack: no attack \"fgsm\"; known attacks: pgd, declared",
    ),
    BadInput(
      "losses with the attack of a training that had none",
      "losses run --attack declared",
      "--attack declared: the run was trained without an attack; give pgd",
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
      "nan.npy: found NaN at place 0, expected finite numbers; mend it",
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
      "export to no such format",
      "export run --to onyx",
      "--to onyx: no such format; did you mean \"onnx\"? known formats: json, onnx, saved-model",
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
  )
