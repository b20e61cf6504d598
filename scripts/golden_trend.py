"""Page's test for ordered alternatives as SciPy makes it, and by trying all orders where SciPy's exact p takes no ties.

    pip install -r scripts/requirements.txt
    python scripts/golden_trend.py          # writes fixtures/statistics/trend.json

The expression stands beside each value.
"""

import itertools
import json
from pathlib import Path

import numpy as np
from scipy import stats

OUT = Path(__file__).resolve().parent.parent / "fixtures" / "statistics" / "trend.json"
SEED = 20260128


def statistic(ranks):
    """L: sum over conditions of place times sum of ranks"""
    return float(ranks.sum(axis=0) @ np.arange(1, ranks.shape[1] + 1))


def every_block(ranks):
    """Share of all orders within blocks whose L is at least the observed one."""
    orders = [list(itertools.permutations(block)) for block in ranks]
    return float(np.mean([statistic(np.array(drawn)) >= statistic(ranks) - 1e-9 for drawn in itertools.product(*orders)]))


def all_blocks_at_once(ranks):
    """The same of one order of the conditions in all blocks."""
    orders = itertools.permutations(range(ranks.shape[1]))
    return float(np.mean([statistic(ranks[:, list(order)]) >= statistic(ranks) - 1e-9 for order in orders]))


def case(values, ties=False):
    ranks = stats.rankdata(values, axis=1)
    page = stats.page_trend_test(values, method="exact")
    assert np.isclose(page.statistic, statistic(ranks))
    places = np.arange(1, values.shape[1] + 1)
    return {
        "values": values.tolist(),
        "L": page.statistic,
        "p": every_block(ranks) if ties else page.pvalue,
        "common": all_blocks_at_once(ranks),
        "rho": [stats.spearmanr(places, block).statistic for block in values],
    }


def main():
    random = np.random.default_rng(SEED)
    tied = np.round(random.uniform(size=(3, 4)) * 3)
    rising = random.standard_normal((21, 5)) + 0.4 * np.arange(5)
    cases = {
        "few": case(random.standard_normal((3, 3))),
        "rising": case(rising),
        "falling": case(-rising),
        "six": case(random.standard_normal((10, 6)) + 0.1 * np.arange(6)),
        "tied": case(tied, ties=True),
    }
    OUT.write_text(json.dumps(cases) + "\n")


if __name__ == "__main__":
    main()
