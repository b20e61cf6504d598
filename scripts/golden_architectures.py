"""Tiny random checkpoints of every supported architecture, and what the reference computes with them.

    pip install -r scripts/requirements.txt
    python scripts/golden_architectures.py [NAME …]   # writes fixtures/architectures/, or those of these names

Each is a real `transformers` class with seeded random weights, saved in bfloat16 as a user's checkpoint would be,
and computed in float32. What sets an architecture apart is switched on and matters at these lengths: windows are
shorter than the prompts, values reach the soft caps, norm weights are far from their neutral value, biases are not
zero. golden.json holds token ids; golden.safetensors the states of every layer, [L, D], and the logits, [V], at the
last token:

    prefill                the prompt
    decode                  DECODE_STEPS tokens of the continuation, one at a time, onto the prompt's cache
    continued               prompt + continuation, read afresh
    row.0, row.1, row.2     rows of a ragged batch, each computed alone: a prefix; row_decode.i, one token after it
"""

import json
import shutil
import sys
from pathlib import Path

import torch
import transformers
from golden_models import collect
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures" / "architectures"
SEED = 1729
VOCABULARY = 64
PROMPT = 37
CONTINUATION = 21
DECODE_STEPS = 8
ROWS = [5, 40, 19]

COMMON = {
    "vocab_size": VOCABULARY,
    "bos_token_id": 0,
    "eos_token_id": 1,
    "pad_token_id": 0,
    "max_position_embeddings": 256,
    "hidden_size": 32,
    "intermediate_size": 40,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
}


def rope(theta, kind="default", **settings):
    return {"rope_type": kind, "rope_theta": theta, **settings}


CASES = {
    # Llama 2: as many key heads as query heads, an LM head of its own.
    "llama-2": (
        "Llama",
        {"num_hidden_layers": 3, "num_attention_heads": 2, "rope_parameters": rope(10000.0)},
    ),
    # Biases everywhere and YaRN, whose attention factor scales the rotary tables.
    "llama-bias-yarn": (
        "Llama",
        {
            "num_hidden_layers": 2,
            "attention_bias": True,
            "mlp_bias": True,
            "rope_parameters": rope(
                10000.0, "yarn", factor=4.0, original_max_position_embeddings=64, beta_fast=8.0, beta_slow=1.0
            ),
        },
    ),
    # SmolLM2 is a Llama with tied embeddings and few heads.
    "smollm2": (
        "Llama",
        {
            "num_hidden_layers": 2,
            "hidden_size": 48,
            "num_attention_heads": 3,
            "num_key_value_heads": 1,
            "tie_word_embeddings": True,
            "rope_parameters": rope(100000.0),
        },
    ),
    "mistral-v0.1": ("Mistral", {"num_hidden_layers": 2, "sliding_window": 9, "rope_parameters": rope(10000.0)}),
    "mistral-v0.3": ("Mistral", {"num_hidden_layers": 2, "sliding_window": None, "rope_parameters": rope(1000000.0)}),
    "qwen2": ("Qwen2", {"num_hidden_layers": 3, "tie_word_embeddings": True, "rope_parameters": rope(1000000.0)}),
    "qwen2-window": (
        "Qwen2",
        {
            "num_hidden_layers": 3,
            "num_attention_heads": 2,
            "num_key_value_heads": 1,
            "use_sliding_window": True,
            "sliding_window": 7,
            "max_window_layers": 1,
            "rope_parameters": rope(10000.0),
        },
    ),
    "qwen3": (
        "Qwen3",
        {"num_hidden_layers": 3, "tie_word_embeddings": True, "rope_parameters": rope(1000000.0)},
    ),
    # The third of four layers has no positions at all.
    "smollm3": (
        "SmolLM3",
        {
            "num_hidden_layers": 4,
            "num_attention_heads": 2,
            "num_key_value_heads": 1,
            "no_rope_layers": [1, 1, 0, 1],
            "tie_word_embeddings": True,
            "rope_parameters": rope(5000.0),
        },
    ),
    "phi-3": ("Phi3", {"num_hidden_layers": 3, "sliding_window": 11, "rope_parameters": rope(10000.0)}),
    # Phi-4-mini: half of each head turns, by the short factors, since no sequence outgrows the original context.
    "phi-4-mini": (
        "Phi3",
        {
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "num_key_value_heads": 1,
            "hidden_size": 64,
            "intermediate_size": 24,
            "head_dim": 32,
            "tie_word_embeddings": True,
            "original_max_position_embeddings": 128,
            "sliding_window": None,
            "rope_parameters": rope(
                10000.0,
                "longrope",
                partial_rotary_factor=0.5,
                short_factor=[1.0 + 0.15 * i for i in range(8)],
                long_factor=[3.0 + 2.0 * i for i in range(8)],
                original_max_position_embeddings=128,
            ),
        },
    ),
    "gemma-2": (
        "Gemma2",
        {
            "num_hidden_layers": 3,
            "num_attention_heads": 2,
            "query_pre_attn_scalar": 24,
            "sliding_window": 9,
            "attn_logit_softcapping": 2.0,
            "final_logit_softcapping": 3.0,
            "rope_parameters": rope(10000.0),
        },
    ),
    "gemma-3": (
        "Gemma3",
        {
            "num_hidden_layers": 4,
            "num_attention_heads": 2,
            "num_key_value_heads": 1,
            "query_pre_attn_scalar": 20,
            "sliding_window": 6,
            "layer_types": ["sliding_attention", "full_attention", "sliding_attention", "full_attention"],
            "rope_parameters": {
                "full_attention": rope(1000000.0, "linear", factor=8.0),
                "sliding_attention": rope(10000.0),
            },
        },
    ),
    # Norms on the way out alone, and of all heads of a query or key together.
    "olmo-2": ("Olmo2", {"num_hidden_layers": 3, "rope_parameters": rope(500000.0)}),
}


def randomise(model, seed):
    """Matrices of 1/sqrt(fan in); norms 1 ± 0.3, or 0 ± 0.3 where the layer adds 1; biases ± 0.3."""
    generator = torch.Generator().manual_seed(seed)
    adds_one = model.config.model_type.startswith("gemma")
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if name.endswith("bias"):
                parameter.copy_(0.3 * noise)
            elif parameter.dim() == 1:
                parameter.copy_((0 if adds_one else 1) + 0.3 * noise)
            elif "embed_tokens" in name:
                parameter.copy_(0.3 * noise)
            else:
                sharper = 1.3 if any(part in name for part in ("q_proj", "k_proj", "qkv_proj")) else 1.0
                parameter.copy_(sharper * noise / parameter.shape[1] ** 0.5)


def golden_numbers(model, prompt, continuation):
    states, logits, cache = collect(model, prompt)
    numbers = {"prefill.states": states, "prefill.logits": logits}
    steps = []
    for token in continuation[:DECODE_STEPS]:
        state, logit, cache = collect(model, [token], cache)
        steps.append((state, logit))
    numbers["decode.states"] = torch.stack([state for state, _ in steps])
    numbers["decode.logits"] = torch.stack([logit for _, logit in steps])
    everything = prompt + continuation
    numbers["continued.states"], numbers["continued.logits"], _ = collect(model, everything)
    for i, length in enumerate(ROWS):
        row = everything[i : i + length]
        numbers[f"row.{i}.states"], numbers[f"row.{i}.logits"], cache = collect(model, row)
        state, logit, _ = collect(model, [everything[i + length]], cache)
        numbers[f"row_decode.{i}.states"], numbers[f"row_decode.{i}.logits"] = state, logit
    return {name: value.contiguous() for name, value in numbers.items()}


def save_tokenizer(folder):
    vocabulary = {f"t{i}": i for i in range(VOCABULARY)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="t0"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="t0", eos_token="t1").save_pretrained(folder)


def write(name, family, settings, seed):
    folder = FIXTURES / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    prefix = "Gemma3Text" if family == "Gemma3" else family
    config = getattr(transformers, f"{prefix}Config")(**{**COMMON, **settings})
    model_class = getattr(transformers, f"{family}ForCausalLM")
    model = model_class(config)
    randomise(model, seed)
    model.to(torch.bfloat16).save_pretrained(folder)
    save_tokenizer(folder)
    reference = model_class.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    generator = torch.Generator().manual_seed(seed)
    tokens = torch.randint(2, VOCABULARY, (PROMPT + CONTINUATION,), generator=generator).tolist()
    prompt, continuation = tokens[:PROMPT], tokens[PROMPT:]
    save_file(golden_numbers(reference, prompt, continuation), folder / "golden.safetensors")
    golden = {"prompt": prompt, "continuation": continuation, "rows": ROWS}
    (folder / "golden.json").write_text(json.dumps(golden) + "\n", encoding="utf-8")
    print(name, (folder / "model.safetensors").stat().st_size, "bytes")


def main():
    chosen = sys.argv[1:] or CASES
    for i, (name, (family, settings)) in enumerate(CASES.items()):
        if name in chosen:
            write(name, family, settings, SEED + i)


if __name__ == "__main__":
    main()
