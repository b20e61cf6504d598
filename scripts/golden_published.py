"""The published solver, in PyTorch: normal equations in float32 with a column of ones, solved by LU.

    pip install -r scripts/requirements.txt
    python scripts/golden_published.py          # reads fixtures/synchrony/, writes fixtures/published/

well.safetensors holds states that float32 can cope with, in the layout of golden_synchrony.py, and what the
published solver makes of them (r2_published F64 [splits, source layers, target layers]) beside float64 (r2).
hard.safetensors holds what it makes of the files in fixtures/synchrony: a tensor of that shape per file. Those
numbers are mostly rounding and differ between machines.
"""

import numpy as np
import torch
from golden_synchrony import FIXTURES, LAMBDA, score, split_rows
from safetensors.numpy import load_file, save_file
from sklearn.metrics import r2_score

OUT = FIXTURES.parent / "published"
SEED = 20240312


def published(x, y, train, test):
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    x = torch.cat([x, torch.ones(len(x), 1)], dim=1)
    penalty = LAMBDA * torch.eye(x.shape[1])
    penalty[-1, -1] = 0  # the intercept is not penalised
    a, b = x[train], y[train]
    weights = torch.linalg.solve(a.T @ a + penalty, a.T @ b)
    return float(r2_score(y[test].numpy(), (x[test] @ weights).numpy(), multioutput="uniform_average"))


def grid(scorer, x, y, splits):
    return np.array([[[scorer(a, b, *split) for b in y] for a in x] for split in splits])


def well(random):
    """Columns of about the same size that depend little on one another; the mean is no more than the spread."""
    shared = random.standard_normal((120, 12))
    x = np.stack([shared + 0.5 * random.standard_normal(shared.shape) + i for i in range(2)])
    y = shared @ random.standard_normal((2, 12, 9)) + random.standard_normal((2, 120, 9)) - 1
    x, y = x.astype(np.float32), y.astype(np.float32)
    splits = [split_rows(random, 120, 96, 24) for _ in range(2)]
    tensors = {"x": x, "y": y, "r2": grid(score, x, y, splits)}
    tensors["r2_published"] = grid(published, x, y, splits)
    for s, (train, test) in enumerate(splits):
        tensors[f"train_{s}"], tensors[f"test_{s}"] = train, test
    save_file(tensors, OUT / "well.safetensors", metadata={"lambda": str(LAMBDA), "seed": str(SEED)})
    print("well", np.abs(tensors["r2_published"] - tensors["r2"]).max(), tensors["r2"].ravel())


def hard():
    tensors = {}
    for path in sorted(FIXTURES.glob("*.safetensors")):
        f = load_file(path)
        splits = [(f[f"train_{s}"], f[f"test_{s}"]) for s in range(len(f["r2"]))]
        tensors[path.stem] = grid(published, f["x"], f["y"], splits)
        print(path.stem, np.abs(tensors[path.stem] - f["r2"]).max())
    save_file(tensors, OUT / "hard.safetensors", metadata={"lambda": str(LAMBDA)})


if __name__ == "__main__":
    torch.set_num_threads(1)
    OUT.mkdir(parents=True, exist_ok=True)
    well(np.random.default_rng(SEED))
    hard()
