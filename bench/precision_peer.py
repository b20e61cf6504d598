"""transformers' side of precision.mjs: hidden states as a GPU rounds them, weights and the result of every operation in
bfloat16 or float16, sums within a product in float32.

    pip install -r bench/requirements.txt
    python bench/precision_peer.py CHECKPOINT PROMPTS FOLDER bf16 fp16

Writes FOLDER/PRECISION/EPISODE.safetensors, A and B of shape (layers, rounds, D), float32.
"""

import json
import os
import sys

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, DynamicCache

DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}
checkpoint, prompts, folder, *precisions = sys.argv[1:]
torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))


def residuals(model):
    """Residual streams after every layer, before the last norm, as they are summed: [(1, tokens, D)] per forward."""
    found = []
    hook = lambda _module, _inputs, output: found.append(output[0] if isinstance(output, tuple) else output)
    for layer in model.model.layers:
        layer.register_forward_hook(hook)
    return found


def common(a, b):
    return next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))


def read_seat(model, found, lists):
    """(layers, rounds, D): each prompt read behind what it shares with the one before."""
    rounds, before, cache = [], [], DynamicCache()
    for tokens in lists:
        past = min(common(tokens, before), len(tokens) - 1)
        if past == 0:
            cache = DynamicCache()
        elif past < len(before):
            cache.crop(past - len(before))
        found.clear()
        model(torch.tensor([tokens[past:]]), past_key_values=cache, use_cache=True, logits_to_keep=1)
        rounds.append(torch.stack([states[0, -1].float() for states in found]))
        before = tokens
    if not rounds:
        return torch.zeros(model.config.num_hidden_layers, 0, model.config.hidden_size)
    return torch.stack(rounds, dim=1).contiguous()


episodes = json.load(open(prompts))
with torch.inference_mode():
    for precision in precisions:
        model = AutoModelForCausalLM.from_pretrained(checkpoint, dtype=DTYPES[precision]).eval()
        found = residuals(model)
        for episode in episodes:
            path = os.path.join(folder, precision, f"{episode['name']}.safetensors")
            if os.path.exists(path):
                continue
            os.makedirs(os.path.dirname(path), exist_ok=True)
            seats = {seat: read_seat(model, found, lists) for seat, lists in episode["seats"].items()}
            save_file(seats, f"{path}.partial", {"format": "pt"})
            os.replace(f"{path}.partial", path)
            print(".", end="", file=sys.stderr, flush=True)
        print(f" {precision}", file=sys.stderr)
