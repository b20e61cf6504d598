"""Computes a run's R² again with scikit-learn, from its recordings and the splits that its results name.

    python scripts/recompute.py runs/first-study

Prints, per seat order and direction, the greatest difference over all layer pairs and split seeds. Versions: see
requirements.txt. Nothing of interbrain runs here: the states are read with safetensors, the maps are fitted by
scikit-learn in float64.
"""

import json
import sys
from pathlib import Path
from urllib.parse import unquote

import numpy as np
from safetensors.numpy import load_file
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score


def samples_of(run, pair, condition, direction):
    """(group, source states [L, D], target states [L, D]) by seed, interaction and round."""
    folders = sorted((run / "states" / pair / condition).iterdir(), key=lambda folder: int(folder.name))
    for folder in folders:
        for file in sorted(folder.glob("*.safetensors"), key=lambda path: unquote(path.stem)):
            states = load_file(file)
            a, b = states["A"].astype(np.float64), states["B"].astype(np.float64)
            source, target = (a, b) if direction == "A-to-B" else (b, a[:, 1:])
            for t in range(min(source.shape[1], target.shape[1])):
                yield unquote(file.stem), source[:, t], target[:, t]


def take(by_group, groups, count):
    """Whole groups in the order given; the last is cut so that the count is exact."""
    return [index for group in groups for index in by_group[group]][:count]


def recompute(path, run):
    pair, condition, direction = path.parent.parent.name, path.parent.name, path.stem.removeprefix("ridge.")
    result = json.loads(path.read_text())
    ours = load_file(path.with_suffix(".safetensors"))["r2"]
    samples = list(samples_of(run, pair, condition, direction))
    x, y = (np.stack([sample[side] for sample in samples], 1) for side in (1, 2))
    by_group = {}
    for index, (group, _, _) in enumerate(samples):
        by_group.setdefault(group, []).append(index)
    worst = 0.0
    for split, r2 in zip(result["splits"], ours):
        train = take(by_group, split["trainGroups"], split["trainSamples"])
        test = take(by_group, split["testGroups"], split["testSamples"])
        assert not set(split["trainGroups"]) & set(split["testGroups"])
        for source in range(len(x)):
            ridge = Ridge(alpha=result["lambda"], solver="svd").fit(x[source][train], np.concatenate(list(y[:, train]), 1))
            predicted = np.split(ridge.predict(x[source][test]), len(y), 1)
            for target in range(len(y)):
                theirs = r2_score(y[target][test], predicted[target], multioutput="uniform_average")
                worst = max(worst, abs(theirs - r2[source, target]))
    print(f"{pair} {condition} {direction}: {len(samples)} samples, {ours.size} values, max |ΔR²| = {worst:.1e}")
    return worst


if __name__ == "__main__":
    run = Path(sys.argv[1])
    paths = sorted((run / "synchrony").glob("*/*/ridge.*.json"))
    sys.exit(max(recompute(path, run) for path in paths) > 1e-6)
