"""Small GGUF files, and what trusted peers make of them; and what transformers makes of a real one.

    pip install -r scripts/requirements.txt
    python scripts/golden_gguf.py                     # writes fixtures/gguf/
    python scripts/golden_gguf.py reference FILE OUT  # what transformers computes with a GGUF file, into folder OUT

fixtures/gguf/ has

    blocks.safetensors      <type>.blocks: random blocks, U8; <type>.values: `gguf.quants.dequantize` of them, F32
    llama.gguf, qwen2.gguf  tiny random models of mixed types, with a SentencePiece and a byte-level vocabulary
    <model>.json            token ids of texts (by sentencepiece, by tokenizers), rendered chats (by transformers)
    <model>.safetensors     states of every layer, [L, D], and logits, [V], at the last token of `prompt`, as transformers
                            computes them in float32 with the dequantised weights
    architectures/          checkpoints of fixtures/architectures as GGUF files, with the names of tensors that the gguf package
                            has and the changes that llama.cpp's converter makes, and their states as above
    splits.json             a byte-level vocabulary whose merges cross every boundary, and token ids by kind of pre-tokenizer

Q4_K, Q5_K and Q6_K have no quantizer in Python: their blocks are random bytes with scales of the right size.
"""

import json
import re
import sys
import tempfile
from pathlib import Path

import gguf
import numpy as np
import sentencepiece
import torch
import transformers
from gguf import GGMLQuantizationType as Q
from gguf.quants import dequantize, quantize
from safetensors.numpy import save_file
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures" / "gguf"
SEED = 1729
K_TYPES = {Q.Q4_K: 144, Q.Q5_K: 176, Q.Q6_K: 210}
BLOCK_BYTES = {Q.Q4_0: 18, Q.Q4_1: 20, Q.Q5_0: 22, Q.Q5_1: 24, Q.Q8_0: 34, **K_TYPES}
#: Where the float16 scales of a block stand.
HALVES = {Q.Q4_1: [0, 2], Q.Q5_1: [0, 2], Q.Q4_K: [0, 2], Q.Q5_K: [0, 2], Q.Q6_K: [208]}

TEXTS = [
    "",
    " ",
    "Hello, world!",
    " two  blanks   and\ttabs\n\nlines\r\n  ends  ",
    "It's 12345 o'clock, they'LL say 3.14159 of 1,000,000",
    "naïve café, Straße, ﬁne, Ünïcödé",
    "日本語のテキスト、漢字とかな",
    "Привет, мир! Ελληνικά עברית العربية हिन्दी ไทย",
    "emoji 👩‍👩‍👧 🇩🇪 🙂 and \u200b zero width, e\u0301 decomposed",
    "def f(x):\n    return x**2  # comment\n\n\n",
    "snake_case CamelCase HTTPServer2 x=[1,2,3];//...!!!",
    "<|im_start|>user\nHi<|im_end|>\n<s>[INST] x [/INST]</s><unk>",
    "<end_of_turn>\n<bos><start_of_turn>model\n",
    "\ufeffmark \ufffd \x00 \x1b control",
    "a" * 200 + " " * 30 + "b",
]

CHATS = [
    [{"role": "user", "content": "Good morning!"}],
    [
        {"role": "system", "content": "You are Ada, an engineer.\nYou are in a hurry."},
        {"role": "user", "content": "Well? It's 9:30."},
        {"role": "assistant", "content": " I know, I know. "},
        {"role": "user", "content": "Então vamos — ¡ya!"},
    ],
]

CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
INST = (
    "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'assistant' %}"
    "{{ message['content'] + eos_token }}{% else %}{{ '[INST] ' + message['content'] + ' [/INST]' }}{% endif %}{% endfor %}"
)

CONTRACTIONS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
#: The expressions of the models' own tokenizer.json, by the names of `tokenizer.ggml.pre`.
SPLITS = {
    "llama-bpe": CONTRACTIONS
    + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "qwen2": CONTRACTIONS
    + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "tekken": r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
    r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "gpt-4o": r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
}


def pre_tokenizer(name):
    if name == "gpt-2":
        return pre_tokenizers.ByteLevel(add_prefix_space=False)
    if name == "smollm":
        return pre_tokenizers.Sequence(
            [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
        )
    split = pre_tokenizers.Split(Regex(SPLITS["llama-bpe" if name == "dbrx" else name]), "isolated")
    return pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


#: Names whose pieces stay whole where they are tokens.
WHOLE = {"llama-bpe", "tekken"}


def random_blocks(rng, kind, count, scale):
    """Blocks of random codes whose float16 scales are around `scale`, of both signs where the type has no offset."""
    blocks = rng.integers(0, 256, (count, BLOCK_BYTES[kind]), dtype=np.uint8)
    places = HALVES.get(kind, [0])
    for place in places:
        size = scale * rng.uniform(0.5, 2, count) * (7.5 if place == 2 and kind in K_TYPES else 1)
        sign = rng.choice([-1, 1], count) if len(places) == 1 or (place == 2 and kind not in K_TYPES) else 1
        blocks[:, place : place + 2] = (size * sign).astype(np.float16).view(np.uint8).reshape(count, 2)
    return blocks


def golden_blocks():
    rng = np.random.default_rng(SEED)
    tensors = {}
    for kind in BLOCK_BYTES:
        # From subnormal scales to large ones.
        parts = [random_blocks(rng, kind, 2, scale) for scale in (3e-7, 1e-3, 0.1, 100)]
        # Every float16 that is finite, the negative ones and -0 among them.
        wild = rng.integers(0, 256, (2, BLOCK_BYTES[kind]), dtype=np.uint8)
        for place in HALVES.get(kind, [0]):
            wild[:, place + 1] &= 0xBB
        blocks = np.concatenate([*parts, wild])
        tensors[f"{kind.name}.blocks"] = blocks
        tensors[f"{kind.name}.values"] = dequantize(blocks, kind).reshape(-1)
    save_file(tensors, FIXTURES / "blocks.safetensors")


def stored(rng, kind, shape, spread):
    """What a file holds of a random tensor, and the values that it stands for."""
    if kind in K_TYPES:
        count = int(np.prod(shape)) // 256
        # Codes and 6- or 8-bit scales are even: this gives values of about the right spread.
        scale = spread / {Q.Q4_K: 250, Q.Q5_K: 500, Q.Q6_K: 1300}[kind]
        data = random_blocks(rng, kind, count, scale).reshape(*shape[:-1], -1)
        if kind == Q.Q5_K:
            # Codes of 5 bits are twice as large, and so are their offsets.
            halves = data.reshape(count, -1)[:, 2:4]
            halves[:] = (halves.copy().view(np.float16) * np.float16(2)).view(np.uint8)
        return data, dequantize(data, kind).reshape(shape)
    values = (rng.standard_normal(shape) * spread).astype(np.float32)
    if kind == Q.F32:
        return values, values
    if kind == Q.F16:
        return values.astype(np.float16), values.astype(np.float16).astype(np.float32)
    data = quantize(values, kind)
    return data, dequantize(data, kind).reshape(shape)


def unpermute(values, heads):
    """llama.cpp's order of the rows of q and k back to transformers'."""
    size = values.shape[0] // heads
    return values.reshape(heads, size // 2, 2, *values.shape[1:]).swapaxes(1, 2).reshape(values.shape)


class Model:
    """A GGUF file in the making, and the state dict that it stands for."""

    def __init__(self, path, arch):
        self.writer = gguf.GGUFWriter(path, arch)
        self.rng = np.random.default_rng(SEED)
        self.weights = {}

    def add(self, name, hf_name, kind, shape, spread=None, heads=None):
        if spread is None:
            spread = 1.5 / np.sqrt(shape[-1])
        data, values = stored(self.rng, kind, shape, spread)
        if kind == Q.F32 and len(shape) == 1 and "norm" in name:
            data = values = (1 + self.rng.uniform(-0.5, 0.5, shape)).astype(np.float32)
        raw = None if kind in (Q.F32, Q.F16) else kind
        self.writer.add_tensor(name, data, raw_dtype=raw)
        self.weights[hf_name] = torch.from_numpy((values if heads is None else unpermute(values, heads)).copy())

    def finish(self):
        self.writer.write_header_to_file()
        self.writer.write_kv_data_to_file()
        self.writer.write_tensors_to_file()
        self.writer.close()


def layers(model, config, kinds, permuted):
    """Tensors of all layers; `kinds` holds, for each layer, types by the first letters of a name."""
    d, f = config.hidden_size, config.intermediate_size
    size = config.head_dim
    q, k = config.num_attention_heads, config.num_key_value_heads
    for i, types in enumerate(kinds):
        g, h = f"blk.{i}", f"model.layers.{i}"
        model.add(f"{g}.attn_norm.weight", f"{h}.input_layernorm.weight", Q.F32, [d])
        model.add(f"{g}.ffn_norm.weight", f"{h}.post_attention_layernorm.weight", Q.F32, [d])
        for letter, heads in (("q", q), ("k", k), ("v", k)):
            turned = heads if permuted and letter != "v" else None
            name, hf = f"{g}.attn_{letter}", f"{h}.self_attn.{letter}_proj"
            model.add(f"{name}.weight", f"{hf}.weight", types[letter], [heads * size, d], heads=turned)
            if config.model_type == "qwen2":
                model.add(f"{name}.bias", f"{hf}.bias", Q.F32, [heads * size], 0.5)
        model.add(f"{g}.attn_output.weight", f"{h}.self_attn.o_proj.weight", types["o"], [d, q * size])
        model.add(f"{g}.ffn_gate.weight", f"{h}.mlp.gate_proj.weight", types["g"], [f, d])
        model.add(f"{g}.ffn_up.weight", f"{h}.mlp.up_proj.weight", types["u"], [f, d])
        model.add(f"{g}.ffn_down.weight", f"{h}.mlp.down_proj.weight", types["d"], [d, f])
    model.add("output_norm.weight", "model.norm.weight", Q.F32, [d])


def describe(writer, config):
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_key_length(config.head_dim)
    writer.add_value_length(config.head_dim)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])


@torch.no_grad()
def states(model, prompt):
    """States of every layer and logits at the last token. The model's own last hidden state is normed, hence the hooks."""
    kept = []
    hooks = [
        layer.register_forward_hook(
            lambda _, __, out: kept.append((out[0] if isinstance(out, tuple) else out)[0, -1].float())
        )
        for layer in model.model.layers
    ]
    logits = model(torch.tensor([prompt])).logits[0, -1].float()
    for hook in hooks:
        hook.remove()
    return {"states": torch.stack(kept).numpy(), "logits": logits.numpy()}


def write_golden(name, weights, cls, config, ids, render):
    model = cls(config).float().eval()
    missing, unexpected = model.load_state_dict(weights, strict=False)
    assert not unexpected and all("lm_head" in key for key in missing), (missing, unexpected)
    model.tie_weights()
    rng = np.random.default_rng(SEED + 1)
    prompt = rng.integers(3, config.vocab_size, 41).tolist()
    save_file(states(model, prompt), FIXTURES / f"{name}.safetensors")
    golden = {
        "prompt": prompt,
        "texts": [{"text": text, "ids": ids(text)} for text in TEXTS],
        "chats": [{"messages": chat, "text": render(chat)} for chat in CHATS],
    }
    (FIXTURES / f"{name}.json").write_text(json.dumps(golden, ensure_ascii=False, indent=1) + "\n")


def renderer(template, **tokens):
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer(models.BPE()), chat_template=template, **tokens
    )
    return lambda chat: tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)


def sentencepiece_vocabulary():
    """A small SentencePiece model like Llama 2's: BPE, bytes for what is not known, blanks kept."""
    corpus = [text for text in TEXTS if text.strip() and "\0" not in text] * 20
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "corpus").write_text("\n".join(corpus).replace("\r", " "))
        sentencepiece.SentencePieceTrainer.train(
            input=str(Path(folder, "corpus")),
            model_prefix=str(Path(folder, "spm")),
            model_type="bpe",
            vocab_size=480,
            byte_fallback=True,
            character_coverage=0.98,
            normalization_rule_name="identity",
            remove_extra_whitespaces=False,
            split_digits=True,
            allow_whitespace_only_pieces=True,
            num_threads=1,
            minloglevel=2,
        )
        return sentencepiece.SentencePieceProcessor(model_file=str(Path(folder, "spm.model")))


def add_sentencepiece(writer, spm):
    count = spm.vocab_size()
    kinds = [
        gguf.TokenType.UNKNOWN if spm.is_unknown(i)
        else gguf.TokenType.CONTROL if spm.is_control(i)
        else gguf.TokenType.BYTE if spm.is_byte(i)
        else gguf.TokenType.NORMAL
        for i in range(count)
    ]
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([spm.id_to_piece(i).encode() for i in range(count)])
    writer.add_token_scores([spm.get_score(i) for i in range(count)])
    writer.add_token_types(kinds)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(True)


def golden_llama():
    spm = sentencepiece_vocabulary()
    factors = np.array([1, 1, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 7, 8, 8, 8, 8, 8], dtype=np.float32)
    config = transformers.LlamaConfig(
        vocab_size=spm.vocab_size(),
        hidden_size=256,
        intermediate_size=64,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=32,
        max_position_embeddings=512,
        rms_norm_eps=1e-5,
        tie_word_embeddings=False,
        # transformers has no other name for factors of all pairs; Llama 3's are worked out beforehand in GGUF files.
        rope_parameters={
            "rope_type": "longrope",
            "rope_theta": 10000.0,
            "short_factor": factors.tolist(),
            "long_factor": factors.tolist(),
            "attention_factor": 1.0,
            "original_max_position_embeddings": 512,
        },
    )
    model = Model(FIXTURES / "llama.gguf", "llama")
    describe(model.writer, config)
    model.writer.add_vocab_size(config.vocab_size)
    model.writer.add_rope_dimension_count(config.head_dim)
    model.writer.add_chat_template(INST)
    add_sentencepiece(model.writer, spm)
    model.writer.add_tensor("rope_freqs.weight", factors)
    model.add("token_embd.weight", "model.embed_tokens.weight", Q.Q8_0, [config.vocab_size, 256], 0.5)
    kinds = [
        {"q": Q.Q4_K, "k": Q.Q5_K, "v": Q.Q6_K, "o": Q.Q4_0, "g": Q.Q4_1, "u": Q.Q5_1, "d": Q.Q5_0},
        {"q": Q.Q4_K, "k": Q.Q4_1, "v": Q.Q6_K, "o": Q.Q8_0, "g": Q.Q5_K, "u": Q.Q4_0, "d": Q.Q5_1},
        {"q": Q.Q5_0, "k": Q.Q8_0, "v": Q.Q5_K, "o": Q.Q4_1, "g": Q.Q6_K, "u": Q.Q4_K, "d": Q.Q4_0},
    ]
    layers(model, config, kinds, permuted=True)
    model.add("output.weight", "lm_head.weight", Q.Q6_K, [config.vocab_size, 256])
    model.finish()
    render = renderer(INST, bos_token="<s>", eos_token="</s>")
    # sentencepiece itself finds no control tokens in texts: what stands between them begins anew.
    control = re.compile("(<unk>|<s>|</s>)")
    ids = lambda text: [
        i for part in control.split(text) for i in ([spm.piece_to_id(part)] if control.match(part) else spm.encode(part))
    ]
    write_golden("llama", model.weights, transformers.LlamaForCausalLM, config, ids, render)


def train_bytes(vocabulary, special):
    """A byte-level vocabulary whose merges cross blanks, digits and signs."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    corpus = [text[i : i + 12] for text in TEXTS if "aaaa" not in text for i in range(len(text))]
    tokenizer.train_from_iterator(corpus, trainer)
    parsed = json.loads(tokenizer.to_str())["model"]
    vocab = [token for token, _ in sorted(parsed["vocab"].items(), key=lambda item: item[1])]
    return vocab + special, [tuple(merge) for merge in parsed["merges"]]


def byte_tokenizer(tokens, merges, special, name):
    vocab = {token: i for i, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=merges, ignore_merges=name in WHOLE))
    tokenizer.pre_tokenizer = pre_tokenizer(name)
    tokenizer.decoder = decoders.ByteLevel()
    if name == "qwen2":
        tokenizer.normalizer = normalizers.NFC()
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in special])
    return tokenizer


def golden_qwen2():
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    tokens, merges = train_bytes(380, special)
    config = transformers.Qwen2Config(
        vocab_size=len(tokens) + 1,
        hidden_size=96,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=3,
        num_key_value_heads=1,
        head_dim=32,
        max_position_embeddings=512,
        rms_norm_eps=1e-6,
        tie_word_embeddings=True,
        rope_parameters={
            "rope_type": "yarn",
            "rope_theta": 1000000.0,
            "factor": 4.0,
            "original_max_position_embeddings": 128,
        },
    )
    model = Model(FIXTURES / "qwen2.gguf", "qwen2")
    writer = model.writer
    describe(writer, config)
    writer.add_rope_scaling_type(gguf.RopeScalingType.YARN)
    writer.add_rope_scaling_factor(4.0)
    writer.add_rope_scaling_orig_ctx_len(128)
    writer.add_chat_template(CHATML)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list([*tokens, "[PAD0]"])
    normal, control = gguf.TokenType.NORMAL, gguf.TokenType.CONTROL
    writer.add_token_types([control if token in special else normal for token in tokens] + [gguf.TokenType.UNUSED])
    writer.add_token_merges([f"{a} {b}" for a, b in merges])
    writer.add_eos_token_id(tokens.index("<|im_end|>"))
    writer.add_bos_token_id(tokens.index("<|endoftext|>"))
    writer.add_add_bos_token(False)
    model.add("token_embd.weight", "model.embed_tokens.weight", Q.Q5_0, [config.vocab_size, 96], 0.5)
    kinds = [
        {"q": Q.F16, "k": Q.Q8_0, "v": Q.BF16, "o": Q.Q5_1, "g": Q.F32, "u": Q.Q4_0, "d": Q.Q4_1},
        {"q": Q.Q8_0, "k": Q.F16, "v": Q.Q5_0, "o": Q.BF16, "g": Q.Q4_0, "u": Q.F32, "d": Q.Q8_0},
    ]
    layers(model, config, kinds, permuted=False)
    model.finish()
    tokenizer = byte_tokenizer(tokens, merges, special, "qwen2")
    render = renderer(CHATML, eos_token="<|im_end|>")
    ids = lambda text: tokenizer.encode(text, add_special_tokens=False).ids
    write_golden("qwen2", model.weights, transformers.Qwen2ForCausalLM, config, ids, render)


def golden_splits():
    tokens, merges = train_bytes(700, [])
    ids = {
        name: [byte_tokenizer(tokens, merges, [], name).encode(text).ids for text in TEXTS]
        for name in ("gpt-2", "smollm", "llama-bpe", "dbrx", "qwen2", "tekken", "gpt-4o")
    }
    golden = {"tokens": tokens, "merges": [f"{a} {b}" for a, b in merges], "texts": TEXTS, "ids": ids}
    (FIXTURES / "splits.json").write_text(json.dumps(golden, ensure_ascii=False) + "\n")


#: Checkpoints, GGUF's names of their architectures, and settings that a GGUF file cannot have otherwise.
CHECKPOINTS = {
    "llama-bias-yarn": ("llama", {}),
    "qwen3": ("qwen3", {}),
    "smollm3": ("smollm3", {"no_rope_layers": [1, 1, 1, 0]}),
    "phi-3": ("phi3", {}),
    "phi-4-mini": ("phi3", {}),
    "olmo-2": ("olmo2", {}),
    "gemma-2": ("gemma2", {"query_pre_attn_scalar": 16}),
    "gemma-3": ("gemma3", {"query_pre_attn_scalar": 16}),
}


def permute(values, heads):
    """As llama.cpp's converter does with q and k of llamas."""
    size = values.shape[0] // heads
    return values.reshape(heads, 2, size // 2, *values.shape[1:]).swapaxes(1, 2).reshape(values.shape)


def converted(name, values, arch, config):
    """A tensor as llama.cpp's converter stores it."""
    if arch in ("llama", "smollm3") and ("q_proj" in name or "k_proj" in name):
        heads = config.num_attention_heads if "q_proj" in name else config.num_key_value_heads
        return permute(values, heads)
    return values + 1 if arch.startswith("gemma") and name.endswith("norm.weight") else values


def describe_rotary(writer, arch, config):
    """Scaling, windows and caps by the keys that llama.cpp's converter writes."""
    rope = config.rope_parameters.get("full_attention", config.rope_parameters)
    part = rope.get("partial_rotary_factor", 1.0)
    writer.add_rope_dimension_count(int(config.head_dim * part))
    if rope["rope_type"] in ("linear", "yarn"):
        writer.add_rope_scaling_type(gguf.RopeScalingType(rope["rope_type"]))
        writer.add_rope_scaling_factor(rope["factor"])
    if rope["rope_type"] == "yarn":
        writer.add_rope_scaling_orig_ctx_len(rope["original_max_position_embeddings"])
        writer.add_rope_scaling_yarn_beta_fast(rope["beta_fast"])
        writer.add_rope_scaling_yarn_beta_slow(rope["beta_slow"])
    if rope["rope_type"] == "longrope":
        original = rope["original_max_position_embeddings"]
        factor = config.max_position_embeddings / original
        writer.add_rope_scaling_orig_ctx_len(original)
        writer.add_rope_scaling_attn_factors(float(np.sqrt(1 + np.log(factor) / np.log(original))))
        for length in ("short", "long"):
            values = np.array(rope[f"{length}_factor"], dtype=np.float32)
            writer.add_tensor(f"rope_factors_{length}.weight", values)
    if arch in ("phi3", "gemma2", "gemma3"):
        writer.add_sliding_window(config.sliding_window or 0)
    if arch == "gemma2":
        writer.add_attn_logit_softcapping(config.attn_logit_softcapping)
        writer.add_final_logit_softcapping(config.final_logit_softcapping)
    if arch == "gemma3":
        writer.add_sliding_window_pattern([kind == "sliding_attention" for kind in config.layer_types])


def golden_architecture(checkpoint, arch, changes):
    folder = FIXTURES.parent / "architectures" / checkpoint
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, **changes).eval()
    config = model.config
    out = FIXTURES / "architectures"
    out.mkdir(exist_ok=True)
    writer = gguf.GGUFWriter(out / f"{checkpoint}.gguf", arch)
    rope = config.rope_parameters.get("full_attention", config.rope_parameters)
    config.rope_parameters["rope_theta"] = rope["rope_theta"]
    describe(writer, config)
    describe_rotary(writer, arch, config)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(["t", "0", "t0", *(f"x{i}" for i in range(config.vocab_size - 3))])
    writer.add_token_merges(["t 0"])
    number = next(key for key, value in gguf.MODEL_ARCH_NAMES.items() if value == arch)
    names = gguf.get_tensor_name_map(number, config.num_hidden_layers)
    for name, tensor in model.state_dict().items():
        if name == "lm_head.weight" and config.tie_word_embeddings:
            continue
        values = converted(name, tensor.numpy(), arch, config)
        matrix = values.ndim == 2
        data = quantize(values, Q.BF16) if matrix else values
        writer.add_tensor(names.get_name(name, (".weight", ".bias")), data, raw_dtype=Q.BF16 if matrix else None)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    prompt = json.loads((folder / "golden.json").read_text())["prompt"]
    save_file(states(model, prompt), out / f"{checkpoint}.safetensors")


def reference(file, out):
    """What transformers makes of a GGUF file: its own reading of metadata, tokenizer and weights."""
    file, out = Path(file), Path(out)
    out.mkdir(parents=True, exist_ok=True)
    tokenizer = transformers.AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
    # Saved and read again it is a tokenizer of the model's own class, with its normalizer: Qwen's NFC.
    with tempfile.TemporaryDirectory() as folder:
        tokenizer.save_pretrained(folder)
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForCausalLM.from_pretrained(
        file.parent,
        gguf_file=file.name,
        dtype=torch.float32,
        quantization_config=transformers.GgufConfig(dequantize=True),
    ).eval()
    ids = lambda text: tokenizer.encode(text, add_special_tokens=False)
    chats = []
    if tokenizer.chat_template:
        render = lambda chat: tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
        chats = [{"messages": chat, "text": render(chat), "ids": ids(render(chat))} for chat in CHATS]
    prompt = (chats[1]["ids"] if chats else ids("The two of them sat down. " * 12))[:300]
    save_file(states(model, prompt), out / f"{file.stem}.safetensors")
    texts = [{"text": text, "ids": ids(text)} for text in TEXTS]
    golden = {"prompt": prompt, "texts": texts, "chats": chats}
    (out / f"{file.stem}.json").write_text(json.dumps(golden, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    torch.manual_seed(SEED)
    if sys.argv[1:2] == ["reference"]:
        reference(*sys.argv[2:])
    else:
        FIXTURES.mkdir(parents=True, exist_ok=True)
        golden_blocks()
        golden_splits()
        golden_llama()
        golden_qwen2()
        for checkpoint, (arch, changes) in CHECKPOINTS.items():
            golden_architecture(checkpoint, arch, changes)
