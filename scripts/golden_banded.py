"""Banded ridge regression with fixed penalties and on folds, by scikit-learn and himalaya.

    pip install -r scripts/requirements.txt
    python scripts/golden_banded.py             # writes fixtures/banded/golden.safetensors

    tall and wide, <case> in front of each name:
    own_past, partner, text   F32 [rows, D]     target    F32 [rows, D of the target]
    train, test  I64 [rows]                     groups    I64 [groups]: training rows of each group, in the order of train
    lambdas      F64 [3]: of the three blocks
    r2           F64 [7]: sklearn.linear_model.Ridge(alpha=1) of the blocks divided by the roots of their penalties, for the
                 models of MODELS, r2_score, uniform_average
    himalaya     F64 [test rows, D of the target]: predictions of all three blocks by himalaya's WeightedKernelRidge
    losses       F64 [9, 9]: of own past and partner at every two penalties of GRID, the last of which leaves a block out:
                 squared errors on three folds of groups, Ridge as above, of targets that are centred on the training rows
                 and scaled to a sum of squares of 1 / D
    folds        I64 [training rows]: the fold of every training row
    random_search  F64 [2]: penalties of own past and partner that himalaya's GroupRidgeCV finds at random, one for all targets
"""

from pathlib import Path

import numpy as np
from himalaya.kernel_ridge import WeightedKernelRidge
from himalaya.ridge import GroupRidgeCV
from safetensors.numpy import save_file
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score

OUT = Path(__file__).resolve().parent.parent / "fixtures" / "banded"
SEED = 20261129
GRID = [0.01, 0.1, 1, 10, 100, 1e3, 1e4, 1e5, np.inf]
MODELS = [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)]
LAMBDAS = np.array([3.0, 40.0, 0.5])
CASES = {"tall": (24, 5, (9, 7, 12), 6), "wide": (12, 4, (60, 50, 80), 5)}


def deal(sizes, count=3):
    """Whole groups in their order, each to the fold that has fewest rows."""
    folds, filled = [], [0] * count
    for size in sizes:
        fold = int(np.argmin(filled))
        folds += [fold] * size
        filled[fold] += size
    return np.array(folds)


def joined(blocks, lambdas):
    kept = [x / np.sqrt(one) for x, one in zip(blocks, lambdas) if np.isfinite(one)]
    return np.hstack(kept) if kept else np.zeros((len(blocks[0]), 1))


def predict(x, y, train, test):
    return Ridge(alpha=1.0, solver="svd").fit(x[train], y[train]).predict(x[test])


def make_case(random, name, groups, rows_each, sizes, target_size):
    total = (groups + groups // 4) * rows_each
    latent = random.standard_normal((total, 6))
    blocks = [
        latent[:, start : start + 3] @ random.standard_normal((3, size)) + random.standard_normal((total, size)) + 5
        for start, size in zip((0, 2, 3), sizes)
    ]
    target = latent @ random.standard_normal((6, target_size)) + 2 * random.standard_normal((total, target_size)) - 3
    blocks = [block.astype(np.float32) for block in blocks]
    target = target.astype(np.float32)
    order = random.permutation(groups + groups // 4)
    rows_of = lambda chosen: np.concatenate([np.arange(g * rows_each, (g + 1) * rows_each) for g in chosen])
    train, test = rows_of(order[:groups]), rows_of(order[groups:])
    x, y = [block.astype(np.float64) for block in blocks], target.astype(np.float64)

    r2 = []
    for model in MODELS:
        features = joined([x[b] for b in model], LAMBDAS[list(model)])
        r2.append(r2_score(y[test], predict(features, y, train, test), multioutput="uniform_average"))

    centred = [block - block[train].mean(0) for block in x]
    kernels = lambda rows: np.stack([block[rows] @ block[train].T for block in centred])
    mean = y[train].mean(0)
    peer = WeightedKernelRidge(
        alpha=1.0, kernels="precomputed", deltas=np.log(1 / LAMBDAS), solver_params={"max_iter": 5000, "tol": 1e-13}
    ).fit(kernels(train), y[train] - mean)
    himalaya = peer.predict(kernels(test)) + mean

    sizes_of = np.full(groups, rows_each)
    folds = deal(sizes_of)
    scaled = y[train] - mean
    scaled = scaled / np.sqrt((scaled**2).sum(0) * target_size)
    losses = np.empty((len(GRID), len(GRID)))
    for i, first in enumerate(GRID):
        for j, second in enumerate(GRID):
            features = joined([x[0][train], x[1][train]], (first, second))
            loss = 0.0
            for fold in range(3):
                fitted, held = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
                loss += ((scaled[held] - predict(features, scaled, fitted, held)) ** 2).sum()
            losses[i, j] = loss

    search = GroupRidgeCV(
        groups="input",
        cv=[(np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)) for fold in range(3)],
        fit_intercept=True,
        random_state=0,
        solver_params={"n_iter": 200, "alphas": np.logspace(-2, 5, 15), "local_alpha": False, "progress_bar": False, "warn": False},
    ).fit([block[train] for block in centred[:2]], y[train])
    found = 1 / np.exp(search.deltas_[:, 0])

    tensors = dict(zip(("own_past", "partner", "text"), blocks), target=target)
    tensors |= {"train": train.astype(np.int64), "test": test.astype(np.int64), "groups": sizes_of.astype(np.int64)}
    tensors |= {"lambdas": LAMBDAS, "r2": np.array(r2), "himalaya": himalaya, "losses": losses}
    tensors |= {"folds": folds.astype(np.int64), "random_search": found}
    print(name, np.round(r2, 3), "search", found, "himalaya", np.abs(
        himalaya - predict(joined(x, LAMBDAS), y, train, test)).max())
    return {f"{name}.{key}": np.ascontiguousarray(value) for key, value in tensors.items()}


if __name__ == "__main__":
    random = np.random.default_rng(SEED)
    OUT.mkdir(parents=True, exist_ok=True)
    tensors = {}
    for name, case in CASES.items():
        tensors |= make_case(random, name, *case)
    save_file(tensors, OUT / "golden.safetensors")
