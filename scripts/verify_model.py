"""What transformers computes with a checkpoint, for `interbrain model verify`: chats, token ids, states and logits.

    pip install "torch==2.15.0" "transformers==5.23.0"
    python verify_model.py FOLDER GOLDEN.safetensors

The golden file holds, for each chat i, `i.ids` (n), `i.states` (layers, hidden size) and `i.logits` (vocabulary) at the
last token, computed in float32; its metadata hold the chats and what the template makes of them. A chat that the
template refuses is left out.
"""

import json
import sys
from datetime import datetime
from pathlib import Path

import torch
import transformers
import transformers.utils.chat_template_utils as chat_templates
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

FORMAT = "interbrain-golden-1"


def turn(role, content):
    return {"role": role, "content": content}


LONG = "The two of them sit down at a table and talk about the price of the old boat. "
CHATS = [
    [turn("user", "You are Mara. You want to sell the boat.\n\nMara:")],
    [turn("user", "  Good morning! "), turn("assistant", "Naïve? “35€” 😀 — it's 1,000."), turn("user", "And then?\n")],
    [turn("user", LONG * 12)],
]


class ThatDay(datetime):
    """interbrain's prompts have the same date on every day."""

    @classmethod
    def now(cls):
        return cls(2024, 7, 26)


def render(tokenizer, messages):
    try:
        return tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=True, enable_thinking=False, date_string="26 Jul 2024"
        )
    except Exception as error:
        print(f"left out: {error}", file=sys.stderr)
        return None


def collect(model, ids):
    """The residual stream after every layer and the logits, at the last token."""
    states = []
    hooks = [
        layer.register_forward_hook(
            lambda _, __, output: states.append((output[0] if isinstance(output, tuple) else output)[0, -1])
        )
        for layer in model.model.layers
    ]
    with torch.no_grad():
        logits = model(torch.tensor([ids])).logits[0, -1]
    for hook in hooks:
        hook.remove()
    return torch.stack(states), logits


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    folder, target = sys.argv[1:]
    chat_templates.datetime = ThatDay
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model, info = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True
    )
    if info["missing_keys"]:
        sys.exit(f"the checkpoint lacks {sorted(info['missing_keys'])}, which transformers would make up")
    tensors, chats = {}, []
    for messages in CHATS:
        text = render(tokenizer, messages)
        if text is None:
            continue
        ids = tokenizer(text, add_special_tokens=False).input_ids
        states, logits = collect(model.eval(), ids)
        values = {"ids": torch.tensor(ids), "states": states.contiguous(), "logits": logits.contiguous()}
        tensors.update({f"{len(chats)}.{name}": value for name, value in values.items()})
        chats.append({"messages": messages, "text": text})
        print(f"chat {len(chats)}: {len(ids)} tokens", file=sys.stderr)
    if not chats:
        sys.exit("no chat can be rendered: interbrain needs a checkpoint with a chat template")
    metadata = {"format": FORMAT, "transformers": transformers.__version__, "chats": json.dumps(chats)}
    save_file(tensors, target, metadata=metadata)
    print(f"{target}: {Path(target).stat().st_size} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
