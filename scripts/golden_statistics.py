"""Significance tests as SciPy, statsmodels, pingouin and MNE make them.

    pip install -r scripts/requirements.txt
    python scripts/golden_statistics.py          # writes fixtures/statistics/golden.json

The expression stands beside each value. Where a permutation test is random, its signs are written too.
"""

import itertools
import json
from pathlib import Path

import mne
import numpy as np
import pandas as pd
import pingouin
from scipy import ndimage, stats
from statsmodels.stats.multitest import multipletests

OUT = Path(__file__).resolve().parent.parent / "fixtures" / "statistics"
SEED = 20240517


def distributions():
    ts = [0, 1e-3, 0.3, 1.0, 2.5, -2.5, 7, 40, 300]
    dfs = [0.5, 1, 2, 3, 9.5, 30, 148, 5000, 1e6]
    fs = [0.01, 0.5, 1, 3.3, 20, 400]
    pairs = [(1, 1), (1, 8), (3, 12), (20, 2.5), (7, 900), (400, 600)]
    betas = [(0.2, 0.5, 0.5), (0.9, 30, 2), (0.01, 2, 40), (0.5, 8, 12), (0.4999, 5e4, 5e4)]
    zs = [-3, 0, 0.5, 1.96, 2, 2.01, 5, 12, 37]
    return {
        "t": [[t, df, 2 * stats.t.sf(abs(t), df), stats.t.sf(t, df)] for t in ts for df in dfs],
        "critical": [[p, df, stats.t.isf(p / 2, df)] for p in (0.001, 0.05, 0.5) for df in (1, 4, 19, 149)],
        "f": [[f, a, b, stats.f.sf(f, a, b)] for f in fs for a, b in pairs],
        "beta": [[x, a, b, stats.beta.cdf(x, a, b)] for x, a, b in betas],
        "normal": [[z, stats.norm.sf(z)] for z in zs],
    }


def false_discovery(random):
    p = np.concatenate([random.uniform(size=12) ** 3, [0.04, 0.04, 1.0, 0.0]])
    adjusted = stats.false_discovery_control(p, method="bh")
    assert np.allclose(adjusted, multipletests(p, method="fdr_bh")[1], rtol=1e-14)
    return {"p": p.tolist(), "adjusted": adjusted.tolist()}


def paired(random):
    first = random.standard_normal(9)
    second = first * 0.5 + random.standard_normal(9) - 0.6
    cases = {}
    for tail in ("two-sided", "greater", "less"):
        result = stats.permutation_test(
            (first, second),
            lambda x, y, axis: np.mean(x - y, axis=axis),
            permutation_type="samples",
            vectorized=True,
            n_resamples=np.inf,
            alternative=tail,
        )
        cases[tail] = result.pvalue
    return {"first": first.tolist(), "second": second.tolist(), "p": cases}


def cluster_masses(maps, threshold):
    """t of every cell, and (mass, cells) of every 4-neighbour cluster, by scipy.ndimage."""
    t = stats.ttest_1samp(maps, 0, axis=0).statistic
    found = []
    for beyond in (t > threshold, t < -threshold):
        labels, count = ndimage.label(beyond)
        for label in range(1, count + 1):
            cells = np.flatnonzero(labels == label)
            found.append((t.ravel()[cells].sum(), cells.tolist()))
    return t, found


def largest(maps, threshold):
    return max((abs(mass) for mass, _ in cluster_masses(maps, threshold)[1]), default=0.0)


def clusters_random_signs(random):
    maps = random.standard_normal((14, 6, 8))
    maps[:, 1:4, 2:5] += 0.9
    maps[:, 4:, 6:] -= 0.8
    threshold = stats.t.isf(0.025, 13)
    signs = random.choice([-1, 1], (200, 14))
    null = np.array([largest(maps * s[:, None, None], threshold) for s in signs])
    t, found = cluster_masses(maps, threshold)
    return {
        "maps": maps.reshape(14, -1).tolist(),
        "shape": [6, 8],
        "signs": signs.tolist(),
        "t": t.ravel().tolist(),
        "threshold": threshold,
        "largest": null.tolist(),
        "clusters": [[mass, cells, (1 + np.sum(null >= abs(mass) - 1e-9)) / 201] for mass, cells in found],
    }


def every_arrangement(maps, threshold):
    """The largest positive cluster under all signs."""
    signs = np.array(list(itertools.product([1, -1], repeat=len(maps))))
    found = (cluster_masses(maps * s[:, None, None], threshold)[1] for s in signs)
    return np.array([max((mass for mass, _ in clusters), default=0.0) for clusters in found])


def clusters_all_signs(random):
    """mne.stats.permutation_cluster_1samp_test with all 2^n arrangements.

    One-sided, MNE leaves out the arrangement with all signs turned in place of the observed one, which it then counts
    twice: its p is 1/2^n too large. There the arrangements are enumerated here.
    """
    maps = random.standard_normal((9, 4, 5))
    maps[:, 1:3, 1:4] += 0.8
    result = {"maps": maps.reshape(9, -1).tolist(), "shape": [4, 5], "threshold": 1.5}
    for name, tail in (("two-sided", 0), ("greater", 1)):
        t, clusters, p, null = mne.stats.permutation_cluster_1samp_test(
            maps,
            threshold=1.5,
            n_permutations=2**9 + 1,
            tail=tail,
            out_type="mask",
            seed=0,
            verbose=False,
        )
        cells = [np.flatnonzero(mask).tolist() for mask in clusters]
        masses = [float(t[mask].sum()) for mask in clusters]
        if tail:
            null = every_arrangement(maps, 1.5)
            exact = np.array([np.mean(null >= mass - 1e-9) for mass in masses])
            assert np.allclose(exact, p - 2.0**-9), (exact, p)
            p = exact
        result[name] = [[m, c, float(q)] for m, c, q in zip(masses, cells, p)]
    return result


def correlations(random):
    n = 15
    z, w = random.standard_normal((2, n))
    x = 0.7 * z + random.standard_normal(n)
    y = 0.5 * z - 0.3 * w + 0.6 * x + random.standard_normal(n)
    tied = np.round(y)
    frame = pd.DataFrame({"x": x, "y": y, "z": z, "w": w})
    pearson = stats.pearsonr(x, y)
    interval = pearson.confidence_interval(0.95)
    spearman = stats.spearmanr(x, tied)
    one = np.linalg.lstsq
    def partial(given):
        """pearsonr of the residuals, p with n - 2 - k degrees of freedom"""
        design = np.column_stack([np.ones(n), *given])
        rest = [v - design @ one(design, v)[0] for v in (x, y)]
        r = stats.pearsonr(*rest).statistic
        df = n - 2 - len(given)
        half = stats.norm.ppf(0.975) / np.sqrt(df - 1)
        p = 2 * stats.t.sf(abs(r) * np.sqrt(df / (1 - r * r)), df)
        return [r, p, np.tanh(np.arctanh(r) - half), np.tanh(np.arctanh(r) + half)]
    for given in (["z"], ["z", "w"]):
        ours, theirs = partial([frame[g] for g in given]), pingouin.partial_corr(frame, "x", "y", given)
        assert abs(ours[0] - theirs["r"].iloc[0]) < 1e-7, (ours, theirs)
        assert abs(ours[1] - theirs[[c for c in theirs if c.replace("_", "-") == "p-val"][0]].iloc[0]) < 1e-7
    return {
        "x": x.tolist(),
        "y": y.tolist(),
        "z": z.tolist(),
        "w": w.tolist(),
        "tied": tied.tolist(),
        "pearson": [pearson.statistic, pearson.pvalue, interval.low, interval.high],
        "spearman": [spearman.statistic, spearman.pvalue],
        "partial_z": partial([z]),
        "partial_zw": partial([z, w]),
    }


def main():
    random = np.random.default_rng(SEED)
    golden = {
        "distributions": distributions(),
        "false_discovery": false_discovery(random),
        "paired": paired(random),
        "clusters_random_signs": clusters_random_signs(random),
        "clusters_all_signs": clusters_all_signs(random),
        "correlations": correlations(random),
    }
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "golden.json").write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
