"""Tiny random checkpoints and what the reference implementation computes with them.

    pip install -r scripts/requirements.txt
    python scripts/golden_models.py            # writes fixtures/models/

Every checkpoint is a real `transformers` class, saved as a user's checkpoint would be, with random weights that
are large enough to make every part of the architecture matter (norm weights differ from 1, attention is far from
uniform). Beside it lie golden.safetensors (numbers) and golden.json (token ids and rendered chats).

The states are taken with forward hooks on the decoder layers, so the last one is before the final norm;
`output_hidden_states` would give it after the norm.
"""

import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    PreTrainedTokenizerFast,
)

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures" / "models"
SEED = 20240229
DECODE_STEPS = 12

SENTENCES = [
    "Mara wants to sell the old boat before winter, and Tomas would like to buy it for less.",
    "They talk about the price, the weather, and who is going to paint the boat.",
    "You are Mara. You are talking with Tomas. Say your next line, or LEAVE if you are done.",
]

CHATS = [
    [{"role": "user", "content": "You are Mara. You want to sell the boat.\n\nMara:"}],
    [
        {"role": "system", "content": "You are Tomas, and you like boats."},
        {"role": "user", "content": "Mara: Good morning! It's 40 for the boat.\nTomas:"},
        {"role": "assistant", "content": "I'd say 25 — no more."},
        {"role": "user", "content": "  Mara: Naïve offer…  35?\n\nTomas:  "},
    ],
]

TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}"
    "{{ '<|' + message['role'] + '|>' + '\n' + message['content'] | trim + eos_token + '\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' + '\n' }}{% endif %}"
)


def build_tokenizer():
    """A byte-level BPE of 290 tokens, trained on the sentences above."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<s>", "</s>", "<|system|>", "<|user|>", "<|assistant|>"]
    trainer = trainers.BpeTrainer(
        vocab_size=290,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(SENTENCES, trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>")
    fast.chat_template = TEMPLATE
    return fast


def randomise(model, seed):
    """Weights that make a difference: 1/sqrt(fan in) for matrices, 1 ± 0.3 for norms."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if parameter.dim() == 1:
                parameter.copy_(1 + 0.3 * noise)
            elif "embed_tokens" in name:
                # A tied matrix is the LM head as well; at full size the likeliest token would leave no choice.
                parameter.copy_(0.3 * noise if model.config.tie_word_embeddings else noise)
            elif "q_proj" in name or "k_proj" in name:
                parameter.copy_(1.2 * noise / parameter.shape[1] ** 0.5)
            else:
                parameter.copy_(noise / parameter.shape[1] ** 0.5)


def collect(model, ids, cache=None):
    """One forward pass. Returns states [L, D] and logits [V] at the last token, and the cache."""
    captured = []
    hooks = [
        layer.register_forward_hook(
            lambda _module, _inputs, output: captured.append(output[0] if isinstance(output, tuple) else output)
        )
        for layer in model.model.layers
    ]
    with torch.no_grad():
        output = model(torch.tensor([ids]), past_key_values=cache, use_cache=True)
    for hook in hooks:
        hook.remove()
    states = torch.stack([state[0, -1] for state in captured])
    return states, output.logits[0, -1], output.past_key_values


def golden_numbers(model, prompt, continuation):
    """Prefill of `prompt`, then DECODE_STEPS single tokens, and a fresh prefill of prompt + continuation."""
    states, logits, cache = collect(model, prompt)
    steps = continuation[:DECODE_STEPS]
    step_states, step_logits = [], []
    for token in steps:
        state, logit, cache = collect(model, [token], cache)
        step_states.append(state)
        step_logits.append(logit)
    continued_states, continued_logits, _ = collect(model, prompt + continuation)
    return {
        "prefill.states": states,
        "prefill.logits": logits,
        "decode.states": torch.stack(step_states),
        "decode.logits": torch.stack(step_logits),
        "continued.states": continued_states,
        "continued.logits": continued_logits,
    }


def write(name, model_class, config, dtype, tokenizer, jinja_file, **save_options):
    folder = FIXTURES / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    model = model_class(config)
    randomise(model, SEED)
    model = model.to(dtype)
    model.save_pretrained(folder, **save_options)
    tokenizer.save_pretrained(folder, save_jinja_files=jinja_file)

    # The values of the saved weights, computed with in float32.
    reference = model_class.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    chats = []
    for messages in CHATS:
        options = {"add_generation_prompt": True}
        text = tokenizer.apply_chat_template(messages, tokenize=False, **options)
        chats.append({"messages": messages, "text": text, "ids": tokenizer(text, add_special_tokens=False).input_ids})
    prompt = chats[0]["ids"]
    continuation = tokenizer(SENTENCES[0] + "</s>\n" + SENTENCES[1], add_special_tokens=False).input_ids
    golden = golden_numbers(reference, prompt, continuation)
    save_file({key: value.contiguous() for key, value in golden.items()}, folder / "golden.safetensors")
    text = json.dumps({"chats": chats, "prompt": prompt, "continuation": continuation}, ensure_ascii=False)
    (folder / "golden.json").write_text(text + "\n", encoding="utf-8")
    print(name, "prompt", len(prompt), "continuation", len(continuation), "vocab", len(tokenizer))


def main():
    tokenizer = build_tokenizer()
    common = {
        "vocab_size": len(tokenizer),
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "max_position_embeddings": 512,
    }
    # Llama 3: grouped queries, a head size that is not hidden / heads, llama3 rope scaling that bites
    # (the original context is shorter than the prompt), tied embeddings.
    write(
        "llama",
        LlamaForCausalLM,
        LlamaConfig(
            hidden_size=48,
            intermediate_size=64,
            num_hidden_layers=3,
            num_attention_heads=4,
            num_key_value_heads=2,
            head_dim=16,
            rms_norm_eps=1e-5,
            tie_word_embeddings=True,
            rope_parameters={
                "rope_type": "llama3",
                "rope_theta": 500.0,
                "factor": 8.0,
                "low_freq_factor": 1.0,
                "high_freq_factor": 4.0,
                "original_max_position_embeddings": 32,
            },
            **common,
        ),
        torch.float32,
        tokenizer,
        jinja_file=False,
    )
    # Mistral: a window shorter than the prompt, bf16 weights, a language-model head of its own.
    write(
        "mistral",
        MistralForCausalLM,
        MistralConfig(
            hidden_size=64,
            intermediate_size=80,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=1,
            sliding_window=12,
            rms_norm_eps=1e-6,
            tie_word_embeddings=False,
            **common,
        ),
        torch.bfloat16,
        tokenizer,
        jinja_file=True,
    )
    # Two shards of float16 weights, linear rope scaling, as many key heads as query heads.
    write(
        "llama-sharded",
        LlamaForCausalLM,
        LlamaConfig(
            hidden_size=32,
            intermediate_size=48,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=2,
            tie_word_embeddings=False,
            rope_parameters={"rope_type": "linear", "rope_theta": 10000.0, "factor": 2.0},
            **common,
        ),
        torch.float16,
        tokenizer,
        jinja_file=False,
        max_shard_size="40KB",
    )


if __name__ == "__main__":
    main()
