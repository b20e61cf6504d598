"""The peers: the published algorithm in PyTorch and scikit-learn's Ridge, one layer pair at a time, and himalaya's Ridge, one
source layer with all target layers at a time.

    pip install -r bench/requirements.txt
    python bench/peers.py FOLDER SPEC           SPEC: JSON, see synchrony.mjs; prints JSON
    python bench/peers.py --check               says whether all packages are there

Only the fit and the score are timed: not the start-up, not the reading of the files. One pair is fitted before the
clock starts, so that no first call's costs are counted.
"""

import json
import os
import resource
import sys
import time

spec = json.loads(sys.argv[2]) if len(sys.argv) > 2 else {"threads": 1}
# Read when NumPy and PyTorch are loaded.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = str(spec["threads"])

try:
    import numpy as np
    import torch
    from safetensors.numpy import load_file
    from sklearn.linear_model import Ridge
    from sklearn.metrics import r2_score
except ImportError as error:
    sys.exit(f"{sys.executable} lacks a package ({error}): pip install -r bench/requirements.txt")

LAMBDA = 0.1


def published(x, y, test):
    """Normal equations in float32 with a column of ones, solved by LU; paper §4.1 and its published code."""
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    x = torch.cat([x, torch.ones(len(x), 1)], dim=1)
    penalty = LAMBDA * torch.eye(x.shape[1])
    penalty[-1, -1] = 0
    a, b = x[~test], y[~test]
    weights = torch.linalg.solve(a.T @ a + penalty, a.T @ b)
    return r2_score(y[test].numpy(), (x[test] @ weights).numpy())


def scikit(x, y, test):
    """The same in float64, which is what it takes to be right."""
    x, y = x.astype(np.float64), y.astype(np.float64)
    ridge = Ridge(alpha=LAMBDA).fit(x[~test], y[~test])
    return r2_score(y[test], ridge.predict(x[test]))


def himalaya(x, ys, test):
    """One singular value decomposition for all targets, in float32 on PyTorch's backend; its own R²."""
    from himalaya.backend import set_backend
    from himalaya.ridge import Ridge
    from himalaya.scoring import r2_score as score

    set_backend("torch")
    x, y = torch.from_numpy(x), torch.from_numpy(np.concatenate(ys, axis=1))
    ridge = Ridge(alpha=LAMBDA, fit_intercept=True, solver="svd").fit(x[~test], y[~test])
    return score(y[test], ridge.predict(x[test])).numpy().reshape(len(ys), -1).mean(axis=1)


def load(side, layer):
    return load_file(os.path.join(sys.argv[1], f"{side}-{layer:02}.safetensors"))["states"]


def peak_bytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def main():
    torch.set_num_threads(spec["threads"])
    test = np.arange(spec["samples"]) % spec["split"] == 0
    report = {}
    for name, fit in {"published": published, "scikit": scikit}.items():
        pairs = spec["pairs"][name]
        if not pairs:
            continue
        fit(load("source", pairs[0][0]), load("target", pairs[0][1]), test)
        seconds, r2 = [], []
        for source, target in pairs:
            x, y = load("source", source), load("target", target)
            began = time.perf_counter()
            r2.append(float(fit(x, y, test)))
            seconds.append(time.perf_counter() - began)
        report[name] = {"pairs": pairs, "seconds": seconds, "r2": r2, "peakBytes": peak_bytes()}
    sources = spec.get("sources", [])
    if sources:
        ys = [load("target", layer) for layer in range(spec["layers"])]
        himalaya(load("source", sources[0]), ys, test)
        seconds, r2 = [], []
        for source in sources:
            x = load("source", source)
            began = time.perf_counter()
            r2.append([float(value) for value in himalaya(x, ys, test)])
            seconds.append(time.perf_counter() - began)
        report["himalaya"] = {"sources": sources, "seconds": seconds, "r2": r2, "peakBytes": peak_bytes()}
    print(json.dumps(report))


if __name__ == "__main__" and sys.argv[1] != "--check":
    main()
