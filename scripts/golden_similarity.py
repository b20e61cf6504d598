"""Measures of similarity between two layers, by their references.

    pip install -r scripts/requirements.txt
    python scripts/golden_similarity.py         # writes fixtures/similarity/golden.safetensors

    source      F32 [layers, rows, D]     target    F32 [layers, rows, D of the target]
    train       I64 [splits, train rows]  test      I64 [splits, test rows]
    Everything else F64 [splits, layers, layers], on the test rows:
    cka         debiased linear CKA: HSIC of Song et al. 2012, equation 5, written out with traces and sums
    rsa, rsa_euclidean, rsa_pearson
                rsatoolbox: RDMs by correlation or squared Euclidean distance, compared by Spearman's rho or by corr
    neighbours  mutual k-nearest neighbours as Huh et al. 2024 define them, by argsort, less chance: (m - c) / (1 - c),
                c = k / (rows - 1); K = 5
    cca         PCA(COMPONENTS) of the training rows of either side; canonical directions of the shrunken covariances
                (SHRINKAGE of the mean variance) as eigenvectors of scipy.linalg.eigh; mean r |r| of the first PAIRS
    cca_plain   sklearn.cross_decomposition.CCA on the same components, without shrinkage
    pls         sklearn.cross_decomposition.PLSSVD(scale=False) on the same components, the same mean
"""

from pathlib import Path

import numpy as np
import rsatoolbox
from safetensors.numpy import save_file
from scipy.linalg import eigh
from sklearn.cross_decomposition import CCA, PLSSVD
from sklearn.decomposition import PCA

OUT = Path(__file__).resolve().parent.parent / "fixtures" / "similarity"
SEED = 20261129
LAYERS, SPLITS = 2, 2
COMPONENTS, PAIRS, SHRINKAGE, K = 5, 3, 0.05, 5


def make_sides(random, rows):
    latent = random.standard_normal((rows, 3)) * [3, 2, 1]

    def side(size):
        layers = []
        for noise in (0.3, 1.5):
            layers.append(latent @ random.standard_normal((3, size)) + noise * random.standard_normal((rows, size)))
        return (np.stack(layers) + 4).astype(np.float32)

    return side(9), side(7)


def hsic(k, l):
    """Song et al. 2012, equation 5: k and l without their diagonals."""
    n = len(k)
    k, l = k - np.diag(np.diag(k)), l - np.diag(np.diag(l))
    one = np.ones(n)
    return (
        np.trace(k @ l)
        + (one @ k @ one) * (one @ l @ one) / ((n - 1) * (n - 2))
        - 2 / (n - 2) * (one @ k @ l @ one)
    ) / (n * (n - 3))


def cka(x, y):
    k, l = x @ x.T, y @ y.T
    return hsic(k, l) / np.sqrt(hsic(k, k) * hsic(l, l))


def rsa(x, y, distance, method):
    rdms = [rsatoolbox.rdm.calc_rdm(rsatoolbox.data.Dataset(side), method=distance) for side in (x, y)]
    return rsatoolbox.rdm.compare(*rdms, method=method)[0, 0]


def neighbours(x, y):
    def nearest(side):
        side = side / np.linalg.norm(side, axis=1, keepdims=True)
        inner = side @ side.T
        np.fill_diagonal(inner, -np.inf)
        return np.argsort(-inner, axis=1, kind="stable")[:, :K]

    shared = np.mean([len(set(a) & set(b)) / K for a, b in zip(nearest(x), nearest(y), strict=True)])
    chance = K / (len(x) - 1)
    return (shared - chance) / (1 - chance)


def mean_square(u, v):
    r = [np.corrcoef(u[:, i], v[:, i])[0, 1] for i in range(PAIRS)]
    return np.mean([one * abs(one) for one in r])


def cca(x, y, shrinkage):
    """x, y: (train, test) on components."""
    cov = np.cov(x[0].T, y[0].T)
    d = COMPONENTS
    xx, yy, xy = cov[:d, :d], cov[d:, d:], cov[:d, d:]
    shrink = lambda s: (1 - shrinkage) * s + shrinkage * np.trace(s) / d * np.eye(d)
    xx, yy = shrink(xx), shrink(yy)
    _, a = eigh(xy @ np.linalg.solve(yy, xy.T), xx)
    a = a[:, ::-1][:, :PAIRS]
    b = np.linalg.solve(yy, xy.T @ a)
    return mean_square((x[1] - x[0].mean(0)) @ a, (y[1] - y[0].mean(0)) @ b)


def main():
    random = np.random.default_rng(SEED)
    rows = 64
    source, target = make_sides(random, rows)
    orders = [random.permutation(rows) for _ in range(SPLITS)]
    train, test = np.stack([o[:40] for o in orders]), np.stack([o[40:] for o in orders])
    names = "cka rsa rsa_euclidean rsa_pearson neighbours cca cca_plain pls".split()
    found = {name: np.empty((SPLITS, LAYERS, LAYERS)) for name in names}
    for s in range(SPLITS):
        for i in range(LAYERS):
            for j in range(LAYERS):
                x, y = source[i].astype(np.float64), target[j].astype(np.float64)
                a, b = x[test[s]], y[test[s]]
                found["cka"][s, i, j] = cka(a - a.mean(0), b - b.mean(0))
                found["rsa"][s, i, j] = rsa(a, b, "correlation", "spearman")
                found["rsa_euclidean"][s, i, j] = rsa(a, b, "euclidean", "spearman")
                found["rsa_pearson"][s, i, j] = rsa(a, b, "correlation", "corr")
                found["neighbours"][s, i, j] = neighbours(a, b)
                parts = []
                for values in (x, y):
                    pca = PCA(COMPONENTS, svd_solver="full").fit(values[train[s]])
                    parts.append((pca.transform(values[train[s]]), pca.transform(values[test[s]])))
                found["cca"][s, i, j] = cca(*parts, SHRINKAGE)
                plain = CCA(PAIRS, scale=False, max_iter=100_000, tol=1e-14).fit(parts[0][0], parts[1][0])
                found["cca_plain"][s, i, j] = mean_square(*plain.transform(parts[0][1], parts[1][1]))
                svd = PLSSVD(PAIRS, scale=False).fit(parts[0][0], parts[1][0])
                found["pls"][s, i, j] = mean_square(*svd.transform(parts[0][1], parts[1][1]))
    OUT.mkdir(parents=True, exist_ok=True)
    sides = {"source": source, "target": target, "train": train.astype(np.int64), "test": test.astype(np.int64)}
    save_file(sides | found, OUT / "golden.safetensors")


if __name__ == "__main__":
    main()
