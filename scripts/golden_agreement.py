"""Krippendorff's alpha for interval data, by the `krippendorff` package.

    pip install -r scripts/requirements.txt
    python scripts/golden_agreement.py          # writes fixtures/agreement/golden.json
"""

import json
from pathlib import Path

import krippendorff
import numpy as np

OUT = Path(__file__).resolve().parent.parent / "fixtures" / "agreement"


def main():
    random = np.random.default_rng(20240801)
    cases = []
    for raters, units, missing in ((2, 12, 0.0), (3, 20, 0.3), (6, 40, 0.6), (2, 5, 0.2)):
        truth = random.integers(0, 11, units)
        ratings = np.clip(truth + random.integers(-3, 4, (raters, units)), 0, 10).astype(float)
        ratings[random.uniform(size=ratings.shape) < missing] = np.nan
        alpha = krippendorff.alpha(reliability_data=ratings, level_of_measurement="interval")
        columns = [[v for v in column if not np.isnan(v)] for column in ratings.T.tolist()]
        cases.append({"units": columns, "alpha": alpha})
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "golden.json").write_text(json.dumps(cases) + "\n")


if __name__ == "__main__":
    main()
