"""The peer of nonlinear.mjs: the same network, trained by PyTorch.

    python bench/nonlinear_peer.py SPEC           SPEC: JSON, see nonlinear.mjs; prints seconds per epoch, JSON

As ours, the first epoch is not counted.
"""

import json
import sys
import time

import torch

spec = json.loads(sys.argv[1])
torch.set_num_threads(spec["threads"])
size, rows, batch = spec["hiddenSize"], spec["rows"], spec["batchSize"]
x, y = torch.rand(rows, size) * 2 - 1, torch.rand(rows, size) * 2 - 1
model = torch.nn.Sequential(
    torch.nn.Linear(size, spec["hidden"]), torch.nn.ReLU(), torch.nn.Linear(spec["hidden"], size)
)
optimiser = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0.1)
seconds = []
for _ in range(spec["epochs"] + 1):
    began = time.perf_counter()
    order = torch.randperm(rows)
    for begin in range(0, rows, batch):
        take = order[begin : begin + batch]
        optimiser.zero_grad()
        loss = torch.nn.functional.mse_loss(model(x[take]), y[take])
        loss.backward()
        optimiser.step()
    seconds.append(time.perf_counter() - began)
print(json.dumps(seconds[1:]))
