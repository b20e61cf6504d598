"""Correlations over model pairs as SciPy and pingouin compute them, and permutations over models by the obvious loop.

    pip install -r scripts/requirements.txt
    python scripts/golden_correlation.py          # writes fixtures/statistics/correlation.json

The expression stands beside each value. The paper's r of Figure 6 and Table 1 are repeated as published, n = 6, 9, 6;
their p follow from r and n alone.
"""

import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pingouin
from scipy import stats

OUT = Path(__file__).resolve().parent.parent / "fixtures" / "statistics" / "correlation.json"
SEED = 20261124
MODELS = ["m1", "m2", "m3", "l1", "l2", "l3"]
FAMILIES = {"mistral": MODELS[:3], "llama": MODELS[3:]}
PUBLISHED = {
    "mistral": {"n": 6, "plain": 0.88, "IFEval": 0.81, "MuSR": 0.92},
    "cross": {"n": 9, "plain": 0.89, "IFEval": 0.71, "MuSR": 0.89},
    "llama": {"n": 6, "plain": 0.99, "IFEval": 0.27, "MuSR": 0.99},
}


def p_of(r, df):
    return 2 * stats.t.sf(abs(r) * np.sqrt(df / (1 - r * r)), df)


def published():
    rows = []
    for family, values in PUBLISHED.items():
        n = values["n"]
        for given in ("plain", "IFEval", "MuSR"):
            r, fixed = values[given], int(given != "plain")
            half = stats.norm.ppf(0.975) / np.sqrt(n - 3 - fixed)
            interval = [np.tanh(np.arctanh(r) - half), np.tanh(np.arctanh(r) + half)]
            rows.append({"family": family, "given": given, "r": r, "n": n, "p": p_of(r, n - 2 - fixed), "interval": interval})
    return rows


def residuals(values, design):
    return values - design @ np.linalg.lstsq(design, values, rcond=None)[0]


def partial_r(x, y, z):
    design = np.column_stack([np.ones(len(x)), z])
    return stats.pearsonr(residuals(x, design), residuals(y, design)).statistic


def relabellings(pairs, kinds):
    """Every permutation of the models that keeps kinds and turns the pairs into the same pairs, as orders of pairs."""
    models = sorted({m for pair in pairs for m in pair})
    index = {frozenset(pair): i for i, pair in enumerate(pairs)}
    for labels in itertools.permutations(models):
        to = dict(zip(models, labels))
        if any(kinds(m) != kinds(to[m]) for m in models):
            continue
        order = [index.get(frozenset((to[a], to[b]))) for a, b in pairs]
        if None not in order:
            yield order


def permutation_p(statistic, x, orders):
    observed = abs(statistic(x))
    return float(np.mean([abs(statistic(x[order])) >= observed - 1e-12 for order in orders]))


def group(frame, kinds=lambda model: ""):
    x, y = frame["synchrony"].to_numpy(), frame["performance"].to_numpy()
    pairs = list(zip(frame["a"], frame["b"]))
    orders = list(relabellings(pairs, kinds))
    pearson = stats.pearsonr(x, y)
    interval = pearson.confidence_interval(0.95)
    assert np.allclose(pingouin.corr(x, y)["r"].iloc[0], pearson.statistic, atol=1e-12)
    ranks = [stats.rankdata(v) for v in (x, y)]
    spearman = stats.spearmanr(x, y)
    result = {
        "pairs": [list(pair) for pair in pairs],
        "labellings": len(orders),
        "pearson": [pearson.statistic, pearson.pvalue, interval.low, interval.high],
        "pearson_qap": permutation_p(lambda v: stats.pearsonr(v, y).statistic, x, orders),
        "spearman": [spearman.statistic, spearman.pvalue],
        "spearman_qap": permutation_p(lambda v: stats.pearsonr(v, ranks[1]).statistic, ranks[0], orders),
        "partial": {},
        "without": {},
    }
    for given in ("IFEval", "MuSR"):
        z = frame[given].to_numpy()
        r = partial_r(x, y, z)
        table = pingouin.partial_corr(frame, "synchrony", "performance", given)
        theirs = [table["r"].iloc[0], table[[c for c in table if c.replace("_", "-") == "p-val"][0]].iloc[0]]
        df = len(x) - 3
        assert np.allclose([r, p_of(r, df)], theirs, atol=1e-10), (r, theirs)
        half = stats.norm.ppf(0.975) / np.sqrt(df - 1)
        ends = [np.tanh(np.arctanh(r) - half), np.tanh(np.arctanh(r) + half)]
        own = residuals(x, np.column_stack([np.ones(len(x)), z]))
        qap = permutation_p(lambda v: partial_r(v, y, z), own, orders)
        result["partial"][given] = [r, p_of(r, df), *ends, qap]
    for model in sorted({m for pair in pairs for m in pair}):
        rest = frame[(frame["a"] != model) & (frame["b"] != model)]
        if len(rest) >= 3:
            one = stats.pearsonr(rest["synchrony"], rest["performance"])
            result["without"][model] = [one.statistic, one.pvalue]
    return result


def main():
    random = np.random.default_rng(SEED)
    skill = dict(zip(MODELS, random.standard_normal(6)))
    ability = {bench: {m: 0.7 * skill[m] + random.standard_normal() for m in MODELS} for bench in ("IFEval", "MuSR")}
    rows = []
    for i, a in enumerate(MODELS):
        for b in MODELS[i:]:
            common = skill[a] + skill[b]
            synchrony = 0.5 + 0.05 * common + 0.05 * random.standard_normal()
            performance = 3 + 0.3 * common + 0.3 * random.standard_normal()
            rows.append([a, b, synchrony, performance, *[(v[a] + v[b]) / 2 for v in ability.values()]])
    frame = pd.DataFrame(rows, columns=["a", "b", "synchrony", "performance", "IFEval", "MuSR"])
    family = {m: f for f, models in FAMILIES.items() for m in models}
    kind = [family[a] if family[a] == family[b] else "cross" for a, b in zip(frame["a"], frame["b"])]
    frame["group"] = kind
    groups = {name: group(frame[frame["group"] == name]) for name in FAMILIES}
    groups["cross"] = group(frame[frame["group"] == "cross"], kinds=family.get)
    groups["overall"] = group(frame)
    golden = {
        "families": FAMILIES,
        "pairs": frame.drop(columns="group").to_dict("records"),
        "groups": groups,
        "published": published(),
    }
    OUT.write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
