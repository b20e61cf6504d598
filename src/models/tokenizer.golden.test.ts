// Tokenizers of the families that open checkpoints use, against the library that made them.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCheckpoint } from './onnx/checkpoint.ts';
import { createTokenizer } from './tokenizer.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures');
const golden = JSON.parse(readFileSync(join(FIXTURES, 'chat/tokens.json'), 'utf8')) as Record<
  string,
  { text?: string; ids: number[]; decoded: string }[]
>;
const checkpoint = await openCheckpoint(join(FIXTURES, 'models/llama'));

describe.each(Object.keys(golden))('%s', (name) => {
  const tokenizer = createTokenizer({
    ...checkpoint,
    // Its own special tokens would be added to these.
    tokenizerConfig: { chat_template: checkpoint.tokenizerConfig['chat_template'] },
    tokenizer: JSON.parse(readFileSync(join(FIXTURES, `chat/tokenizers/${name}.json`), 'utf8')) as Record<
      string,
      unknown
    >,
  });
  const cases = golden[name]!;

  it.each(cases.filter(({ text }) => text !== undefined))('encodes $text', ({ text, ids }) => {
    expect(tokenizer.encode(text!)).toEqual(ids);
  });

  it.each(cases)('decodes $ids', ({ ids, decoded }) => {
    expect(tokenizer.decode(ids)).toBe(decoded);
  });

  it('knows which tokens break a line', () => {
    const lineBreak = tokenizer.encode('a\nb').filter((id) => tokenizer.breaksLine(id));
    expect(lineBreak).toHaveLength(1);
  });

  it('continues a text without a blank of its own', () => {
    const text = (continuation: string) => {
      const ids = tokenizer.encodeContinuation(continuation);
      return tokenizer.decode([...tokenizer.encode('Mara:'), ...ids]);
    };
    for (const continuation of ['Yes', ' Yes', '40', '\n', 'é😀', 'Yes, no.', '\n\n'])
      expect(text(continuation)).toBe(`Mara:${continuation}`);
    expect(tokenizer.encodeContinuation('')).toEqual([]);
  });
});
