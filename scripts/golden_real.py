"""States of a trained model, and what scikit-learn makes of them.

    pip install -r scripts/requirements.txt
    python scripts/golden_real.py              # writes fixtures/real/golden.safetensors
    python scripts/golden_real.py RUN          # fixtures/real/states.safetensors as well

RUN is the folder of a study in which SmolLM2-135M-Instruct talks with itself in the small world:

    name: small-world
    models: { a: { hub: HuggingFaceTB/SmolLM2-135M-Instruct } }
    pairs: [[a, a]]
    scenarios: embedded
    simulation: { seeds: [0], maxNewTokens: 24, interactions: 60 }
    synchrony: { samples: all }

Of its states, three layers of the first speaker (the embeddings' neighbour, the middle, the last) and two of the second
are kept, in 148 of their 576 dimensions: the 16 with the largest mean square, the massive ones among them, and others
spread evenly. states.safetensors holds F16 [layers, samples, 148] under `x` and `y`. golden.safetensors holds for each case

    train_CASE, test_CASE   I64 row numbers
    dimensions_CASE         I64 [1], the first so many of the 148
    r2_CASE                 F64 [penalties, source layers, target layers], the penalties being `lambdas`
"""

import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures" / "real"
SEED = 20251129
DIMENSIONS = 148
MASSIVE = 16
SAMPLES = 240
LAMBDAS = [0.001, 0.1, 100.0]
# Training rows and dimensions: fewer, as many, the paper's 1.28 times, twice as many.
CASES = {"fewer": (110, 148), "equal": (148, 148), "paper": (190, 148), "twice": (190, 95)}


def choose_dimensions(layers):
    """The massive ones first, so that every case has them."""
    size = np.mean([(layer.astype(np.float64) ** 2).mean(axis=0) for layer in layers], axis=0)
    order = np.argsort(-size)
    others = np.sort(order[MASSIVE:])
    spread = others[np.linspace(0, len(others) - 1, DIMENSIONS - MASSIVE).astype(int)]
    return np.concatenate([order[:MASSIVE], spread])


def take_states(run):
    files = sorted(Path(run).glob("states/*/interactive/*/*.safetensors"))
    episodes = [load_file(file) for file in files]
    layers = episodes[0]["A"].shape[0]
    rows = lambda seat, layer: np.concatenate(
        [e[seat][layer, : min(e["A"].shape[1], e["B"].shape[1])] for e in episodes]
    )
    x = [rows("A", layer) for layer in (0, layers // 2, layers - 1)]
    y = [rows("B", layer) for layer in (layers // 4, layers - 1)]
    chosen, kept = choose_dimensions(x + y), slice(0, SAMPLES)
    assert len(x[0]) >= SAMPLES, f"{len(x[0])} samples; play more interactions"
    take = lambda layers: np.stack([layer[kept][:, chosen] for layer in layers]).astype(np.float16)
    FIXTURES.mkdir(exist_ok=True)
    save_file({"x": take(x), "y": take(y)}, FIXTURES / "states.safetensors")


def score(x, y, train, test, penalty):
    # svd, since the normal equations would lose what is to be compared.
    fitted = Ridge(alpha=penalty, solver="svd").fit(x[train], y[train])
    return r2_score(y[test], fitted.predict(x[test]), multioutput="uniform_average")


def main():
    if len(sys.argv) > 1:
        take_states(sys.argv[1])
    states = {name: values.astype(np.float64) for name, values in load_file(FIXTURES / "states.safetensors").items()}
    golden = {"lambdas": np.array(LAMBDAS)}
    for number, (case, (trained, dimensions)) in enumerate(CASES.items()):
        order = np.random.default_rng(SEED + number).permutation(SAMPLES)
        train, test = np.sort(order[:trained]), np.sort(order[trained : trained + 48])
        x, y = states["x"][:, :, :dimensions], states["y"][:, :, :dimensions]
        r2 = [[[score(a, b, train, test, penalty) for b in y] for a in x] for penalty in LAMBDAS]
        golden |= {f"train_{case}": train, f"test_{case}": test, f"r2_{case}": np.array(r2)}
        golden[f"dimensions_{case}"] = np.array([dimensions])
        print(case, trained, dimensions, np.array2string(np.array(r2).ravel(), precision=4))
    save_file(golden, FIXTURES / "golden.safetensors")


main()
