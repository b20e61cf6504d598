"""A bootstrap of R² over groups of rows, by scikit-learn and SciPy.

    pip install -r scripts/requirements.txt
    python scripts/golden_bootstrap.py          # writes fixtures/bootstrap/golden.safetensors

    target      F64 [rows, D]         residual   F64 [rows, D]
    group       I64 [rows]            drawn      U8 [draws, groups], how often each draw takes each group
    r2          F64 [draws], scikit-learn on the drawn rows, each as often as its group was drawn
    left        F64 [groups], the same without one group
    percentile, bca     F64 [2], scipy.stats.bootstrap on these draws, 95 %
    skewed_*    the same for the mean of squares of a skewed sample, by group
"""

from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from scipy.stats import bootstrap
from sklearn.metrics import r2_score

OUT = Path(__file__).resolve().parent.parent / "fixtures" / "bootstrap"
SEED = 20240313
DRAWS = 400


class Drawn:
    """What scipy.stats.bootstrap takes for the result of an earlier call: it then makes no draws of its own."""

    def __init__(self, distribution):
        self.bootstrap_distribution = distribution


def intervals(data, statistic, distribution):
    def interval(method):
        result = bootstrap(
            (data,), statistic, n_resamples=0, vectorized=False, method=method, bootstrap_result=Drawn(distribution)
        )
        return np.array([result.confidence_interval.low, result.confidence_interval.high])

    return interval("percentile"), interval("BCa")


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
    tensors["percentile"], tensors["bca"] = intervals(everyone, r2, tensors["r2"])

    skewed = random.exponential(size=groups) ** 2
    draws = np.array([skewed[c].mean() for c in chosen])
    tensors["skewed"], tensors["skewed_draws"] = skewed, draws
    tensors["skewed_percentile"], tensors["skewed_bca"] = intervals(skewed, np.mean, draws)

    OUT.mkdir(parents=True, exist_ok=True)
    save_file(tensors, OUT / "golden.safetensors", metadata={"seed": str(SEED)})
    print(r2(everyone), {name: tensors[name] for name in tensors if "percentile" in name or "bca" in name})


if __name__ == "__main__":
    main()
