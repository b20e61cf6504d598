"""What transformers makes of chats, of text and of logits: renderings, token ids, probabilities, likelihoods.

    pip install -r scripts/requirements.txt
    python scripts/golden_chat.py            # reads and writes fixtures/chat/

fixtures/chat/templates/*.jinja are our own templates: they write the formats that the models' cards document, and
use the parts of Jinja that their templates use. The tokenizers are trained here on a few sentences of ours, with
the normalizers, pre-tokenizers and decoders of the families that they are named after.
"""

import json
import math
from datetime import datetime
from pathlib import Path

import torch
import transformers.utils.chat_template_utils as chat_templates
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast
from transformers.generation.logits_process import (
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "fixtures" / "chat"

# ---------------------------------------------------------------- templates

SPECIAL = {
    "llama-2": ("<s>", "</s>"),
    "llama-3": ("<|begin_of_text|>", "<|eot_id|>"),
    "llama-3.2": ("<|begin_of_text|>", "<|eot_id|>"),
    "mistral-v0.1": ("<s>", "</s>"),
    "mistral-v0.2": ("<s>", "</s>"),
    "mistral-v0.3": ("<s>", "</s>"),
    "qwen2.5": (None, "<|im_end|>"),
    "qwen3": (None, "<|im_end|>"),
    "gemma-2": ("<bos>", "<eos>"),
    "gemma-3": ("<bos>", "<eos>"),
    "phi-3": ("<s>", "<|endoftext|>"),
    "zephyr": ("<s>", "</s>"),
}


def turn(role, content):
    return {"role": role, "content": content}


CHATS = {
    "one": [turn("user", "You are Mara.\n\nMara:")],
    "three": [turn("user", "Hi there!"), turn("assistant", " Good morning. "), turn("user", "  How much?\n")],
    "system": [turn("system", "You are Tomas: naïve, «kind» & 25.\n"), turn("user", "Tomas:")],
    "long": [
        turn("system", "Be brief."),
        turn("user", "A"),
        turn("assistant", "B — 'b'"),
        turn("user", "C"),
        turn("assistant", "D 😀"),
        turn("user", "E"),
    ],
    "system folded": [turn("user", "You are Tomas: naïve, «kind» & 25.\n\n\nTomas:")],
    "twice": [turn("user", "Hi."), turn("user", "Are you there?")],
    "twice joined": [turn("user", "Hi.\n\nAre you there?")],
    "assistant first": [turn("assistant", "Hello."), turn("user", "Who is there?")],
}


class ThatDay(datetime):
    """Prompts must be the same on every day: ours have this date."""

    @classmethod
    def now(cls):
        return cls(2024, 7, 26)


def render(tokenizer, messages, **variables):
    try:
        return tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True, **variables)
    except Exception:
        return None


def golden_templates():
    chat_templates.datetime = ThatDay
    base = Tokenizer(models.BPE())
    goldens = {}
    for name, (bos, eos) in SPECIAL.items():
        tokenizer = PreTrainedTokenizerFast(tokenizer_object=base, bos_token=bos, eos_token=eos)
        tokenizer.chat_template = (FIXTURES / "templates" / f"{name}.jinja").read_text(encoding="utf-8")
        rendered = {chat: render(tokenizer, messages, enable_thinking=False) for chat, messages in CHATS.items()}
        thinking = render(tokenizer, CHATS["one"], enable_thinking=True)
        goldens[name] = {"bos": bos, "eos": eos, "rendered": rendered, "thinking": thinking}
    return {"chats": CHATS, "templates": goldens}


# ---------------------------------------------------------------- tokenizers

CORPUS = [
    "Mara wants to sell the old boat before winter, and Tomas would like to buy it for less.",
    "They talk about the price, the weather, and who is going to paint the boat: 40, 35 or 25 crowns.",
    "You are Mara. You are talking with Tomas. Say your next line, or LEAVE if you are done.",
    "    if price > 1000:\n        return price\n\n\tThe naïve café on the corner isn't open; we'll see, they've said.",
    "Yes, no, yes! No? Yes. I don't know. It's a boat's life: 12345 days of rain, and 678 of sun.",
] * 3

TEXTS = [
    "You are Mara. You want to sell the boat.\n\nMara:",
    " leading space",
    "  two leading spaces and  two inside",
    "trailing ",
    "",
    " ",
    "   ",
    "\n",
    "\n\n\nlines\n\n and\r\nmore\t\ttabs\n",
    "naïve café — “quoted”… 35€",
    "cafe\u0301 ﬁne Å",
    "😀 boat 👩‍👩‍👧 👍🏽 🇩🇪",
    "日本語のテキスト и русский, العربية",
    "<s>[INST] You are Tomas. [/INST] Yes</s>[INST] And? [/INST]",
    "<s> [INST] spaces [/INST]  Yes </s> <s>",
    "<|user|>\nHello<|end|>\n<|assistant|>\n",
    "<|im_start|>user\nHi!<|im_end|>\n<|im_start|>assistant\n",
    "It's we'll THEY'VE I'm don't 'tis",
    "12345 678 9 1,000.50 x=3",
    "if price > 1000:\n        return price\n    \n",
    "▁underline ▁ <0x0A> <unk> \u00a0nbsp\u3000wide\u200bzero",
    "a\u0000b \ufffd \ufeffbom",
    "Yes",
    " Yes",
    "boat" * 40,
]

LLAMA_3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN = LLAMA_3.replace(r"\p{N}{1,3}", r"\p{N}")


def sentencepiece(name):
    """BPE with byte fallback, blanks written as ▁: trained on whole words, which is all that it takes to differ."""
    words = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True))
    words.pre_tokenizer = pre_tokenizers.Metaspace()
    special = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    trainer = trainers.BpeTrainer(vocab_size=520, special_tokens=special, show_progress=False)
    words.train_from_iterator(CORPUS, trainer)
    trained = json.loads(words.to_str())["model"]
    merges = [tuple(merge) if isinstance(merge, list) else tuple(merge.split(" ")) for merge in trained["merges"]]
    # Runs of blanks, as Llama's and Gemma's vocabularies have.
    for left in ["▁", "▁▁"]:
        trained["vocab"].setdefault(left + left, len(trained["vocab"]))
        merges.append((left, left))
    tokenizer = Tokenizer(
        models.BPE(vocab=trained["vocab"], merges=merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True)
    )
    strip = [decoders.Strip(content=" ", left=1, right=0)]
    if name == "llama-2" or name == "phi-3":
        tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    elif name == "mistral-v0.3":
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="first", split=False)
    else:
        tokenizer.normalizer = normalizers.Replace(" ", "▁")
        tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
        strip = []
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), *strip]
    )
    tokenizer.add_special_tokens(["<unk>", "<s>", "</s>"])
    if name == "phi-3":
        rstrip = [AddedToken(text, rstrip=True, special=True, normalized=False) for text in ["<|user|>", "<|end|>"]]
        tokenizer.add_special_tokens([*rstrip, AddedToken("<|assistant|>", rstrip=True, special=True, normalized=False)])
    if name == "mistral-v0.3":
        tokenizer.add_special_tokens(["[INST]", "[/INST]"])
    if name == "gemma":
        tokenizer.add_tokens([AddedToken("\n\n", normalized=False), AddedToken("\n\n\n", normalized=False)])
    return tokenizer


def byte_level(name):
    tokenizer = Tokenizer(models.BPE(ignore_merges=name == "llama-3"))
    if name == "qwen":
        tokenizer.normalizer = normalizers.NFC()
    split = pre_tokenizers.Split(Regex(LLAMA_3 if name == "llama-3" else QWEN), "isolated")
    level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, level])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=480, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    ends = ["<|begin_of_text|>", "<|eot_id|>"] if name == "llama-3" else ["<|im_start|>", "<|im_end|>"]
    tokenizer.add_special_tokens(ends)
    return tokenizer


def golden_tokenizer(name, build):
    tokenizer = build(name)
    tokenizer.save(str(FIXTURES / "tokenizers" / f"{name}.json"), pretty=False)
    cases = []
    for text in TEXTS:
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        cases.append({"text": text, "ids": ids, "decoded": tokenizer.decode(ids, skip_special_tokens=True)})
    # Any order of tokens, as a model that has not learnt much may say them: bytes that are no UTF-8 among them.
    generator = torch.Generator().manual_seed(11)
    for _ in range(12):
        ids = torch.randint(0, tokenizer.get_vocab_size(), (14,), generator=generator).tolist()
        cases.append({"ids": ids, "decoded": tokenizer.decode(ids, skip_special_tokens=True)})
    return cases


# ---------------------------------------------------------------- sampling

SETTINGS = [
    {"temperature": 1.0},
    {"temperature": 0.7},
    {"temperature": 0.7, "topK": 1},
    {"temperature": 0.7, "topK": 7},
    {"temperature": 1.3, "topK": 300},
    {"temperature": 1.3, "topK": 100000},
    {"temperature": 0.7, "topP": 0.9},
    {"temperature": 1.5, "topP": 0.999},
    {"temperature": 0.7, "topP": 1e-6},
    {"temperature": 1.0, "topP": 1.0},
    {"temperature": 0.9, "minP": 0.05},
    {"temperature": 0.9, "minP": 0.0},
    {"temperature": 0.9, "minP": 1.0},
    {"temperature": 0.8, "repetitionPenalty": 1.3},
    {"temperature": 0.8, "repetitionPenalty": 0.8},
    {"temperature": 0.7, "topK": 40, "topP": 0.95, "minP": 0.02, "repetitionPenalty": 1.1},
    {"temperature": 2.0, "topK": 400, "topP": 0.8, "minP": 0.1, "repetitionPenalty": 1.5},
]


def probabilities(logits, context, settings):
    """softmax in float64 after transformers' processors, in the order of its `generate`."""
    scores = logits.clone()[None]
    ids = torch.tensor([context])
    chain = []
    if "repetitionPenalty" in settings:
        chain.append(RepetitionPenaltyLogitsProcessor(settings["repetitionPenalty"]))
    if settings["temperature"] != 1.0:
        chain.append(TemperatureLogitsWarper(settings["temperature"]))
    if "topK" in settings:
        chain.append(TopKLogitsWarper(settings["topK"]))
    if settings.get("topP", 1.0) < 1.0:
        chain.append(TopPLogitsWarper(settings["topP"]))
    if "minP" in settings:
        chain.append(MinPLogitsWarper(settings["minP"]))
    for processor in chain:
        scores = processor(ids, scores)
    return torch.softmax(scores[0], dim=-1)


def golden_sampling():
    generator = torch.Generator().manual_seed(5)
    cases = []
    for size, scale in [(500, 3.0), (40, 1.0)]:
        # float32 values, processed in float64: the rounding of float32 is not what is compared.
        logits = (scale * torch.randn(size, generator=generator)).round(decimals=4).float()
        context = torch.randint(0, size, (30,), generator=generator).tolist()
        found = []
        for settings in SETTINGS:
            values = probabilities(logits.double(), context, settings)
            kept = values.nonzero()[:, 0].tolist()
            listed = kept if len(kept) < 60 else kept[:: len(kept) // 40]
            found.append(
                {"settings": settings, "kept": len(kept), "tokens": listed, "values": values[listed].tolist()}
            )
        cases.append({"logits": logits.tolist(), "context": context, "found": found})
    return cases


# ---------------------------------------------------------------- likelihoods

PROMPT = "<|begin|><|user|>You are Mara. You want to sell the boat.<|end|><|assistant|>"
CONTINUATIONS = ["Yes", "No", "Yes, I do.", " Yes", "I could do 40.", "I", "It's yours, Tomas!", ""]


def golden_likelihoods(name):
    folder = ROOT / "models" / name
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"))
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    prompt = tokenizer(PROMPT, add_special_tokens=False).input_ids
    results = []
    for text in CONTINUATIONS:
        ids = tokenizer(text, add_special_tokens=False).input_ids
        with torch.no_grad():
            logits = model(torch.tensor([prompt + ids])).logits[0].double()
        places = range(len(prompt) - 1, len(prompt) + len(ids) - 1)
        table = torch.log_softmax(logits, dim=-1)
        total = sum(table[place, token].item() for place, token in zip(places, ids))
        greedy = all(int(logits[place].argmax()) == token for place, token in zip(places, ids))
        results.append({"text": text, "ids": ids, "logProbability": total, "greedy": greedy})
        assert math.isfinite(total)
    best = []
    for _ in range(6):
        with torch.no_grad():
            best.append(int(model(torch.tensor([prompt + best])).logits[0, -1].argmax()))
    return {"prompt": prompt, "continuations": results, "greedy": best}


def write(name, value):
    path = FIXTURES / f"{name}.json"
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    print(path.name, path.stat().st_size)


def main():
    (FIXTURES / "tokenizers").mkdir(parents=True, exist_ok=True)
    write("templates", golden_templates())
    families = [(name, sentencepiece) for name in ["llama-2", "mistral-v0.3", "phi-3", "gemma"]]
    families += [(name, byte_level) for name in ["llama-3", "qwen"]]
    write("tokens", {name: golden_tokenizer(name, build) for name, build in families})
    write("sampling", golden_sampling())
    write("likelihoods", {name: golden_likelihoods(name) for name in ["toy-llama", "toy-mistral"]})


if __name__ == "__main__":
    main()
