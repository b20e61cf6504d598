"""Multinomial logistic regression on soft labels, solved by SciPy to the last digits; hard labels by scikit-learn.

    pip install -r scripts/requirements.txt
    python scripts/golden_probes.py          # writes fixtures/probes/golden.safetensors

For each case c: x_c F64 [n, D] (standardised), p_c F64 [n, K], l2_c F64 [1], and the minimum of
mean KL(p || softmax(xW' + b)) + l2/2 |W|^2: weights_c F64 [K, D], bias_c F64 [K] (sums to 0), kl_c F64 [1], the mean
divergence there. Case `hard` has p at corners, and scikit-learn's LogisticRegression(C=1/(n l2)) agrees with it.
"""

from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from scipy.optimize import minimize
from scipy.special import logsumexp, softmax, xlogy
from sklearn.linear_model import LogisticRegression

OUT = Path(__file__).resolve().parent.parent / "fixtures" / "probes"
SEED = 20240619


def standardise(x):
    return (x - x.mean(0)) / x.std(0)


def solve(x, p, l2):
    n, d = x.shape
    k = p.shape[1]

    def objective(point):
        w, b = point[: k * d].reshape(k, d), point[k * d :]
        z = x @ w.T + b
        residual = (softmax(z, axis=1) - p) / n
        value = (logsumexp(z, axis=1) - (p * z).sum(1)).mean() + l2 / 2 * (w**2).sum()
        return value, np.concatenate([(residual.T @ x + l2 * w).ravel(), residual.sum(0)])

    point = np.zeros(k * (d + 1))
    # A quasi-Newton method comes near; Newton's own steps do the rest.
    point = minimize(objective, point, jac=True, method="L-BFGS-B", options={"maxiter": 10000, "ftol": 0, "gtol": 1e-9}).x
    features = np.hstack([x, np.ones((n, 1))])
    for _ in range(6):
        w, b = point[: k * d].reshape(k, d), point[k * d :]
        q = softmax(x @ w.T + b, axis=1)
        hessian = np.zeros((k, d + 1, k, d + 1))
        for i in range(k):
            for j in range(k):
                weight = q[:, i] * ((i == j) - q[:, j]) / n
                hessian[i, :, j] = (features * weight[:, None]).T @ features
            hessian[i, :, i] += l2 * np.diag(np.r_[np.ones(d), 0])
        gradient = objective(point)[1]
        gradient = np.hstack([gradient[: k * d].reshape(k, d), gradient[k * d :, None]]).ravel()
        # The biases' common shift is free, so the system is singular by one: the shortest step is taken.
        step = np.linalg.lstsq(hessian.reshape(k * (d + 1), -1), gradient, rcond=1e-13)[0].reshape(k, d + 1)
        point = point - np.concatenate([step[:, :d].ravel(), step[:, d]])
    assert np.abs(objective(point)[1]).max() < 1e-14
    w, b = point[: k * d].reshape(k, d), point[k * d :]
    b = b - b.mean()
    q = softmax(x @ w.T + b, axis=1)
    return w, b, (xlogy(p, p) - xlogy(p, q)).sum(1).mean()


def cases(random):
    scales = np.exp(random.standard_normal(12) * 3)
    x = standardise((random.standard_normal((90, 5)) @ random.standard_normal((5, 12)) + 0.3 * random.standard_normal((90, 12))) * scales)
    logits = 1.5 * x[:, :5] @ random.standard_normal((5, 8)) + random.standard_normal((90, 8))
    yield "soft", x, softmax(logits, axis=1), 1e-2
    yield "sharp", x, softmax(6 * logits, axis=1), 1e-3
    wide = standardise(random.standard_normal((24, 40)))
    yield "wide", wide, softmax(random.standard_normal((24, 5)) * 2, axis=1), 1e-1
    hard = np.eye(3)[(x[:, :3] + 0.5 * random.standard_normal((90, 3))).argmax(1)]
    yield "hard", x, hard, 2e-2


def main():
    tensors = {}
    for name, x, p, l2 in cases(np.random.default_rng(SEED)):
        w, b, kl = solve(x, p, l2)
        if name == "hard":
            peer = LogisticRegression(C=1 / (len(x) * l2), tol=1e-12, max_iter=100000).fit(x, p.argmax(1))
            assert np.abs(peer.coef_ - w).max() < 1e-6, np.abs(peer.coef_ - w).max()
            assert np.abs(peer.intercept_ - peer.intercept_.mean() - b).max() < 1e-6
        for key, value in {"x": x, "p": p, "l2": [l2], "weights": w, "bias": b, "kl": [kl]}.items():
            tensors[f"{key}_{name}"] = np.ascontiguousarray(value, dtype=np.float64)
    OUT.mkdir(parents=True, exist_ok=True)
    save_file(tensors, OUT / "golden.safetensors")


if __name__ == "__main__":
    main()
