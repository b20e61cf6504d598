"""A two-layer network trained by PyTorch, step by step.

    pip install -r scripts/requirements.txt
    python scripts/golden_nonlinear.py          # writes fixtures/nonlinear/

steps.safetensors: x F32 [30, 7], y F32 [30, 5] (some dimensions large, standardised by the reader), the initial
parameters inner, innerBias, outer, outerBias as torch.nn.Linear draws them, batches I64 [steps, 8] (rows, -1 for none:
the last batch of an epoch is smaller), losses F64 [steps], and the parameters after every ten steps as inner_10 and so
on. Learning rate and decay are larger than the paper's, so that a few steps go far.
"""

from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file

OUT = Path(__file__).resolve().parent.parent / "fixtures" / "nonlinear"
SEED = 20240611
BATCH = 8
STEPS = 40


def main():
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    random = np.random.default_rng(SEED)
    x = random.standard_normal((30, 7)).astype(np.float32)
    y = (np.tanh(x @ random.standard_normal((7, 5))) + 0.1 * random.standard_normal((30, 5))).astype(np.float32)
    model = torch.nn.Sequential(torch.nn.Linear(7, 16), torch.nn.ReLU(), torch.nn.Linear(16, 5))
    names = ["inner", "innerBias", "outer", "outerBias"]
    tensors = {"x": x, "y": y}
    snapshot = lambda ending: {
        name + ending: value.detach().numpy().copy() for name, value in zip(names, model.parameters())
    }
    tensors |= snapshot("")
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.1)
    batches, losses = [], []
    while len(batches) < STEPS:
        order = random.permutation(len(x))
        for begin in range(0, len(x), BATCH):
            rows = order[begin : begin + BATCH]
            optimiser.zero_grad()
            loss = torch.nn.functional.mse_loss(model(torch.from_numpy(x[rows])), torch.from_numpy(y[rows]))
            loss.backward()
            optimiser.step()
            batches.append(np.pad(rows, (0, BATCH - len(rows)), constant_values=-1))
            losses.append(float(loss.detach()))
            if len(batches) % 10 == 0:
                tensors |= snapshot(f"_{len(batches)}")
    tensors["batches"] = np.array(batches[:STEPS], dtype=np.int64)
    tensors["losses"] = np.array(losses[:STEPS])
    OUT.mkdir(parents=True, exist_ok=True)
    save_file({name: np.ascontiguousarray(value) for name, value in tensors.items()}, OUT / "steps.safetensors")


if __name__ == "__main__":
    main()
