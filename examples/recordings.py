# Recordings made by hand, for `interbrain measure recordings`. Needs numpy and safetensors.
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

random = np.random.default_rng(0)
maps = random.normal(size=(3, 32, 24))  # B has 3 layers of D = 24, A has 4 of D = 32
for seed in (0, 1):  # episodes of one interaction have one file name, in a folder per seed
    for interaction in range(60):
        a = random.normal(size=(4, 8, 32))  # layers, rounds, D: the state at the last prompt token
        b = a[1] @ maps + random.normal(size=(3, 8, 24))  # every layer of B follows layer 1 of A
        path = Path("recordings", str(seed), f"interaction-{interaction:02}.safetensors")
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file({"A": a.astype("f4"), "B": b.astype("f4")}, path, {"model_A": "mine", "model_B": "yours"})
