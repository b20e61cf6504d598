// Templates and tokenizers that use one thing each, against transformers (scripts/golden_variants.py): each is rendered,
// encoded and decoded alike, or refused by name.

import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { InterbrainError } from '../errors.ts';
import type { ChatMessage } from '../prompts/chat-message.ts';
import { Template } from './jinja/template.ts';
import { TemplateError } from './jinja/template-error.ts';
import { createTokenizer } from './tokenizer.ts';
import { readTokenizerFiles } from './tokenizer-files.ts';

interface TokenizerVariant {
  readonly base: string;
  readonly tokenizer?: object;
  readonly addedTokens?: readonly object[];
  readonly files: Readonly<Record<string, unknown>>;
  readonly refused?: string;
  readonly chats?: readonly { readonly text?: string; readonly ids?: number[]; readonly decoded?: string }[];
}

const FIXTURES = join(import.meta.dirname, '../../fixtures');
const golden = JSON.parse(readFileSync(join(FIXTURES, 'variants/chat.json'), 'utf8')) as {
  readonly chats: Readonly<Record<string, readonly ChatMessage[]>>;
  readonly templates: readonly { readonly template: string; readonly texts: readonly (string | null)[] }[];
  readonly tokenizers: readonly TokenizerVariant[];
};
const chats = Object.values(golden.chats);
const counts = { equal: 0, 'refused by both': 0, 'refused by interbrain': 0 };
afterAll(() => console.log(JSON.stringify(counts)));

/** What interbrain cannot do, it says by name. */
const BY_NAME = /not supported in chat templates|supported (for|at|to) .* alone|has no partner/;

it.each(golden.templates)('$template', ({ template, texts }) => {
  const tokens = { bos_token: '<|begin_of_text|>', eos_token: '<|eot_id|>' };
  for (const [i, text] of texts.entries()) {
    let found: string | TemplateError;
    try {
      const variables = { ...tokens, messages: chats[i], tools: null, documents: null };
      found = new Template(template).render(
        { ...variables, add_generation_prompt: true },
        { year: 2024, month: 7, day: 26 },
      );
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      found = error;
    }
    if (typeof found === 'string') {
      expect(found).toBe(text);
      counts.equal += 1;
    } else if (text === null) counts['refused by both'] += 1;
    else {
      expect(found.message).toMatch(BY_NAME);
      counts['refused by interbrain'] += 1;
    }
  }
});

/** A JSON merge patch; null takes away. */
function merged(value: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result = { ...(value as Record<string, unknown>) };
  for (const [key, inner] of Object.entries(patch)) {
    if (inner === null) delete result[key];
    else result[key] = merged(result[key], inner);
  }
  return result;
}

async function writeVariant(folder: string, { base, tokenizer, addedTokens = [], files }: TokenizerVariant) {
  const source = JSON.parse(readFileSync(join(FIXTURES, `chat/tokenizers/${base}.json`), 'utf8')) as object;
  const json = merged(source, tokenizer ?? {}) as { added_tokens: object[] };
  json.added_tokens.push(...addedTokens);
  for (const [name, content] of Object.entries({ 'tokenizer.json': json, ...files })) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), name.endsWith('.jinja') ? String(content) : JSON.stringify(content));
  }
}

describe('tokenizers', () => {
  const variants = golden.tokenizers.map((variant, i) => ({
    variant,
    i,
    what: JSON.stringify(variant).slice(0, 200),
  }));
  it.each(variants)('$i $what', async ({ variant }) => {
    const folder = await mkdtemp(join(tmpdir(), 'tokenizers-'));
    try {
      await writeVariant(folder, variant);
      const tokenizer = createTokenizer(await readTokenizerFiles(folder));
      expect(variant.refused).toBeUndefined();
      for (const [i, { text, ids, decoded }] of variant.chats!.entries()) {
        expect(tokenizer.render(chats[i]!)).toBe(text);
        expect(tokenizer.encode(text!)).toEqual(ids);
        expect(tokenizer.decode(ids!)).toBe(decoded);
      }
      counts.equal += 1;
    } catch (error) {
      if (!(error instanceof InterbrainError)) throw error;
      expect(variant.refused, error.message).toBeDefined();
      counts['refused by both'] += 1;
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
