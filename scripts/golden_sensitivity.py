"""R² weighted by variance, and regressions from text, by scikit-learn, on the states of golden_synchrony.py.

    pip install -r scripts/requirements.txt
    python scripts/golden_sensitivity.py          # reads fixtures/synchrony/, writes fixtures/sensitivity/

`<name>.safetensors` beside each fixture of synchrony holds

    r2_variance  F64 [splits, source layers, target layers], multioutput="variance_weighted" of the fits of r2

and text.safetensors, for the states, splits, groups and folds of penalties.safetensors:

    features     F32 [samples, F], what text would be
    lambdas      F64 [splits], of LAMBDAS the one with the lowest loss over held-out folds by refitting
    r2_text      F64 [splits, target layers], of the regression from the features with that penalty
    r2_left      F64 [splits, source layers, target layers], of ridge with 0.1 between residuals: those of training
                 rows from a fit to the other folds, those of test rows from a fit to all training rows
"""

from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
SEED = 20240611
LAMBDA = 0.1
LAMBDAS = [0.01, 0.1, 1, 10, 100, 1e3, 1e4, 1e5]


def fit(x, y, penalty):
    return Ridge(alpha=penalty, fit_intercept=True, solver="svd").fit(x, y)


def splits_of(data):
    return [(data[f"train_{s}"], data[f"test_{s}"]) for s in range(len(data["r2"]))]


def by_variance(data):
    x, y = data["x"].astype(np.float64), data["y"].astype(np.float64)
    return np.array(
        [
            [
                [
                    r2_score(b[test], fit(a[train], b[train], LAMBDA).predict(a[test]), multioutput="variance_weighted")
                    for b in y
                ]
                for a in x
            ]
            for train, test in splits_of(data)
        ]
    )


def folds_of(data, split):
    return data[f"folds_{split}"]


def loss(features, y, train, folds, penalty):
    """1 - R² over held-out folds, SS_tot over all training rows; constant dimensions count nothing."""
    total = 0
    for target in y:
        rows = target[train]
        residual = np.empty_like(rows)
        for fold in np.unique(folds):
            held = folds == fold
            residual[held] = rows[held] - fit(features[train][~held], rows[~held], penalty).predict(features[train][held])
        scatter = ((rows - rows.mean(axis=0)) ** 2).sum(axis=0)
        varying = scatter > 0
        total += ((residual**2).sum(axis=0)[varying] / scatter[varying]).sum() / target.shape[1]
    return total / len(y)


def left(features, layer, train, test, folds, penalty):
    out = np.full_like(layer, np.nan)
    for fold in np.unique(folds):
        held = folds == fold
        model = fit(features[train][~held], layer[train][~held], penalty)
        out[train[held]] = layer[train][held] - model.predict(features[train][held])
    out[test] = layer[test] - fit(features[train], layer[train], penalty).predict(features[test])
    return out


def text(data):
    x, y = data["x"].astype(np.float64), data["y"].astype(np.float64)
    random = np.random.default_rng(SEED)
    # Some of what the states have in common, and numbers that say nothing.
    shared = x[0][:, 8:14] @ random.standard_normal((6, 4))
    noise = random.standard_normal((x.shape[1], 3))
    features = np.hstack([shared / shared.std(axis=0) + 0.3 * random.standard_normal(shared.shape), noise])
    features = features.astype(np.float32)
    f = features.astype(np.float64)
    lambdas, r2_text, r2_left = [], [], []
    for split, (train, test) in enumerate(splits_of(data)):
        folds = folds_of(data, split)
        penalty = LAMBDAS[int(np.argmin([loss(f, y, train, folds, one) for one in LAMBDAS]))]
        lambdas.append(penalty)
        r2_text.append([r2_score(b[test], fit(f[train], b[train], penalty).predict(f[test])) for b in y])
        xs = [left(f, a, train, test, folds, penalty) for a in x]
        ys = [left(f, b, train, test, folds, penalty) for b in y]
        r2_left.append(
            [[r2_score(b[test], fit(a[train], b[train], LAMBDA).predict(a[test])) for b in ys] for a in xs]
        )
    return {
        "features": features,
        "lambdas": np.array(lambdas, dtype=np.float64),
        "r2_text": np.array(r2_text),
        "r2_left": np.array(r2_left),
    }


def main():
    target = FIXTURES / "sensitivity"
    target.mkdir(exist_ok=True)
    for path in sorted((FIXTURES / "synchrony").glob("*.safetensors")):
        data = load_file(path)
        save_file({"r2_variance": by_variance(data)}, target / path.name)
        if path.stem == "penalties":
            save_file(text(data), target / "text.safetensors")
            print(text(data)["lambdas"], text(data)["r2_text"], text(data)["r2_left"])


main()
