"""The chats, templates and tokenizers of golden_variants.py: each uses something that templates or tokenizers may use."""


def turn(role, content):
    return {"role": role, "content": content}


CHATS = {
    "one": [turn("user", "You are Mara.\n\nMara:")],
    "three": [
        turn("user", "  Hi there!\n"),
        turn("assistant", " Good <|im_end|> morning. It's ﬁne, o'clock. "),
        turn("user", "Naïve?  “35€” 😀 {{ x }} {% raw %} 12"),
    ],
    "system": [turn("system", "You are Tomas & «kind»."), turn("user", "Tomas:"), turn("assistant", "Yes — no."), turn("user", "x")],
}

BODY = "{% for m in messages %}{{ m.role }}:{{ m.content }}\n{% endfor %}"


def each(expression):
    return "{% for m in messages %}{{ m.content }}|{{ " + expression + " }};{% endfor %}"


EXPRESSIONS = [
    "m.content.strip('Yx:')",
    "m.content.lstrip(' H')",
    "m.content.rstrip('\\n ')",
    "m.content.find('a')",
    "m.content.find('a', 3, -1)",
    "m.content.rfind(' ')",
    "m.content.count('a')",
    "m.content.count('')",
    "', '.join(m.content.split())",
    "m.content.split(' ', 1)|length",
    "m.content.rsplit(' ', 1)",
    "m.content.rsplit(None, 1)",
    "m.content.partition(':')",
    "m.content.title()",
    "m.content|title",
    "m.content.capitalize() ~ m.content.swapcase()",
    "m.content[::-1]",
    "m.content[-4:-1]",
    "m.content[2:8:2]",
    "m.content[-1] ~ (m.content[200] is defined)",
    "1 < m.content|length <= 20 != 21",
    "loop.cycle('x', 'y') ~ loop.index ~ loop.revindex0 ~ loop.last",
    "loop.previtem.role if loop.previtem is defined else 'none'",
    "loop.nextitem is defined and loop.nextitem.role == 'user'",
    "[true, none, 1.0, 1e20, 1e-7, 3, 'it\\'s', \"q\\\"'\", ('a',), {'k': [1]}]",
    "7 // 2 ~ -7 // 2 ~ -7 % 3 ~ 7 / 2 ~ 2 ** 10 ~ 2 ** -1 ~ 2.5 // 1",
    "(2.5|round) ~ (3.14159|round(2)) ~ (7|round) ~ (1.2|round(0, 'ceil')|int)",
    "'%s is %d and %.2f%%'|format(m.role, 3, 2.5)",
    "'%-8s|%5d|%05.1f' % (m.role, 42, 3.14159)",
    "'{} {1} {name!r:>8}'.format('a', 'b', name='c') if false else '{0} {name:>6} {x:.1f}'.format(m.role, name='c', x=2)",
    "m|tojson",
    "m|tojson(indent=2)",
    "{'b': 1, 'a': [none, true, 1.5], 'ü': 'é\"'}|tojson(sort_keys=true, ensure_ascii=true)",
    "m.items()|list",
    "m.keys() ~ m.values()",
    "m|dictsort|map('first')|join('-')",
    "messages|map(attribute='role')|unique|list",
    "messages|selectattr('role', 'equalto', 'user')|list|length",
    "messages|rejectattr('role', 'in', ['user'])|map(attribute='content')|join('+')",
    "messages|groupby('role')|map('first')|list",
    "range(10)|select('odd')|sum ~ range(3)|list ~ range(5, 1, -2)|list",
    "[3, 1, 2]|sort(reverse=true)|first ~ ['b', 'A']|sort ~ [1, 2, 3]|batch(2)|list",
    "m.content|trim|replace('a', 'b', 1)|upper|wordcount",
    "m.content|truncate(9) ~ m.content|center(30) ~ m.content|indent(2, true)",
    "namespace(a=1).a ~ dict(a=1, b=2) ~ (undefined_name|default('d')) ~ (none|default('e', true))",
    "m.content is string and m is mapping and 3 is number and not 3 is float and m.x is undefined",
    "3 is divisibleby 3 and 4 is even and none is none and true is boolean and 'a' is in ['a']",
    "strftime_now('%-d %j %p %e %U %W %V %y %I:%M %-m|%_d|%^a|%Q|%%')",
    "m.content.startswith(('You', ' ')) ~ m.content.endswith(':') ~ m.content.isdigit() ~ '12'.isdigit() ~ 'É'.isupper()",
    "m.content.splitlines() ~ 'a\\tb'.expandtabs(4) ~ '7'.zfill(3) ~ 'x'.ljust(3, '.') ~ 'Mara'.removeprefix('Ma')",
    "['a', 'b'].index('b') ~ [1, 1].count(1) ~ ('x' in m.content) ~ ('role' in m) ~ (2 not in [1])",
    "'10'|int + '2.7'|float + ('x'|int(5)) + true",
    "m.get('name', 'nobody') ~ m.get('role') ~ m['content']|length ~ m.missing ~ m['items'] is callable",
    "'a' 'b' ~ 0x1f ~ 1_000 ~ 'tab\\tnew\\\\n \\u00e9 \\x41 \\q'",
    "m.content.encode('utf-8')",
    "[].append(1)",
    "m.content.nothing()",
    "undefined_name.attribute",
    "'a' + 1",
    "m.content|escape",
    "m.__class__",
    "messages|select('mapping')|length",
]

STATEMENTS = [
    "{% raw %}{{ not this }}{% endraw %}" + BODY,
    "  {# a comment #}\n  {% set ns = namespace(n=0) %}\n{% for m in messages %}{% set ns.n = ns.n + loop.index %}{{ m.content }}{% endfor %}{{ ns.n }}",
    "{% macro show(m, mark='>') -%}\n  {{ mark }}{{ m.content }}{{ caller() if caller }}\n{%- endmacro %}{% for m in messages %}{% call show(m, mark='*') %}[{{ m.role }}]{% endcall %}{% endfor %}",
    "{% macro all() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ all(1, 2, a=3) }}" + BODY,
    "{% set text %}{% for m in messages %}{{ m.content }}{% endfor %}{% endset %}{{ text|length }}:{{ text }}",
    "{% set text | upper %}{{ messages[0].content }}{% endset %}{{ text }}" + BODY,
    "{% for m in messages if m.role != 'system' %}{{ loop.length }}{{ m.content }}{% else %}none{% endfor %}" + BODY,
    "{% for m in messages %}{% if loop.index0 == 5 %}{% break %}{% elif m.role == 'tool' %}{% continue %}{% endif %}{{ m.content }}{%- if not loop.last %} - {%+ endif %}\n{% endfor %}",
    "{% for key, value in messages[0].items() %}{{ key }}={{ value }}{% endfor %}" + BODY,
    "{% for m in messages recursive %}{{ m.content if m is mapping else m }}{% if m is mapping %}{{ loop([m.role]) }}{% endif %}{% endfor %}",
    "{% with a = 1, b = 2 %}{{ a + b }}{% endwith %}{{ a }}{% filter upper %}x{{ messages[0].role }}{% endfilter %}" + BODY,
    "{% set x = 1 %}{% for m in messages %}{{ x }}{% set x = 2 %}{{ x }}{{ m.content }}{% endfor %}{{ x }}",
    "{% set a, b = 'p', 'q' %}{{ b }}{{ a }}{% block name %}in{% endblock %}{% generation %}g{% endgeneration %}" + BODY,
    "{{- '  kept  ' -}}   \n  {%- if true -%}  \n a {% endif %}\n\n  {% if true %}\n  b\n  {% endif %}\n" + BODY,
    "{{ raise_exception('no system') if messages[0].role == 'system' }}" + BODY,
    "{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set s = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}{% set s = false %}{% endif %}{{ bos_token }}{% for m in loop_messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('alternate') }}{% endif %}{% if loop.index0 == 0 and s != false %}{{ s + '\\n\\n' }}{% endif %}{{ '[INST] ' + m['content'] | trim + ' [/INST]' if m['role'] == 'user' else ' ' ~ m['content'] ~ eos_token }}{% endfor %}",
    "{% include 'x' %}" + BODY,
    "{% for i in range(99999999) %}{% endfor %}" + BODY,
]

TEMPLATES = [each(expression) for expression in EXPRESSIONS] + STATEMENTS

# ---------------------------------------------------------------- tokenizers

SHOWN = "{{ bos_token }}{% for m in messages %}{{ m.content }}{{ eos_token }}{% endfor %}"
MARKED = "{{ bos_token }}|{{ eos_token }}|{{ unk_token }}|{{ sep_token }}|{{ cls_token }}|{{ mask_token }}|{{ turn_token }}" + SHOWN


def case(base, config=None, template=SHOWN, files=None, tokenizer=None, added=None):
    settings = {"tokenizer_class": "TokenizersBackend", "chat_template": template, **(config or {})}
    made = {"base": base, "files": {"tokenizer_config.json": settings, **(files or {})}}
    if tokenizer:
        made["tokenizer"] = tokenizer
    if added:
        made["addedTokens"] = added
    return made


def added(content, number, **flags):
    plain = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False}
    return {"id": number, "content": content, **plain, **flags}


LLAMA = {"bos_token": "<s>", "eos_token": "</s>"}
HEAD = {"bos_token": "<|begin_of_text|>", "eos_token": "<|eot_id|>"}
WORDS = [{"single_word": True}, {"normalized": True}, {"normalized": True, "single_word": True}, {"lstrip": True}, {"rstrip": True}]
WORDS += [{"lstrip": True, "rstrip": True, "special": True}, {"normalized": True, "lstrip": True}, {"special": True, "single_word": True}]

TOKENIZERS = [
    # Tokens that are found in many ways: a word of the chats, each in tokenizers of two kinds.
    *[case("llama-3", HEAD, added=[added("Good", 482, **flags)]) for flags in WORDS],
    *[case("llama-2", LLAMA, added=[added("Mara", 5000, **flags)]) for flags in WORDS],
    # Overlapping ones.
    case("llama-3", HEAD, added=[added("ma", 482), added("Mara", 483), added("ara.", 484, normalized=True)]),
    case("qwen", added=[added("Good <|im", 482, normalized=True), added("You are", 483, special=True), added("are Mara", 484)]),
    # Where bos, eos and others come from.
    case("llama-3", {}, MARKED, {"special_tokens_map.json": {**HEAD, "unk_token": {"content": "!", "lstrip": False}}}),
    case("llama-3", {"bos_token": "<|eot_id|>"}, MARKED, {"special_tokens_map.json": HEAD}),
    case("llama-3", {"bos_token": "<|eot_id|>", "added_tokens_decoder": {}}, MARKED, {"special_tokens_map.json": HEAD}),
    case("llama-3", {**HEAD, "sep_token": "<|eot_id|>", "cls_token": "<|begin_of_text|>", "mask_token": None}, MARKED),
    case("llama-3", {**HEAD, "extra_special_tokens": {"turn_token": "<|eot_id|>"}}, MARKED),
    case("llama-3", {**HEAD, "turn_token": "<|eot_id|>"}, MARKED),
    case("llama-3", {**HEAD, "extra_special_tokens": ["Good", "Tomas"]}, MARKED),
    case("llama-3", {**HEAD, "additional_special_tokens": ["Good", {"content": "Tomas", "__type": "AddedToken"}]}, MARKED),
    case("llama-3", HEAD, MARKED, {"special_tokens_map.json": {"additional_special_tokens": ["Good"]}}),
    case("llama-3", HEAD, MARKED, {"added_tokens.json": {"Good": 483, "Tomas": 482}}),
    case("llama-3", {**HEAD, "added_tokens_decoder": {"482": {"content": "Good", "special": True}, "483": {"content": "Mara"}}}, MARKED),
    case("llama-3", {**HEAD, "bos_token": "Good"}, MARKED),
    case("llama-2", {"tokenizer_class": "LlamaTokenizer"}, MARKED),
    case("llama-2", {"tokenizer_class": "LlamaTokenizerFast", "legacy": True}, MARKED),
    case("llama-2", {"tokenizer_class": "LlamaTokenizerFast", "add_prefix_space": False}, MARKED),
    case("llama-2", {"tokenizer_class": "LlamaTokenizerFast", "bos_token": None}, MARKED),
    case("llama-3", {"tokenizer_class": "LlamaTokenizerFast"}, MARKED),
    case("qwen", {"tokenizer_class": "Qwen2Tokenizer"}, MARKED),
    case("llama-3", {"tokenizer_class": "PreTrainedTokenizerFast", **HEAD}, MARKED),
    case("llama-3", {"tokenizer_class": "NobodysTokenizer", **HEAD}, MARKED),
    # Templates in other places.
    case("llama-3", {**HEAD, "chat_template": None}, files={"chat_template.jinja": "file" + SHOWN}),
    case("llama-3", HEAD, files={"chat_template.jinja": "file" + SHOWN, "additional_chat_templates/rag.jinja": "rag"}),
    case("llama-3", HEAD, files={"additional_chat_templates/default.jinja": "more" + SHOWN}),
    case("llama-3", {**HEAD, "chat_template": [{"name": "default", "template": "a" + SHOWN}, {"name": "rag", "template": "b"}]}),
    # What is no tokenizer.
    case("llama-3", HEAD, tokenizer={"model": {"type": "Oracle"}}),
    case("llama-3", HEAD, tokenizer={"model": {"merges": ["x"]}}),
    case("llama-3", HEAD, tokenizer={"model": {"vocab": None}}),
    # Other normalizers and pre-tokenizers.
    case("llama-3", HEAD, tokenizer={"normalizer": {"type": "Sequence", "normalizers": [{"type": "NFKC"}, {"type": "Lowercase"}]}}),
    case("llama-3", HEAD, tokenizer={"normalizer": {"type": "Lowercase"}}, added=[added("Good", 482, normalized=True)]),
    case("llama-3", HEAD, tokenizer={"normalizer": {"type": "Strip", "strip_left": True, "strip_right": True}}),
    case("llama-3", HEAD, tokenizer={"model": {"ignore_merges": True}}),
]
