"""Trains one embedded model on the corpus of the small world.

    python models/train/train.py CORPUS.jsonl OUT_FOLDER --architecture llama|mistral [--size s|m|l] [--steps N]

One training sequence is one agent's view of a dialogue. It has a trunk (background and the whole dialogue) and one
branch per own turn: the chat template's closing tokens and the reply. A branch attends to the trunk up to its own
opener and to itself, so one forward pass trains all turns of an agent on exactly the prompts that the chat template
makes of them, without repeating the background for each.
"""

import argparse, json, math, random, time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

# Grouped queries in the llamas, a sliding window in the mistrals. The smaller ones are also trained for less long, so
# that six models of two families differ in how well they talk.
SHAPES = {
    "llama": {
        "l": dict(hidden_size=128, layers=6, heads=4, kv_heads=2, head_dim=32, intermediate=352, window=None, seed=1,
                  steps=4000),
        "m": dict(hidden_size=112, layers=5, heads=4, kv_heads=2, head_dim=32, intermediate=320, window=None, seed=3,
                  steps=2000),
        "s": dict(hidden_size=96, layers=3, heads=4, kv_heads=2, head_dim=32, intermediate=256, window=None, seed=4,
                  steps=1000),
    },
    "mistral": {
        "l": dict(hidden_size=128, layers=6, heads=4, kv_heads=4, head_dim=32, intermediate=384, window=384, seed=2,
                  steps=4000),
        "m": dict(hidden_size=112, layers=5, heads=4, kv_heads=4, head_dim=32, intermediate=320, window=384, seed=5,
                  steps=1500),
        "s": dict(hidden_size=96, layers=4, heads=4, kv_heads=4, head_dim=32, intermediate=256, window=384, seed=6,
                  steps=1300),
    },
}
ROPE_THETA = 1000000.0
CHAT = {
    "llama": dict(bos="<|begin|>", before="<|user|>", after="<|end|><|assistant|>", eos="<|end|>",
                  template="{{ bos_token }}{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}"
                           "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"),
    "mistral": dict(bos="<s>", before="[INST]", after="[/INST]", eos="</s>",
                    template="{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}{{ '[INST]' + message['content'] + '[/INST]' }}"
                             "{% elif message['role'] == 'assistant' %}{{ message['content'] + eos_token }}"
                             "{% else %}{{ raise_exception('Only user and assistant roles are supported') }}{% endif %}{% endfor %}"),
}
SPECIAL = {"llama": ["<|begin|>", "<|end|>", "<|user|>", "<|assistant|>", "<|system|>"],
           "mistral": ["<s>", "</s>", "[INST]", "[/INST]"]}
VOCAB = 1536
MAX_LENGTH = 768
CONTEXT = 8192
COPYING = 160  # steps at the start that train nothing but copying


def train_tokenizer(entries, architecture):
    """Byte-level BPE; a number of up to three digits is one piece, so that prices can be copied whole."""
    tokenizer = Tokenizer(models.BPE())
    pattern = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}{1,3}| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(pattern), behavior="isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=VOCAB, special_tokens=SPECIAL[architecture], show_progress=False,
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    texts = (entry["prompt"] + "\n" + "\n".join(f"{entry['own']}: {line['text']}" for line in entry["lines"])
             for entry in entries[:6000])
    tokenizer.train_from_iterator(list(texts), trainer)
    return tokenizer


class Encoded:
    """Token ids, positions, per-token weights and the mask's ingredients of one sequence."""

    def __init__(self, entry, tokenizer, chat):
        ids_of = lambda text: tokenizer.encode(text, add_special_tokens=False).ids
        trunk = [tokenizer.token_to_id(chat["bos"]), *ids_of(chat["before"]), *ids_of(entry["prompt"] + "\n")]
        weights = [0.15] * len(trunk)
        branches = []
        closing = ids_of(chat["after"])
        eos = tokenizer.token_to_id(chat["eos"])
        for line in entry["lines"]:
            opener = ids_of(f"\n{entry['own' if line['own'] else 'partner']}:")
            reply = ids_of(f" {line['text']}")
            trunk += opener
            weights += [0.3] * len(opener)
            if line["own"]:
                branches.append((len(trunk), closing, [*reply, eos]))
            trunk += reply
            weights += [0.5] * len(reply)
        self.trunk, self.branches = len(trunk), []
        ids, positions = list(trunk), list(range(len(trunk)))
        for at, closing, reply in branches:
            start = len(ids)
            ids += closing + reply
            positions += range(at, at + len(closing) + len(reply))
            # The weight of token i is that of predicting it from what stands before it; a branch's first token
            # has no predecessor within the branch and none of the template's tokens needs to be learnt.
            weights += [0.0] * len(closing) + [1.0] * len(reply)
            self.branches.append((start, len(ids), at))
        weights[self.trunk:self.trunk + 1] = [0.0]
        self.ids, self.positions, self.weights = ids, positions, weights


class Repeats:
    """Random tokens, said again and again: the quickest way to learn to copy what stands in the context."""

    def __init__(self, rng, vocab, length):
        piece = [rng.randrange(10, vocab) for _ in range(rng.randrange(4, 60))]
        self.ids = (piece * (length // len(piece) + 1))[:length]
        self.positions = list(range(length))
        self.weights = [0.0] * len(piece) + [0.5] * (length - len(piece))
        self.trunk, self.branches = length, []


def batch_of(items, window):
    size = max(len(item.ids) for item in items)
    ids = torch.zeros(len(items), size, dtype=torch.long)
    positions = torch.zeros(len(items), size, dtype=torch.long)
    weights = torch.zeros(len(items), size)
    mask = torch.zeros(len(items), size, size, dtype=torch.bool)
    for row, item in enumerate(items):
        n = len(item.ids)
        ids[row, :n] = torch.tensor(item.ids)
        positions[row, :n] = torch.tensor(item.positions)
        weights[row, :n] = torch.tensor(item.weights)
        mask[row, :item.trunk, :item.trunk] = True
        for start, end, at in item.branches:
            mask[row, start:end, :at] = True
            mask[row, start:end, start:end] = True
    distance = positions[:, :, None] - positions[:, None, :]
    mask &= distance >= 0
    if window is not None:
        mask &= distance < window
    mask |= torch.eye(size, dtype=torch.bool)
    return ids, positions, weights, torch.zeros(mask.shape).masked_fill(~mask, -1e4)[:, None]


class Block(torch.nn.Module):
    def __init__(self, shape):
        super().__init__()
        d, linear = shape["hidden_size"], lambda i, o: torch.nn.Linear(i, o, bias=False)
        self.shape = shape
        self.input_layernorm = torch.nn.RMSNorm(d, eps=1e-5)
        self.post_attention_layernorm = torch.nn.RMSNorm(d, eps=1e-5)
        self.self_attn = torch.nn.ModuleDict(dict(
            q_proj=linear(d, shape["heads"] * shape["head_dim"]), k_proj=linear(d, shape["kv_heads"] * shape["head_dim"]),
            v_proj=linear(d, shape["kv_heads"] * shape["head_dim"]), o_proj=linear(shape["heads"] * shape["head_dim"], d)))
        self.mlp = torch.nn.ModuleDict(dict(
            gate_proj=linear(d, shape["intermediate"]), up_proj=linear(d, shape["intermediate"]),
            down_proj=linear(shape["intermediate"], d)))

    def forward(self, x, cos, sin, mask):
        b, s, _ = x.shape
        h = self.input_layernorm(x)
        split = lambda t: t.view(b, s, -1, self.shape["head_dim"]).transpose(1, 2)
        q, k, v = (split(self.self_attn[name](h)) for name in ("q_proj", "k_proj", "v_proj"))
        rotate = lambda t: t * cos + torch.cat((-t[..., t.shape[-1] // 2:], t[..., :t.shape[-1] // 2]), -1) * sin
        groups = self.shape["heads"] // self.shape["kv_heads"]
        q, k, v = rotate(q), rotate(k).repeat_interleave(groups, 1), v.repeat_interleave(groups, 1)
        # Written out: on a CPU this is three times as fast as the fused attention with a mask.
        scores = (q.to(v.dtype) @ k.to(v.dtype).transpose(2, 3)) * self.shape["head_dim"] ** -0.5 + mask
        a = scores.softmax(-1).to(v.dtype) @ v
        x = x + self.self_attn["o_proj"](a.transpose(1, 2).reshape(b, s, -1))
        h = self.post_attention_layernorm(x)
        return x + self.mlp["down_proj"](F.silu(self.mlp["gate_proj"](h)) * self.mlp["up_proj"](h))


class Model(torch.nn.Module):
    def __init__(self, shape, vocab):
        super().__init__()
        self.shape = shape
        self.embed_tokens = torch.nn.Embedding(vocab, shape["hidden_size"])
        self.layers = torch.nn.ModuleList(Block(shape) for _ in range(shape["layers"]))
        self.norm = torch.nn.RMSNorm(shape["hidden_size"], eps=1e-5)
        self.initialise()

    def initialise(self):
        """Ordinary random weights, but for an induction circuit in the first two layers: head 0 of the first looks at
        the token before and notes what it was; heads of the second look for places that follow the token they stand
        on and pass on what stood there. A model of this size, trained for an hour, does not find out by itself that
        words can be copied; that the names and prices of a prompt matter is what it should spend the hour on."""
        shape, d = self.shape, self.shape["hidden_size"]
        H, groups = shape["head_dim"], shape["heads"] // shape["kv_heads"]
        half, identity = H // 2, slice(1, d - H)
        scratch = slice(d - H, d)  # where the first layer notes the token before
        with torch.no_grad():
            torch.nn.init.normal_(self.embed_tokens.weight, std=0.1)
            self.embed_tokens.weight[:, 0] = 0.5  # a constant, for what depends on position alone
            self.embed_tokens.weight[:, scratch] = 0
            for layer in self.layers:
                for name, parameter in layer.named_parameters():
                    if parameter.dim() == 2:
                        adds = "down_proj" in name or "o_proj" in name
                        torch.nn.init.normal_(parameter, std=0.02 if adds else parameter.shape[1] ** -0.5)
            project = torch.linalg.qr(torch.randn(d - H - 1, d - H - 1))[0]
            frequencies = ROPE_THETA ** (-torch.arange(half) / half)
            first, second = (layer.self_attn for layer in self.layers[:2])
            # The rotations of query and key cancel at distance 1.
            for q in range(groups):
                first["q_proj"].weight[q * H:(q + 1) * H] = 0
                first["q_proj"].weight[q * H:q * H + half, 0] = 1.3
            first["k_proj"].weight[:H] = 0
            first["k_proj"].weight[:half, 0] = 1.3 * frequencies.cos()
            first["k_proj"].weight[half:H, 0] = 1.3 * frequencies.sin()
            first["v_proj"].weight[:H] = 0
            first["v_proj"].weight[:H, identity] = project[:H]
            first["o_proj"].weight[:, :groups * H] = 0
            first["o_proj"].weight[scratch, :H] = 0.1 * torch.eye(H)
            # Slow rotations only: the match must not depend on the distance.
            slow = torch.cat((frequencies, frequencies)) < 0.01
            for kv in range(2):
                q, k = kv * groups * H, kv * H
                keep = torch.diag(slow.float()) * 1.8
                second["k_proj"].weight[k:k + H] = 0
                second["k_proj"].weight[k:k + H, scratch] = keep
                second["q_proj"].weight[q:q + H] = 0
                second["q_proj"].weight[q:q + H, identity] = keep @ project[:H]
                part = project[kv * H:(kv + 1) * H]
                second["v_proj"].weight[k:k + H] = 0
                second["v_proj"].weight[k:k + len(part), identity] = part
                second["o_proj"].weight[:, q:q + H] = 0
                second["o_proj"].weight[identity, q:q + len(part)] = 0.3 * part.T

    def forward(self, ids, positions, mask):
        half = self.shape["head_dim"] // 2
        frequencies = ROPE_THETA ** (-torch.arange(half) / half)
        angles = positions[:, None, :, None] * frequencies
        angles = torch.cat((angles, angles), -1)
        cos, sin = angles.cos(), angles.sin()
        x = self.embed_tokens(ids)
        for layer in self.layers:
            x = layer(x, cos, sin, mask)
        return self.norm(x)


def loss_of(model, batch):
    ids, positions, weights, mask = batch
    hidden = model(ids, positions, mask)[:, :-1]
    target, weight = ids[:, 1:], weights[:, 1:]
    chosen = weight > 0
    logits = hidden[chosen] @ model.embed_tokens.weight.T
    losses = F.cross_entropy(logits.float(), target[chosen], reduction="none")
    w = weight[chosen]
    return (losses * w).sum() / w.sum(), losses[w == 1.0].mean().item()


def save(model, tokenizer, folder, architecture):
    folder.mkdir(parents=True, exist_ok=True)
    shape, chat = model.shape, CHAT[architecture]
    tensors = {f"model.{key}": value.detach().to(torch.bfloat16).contiguous() for key, value in model.state_dict().items()}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    id_of = tokenizer.token_to_id
    config = {
        "architectures": ["LlamaForCausalLM" if architecture == "llama" else "MistralForCausalLM"],
        "model_type": architecture, "hidden_size": shape["hidden_size"], "intermediate_size": shape["intermediate"],
        "num_hidden_layers": shape["layers"], "num_attention_heads": shape["heads"],
        "num_key_value_heads": shape["kv_heads"], "head_dim": shape["head_dim"], "hidden_act": "silu",
        "rms_norm_eps": 1e-5, "rope_theta": ROPE_THETA, "vocab_size": tokenizer.get_vocab_size(),
        "max_position_embeddings": CONTEXT, "tie_word_embeddings": True, "attention_bias": False,
        "bos_token_id": id_of(chat["bos"]), "eos_token_id": id_of(chat["eos"]), "torch_dtype": "bfloat16",
        **({"sliding_window": shape["window"]} if architecture == "mistral" else {}),
        "interbrain": {"toy": True},
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({
        "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": chat["bos"], "eos_token": chat["eos"],
        "model_max_length": CONTEXT, "clean_up_tokenization_spaces": False, "chat_template": chat["template"],
    }, indent=2) + "\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--architecture", choices=SHAPES, required=True)
    parser.add_argument("--size", choices=["s", "m", "l"], default="l")
    parser.add_argument("--steps", type=int, help="as many as the shape names unless told otherwise")
    parser.add_argument("--bf16", action="store_true",
                        help="multiply in bfloat16: faster on a processor that can, many times slower on others")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch-tokens", type=int, default=3072)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    shape = SHAPES[options.architecture][options.size]
    steps = options.steps or shape["steps"]
    torch.manual_seed(shape["seed"])
    rng = random.Random(shape["seed"])
    entries = [json.loads(line) for line in options.corpus.open()]
    tokenizer = train_tokenizer(entries, options.architecture)
    chat = CHAT[options.architecture]
    held_out = [Encoded(entry, tokenizer, chat) for entry in entries[-100:]]
    entries = entries[:-100]
    model = Model(shape, tokenizer.get_vocab_size())
    decay = [p for p in model.parameters() if p.dim() == 2]
    rest = [p for p in model.parameters() if p.dim() != 2]
    optimizer = torch.optim.AdamW([{"params": decay, "weight_decay": 0.05}, {"params": rest, "weight_decay": 0.0}],
                                  lr=0, betas=(0.9, 0.98))
    print(f"{sum(p.numel() for p in model.parameters())} parameters, vocabulary {tokenizer.get_vocab_size()}, "
          f"median length {int(np.median([len(item.ids) for item in held_out]))}", flush=True)
    curve = (options.out / "training.csv")
    options.out.mkdir(parents=True, exist_ok=True)
    curve.write_text("step,tokens,minutes,loss,held_out_reply_loss\n")
    start, step, tokens, peak = time.time(), 0, 0, 2.5e-3
    pool = []
    while step < steps:
        if len(pool) < 64:
            pool += [entries[rng.randrange(len(entries))] for _ in range(512)]
            pool = [item if isinstance(item, Encoded) else Encoded(item, tokenizer, chat) for item in pool]
            pool = sorted((item for item in pool if len(item.ids) <= MAX_LENGTH), key=lambda item: len(item.ids))
        size = max(1, options.batch_tokens // len(pool[-1].ids))
        first = rng.randrange(max(1, len(pool) - size))
        items = pool[first:first + size]
        del pool[first:first + size]
        if step < COPYING:
            items = [Repeats(rng, tokenizer.get_vocab_size(), 128) for _ in range(24)]
        elif step % 5 == 0:
            items.append(Repeats(rng, tokenizer.get_vocab_size(), len(items[-1].ids)))
        cosine = 0.5 * (1 + math.cos(math.pi * step / steps))
        rate = peak * min(1, (step + 1) / 100) * (0.02 + 0.98 * cosine)
        for group in optimizer.param_groups:
            group["lr"] = rate
        with torch.autocast("cpu", torch.bfloat16, enabled=options.bf16):
            loss, _ = loss_of(model, batch_of(items, shape["window"]))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step += 1
        tokens += sum(len(item.ids) for item in items)
        if step % 200 == 0 or step == steps:
            elapsed = (time.time() - start) / 60
            with torch.no_grad():
                held = np.mean([loss_of(model, batch_of(held_out[i:i + 10], shape["window"]))[1] for i in range(0, 100, 10)])
            line = f"{step},{tokens},{elapsed:.1f},{loss.item():.4f},{held:.4f}"
            print(line, flush=True)
            with curve.open("a") as file:
                file.write(line + "\n")
            save(model, tokenizer, options.out, options.architecture)
    save(model, tokenizer, options.out, options.architecture)


if __name__ == "__main__":
    main()
