"""Many small changes to checkpoints, and what transformers makes of each: 200 configurations, 100 templates and tokenizers.

    pip install -r scripts/requirements.txt
    python scripts/golden_variants.py            # writes fixtures/variants/

No weights are kept: both sides compute them from the names of the tensors (`weights` here, test/variant-weights.ts
there). A configuration is written as a folder and read with AutoModelForCausalLM, in float32 and with eager attention; kept
are a few numbers of the states of every layer and of the logits, at the last token of a prompt that is longer than every
window. Templates and tokenizers are read with AutoTokenizer. Where transformers refuses, or makes up weights that are not
there, the reason is kept instead: interbrain has to refuse as well, or to say so by name.
"""

import copy
import json
import os
import random
import tempfile
import zlib
from datetime import datetime
from pathlib import Path

import numpy as np
import torch
import transformers
import transformers.utils.chat_template_utils as chat_templates
from golden_variants_chat import CHATS, TEMPLATES, TOKENIZERS
from safetensors.numpy import save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "fixtures" / "variants"
SEED = 20260729
CONFIGURATIONS = 200
PROMPT = [3 + (7 * i) % 23 for i in range(21)]

# ---------------------------------------------------------------- weights


def weights(name, shape, adds_one):
    """Noise from the name and the position alone, in float64, then rounded to float32."""
    count = int(np.prod(shape))
    x = (np.arange(count, dtype=np.uint64) * 2654435761 + zlib.crc32(name.encode())) & 0xFFFFFFFF
    for _ in range(2):
        x = ((x ^ (x >> np.uint64(16))) * np.uint64(0x45D9F3B)) & np.uint64(0xFFFFFFFF)
    noise = (x ^ (x >> np.uint64(16))).astype(np.float64) / 2**31 - 1
    if len(shape) == 1:
        values = 0.3 * noise if name.endswith("bias") or adds_one else 1 + 0.3 * noise
    else:
        values = noise * (1.2 if "embed" in name or "lm_head" in name else 1.7 / np.sqrt(shape[-1]))
    return values.astype(np.float32).reshape(shape)


# ---------------------------------------------------------------- configurations

MODEL_TYPES = {
    "LlamaForCausalLM": "llama",
    "MistralForCausalLM": "mistral",
    "Qwen2ForCausalLM": "qwen2",
    "Qwen3ForCausalLM": "qwen3",
    "SmolLM3ForCausalLM": "smollm3",
    "Phi3ForCausalLM": "phi3",
    "Olmo2ForCausalLM": "olmo2",
    "Gemma2ForCausalLM": "gemma2",
    "Gemma3ForCausalLM": "gemma3_text",
}
YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16}
LLAMA3 = {
    "rope_type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 32,
}
LONG = {
    "short_factor": [1.0 + 0.2 * i for i in range(8)],
    "long_factor": [2.0 + 3.0 * i for i in range(8)],
}
FULL, SLIDING = "full_attention", "sliding_attention"


def without(settings, *names):
    return {key: value for key, value in settings.items() if key not in names}


def ropes():
    """Rope settings in every dialect; each is a change of a configuration."""
    kinds = [
        {"rope_type": "linear", "factor": 4.0},
        {"rope_type": "dynamic", "factor": 4.0},
        {"rope_type": "proportional", "partial_rotary_factor": 0.5},
        {"rope_type": "proportional", "factor": 2.0},
        {"rope_type": "longrope", **LONG, "factor": 4.0, "original_max_position_embeddings": 64},
        YARN,
        {**YARN, "beta_fast": 4.0, "beta_slow": 0.5, "truncate": False},
        {**YARN, "attention_factor": 1.4},
        {**YARN, "mscale": 0.7, "mscale_all_dim": 1.3},
        without(YARN, "original_max_position_embeddings"),
        LLAMA3,
        without(LLAMA3, "original_max_position_embeddings"),
        {"rope_type": "default"},
        {"rope_type": "mrope", "mrope_section": [2, 3, 3]},
        {"rope_type": "su", **LONG},
        {"rope_type": None, "factor": 2.0},
        {"rope_type": "linear"},
    ]
    for kind in kinds:
        yield {"rope_scaling": kind}
        yield {"rope_scaling": kind, "rope_theta": 500.0}
        yield {"rope_parameters": {**kind, "rope_theta": 700.0}}
        yield {"rope_parameters": kind, "rope_theta": 700.0}
        yield {"rope_scaling": {"type": kind["rope_type"], **without(kind, "rope_type")}, "rope_theta": 500.0}
        yield {"rope_parameters": {FULL: {**kind, "rope_theta": 900.0}, SLIDING: {"rope_type": "default"}}}
        yield {"rope_scaling": {FULL: kind, SLIDING: {"rope_type": "default"}}}
    # Both keys: the older name wins, whole.
    for scaling, parameters in [(YARN, kinds[0]), (kinds[0], YARN), ({}, YARN), (None, LLAMA3), (LLAMA3, {})]:
        yield {"rope_scaling": scaling, "rope_parameters": {**parameters, "rope_theta": 300.0} if parameters else {}}
        yield {"rope_scaling": scaling, "rope_parameters": parameters, "rope_theta": 300.0}
    yield {"rope_scaling": kinds[0], "rope_parameters": {FULL: {"rope_type": "default"}, SLIDING: {"rope_theta": 77.0}}}
    yield {"rope_scaling": {"rope_type": "linear", "type": "yarn", "factor": 2.0}}
    yield {"rope_scaling": YARN, "original_max_position_embeddings": 8}
    yield {"rope_theta": 100.0}
    yield {"rope_theta": None}
    yield {"rope_theta": 100.0, "rope_local_base_freq": 50.0}
    yield {"partial_rotary_factor": 0.5}
    yield {"partial_rotary_factor": 1.0}
    yield {"rope_parameters": {"rope_type": "default", "partial_rotary_factor": 0.5, "rope_theta": 100.0}}


def others():
    """All else that a config.json may say."""
    windows = [5, None, 64]
    for window in windows:
        yield {"sliding_window": window}
        yield {"sliding_window": window, "use_sliding_window": True, "max_window_layers": 1}
        yield {"sliding_window": window, "use_sliding_window": False}
    yield {"sliding_window": 5, "layer_types": [SLIDING, FULL]}
    yield {"sliding_window": 5, "layer_types": [FULL, SLIDING]}
    yield {"sliding_window": 5, "layer_types": [SLIDING, SLIDING], "use_sliding_window": True}
    yield {"sliding_window": 5, "layer_types": [FULL, FULL, SLIDING]}
    yield {"sliding_window": 5, "layer_types": ["chunked_attention", FULL]}
    for pattern in [1, 2, 3]:
        yield {"sliding_window": 4, "sliding_window_pattern": pattern}
    yield {"no_rope_layers": [0, 1]}
    yield {"no_rope_layers": [1, 0, 1]}
    yield {"no_rope_layer_interval": 2}
    for name in ["attn_logit_softcapping", "final_logit_softcapping"]:
        for cap in [1.5, None]:
            yield {name: cap}
    yield {"query_pre_attn_scalar": 5}
    for name in ["attention_bias", "mlp_bias"]:
        yield {name: True}
    for tied in [True, False]:
        yield {"tie_word_embeddings": tied}
    for name in ["hidden_act", "hidden_activation"]:
        for activation in ["silu", "gelu_pytorch_tanh", "gelu", "relu"]:
            yield {name: activation}
    for heads in [1, None, 4]:
        yield {"num_key_value_heads": heads}
    yield {"head_dim": 32}
    yield {"rms_norm_eps": 0.05}
    yield {"use_bidirectional_attention": True}
    yield {"is_causal": False}
    yield {"max_position_embeddings": 40}
    yield {"initializer_range": 0.5, "attention_dropout": 0.5, "use_cache": False, "pretraining_tp": 2}


# What leaves a setting away, so that the class's own default counts.
ABSENT = ["num_key_value_heads", "rms_norm_eps", "sliding_window", "tie_word_embeddings", "hidden_act", "model_type"]


def base(architecture):
    return {
        "architectures": [architecture],
        "model_type": MODEL_TYPES[architecture],
        "vocab_size": 32,
        "hidden_size": 32,
        "intermediate_size": 24,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 2,
        "head_dim": 16,
        "rms_norm_eps": 1e-5,
        "max_position_embeddings": 64,
        "sliding_window": 9,
        "tie_word_embeddings": False,
        "bos_token_id": 0,
        "eos_token_id": 1,
        "pad_token_id": 0,
    }


def configurations():
    """[(what was changed, the configuration, what is done to the tensors)]"""
    generator = random.Random(SEED)
    all_ropes, all_others = list(ropes()), list(others())
    found = []
    for i in range(CONFIGURATIONS - 34):
        architecture = list(MODEL_TYPES)[i % 9]
        config = base(architecture)
        config["num_hidden_layers"] = 3 if "Gemma3" in architecture else 2
        changes = [generator.choice(all_ropes)] if i % 3 < 2 else []
        changes += generator.sample(all_others, generator.choice([0, 1, 2]) if changes else generator.choice([1, 2, 3]))
        change = {}
        for one in changes:
            change.update(one)
        if change.get("layer_types") and len(change["layer_types"]) == 2:
            change["layer_types"] = (change["layer_types"] * 2)[: config["num_hidden_layers"]]
        config.update(copy.deepcopy(change))
        absent = [name for name in ABSENT if name not in change and generator.random() < 0.06]
        found.append((architecture, without(config, *absent), {}))
    for architecture in MODEL_TYPES:
        config = base(architecture)
        found.append((architecture, {**config, "tie_word_embeddings": True}, {"head": "other"}))
        found.append((architecture, {**config, "tie_word_embeddings": True}, {"head": "alone"}))
    llama, types = base("LlamaForCausalLM"), list(MODEL_TYPES.values())
    for kind in types[1:4] + ["gpt2"]:
        found.append(("LlamaForCausalLM", {**llama, "model_type": kind}, {}))
    found.append(("LlamaForCausalLM", {**llama, "architectures": None}, {}))
    found.append(("LlamaForCausalLM", {**llama, "architectures": ["LlamaForSequenceClassification"]}, {}))
    found.append(("MistralForCausalLM", {**base("MistralForCausalLM"), "architectures": ["LlamaForCausalLM"]}, {}))
    for tied, change in [(True, "no prefix"), (False, "no prefix"), (True, "same"), (False, "none")]:
        found.append(("LlamaForCausalLM", {**llama, "tie_word_embeddings": tied}, {"head": change}))
    for name in ["quantization_config", "per_layer_config"]:
        found.append(("LlamaForCausalLM", {**llama, name: {"bits": 4}}, {}))
    found.append(("Qwen2ForCausalLM", {**base("Qwen2ForCausalLM"), "rms_norm_eps": None}, {}))
    found.append(("Gemma3ForCausalLM", {**base("Gemma3ForCausalLM"), "attn_logit_softcapping": 1.0}, {}))
    found.append(("LlamaForCausalLM", {**llama, "unknown_setting": float("nan")}, {}))
    assert len(found) == CONFIGURATIONS, len(found)
    return found


def tensor_shapes(architecture, config):
    """The tensors of a checkpoint of this architecture, by the settings that decide shapes alone."""
    plain = base(architecture)
    for name in ["num_hidden_layers", "num_key_value_heads", "head_dim", "attention_bias", "mlp_bias", "tie_word_embeddings"]:
        if name in config:
            plain[name] = config[name]
        elif name != "attention_bias" and name != "mlp_bias":
            plain.pop(name, None)
    try:
        model = AutoModelForCausalLM.from_config(transformers.AutoConfig.for_model(**without(plain, "architectures")))
    except Exception:
        plain = base(architecture)
        plain["num_hidden_layers"] = config["num_hidden_layers"]
        model = AutoModelForCausalLM.from_config(transformers.AutoConfig.for_model(**without(plain, "architectures")))
    return {name: list(tensor.shape) for name, tensor in model.state_dict().items()}


def write_checkpoint(folder, architecture, config, shapes, change):
    adds_one = "Gemma" in architecture
    head = change.get("head")
    tied = config.get("tie_word_embeddings", architecture.startswith(("Gemma", "SmolLM3")))
    shapes = dict(shapes)
    if tied and head not in ("other", "alone", "same"):
        shapes.pop("lm_head.weight", None)
    if head == "none":
        shapes.pop("lm_head.weight", None)
    tensors = {name: weights(name, shape, adds_one) for name, shape in shapes.items()}
    if head == "same":
        tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"].copy()
    if head == "alone":
        del tensors["model.embed_tokens.weight"]
    if head == "no prefix":
        tensors = {name.removeprefix("model."): tensor for name, tensor in tensors.items()}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return {name: list(tensor.shape) for name, tensor in tensors.items()}


def short(values):
    return [float(f"{value:.6g}") for value in values]


def compute(folder):
    try:
        model, info = AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True
        )
    except Exception as error:
        return {"refused": f"{type(error).__name__}: {str(error).splitlines()[0][:120]}"}
    if info["missing_keys"] or info["mismatched_keys"]:
        return {"refused": f"tensors missing: {sorted(info['missing_keys'])[:2]}"}
    if info["unexpected_keys"]:
        return {"refused": f"tensors left out: {sorted(info['unexpected_keys'])[:2]}"}
    try:
        states, logits = collect(model.eval(), PROMPT)
    except Exception as error:
        return {"refused": f"{type(error).__name__}: {str(error).splitlines()[0][:120]}"}
    return {"states": [short(row[:4].tolist()) for row in states], "logits": short(logits[:8].tolist())}


def collect(model, tokens):
    """The residual stream after each layer and the logits, at the last token."""
    found = []
    hooks = [
        layer.register_forward_hook(lambda _, __, output: found.append(output[0] if isinstance(output, tuple) else output))
        for layer in model.model.layers
    ]
    with torch.no_grad():
        logits = model(torch.tensor([tokens])).logits[0, -1]
    for hook in hooks:
        hook.remove()
    return torch.stack([state[0, -1] for state in found]), logits


def golden_configurations():
    sets, cases = [], []
    for architecture, config, change in configurations():
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            shapes = write_checkpoint(folder, architecture, config, tensor_shapes(architecture, config), change)
            expected = compute(folder)
        if shapes not in sets:
            sets.append(shapes)
        adds_one = "Gemma" in architecture
        copies = {"lm_head.weight": "model.embed_tokens.weight"} if change.get("head") == "same" else {}
        if change.get("head") == "no prefix":
            copies = {name: f"model.{name}" for name in shapes if name != "lm_head.weight"}
        plain = base(architecture)
        case = {
            "architecture": architecture,
            # As text: NaN is how Python writes it, and the test reads it as interbrain reads a config.json.
            "change": json.dumps({name: value for name, value in config.items() if name not in plain or plain[name] != value}),
            "absent": [name for name in plain if name not in config],
            "tensors": sets.index(shapes),
        }
        cases.append({**case, "addsOne": adds_one, **({"copies": copies} if copies else {}), **expected})
    return {"prompt": PROMPT, "bases": {name: base(name) for name in MODEL_TYPES}, "tensorSets": sets, "cases": cases}


# ---------------------------------------------------------------- templates and tokenizers


class ThatDay(datetime):
    """Prompts must be the same on every day: ours have this date."""

    @classmethod
    def now(cls):
        return cls(2024, 7, 26)


def merged(value, patch):
    """A JSON merge patch; null takes away."""
    if not isinstance(patch, dict):
        return patch
    result = dict(value) if isinstance(value, dict) else {}
    for key, inner in patch.items():
        if inner is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), inner)
    return result


def write_tokenizer(folder, case):
    source = ROOT / "fixtures" / "chat" / "tokenizers" / f"{case['base']}.json"
    tokenizer = json.loads(source.read_text(encoding="utf-8"))
    tokenizer = merged(tokenizer, case.get("tokenizer", {}))
    tokenizer["added_tokens"] += case.get("addedTokens", [])
    files = {"tokenizer.json": tokenizer, **case["files"]}
    for name, content in files.items():
        text = content if name.endswith(".jinja") else json.dumps(content, ensure_ascii=False)
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


def golden_tokenizer(case):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_tokenizer(folder, case)
        try:
            tokenizer = AutoTokenizer.from_pretrained(folder)
        except BaseException as error:
            return {"refused": f"{type(error).__name__}: {str(error)[:120]}"}
        found = []
        for chat in CHATS.values():
            try:
                text = tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
            except Exception as error:
                found.append({"refused": f"{type(error).__name__}: {str(error)[:80]}"})
                continue
            ids = tokenizer(text, add_special_tokens=False).input_ids
            found.append({"text": text, "ids": ids, "decoded": tokenizer.decode(ids, skip_special_tokens=True)})
    return {"chats": found}


def template_case(template):
    config = {"tokenizer_class": "TokenizersBackend", "bos_token": "<|begin_of_text|>", "eos_token": "<|eot_id|>"}
    return {"base": "llama-3", "files": {"tokenizer_config.json": {**config, "chat_template": template}}}


def golden_chat():
    chat_templates.datetime = ThatDay
    templates = []
    for template in TEMPLATES:
        golden = golden_tokenizer(template_case(template))
        texts = golden if "refused" in golden else {"texts": [one.get("text") for one in golden["chats"]]}
        templates.append({"template": template, **texts})
    return {
        "chats": CHATS,
        "templates": templates,
        "tokenizers": [{**case, **golden_tokenizer(case)} for case in TOKENIZERS],
    }


def write(name, value):
    path = FIXTURES / f"{name}.json"
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    print(path.name, path.stat().st_size, "bytes")


def main():
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    transformers.logging.set_verbosity_error()
    FIXTURES.mkdir(parents=True, exist_ok=True)
    write("configs", golden_configurations())
    write("chat", golden_chat())


if __name__ == "__main__":
    main()
