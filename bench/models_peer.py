"""transformers' side of models.mjs: PyTorch in float32, scaled-dot-product attention, a cache of keys and values.

    pip install -r bench/requirements.txt
    python bench/models_peer.py SPEC           SPEC: JSON { config, threads, rows }, config as in model-shapes.mjs
    python bench/models_peer.py --check        says whether all packages are there

Answers every JSON line of standard input with another.
"""

import json
import os
import sys
import time

spec = json.loads(sys.argv[1]) if sys.argv[1] != "--check" else {"threads": 1}
os.environ["OMP_NUM_THREADS"] = str(spec["threads"])

try:
    import torch
    from transformers import DynamicCache, LlamaConfig, LlamaForCausalLM
except ImportError as error:
    sys.exit(f"{sys.executable} lacks a package ({error}): pip install -r bench/requirements.txt")
if sys.argv[1] == "--check":
    sys.exit()

torch.set_num_threads(spec["threads"])
torch.manual_seed(0)
model = LlamaForCausalLM(LlamaConfig(**spec["config"])).eval()
vocabulary = spec["config"]["vocab_size"]
cache, filled = None, 0


def tokens_from(seed, length):
    return [300 + (seed * 7919 + i * 104729) % (vocabulary - 300) for i in range(length)]


def read(tokens, past):
    """Logits of the last token alone, as everybody computes them here, and the likeliest next one."""
    output = model(torch.tensor(tokens), past_key_values=past, use_cache=True, logits_to_keep=1)
    return output.logits[:, -1].argmax(-1, keepdim=True).tolist()


def prefill(length, seed):
    tokens = [tokens_from(seed, length)]
    began = time.perf_counter()
    read(tokens, DynamicCache())
    return {"seconds": time.perf_counter() - began}


def fill(context):
    global cache, filled
    cache, filled = DynamicCache(), context
    read([tokens_from(1, context)], cache)
    return {}


def decode(batch, steps):
    rows = DynamicCache()
    for layer, kept in enumerate(cache.layers):
        rows.update(*(values.repeat(batch, 1, 1, 1) for values in (kept.keys, kept.values)), layer)
    tokens = [[token] for token in tokens_from(7, batch)]
    seconds = []
    for _ in range(steps):
        began = time.perf_counter()
        tokens = read(tokens, rows)
        seconds.append(time.perf_counter() - began)
    return {"seconds": seconds}


methods = {"ready": dict, "prefill": prefill, "fill": fill, "decode": decode}
with torch.inference_mode():
    for line in sys.stdin:
        command = json.loads(line)
        print(json.dumps(methods[command.pop("what")](**command)), flush=True)
