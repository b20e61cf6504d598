"""R² on principal components of the training rows, by scikit-learn.

    pip install -r scripts/requirements.txt
    python scripts/golden_reduce.py             # writes fixtures/reduced/golden.safetensors

    wide and tall, <case> in front of each name:
    source      F32 [layers, rows, D]     target    F32 [layers, rows, D of the target]
    train       I64 [splits, train rows]  test      I64 [splits, test rows]
    r2          F64 [splits, layers, layers]: sklearn.decomposition.PCA(COMPONENTS, svd_solver="full") of the training rows
                of either side, Ridge(alpha=0.1) from components to components, r2_score, uniform_average
    variance    F64 [splits, layers, COMPONENTS]: explained_variance_ of the source
"""

from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from sklearn.decomposition import PCA
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score

OUT = Path(__file__).resolve().parent.parent / "fixtures" / "reduced"
SEED = 20261128
COMPONENTS = 6
LAYERS = 2
SPLITS = 2


def make_case(random, rows, source_size, target_size):
    """Two sides with latent variables in common, a mean far from zero and a massive dimension."""
    latent = random.standard_normal((rows, 4)) * [3, 2, 1, 0.5]

    def side(size):
        layers = []
        for _ in range(LAYERS):
            mixing = random.standard_normal((4, size))
            own = random.standard_normal((rows, size)) * np.geomspace(1, 0.05, size)
            layers.append(latent @ mixing + own)
        layers = np.stack(layers)
        layers[:, :, 0] = 50 * layers[:, :, 0] + 1000
        return layers.astype(np.float32)

    return side(source_size), side(target_size)


def measure(source, target, splits):
    r2 = np.empty((SPLITS, LAYERS, LAYERS))
    variance = np.empty((SPLITS, LAYERS, COMPONENTS))
    for s, (train, test) in enumerate(splits):

        def reduce(layer):
            values = layer.astype(np.float64)
            found = PCA(COMPONENTS, svd_solver="full").fit(values[train])
            return found.transform(values), found.explained_variance_

        xs, ys = [[reduce(layer) for layer in side] for side in (source, target)]
        for i, (x, explained) in enumerate(xs):
            variance[s, i] = explained
            for j, (y, _) in enumerate(ys):
                predicted = Ridge(alpha=0.1, solver="svd").fit(x[train], y[train]).predict(x[test])
                r2[s, i, j] = r2_score(y[test], predicted, multioutput="uniform_average")
    return r2, variance


def main():
    random = np.random.default_rng(SEED)
    tensors = {}
    # More rows than dimensions, and fewer.
    for name, rows, sizes in (("tall", 80, (10, 14)), ("wide", 30, (40, 33))):
        source, target = make_case(random, rows, *sizes)
        splits = []
        for _ in range(SPLITS):
            order = random.permutation(rows)
            splits.append((order[: rows * 3 // 4], order[rows * 3 // 4 :]))
        r2, variance = measure(source, target, splits)
        tensors |= {f"{name}.source": source, f"{name}.target": target, f"{name}.r2": r2, f"{name}.variance": variance}
        tensors[f"{name}.train"] = np.stack([train for train, _ in splits]).astype(np.int64)
        tensors[f"{name}.test"] = np.stack([test for _, test in splits]).astype(np.int64)
    OUT.mkdir(parents=True, exist_ok=True)
    save_file(tensors, OUT / "golden.safetensors")


if __name__ == "__main__":
    main()
