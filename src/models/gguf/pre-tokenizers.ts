// How text is cut before its bytes are merged, by the name in `tokenizer.ggml.pre`. The regular expressions are those of
// the models' own tokenizer.json; the names stand in llama.cpp's src/llama-vocab.cpp, for files that its converter knew.

import type { JsonObject } from '../json-file.ts';

interface PreTokenizer {
  readonly names: readonly string[];
  readonly steps: readonly JsonObject[];
  /** A piece that is a token is left whole, whatever its merges are. */
  readonly wholeTokens: boolean;
  /** Text is brought into Unicode's form C first, as the models' own tokenizer.json has it. */
  readonly composes?: true;
}

const split = (pattern: string): JsonObject => ({
  type: 'Split',
  pattern: { Regex: pattern },
  behavior: 'Isolated',
  invert: false,
});

/** `gpt2Split`: whether GPT-2's own expression cuts what is left. */
const byteLevel = (gpt2Split: boolean): JsonObject => ({
  type: 'ByteLevel',
  add_prefix_space: false,
  trim_offsets: true,
  use_regex: gpt2Split,
});

const CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const WORD = '[^\\r\\n\\p{L}\\p{N}]?\\p{L}+';
const BLANKS = '\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';
const SIGNS = ' ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*';
const UPPER = '[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]';
const LOWER = '[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]';
const BEFORE = '[^\\r\\n\\p{L}\\p{N}]?';
const SIGNS_SLASH = ' ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*';

/** Words by upper and lower case, with `end` behind each. */
const cased = (end: string) => `${BEFORE}${UPPER}*${LOWER}+${end}|${BEFORE}${UPPER}+${LOWER}*${end}`;

const THREE_DIGITS = split(`${CONTRACTIONS}|${WORD}|\\p{N}{1,3}|${SIGNS}|${BLANKS}`);

const ONE_DIGIT = split(`${CONTRACTIONS}|${WORD}|\\p{N}|${SIGNS}|${BLANKS}`);

const PRE_TOKENIZERS: readonly PreTokenizer[] = [
  {
    names: ['gpt-2', 'phi-2', 'mpt', 'olmo', 'jais', 'trillion', 'granite-docling', 'exaone4'],
    steps: [byteLevel(true)],
    wholeTokens: false,
  },
  {
    names: ['smollm', 'starcoder', 'refact', 'command-r', 'codeshell', 'exaone', 'minerva-7b'],
    steps: [split('\\p{N}'), byteLevel(true)],
    wholeTokens: false,
  },
  {
    names: ['llama-bpe', 'llama3', 'llama-v3', 'falcon3', 'pixtral', 'lfm2'],
    steps: [THREE_DIGITS, byteLevel(false)],
    wholeTokens: true,
  },
  {
    names: ['dbrx', 'smaug-bpe', 'glm4', 'chatglm-bpe'],
    steps: [THREE_DIGITS, byteLevel(false)],
    wholeTokens: false,
  },
  {
    names: ['qwen2'],
    steps: [ONE_DIGIT, byteLevel(false)],
    wholeTokens: false,
    composes: true,
  },
  {
    names: ['deepseek-r1-qwen'],
    steps: [ONE_DIGIT, byteLevel(false)],
    wholeTokens: false,
  },
  {
    names: ['tekken'],
    steps: [split(`${cased('')}|\\p{N}|${SIGNS_SLASH}|${BLANKS}`), byteLevel(false)],
    wholeTokens: true,
  },
  {
    names: ['gpt-4o', 'llama4'],
    steps: [split(`${cased(`${CONTRACTIONS}?`)}|\\p{N}{1,3}|${SIGNS_SLASH}|${BLANKS}`), byteLevel(false)],
    wholeTokens: false,
  },
];

/** The names that are known. */
export const PRE_TOKENIZER_NAMES: readonly string[] = PRE_TOKENIZERS.flatMap(({ names }) => names);

/** @returns undefined for a name that is not known */
export function findPreTokenizer(name: string): Omit<PreTokenizer, 'names'> | undefined {
  return PRE_TOKENIZERS.find(({ names }) => names.includes(name));
}
