"""What the reference computes when the states of the tiny checkpoints of every architecture are changed on the way.

    pip install -r scripts/requirements.txt
    python scripts/golden_architectures.py      # the checkpoints
    python scripts/golden_interventions.py      # writes fixtures/interventions/

Forward hooks on the decoder layers of `transformers` models change the residual stream x, as nnsight or TransformerLens
would. NAME.safetensors holds the vectors, `add` and `replace` and `about` [D] and `remove` [3, D], orthonormal; and for
every case and each of the layers 0 and L - 1 alone and both together

    CASE.LAYERS.prompt    states [L, D] and logits [V] at the last prompt token, which alone was changed
    CASE.LAYERS.decode    the same after STEPS more tokens, read one at a time onto that prompt's cache and not changed
    CASE.LAYERS.onwards   the same with each of these tokens changed too
    CASE.LAYERS.before    [L, D] at the last prompt token: what each layer gave before it was changed

with the cases add: x + add; replace: replace; remove: x - (x - about) VᵀV, V = remove; all: (replace - replace VᵀV) + add.
"""

import json
from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file

ROOT = Path(__file__).resolve().parent.parent / "fixtures"
CHECKPOINTS = ROOT / "architectures"
FIXTURES = ROOT / "interventions"
SEED = 4104
STEPS = 3
DIRECTIONS = 3


def vectors(width, scale, generator):
    noise = torch.randn((3, width), generator=generator) * scale
    basis, _ = torch.linalg.qr(torch.randn((width, DIRECTIONS), generator=generator))
    return {"add": noise[0], "replace": noise[1], "about": noise[2], "remove": basis.T}


def change(case, x, v):
    projection = v["remove"].T @ v["remove"]
    if case == "add":
        return x + v["add"]
    if case == "replace":
        return v["replace"].expand_as(x)
    if case == "remove":
        return x - (x - v["about"]) @ projection
    return (v["replace"] - v["replace"] @ projection + v["add"]).expand_as(x)


class Changed:
    """A model whose last token is changed behind some layers while `on` is set; the states of its last token."""

    def __init__(self, model, case, layers, v):
        self.model, self.on, self.before, self.after = model, True, {}, {}
        self.hooks = [
            layer.register_forward_hook(self.hook(i, case if i in layers else None, v))
            for i, layer in enumerate(model.model.layers)
        ]

    def hook(self, i, case, v):
        def run(_module, _inputs, output):
            x = output[0] if isinstance(output, tuple) else output
            x = x.clone()
            self.before[i] = x[0, -1].clone()
            if case and self.on:
                x[:, -1] = change(case, x[:, -1], v)
            self.after[i] = x[0, -1].clone()
            return (x, *output[1:]) if isinstance(output, tuple) else x

        return run

    def read(self, tokens, cache=None):
        with torch.no_grad():
            out = self.model(torch.tensor([tokens]), past_key_values=cache, use_cache=True)
        stacked = lambda states: torch.stack([states[i] for i in range(len(states))])
        return stacked(self.after), stacked(self.before), out.logits[0, -1], out.past_key_values

    def close(self):
        for hook in self.hooks:
            hook.remove()


def golden(model, prompt, continuation, v):
    count = len(model.model.layers)
    numbers = dict(v)
    for case in ["add", "replace", "remove", "all"]:
        for layers in [[0], [count - 1], [0, count - 1]]:
            name = f"{case}.{'+'.join(map(str, layers))}"
            for scope in ["prompt", "onwards"]:
                changed = Changed(model, case, layers, v)
                states, before, logits, cache = changed.read(prompt)
                if scope == "prompt":
                    numbers |= {f"{name}.prompt.states": states, f"{name}.prompt.logits": logits}
                    numbers[f"{name}.before"] = before
                changed.on = scope == "onwards"
                for token in continuation[:STEPS]:
                    states, _, logits, cache = changed.read([token], cache)
                kind = "decode" if scope == "prompt" else "onwards"
                numbers |= {f"{name}.{kind}.states": states, f"{name}.{kind}.logits": logits}
                changed.close()
    return {name: value.contiguous() for name, value in numbers.items()}


def main():
    FIXTURES.mkdir(parents=True, exist_ok=True)
    for folder in sorted(path for path in CHECKPOINTS.iterdir() if path.is_dir()):
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        model_class = getattr(transformers, config["architectures"][0])
        model = model_class.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
        tokens = json.loads((folder / "golden.json").read_text(encoding="utf-8"))
        generator = torch.Generator().manual_seed(SEED)
        v = vectors(model.config.hidden_size, 1.0, generator)
        numbers = golden(model, tokens["prompt"], tokens["continuation"], v)
        save_file(numbers, FIXTURES / f"{folder.name}.safetensors")
        print(folder.name, (FIXTURES / f"{folder.name}.safetensors").stat().st_size, "bytes")


if __name__ == "__main__":
    main()
