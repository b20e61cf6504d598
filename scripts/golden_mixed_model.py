"""Linear mixed models with crossed random intercepts, by statsmodels, and Satterthwaite's degrees of freedom.

    pip install -r scripts/requirements.txt
    python scripts/golden_mixed_model.py        # writes fixtures/statistics/mixed-model.json

Estimates, joint errors, variances and log-likelihood are those of statsmodels' MixedLM (REML) with one group and a variance
component for each factor. The standard errors and degrees of freedom are of a second way that shares nothing with it: the restricted likelihood
written out with the whole covariance matrix V = sigma^2 I + sum sigma_k^2 Z Z', its Hessian by the components of variance
in closed form, and 2 v^2 / g'Ag (Giesbrecht & Burns 1985, equation 3.1); Satterthwaite's number does not depend on how the
components are parametrised but for the place of the maximum, which is the same.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.api as sm

OUT = Path(__file__).resolve().parent.parent / "fixtures" / "statistics" / "mixed-model.json"
SEED = 20261129


def make_case(random, interactions, pairs, missing, sd):
    rows = [(i, p) for i in range(interactions) for p in range(pairs) if random.random() > missing]
    i, p = np.array(rows).T
    own, other = sd["interaction"] * random.standard_normal(interactions), sd["pair"] * random.standard_normal(pairs)
    within = random.standard_normal(len(rows))
    between = random.standard_normal(pairs)[p]
    turns = random.integers(2, 9, len(rows)).astype(float)
    y = 3 + 0.4 * within + 0.3 * between - 0.1 * turns + own[i] + other[p] + random.standard_normal(len(rows))
    fixed = {"intercept": np.ones(len(rows)), "within": within, "between": between, "rounds": turns}
    return y, fixed, {"interaction": [f"i{k}" for k in i], "pair": [f"p{k}" for k in p]}


def satterthwaite(y, x, designs, variances):
    """Degrees of freedom and standard errors of every column, by the components of variance; those at 0 are left out."""
    n = len(y)
    parts = [z @ z.T for z, v in zip(designs, variances, strict=False) if v > 0] + [np.eye(n)]
    values = [v for v in variances if v > 0]
    v = sum(value * part for value, part in zip(values, parts, strict=True))
    inverse = np.linalg.inv(v)
    c = np.linalg.inv(x.T @ inverse @ x)
    projection = inverse - inverse @ x @ c @ x.T @ inverse
    py = projection @ y
    # Observed Hessian of -2 log restricted likelihood: -tr(P Vi P Vj) + 2 y'P Vi P Vj P y.
    size = len(parts)
    hessian = np.empty((size, size))
    for a in range(size):
        for b in range(size):
            left = projection @ parts[a] @ projection @ parts[b]
            hessian[a, b] = -np.trace(left) + 2 * py @ parts[a] @ projection @ parts[b] @ py
    covariance = 2 * np.linalg.inv(hessian)
    df, errors = [], []
    for j in range(x.shape[1]):
        slopes = np.array([(c @ x.T @ inverse @ part @ inverse @ x @ c)[j, j] for part in parts])
        df.append(2 * c[j, j] ** 2 / (slopes @ covariance @ slopes))
        errors.append(np.sqrt(c[j, j]))
    return df, errors


def fit(y, fixed, random):
    frame = pd.DataFrame({"y": y, **fixed, **random, "all": 1})
    formula = {name: f"0 + C({name})" for name in random}
    names = [name for name in fixed]
    model = sm.MixedLM.from_formula(
        "y ~ 0 + " + " + ".join(names), frame, groups="all", re_formula="0", vc_formula=formula
    )
    found = min(
        (model.fit(reml=True, method=method, maxiter=10000, gtol=1e-10) for method in ("bfgs", "lbfgs", "powell")),
        key=lambda one: -one.llf,
    )
    # statsmodels has the components by name, in alphabetical order.
    variances = dict(zip(sorted(random), found.vcomp, strict=True))
    x = np.column_stack(list(fixed.values()))
    designs = [pd.get_dummies(pd.Series(random[name])).to_numpy(float) for name in random]
    # Their errors are those of the joint Hessian, variances included; lme4's, those of (X'V^-1 X)^-1, are the second ones.
    own = [variances[name] if variances[name] > 1e-6 else 0.0 for name in random]
    df, errors = satterthwaite(np.asarray(y), x, designs, [*own, found.scale])
    return {
        "y": list(y),
        "fixed": {name: list(values) for name, values in fixed.items()},
        "random": random,
        "estimates": list(found.fe_params),
        "jointErrors": list(found.bse_fe),
        "standardErrors": errors,
        "variances": {**variances, "residual": found.scale},
        "logLikelihood": found.llf,
        "degreesOfFreedom": df,
    }


def main():
    random = np.random.default_rng(SEED)
    cases = {
        "crossed": make_case(random, 14, 6, 0.0, {"interaction": 1.0, "pair": 0.8}),
        "unbalanced": make_case(random, 20, 5, 0.4, {"interaction": 0.7, "pair": 1.2}),
        "edge": make_case(random, 16, 6, 0.1, {"interaction": 0.9, "pair": 0.0}),
    }
    # Without any difference between pairs, its variance is at 0.
    y, fixed, groups = cases["edge"]
    cases["edge"] = (y - pd.Series(y).groupby(groups["pair"]).transform("mean").to_numpy(), fixed, groups)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps({name: fit(*case) for name, case in cases.items()}) + "\n")


if __name__ == "__main__":
    main()
