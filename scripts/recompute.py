"""Computes a run's R² again with scikit-learn, from its recordings and the splits that its results name.

    python scripts/recompute.py runs/first-study

Prints, per seat order and direction, the greatest difference over all layer pairs and split seeds. Versions: see
requirements.txt. Nothing of interbrain runs here: the states are read with safetensors, the maps are fitted by
scikit-learn in float64.
"""

import json
import sys
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import numpy as np
from safetensors import safe_open
from safetensors.numpy import load_file
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score


def recordings_of(run, pair, condition):
    """States files by seed and interaction, in the order in which samples are counted."""
    folders = sorted((run / "states" / pair / condition).iterdir(), key=lambda folder: int(folder.name))
    return {
        (int(folder.name), unquote(file.stem)): file
        for folder in folders
        for file in sorted(folder.glob("*.safetensors"), key=lambda path: unquote(path.stem))
    }


def group_of(run, pair, seed, file, group_by):
    """What splits keep together."""
    episode = json.loads((run / "episodes" / pair / str(seed) / f"{file.stem}.json").read_text())
    pair_of_characters = " + ".join(sorted(episode["characterIds"]))
    return {"characterPair": pair_of_characters, **episode}[group_by]


def paired_rows(pairing, rows, files):
    """(group, source file, source round, target file, target round) as the result lists them."""
    names = [(one["seed"], one["interaction"]) for one in pairing["recordings"]]
    for a, a_round, b, b_round in rows:
        yield pairing["recordings"][a]["group"], files[names[a]], a_round, files[names[b]], b_round


# Turns that a mean over an utterance has no state of.
WITHOUT = {"last": set(), "mean-of-heard": {("A", 1)}, "mean-of-own": {("A", 1), ("B", 1)}}


def position_of(file):
    """Where in the prompts the states were taken."""
    with safe_open(file, "np") as states:
        return (states.metadata() or {}).get("position", "last")


def aligned_rows(run, pair, direction, lag, files, group_by):
    """The same of every turn and the partner's next one, or one that is so many rounds later."""
    for (seed, _), file in files.items():
        states = load_file(file)
        spoken = {seat: states[seat].shape[1] for seat in "AB"}
        source, target, shift = ("A", "B", lag) if direction == "A-to-B" else ("B", "A", 1 + lag)
        group = group_of(run, pair, seed, file, group_by)
        without = WITHOUT[position_of(file)]
        for t in range(1, 1 + min(spoken[source], spoken[target] - shift)):
            if (source, t) not in without and (target, t + shift) not in without:
                yield group, file, t, file, t + shift


def samples_of(run, pair, condition, direction, result, tensors):
    """(group, source states [L, D], target states [L, D]); a reader's states are sources alone."""
    files = recordings_of(run, pair, "interactive")
    sources = recordings_of(run, pair, condition) if (run / "states" / pair / condition).exists() else files
    lag = int(condition.removeprefix("lag-")) if condition.startswith("lag-") else 0
    if "pairing" in result:
        rows = paired_rows(result["pairing"], tensors["pairing"], files)
    else:
        rows = aligned_rows(run, pair, direction, lag, files, result["groupBy"])
    of_file = {file: key for key, file in files.items()}
    read = cache(lambda file: {seat: states.astype(np.float64) for seat, states in load_file(file).items()})
    a, b = ("A", "B") if direction == "A-to-B" else ("B", "A")
    for group, source, source_round, target, target_round in rows:
        x = read(sources[of_file[source]])[a][:, source_round - 1]
        yield group, x, read(target)[b][:, target_round - 1]


def take(by_group, groups, count):
    """Whole groups in the order given; the last is cut so that the count is exact."""
    return [index for group in groups for index in by_group[group]][:count]


def components(layer, train, count):
    """A layer on the principal components of its training rows."""
    centred = layer - layer[train].mean(0)
    _, _, axes = np.linalg.svd(centred[train], full_matrices=False)
    return centred @ axes[:count].T


def recompute(path, run):
    pair, condition, direction = path.parent.parent.name, unquote(path.parent.name), path.stem.removeprefix("ridge.")
    result = json.loads(path.read_text())
    tensors = load_file(path.with_suffix(".safetensors"))
    ours = tensors["r2"]
    samples = list(samples_of(run, pair, condition, direction, result, tensors))
    x, y = (np.stack([sample[side] for sample in samples], 1) for side in (1, 2))
    by_group = {}
    for index, (group, _, _) in enumerate(samples):
        by_group.setdefault(group, []).append(index)
    worst = 0.0
    fits = (len(result["splits"]), len(x))
    # One λ for all, or what cross-validation chose for each split and source layer.
    lambdas = tensors["chosen_lambdas"] if result["lambda"] == "cv" else np.full(fits, result["lambda"])
    for split, r2, own in zip(result["splits"], ours, lambdas):
        train = take(by_group, split["trainGroups"], split["trainSamples"])
        test = take(by_group, split["testGroups"], split["testSamples"])
        assert not set(split["trainGroups"]) & set(split["testGroups"])
        sources, targets = list(x), list(y)
        if "reduced" in result:
            sources = [components(layer, train, result["reduced"]["source"]) for layer in x]
            targets = [components(layer, train, result["reduced"]["target"]) for layer in y]
        for source, layer in enumerate(sources):
            ridge = Ridge(alpha=own[source], solver="svd").fit(
                layer[train], np.concatenate([target[train] for target in targets], 1)
            )
            predicted = np.split(ridge.predict(layer[test]), len(y), 1)
            for target in range(len(y)):
                theirs = r2_score(targets[target][test], predicted[target], multioutput="uniform_average")
                worst = max(worst, abs(theirs - r2[source, target]))
    print(f"{pair} {condition} {direction}: {len(samples)} samples, {ours.size} values, max |ΔR²| = {worst:.1e}")
    return worst


if __name__ == "__main__":
    run = Path(sys.argv[1])
    paths = sorted((run / "synchrony").glob("*/*/ridge.*.json"))
    sys.exit(int(max(recompute(path, run) for path in paths) > 1e-6))
