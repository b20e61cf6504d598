// Tokenizers of GGUF files: models.test.ts has whole ones; here is how text is cut, and what is refused.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ModelMismatch } from '../../errors.ts';
import { createTokenizer } from '../tokenizer.ts';
import type { GgufHeader, MetadataValue } from './header.ts';
import { mergesOf } from './merges.ts';
import { ggufTokenizer } from './tokenizer.ts';

interface Splits {
  readonly tokens: readonly string[];
  readonly merges: readonly string[];
  readonly texts: readonly string[];
  readonly ids: Readonly<Record<string, readonly (readonly number[])[]>>;
}

const path = join(import.meta.dirname, '../../../fixtures/gguf/splits.json');
const splits: Splits = JSON.parse(await readFile(path, 'utf8'));

const header = (tokenizer: Readonly<Record<string, MetadataValue>>): GgufHeader => ({
  path: 'model.gguf',
  tensors: new Map(),
  metadata: new Map([
    ...Object.entries(tokenizer).map(([key, value]) => [`tokenizer.ggml.${key}`, value] as const),
    ['tokenizer.chat_template', '{% for message in messages %}{{ message.content }}{% endfor %}'],
  ]),
});

const bytes = (pre: string) => ({ model: 'gpt2', pre, tokens: splits.tokens, merges: splits.merges });

it.each(Object.keys(splits.ids))('cuts text as tokenizers does for %s', (pre) => {
  const tokenizer = createTokenizer(ggufTokenizer(header(bytes(pre)), 'llama'));
  splits.texts.forEach((text, i) => {
    expect([text, tokenizer.encode(text)]).toEqual([text, splits.ids[pre]![i]]);
  });
});

it('knows kinds of cutting that differ', () => {
  const different = new Set(Object.values(splits.ids).map((ids) => JSON.stringify(ids)));
  expect(different.size).toBeGreaterThanOrEqual(5);
});

const TOKENS = [
  '<unk>',
  '<s>',
  '</s>',
  '<0x41>',
  '\u2581',
  'a',
  'b',
  'ab',
  '\u2581ab',
  '<|user|>',
  'two words',
];
const TYPES = [2, 3, 3, 6, 1, 1, 1, 1, 1, 3, 4];
const SCORES = TOKENS.map((_, id) => -id);
const pieces = { model: 'llama', tokens: TOKENS, token_type: TYPES, scores: SCORES };

describe('SentencePiece', () => {
  it('puts a blank before a text unless it is told not to, and finds special and user-defined tokens', () => {
    const encode = (more: object, text: string, architecture = 'llama') =>
      createTokenizer(ggufTokenizer(header({ ...pieces, ...more }), architecture)).encode(text);
    expect(encode({}, 'ab')).toEqual([8]);
    expect(encode({ add_space_prefix: false }, 'ab')).toEqual([7]);
    expect(encode({ add_space_prefix: false }, 'abtwo wordsab')).toEqual([7, 10, 7]);
    expect(encode({ add_space_prefix: false }, 'A<s>\u00e9')).toEqual([3, 1, 0]);
    expect(encode({ add_space_prefix: false }, '<|user|> \nab')).toEqual([9, 4, 0, 7]);
    // Phi-3 swallows blanks behind a role.
    expect(encode({ add_space_prefix: false }, '<|user|> \nab', 'phi3')).toEqual([9, 7]);
  });

  it('takes the tokens that are special by default, or as the file says', () => {
    const configOf = (more: object) => ggufTokenizer(header({ ...pieces, ...more }), 'llama').tokenizerConfig;
    expect(configOf({})).toMatchObject({ bos_token: '<s>', eos_token: '</s>', unk_token: '<unk>' });
    expect(configOf({ eos_token_id: 9 })).toMatchObject({ eos_token: '<|user|>' });
  });

  it('merges the better token first, and of equal ones that with the longer beginning', () => {
    const tokens = ['a', 'b', 'c', 'ab', 'bc', 'abc'];
    const equal = mergesOf(tokens, () => 0).map((merge) => merge.join('+'));
    expect(equal).toEqual(['ab+c', 'a+bc', 'a+b', 'b+c']);
    const scored = mergesOf(tokens, (id) => id).map((merge) => merge.join('+'));
    expect(scored).toEqual(['ab+c', 'a+bc', 'b+c', 'a+b']);
  });
});

it('ends a reply with the tokens that the file names, and those that end a turn', () => {
  const tokens = ['a', '<|end|>', '<eos>', '<|im_end|>'];
  const known = {
    model: 'gpt2',
    pre: 'gpt-2',
    tokens,
    merges: ['a a'],
    token_type: [1, 3, 3, 1],
    eos_token_id: 2,
  };
  expect(ggufTokenizer(header(known), 'llama').endTokenIds).toEqual([2, 1]);
});

describe('refuses', () => {
  it.each<[string, Record<string, MetadataValue>, RegExp]>([
    [
      'another model',
      { model: 'bert', tokens: ['a'] },
      /ggml\.model bert is not supported; supported are gpt2, llama/,
    ],
    ['no model', { tokens: ['a'] }, /ggml\.model undefined/],
    ['no tokens', { model: 'gpt2' }, /the file has no tokenizer/],
    ['tokens that are none', { model: 'gpt2', tokens: [1] }, /tokens should be an array of strings/],
    ['another way of cutting', bytes('falcon'), /pre falcon is not supported.*gpt-2, .*qwen2/],
    ['no way of cutting', { model: 'gpt2', tokens: ['a'], merges: ['a a'] }, /pre is missing/],
    ['no merges', { model: 'gpt2', pre: 'gpt-2', tokens: ['a'] }, /merges is missing/],
    ['no scores', { model: 'llama', tokens: ['a'] }, /scores is missing/],
    ['types for other tokens', { ...pieces, token_type: [1] }, /token_type has 1 elements for 11 tokens/],
    ['a special token that is none', { ...pieces, eos_token_id: 99 }, /eos_token_id is 99, and there are 11/],
  ])('%s', (_, tokenizer, message) => {
    expect(() => ggufTokenizer(header(tokenizer), 'llama')).toThrow(message);
    expect(() => ggufTokenizer(header(tokenizer), 'llama')).toThrow(ModelMismatch);
  });
});
