"""Small state matrices with all that makes real residual streams hard, and what scikit-learn makes of them.

    pip install -r scripts/requirements.txt
    python scripts/golden_synchrony.py          # writes fixtures/synchrony/

Every file holds, for some split s, source layer i and target layer j:

    x            F32 [source layers, samples, D_source]
    y            F32 [target layers, samples, D_target]
    train_s      I64 row numbers        test_s       I64 row numbers
    r2           F64 [splits, source layers, target layers], scikit-learn in float64
    condition    F64 [splits, source layers], of XᵀX + λI with X centred, by numpy

In penalties.safetensors, with the training rows of split s group by group, `group_sizes_s` of them each:

    r2_lambda    F64 [penalties, splits, source layers, target layers], the penalties being `lambdas`
    subset_s     I64 positions in test_s
    r2_subset    F64 [splits, source layers, target layers], R² over those rows of the fits of r2
    folds_s      I64 the fold of every training row
    cv_loss      F64 [splits, source layers, penalties]: 1 - R² of predictions for held-out folds by refitting,
                 SS_tot over all training rows, averaged over target dimensions and layers
"""

from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures" / "synchrony"
SEED = 20240311
LAMBDA = 0.1


def make_states(random, latent, size):
    """A layer: a mix of shared latent variables, with a steep spectrum and noise. Shape (samples, size)."""
    scale = 2.0 ** -np.arange(latent.shape[1])
    mixed = latent @ (scale[:, None] * random.standard_normal((latent.shape[1], size)))
    return mixed + 0.2 * random.standard_normal(mixed.shape)


def make_hard(random, states):
    """Adds what real residual streams have. Columns 0 to 7 change, in place."""
    samples = len(states)
    states[:, 0] *= 1000  # a massive activation
    states[:, 1] = 1500 + 300 * states[:, 1]  # a massive one that is never near zero
    states[:, 2] = 0.1  # constant; 0.1 is no finite binary fraction
    states[:, 3] = 0  # constant zero
    states[:, 4] = 5 + 1e-5 * states[:, 4]  # near-constant, a few float32 steps wide
    states[:, 5] = 1e4 + states[:, 5]  # a mean far from zero
    states[:, 6] = -2.5e3 + 1e-2 * random.standard_normal(samples)  # both, and pure noise
    states[:, 7] = 1e-3 * states[:, 7]  # nearly nothing
    return states


def split_rows(random, samples, train, test):
    rows = random.permutation(samples)
    return np.sort(rows[:train]), np.sort(rows[train : train + test])


def predict(x, y, train, test, penalty):
    x, y = x.astype(np.float64), y.astype(np.float64)
    return Ridge(alpha=penalty, fit_intercept=True, solver="svd").fit(x[train], y[train]).predict(x[test])


def score(x, y, train, test, penalty=LAMBDA, subset=slice(None)):
    # The uniform average over target dimensions; constant ones count 1 or 0 (force_finite, the default).
    predicted = predict(x, y, train, test, penalty)[subset]
    return r2_score(y[test][subset].astype(np.float64), predicted, multioutput="uniform_average")


def condition(x, train):
    centred = x[train].astype(np.float64) - x[train].astype(np.float64).mean(axis=0)
    return np.linalg.cond(centred.T @ centred + LAMBDA * np.eye(x.shape[1]))


def write(name, x, y, splits, more={}):
    r2 = [[[score(a, b, *split) for b in y] for a in x] for split in splits]
    tensors = {"x": np.stack(x), "y": np.stack(y), "r2": np.array(r2)}
    tensors["condition"] = np.array([[condition(a, train) for a in x] for train, _ in splits])
    for s, (train, test) in enumerate(splits):
        tensors[f"train_{s}"], tensors[f"test_{s}"] = train, test
    tensors |= more
    save_file(tensors, FIXTURES / f"{name}.safetensors", metadata={"lambda": str(LAMBDA), "seed": str(SEED)})
    print(name, np.array2string(tensors["r2"], precision=6), "condition", tensors["condition"].ravel())


def as_layers(*layers):
    return [layer.astype(np.float32) for layer in layers]


def massive(random):
    """More training rows than dimensions, with every kind of odd column on both sides."""
    latent = random.standard_normal((160, 6))
    x = as_layers(*(make_hard(random, make_states(random, latent, 40)) for _ in range(2)))
    y = as_layers(*(make_hard(random, make_states(random, latent, 32)) for _ in range(2)))
    splits = [split_rows(random, 160, 128, 32) for _ in range(2)]
    write("massive", x, y, splits)


def constant(random):
    """Target columns that are constant in the test rows: also in training, at another value, or not at all there."""
    latent = random.standard_normal((60, 4))
    x = as_layers(make_states(random, latent, 10))
    y = make_states(random, latent, 8)
    train, test = split_rows(random, 60, 48, 12)
    y[:, 0] = 0.3  # the same number everywhere: counts 1
    y[train, 1], y[test, 1] = 0.3, 0.7  # constant in both, at different values: counts 0
    y[test, 2] = y[train[0], 2]  # constant in the test rows alone: counts 0
    y[train, 3] = -4.1  # constant in the training rows alone: an ordinary R², of at most 0
    write("constant", x, as_layers(y), [(train, test)])


def dual(random):
    """Fewer training rows than dimensions."""
    latent = random.standard_normal((72, 6))
    x = as_layers(make_hard(random, make_states(random, latent, 96)), make_states(random, latent, 96))
    y = as_layers(make_hard(random, make_states(random, latent, 40)), make_states(random, latent, 40))
    write("dual", x, y, [split_rows(random, 72, 56, 16)])


def square(random):
    """As many training rows as dimensions, give or take one: where the two forms meet and the fit is worst posed."""
    latent = random.standard_normal((84, 6))
    x = as_layers(make_hard(random, make_states(random, latent, 64)), make_states(random, latent, 64))
    y = as_layers(make_hard(random, make_states(random, latent, 32)), make_states(random, latent, 32))
    write("square", x, y, [split_rows(random, 84, train, 18) for train in (63, 64, 65, 66)])


def spikes(random):
    """Spikes in a few rows, which some splits train on and others test on; duplicated and shifted columns."""
    latent = random.standard_normal((200, 6))
    x = [make_hard(random, make_states(random, latent, 48)) for _ in range(3)]
    y = [make_hard(random, make_states(random, latent, 40)) for _ in range(2)]
    splits = [split_rows(random, 200, 160, 40) for _ in range(3)]
    for states in x + y:
        states[splits[0][0][:3], 8] += 1e4  # trained on in the first split alone, or so
        states[:, 9] = 1 + 1e-4 * states[:, 9]  # nearly constant, but for
        states[splits[0][0][-2:], 9] = -300
        states[:, 11] = states[:, 10]
        states[:, 12] = 1000 * states[:, 10]
    x[1] += 1e4 * x[1].std(axis=0)  # every mean is ten thousand times the spread
    y[1] += 1e4 * y[1].std(axis=0)
    x[2][:, 20:] = x[2][:, 20:21]  # most columns are one and the same
    write("spikes", as_layers(*x), as_layers(*y), splits)


def cross_validate(x, y, train, folds, penalty):
    predicted = np.empty((len(train), y.shape[1]))
    for fold in np.unique(folds):
        held = folds == fold
        predicted[held] = predict(x, y, train[~held], train[held], penalty)
    actual = y[train].astype(np.float64)
    total = ((actual - actual.mean(axis=0)) ** 2).sum(axis=0)
    return (((actual - predicted) ** 2).sum(axis=0) / total).mean()


def penalties(random):
    """Several penalties, subsets of the test rows, and cross-validation over groups by refitting."""
    groups = 26
    latent = np.repeat(random.standard_normal((groups, 6)), 4, axis=0) + random.standard_normal((4 * groups, 6))
    x = as_layers(*(make_states(random, latent, size) for size in (30, 30)))
    x[1] += 3 * random.standard_normal(x[1].shape).astype(np.float32)
    y = as_layers(*(make_states(random, latent, 24) for _ in range(2)))
    lambdas = np.array([0.1, 10.0, 1000.0])
    splits, more = [], {"lambdas": lambdas}
    for s in range(2):
        order = random.permutation(groups)
        train, test = ((4 * part[:, None] + np.arange(4)).ravel() for part in (order[6:], order[:6]))
        splits.append((train, test))
        more[f"group_sizes_{s}"] = np.full(groups - 6, 4)
        more[f"folds_{s}"] = np.repeat(np.arange(groups - 6) % 5, 4)
        more[f"subset_{s}"] = np.sort(random.permutation(len(test))[:10])
    subsets = [more["subset_0"], more["subset_1"]]
    folds = [more["folds_0"], more["folds_1"]]
    more["r2_lambda"] = np.array([[[[score(a, b, *t, p) for b in y] for a in x] for t in splits] for p in lambdas])
    more["r2_subset"] = np.array(
        [[[score(a, b, *t, subset=rows) for b in y] for a in x] for t, rows in zip(splits, subsets)]
    )
    more["cv_loss"] = np.array(
        [
            [[np.mean([cross_validate(a, b, t[0], f, p) for b in y]) for p in lambdas] for a in x]
            for t, f in zip(splits, folds)
        ]
    )
    write("penalties", x, y, splits, more)


if __name__ == "__main__":
    FIXTURES.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(SEED)
    for make in (massive, constant, dual, square, spikes, penalties):
        make(generator)
