// What transformers 5 takes from a tokenizer's class. Which class that is, tokenizer_config.json says, and for some models
// the model itself. A class has defaults for special tokens; and some classes take no more than the vocabulary and the
// merges of tokenizer.json, and do all else in their own way (their `__init__` in models/*/tokenization_*.py).

import { isJsonObject, type JsonObject } from './json-file.ts';

/** Classes without a tokenizer of their own, which have no defaults. */
const GENERIC = ['TokenizersBackend', 'PreTrainedTokenizerFast', 'PreTrainedTokenizer'];

/** The class that transformers has for a supported model; where there is none, tokenizer_config.json is believed. */
const CLASS_OF_MODEL: Readonly<Record<string, string>> = {
  mistral: 'TokenizersBackend',
  qwen2: 'Qwen2Tokenizer',
  qwen3: 'Qwen2Tokenizer',
  phi3: 'TokenizersBackend',
  olmo2: 'TokenizersBackend',
  gemma2: 'GemmaTokenizer',
  gemma3_text: 'GemmaTokenizer',
};
/** Models of which tokenizer_config.json is known to name the wrong class. */
const NOT_BELIEVED = ['qwen2', 'phi3'];

/** What decides the class. */
export interface ClassSources {
  /** Parsed tokenizer.json and tokenizer_config.json. */
  readonly tokenizer: JsonObject;
  readonly tokenizerConfig: JsonObject;
  /** `model_type` and `tokenizer_class` of config.json. */
  readonly modelType?: string | undefined;
  readonly modelTokenizerClass?: string | undefined;
}

/** The name of the class, without `Fast`; empty for one that has nothing of its own. */
export function tokenizerClass(sources: ClassSources): string {
  const { tokenizer, tokenizerConfig, modelType = '', modelTokenizerClass } = sources;
  const given = tokenizerConfig['tokenizer_class'] ?? modelTokenizerClass;
  const declared = typeof given === 'string' ? given.replace(/Fast$/, '') : undefined;
  const registered = Object.hasOwn(CLASS_OF_MODEL, modelType) ? CLASS_OF_MODEL[modelType] : undefined;
  // Llama 3's tokenizer is none of SentencePiece, whatever is said of it.
  if (declared === 'LlamaTokenizer' && !NOT_BELIEVED.includes(modelType) && isByteLevel(tokenizer)) return '';
  if (registered === undefined) return declared ?? '';
  if (declared === undefined || declared === registered) return registered;
  if (GENERIC.includes(registered)) return '';
  if (NOT_BELIEVED.includes(modelType)) return registered;
  return declared;
}

function isByteLevel(tokenizer: JsonObject): boolean {
  return [tokenizer['pre_tokenizer'], tokenizer['decoder']].some((part) =>
    JSON.stringify(part ?? null).includes('"type":"ByteLevel"'),
  );
}

const angle = { bos_token: '<s>', eos_token: '</s>', unk_token: '<unk>' };
const endOfText = '<|endoftext|>';
const gpt2 = { bos_token: endOfText, eos_token: endOfText, unk_token: endOfText };
const qwen = { eos_token: endOfText, unk_token: endOfText, pad_token: endOfText };

/** Special tokens of classes that checkpoints of the supported models name. */
const DEFAULTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  LlamaTokenizer: angle,
  CodeLlamaTokenizer: angle,
  GemmaTokenizer: {
    ...{ bos_token: '<bos>', eos_token: '<eos>', unk_token: '<unk>' },
    ...{ pad_token: '<pad>', mask_token: '<mask>' },
  },
  Qwen2Tokenizer: qwen,
  Qwen3_5Tokenizer: qwen,
  GPT2Tokenizer: gpt2,
  GPTNeoXTokenizer: { ...gpt2, pad_token: '<|padding|>' },
  CohereTokenizer: {
    ...{ bos_token: '<BOS_TOKEN>', eos_token: '<|END_OF_TURN_TOKEN|>', unk_token: '<UNK>' },
    ...{ sep_token: '<SEP>', pad_token: '<PAD>', cls_token: '<CLS>', mask_token: '<MASK_TOKEN>' },
  },
  T5Tokenizer: { eos_token: '</s>', unk_token: '<unk>', pad_token: '<pad>' },
  XGLMTokenizer: { ...angle, sep_token: '</s>', pad_token: '<pad>', cls_token: '<s>' },
};

/** The special tokens that a class has where no file names others. */
export function classDefaults(name: string): Readonly<Record<string, string>> {
  return (Object.hasOwn(DEFAULTS, name) ? DEFAULTS[name] : undefined) ?? {};
}

const QWEN_WORDS =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const BYTES_TO_TEXT = { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true };
const blankMark = (start: number) => ({
  type: 'Sequence',
  decoders: [
    { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
    { type: 'ByteFallback' },
    { type: 'Fuse' },
    ...(start > 0 ? [{ type: 'Strip', content: ' ', start, stop: 0 }] : []),
  ],
});

/** What a class makes of the vocabulary, in the terms of tokenizer.json. */
type Recipe = (settings: JsonObject) => JsonObject & { readonly model: JsonObject };

const RECIPES: Readonly<Record<string, Recipe>> = {
  LlamaTokenizer(settings) {
    const prefix = (settings['add_prefix_space'] ?? true) !== false;
    const scheme = settings['legacy'] === true ? 'always' : 'first';
    return {
      normalizer: null,
      pre_tokenizer: {
        ...{ type: 'Metaspace', replacement: '▁', split: false },
        prepend_scheme: prefix ? scheme : 'never',
      },
      decoder: blankMark(prefix ? 1 : 0),
      model: { fuse_unk: true, byte_fallback: true, unk_token: null },
    };
  },
  GemmaTokenizer: (settings) => ({
    normalizer: { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
    pre_tokenizer: { type: 'Split', pattern: { String: ' ' }, behavior: 'MergedWithPrevious', invert: false },
    decoder: blankMark(0),
    model: { fuse_unk: true, byte_fallback: true, unk_token: textOf(settings['unk_token']) ?? '<unk>' },
  }),
  Qwen2Tokenizer: (settings) => ({
    normalizer: { type: 'NFC' },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: QWEN_WORDS }, behavior: 'Isolated', invert: false },
        { ...BYTES_TO_TEXT, add_prefix_space: settings['add_prefix_space'] === true, use_regex: false },
      ],
    },
    decoder: BYTES_TO_TEXT,
    model: { fuse_unk: false, byte_fallback: false, unk_token: null },
  }),
  GPT2Tokenizer: (settings) => ({
    normalizer: null,
    pre_tokenizer: { ...BYTES_TO_TEXT, add_prefix_space: settings['add_prefix_space'] === true },
    decoder: BYTES_TO_TEXT,
    model: { fuse_unk: false, byte_fallback: false, unk_token: null },
  }),
};

function textOf(token: unknown): string | undefined {
  if (isJsonObject(token)) return textOf(token['content']);
  return typeof token === 'string' ? token : undefined;
}

/** tokenizer.json as its class rebuilds it; as it is, for a class that reads all of it. */
export function rebuiltTokenizer(sources: ClassSources): JsonObject {
  const { tokenizer, tokenizerConfig } = sources;
  const name = tokenizerClass(sources);
  const recipe = Object.hasOwn(RECIPES, name) ? RECIPES[name] : undefined;
  const { model } = tokenizer;
  if (recipe === undefined || !isJsonObject(model) || !('merges' in model)) return tokenizer;
  const made = recipe(tokenizerConfig);
  const { vocab, merges } = model;
  return { ...tokenizer, ...made, model: { type: 'BPE', vocab, merges, ...made.model } };
}
