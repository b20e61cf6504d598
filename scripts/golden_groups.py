"""R² over reweighted groups of rows, and its jackknife, by scikit-learn, astropy and SciPy.

    pip install -r scripts/requirements.txt
    python scripts/golden_groups.py             # writes fixtures/groups/golden.safetensors

    target      F64 [rows, D]         residual   F64 [rows, D]         means   F64 [D], training means
    group       I64 [rows]            drawn      U8 [draws, groups], how often each draw takes each group
    r2          F64 [draws], scikit-learn on the drawn rows, each as often as its group was drawn
    left        F64 [groups], the same without one group
    centred     F64 [1 + groups], R² about the training means: of all groups, and without each
    jackknife   F64 [3]: astropy.stats.jackknife_stats' standard error of it, and the ends of a 95 % interval by
                scipy.stats.t with groups − 1 degrees of freedom
"""

from pathlib import Path

import numpy as np
from astropy.stats import jackknife_stats
from safetensors.numpy import save_file
from scipy.stats import t
from sklearn.metrics import mean_squared_error, r2_score

OUT = Path(__file__).resolve().parent.parent / "fixtures" / "groups"
SEED = 20240313
DRAWS = 400


def make_rows(random, groups):
    """Rows of 6 columns in groups of 1 to 5; two columns are constant in all rows or in most groups."""
    group = np.repeat(np.arange(groups), random.integers(1, 6, groups))
    level = random.standard_normal((groups, 6))[group]
    target = level + random.standard_normal((len(group), 6))
    residual = 0.6 * random.standard_normal(target.shape) * (1 + group[:, None] / 4)
    target[:, 1] += 1e4  # a mean far from zero
    target[:, 2] = 2  # constant and predicted exactly: counts 1
    residual[:, 2] = 0
    target[:, 3] = np.where(group == 4, level[:, 3], 2)  # constant in draws without group 4: counts 0 there
    target[group == 6, 5] *= 300  # a massive activation in one group alone
    return target, residual, group


def main():
    random = np.random.default_rng(SEED)
    groups = 9
    target, residual, group = make_rows(random, groups)
    rows_of = [np.flatnonzero(group == g) for g in range(groups)]

    def r2(chosen):
        rows = np.concatenate([rows_of[int(g)] for g in chosen])
        return r2_score(target[rows], target[rows] - residual[rows], multioutput="uniform_average")

    everyone = np.arange(groups)
    # Sorted, so that a draw of every group once gives the estimate to the last bit.
    chosen = np.sort(random.integers(0, groups, (DRAWS, groups)), axis=1)
    tensors = {"target": target, "residual": residual, "group": group}
    tensors["drawn"] = np.array([np.bincount(c, minlength=groups) for c in chosen], dtype=np.uint8)
    tensors["r2"] = np.array([r2(c) for c in chosen])
    tensors["left"] = np.array([r2(np.delete(everyone, g)) for g in everyone])

    means = np.array([0.1, 1e4 + 0.2, 2, 2, -0.1, 0])

    def centred(chosen):
        rows = np.concatenate([rows_of[int(g)] for g in chosen])
        y = target[rows]
        left = mean_squared_error(y, y - residual[rows], multioutput="raw_values")
        total = mean_squared_error(y, np.broadcast_to(means, y.shape), multioutput="raw_values")
        constant = np.where(left == 0, 1.0, 0.0)
        return np.where(total == 0, constant, 1 - left / np.where(total == 0, 1, total)).mean()

    tensors["means"] = means
    tensors["centred"] = np.array([centred(everyone)] + [centred(np.delete(everyone, g)) for g in everyone])
    error = jackknife_stats(everyone, centred)[2]
    half = t.ppf(0.975, groups - 1) * error
    tensors["jackknife"] = np.array([error, tensors["centred"][0] - half, tensors["centred"][0] + half])

    OUT.mkdir(parents=True, exist_ok=True)
    save_file(tensors, OUT / "golden.safetensors", metadata={"seed": str(SEED)})
    print(r2(everyone), tensors["centred"], tensors["jackknife"])


if __name__ == "__main__":
    main()
