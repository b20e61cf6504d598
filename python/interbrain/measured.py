"""One result of the measure: R² of all layer pairs in one direction, under one condition."""

import numpy as np

from .errors import CorruptFile, unknown
from .files import read_json, read_tensors

FORMAT = "interbrain-synchrony-3"
ADVICE = "run the study again with interbrain"
READERS = ("passive", "passive-same-format")


class Measured:
    """R² of all layer pairs, as arrays; `source_layers` and `target_layers` are the layers' numbers, from 0, in their models.

    `r2` (splits, L_A, L_B); `mean_r2` (L_A, L_B); `interval` (L_A, L_B, 2) and `interval_standard_error` (L_A, L_B), NaN
    for cells without one, None without any and for other λ than the first; `head`: all that stands in the JSON file.
    """

    def __init__(self, path, pair, direction, condition, lambda_=None):
        self.path = path
        self.pair = pair
        self.direction = direction
        self.condition = condition
        self.head = read_json(path.with_name(path.name + ".json"), FORMAT, ADVICE)
        self.source_layers = self._layers("source")
        self.target_layers = self._layers("target")
        self._tensors = read_tensors(path.with_name(path.name + ".safetensors"), None, ADVICE)
        own = self.head["lambda"]
        others = {str(one["lambda"]): one for one in self.head.get("variants", [])}
        name = str(own if lambda_ is None else lambda_)
        if name != str(own) and name not in others:
            raise unknown(f"{path}: λ", name, [own, *others])
        self.first = name == str(own)
        self.lambda_ = name
        self.lambdas = [str(own), *others]
        self.syncr2 = self.head["syncR2"] if self.first else others[name]["syncR2"]
        ending = "" if self.first else f"_lambda_{name}"
        self.r2 = self._tensor(f"r2{ending}")
        self.mean_r2 = self._tensor(f"mean_r2{ending}")
        self.condition_numbers = self._tensors.get(f"condition_numbers{ending}")
        self.interval = self._tensors.get("interval") if self.first else None
        self.interval_standard_error = self._tensors.get("interval_standard_error") if self.first else None

    def _layers(self, side):
        """All of the model's, or those that the study has recorded."""
        some = self.head.get(f"{side}Recorded")
        return list(some["numbers"]) if some else list(range(self.head[f"{side}Layers"]))

    @property
    def states_condition(self):
        """Where the source's states lie: a reader's, or the agents' own."""
        return self.condition if self.condition in READERS else "interactive"

    def penalties(self):
        """λ of every fit, (splits, L_A): a number, or what cross-validation chose."""
        if self.lambda_ == "cv":
            return self._tensor("chosen_lambdas")
        return np.full(self.r2.shape[:2], float(self.lambda_))

    def _tensor(self, name):
        if name not in self._tensors:
            raise CorruptFile(f"{self.path}.safetensors: tensor {name} is missing; {ADVICE}")
        return self._tensors[name]

    @property
    def tensors(self):
        return self._tensors
