// What a tokenizer's special tokens are, and which tokens it has besides those of tokenizer.json: from
// tokenizer_config.json, special_tokens_map.json, added_tokens.json and the defaults of its class, in the order in which
// transformers 5 resolves them (tokenization_utils_base.py, tokenization_utils_tokenizers.py).

import { z } from 'zod';
import { isJsonObject, type JsonObject } from './json-file.ts';
import { classDefaults } from './tokenizer-classes.ts';

/** What templates call these tokens (`bos_token`, `sep_token`, `turn_token`), where the tokenizer has them. */
export type SpecialTokens = Readonly<Record<string, string>>;

/** A token that is found in a text as it stands, before the vocabulary is asked. */
export interface AddedToken {
  readonly content: string;
  readonly single_word: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly normalized: boolean;
  readonly special: boolean;
}

export interface ResolvedTokens {
  readonly special: SpecialTokens;
  /** Tokens that the files besides tokenizer.json add, or give other properties, in their order. */
  readonly added: readonly AddedToken[];
}

/** The files that say it, parsed; those that are not there are undefined. */
export interface TokenSources {
  readonly tokenizerConfig: JsonObject;
  readonly specialTokensMap?: JsonObject | undefined;
  readonly addedTokens?: JsonObject | undefined;
  /** As `tokenizerClass` finds it. */
  readonly tokenizerClass: string;
}

const NAMED = ['bos_token', 'eos_token', 'unk_token', 'sep_token', 'pad_token', 'cls_token', 'mask_token'];

const flag = z.boolean().nullish();
const tokenObject = z.object({
  content: z.string(),
  single_word: flag,
  lstrip: flag,
  rstrip: flag,
  normalized: flag,
  special: flag,
});
const token = z.union([z.string(), tokenObject]);

function toAdded(value: z.infer<typeof token>, special: boolean): AddedToken {
  const given = typeof value === 'string' ? { content: value } : value;
  const flags: Partial<z.infer<typeof tokenObject>> = typeof value === 'string' ? {} : value;
  const isSpecial = flags.special ?? special;
  return {
    content: given.content,
    single_word: flags.single_word ?? false,
    lstrip: flags.lstrip ?? false,
    rstrip: flags.rstrip ?? false,
    normalized: flags.normalized ?? !isSpecial,
    special: isSpecial,
  };
}

/** A token of the list `added_tokens` in tokenizer.json. */
export const addedToken = tokenObject.transform((value) => toAdded(value, false));

/** @throws ZodError for a token that is neither text nor an object with a text */
export function resolveSpecialTokens(sources: TokenSources, inTokenizer: readonly string[]): ResolvedTokens {
  const settings = mergeSettings(sources);
  const named = namedTokens(settings, sources.tokenizerClass);
  const added = new Map<string, AddedToken>();
  for (const one of decoderTokens(sources, named)) added.set(one.content, one);
  const extra = z.array(token).parse(extraTokens(settings));
  // A token that tokenizer_config.json describes is special only if it says so.
  const additional = extra.map((value) => toAdded(value, typeof value === 'string'));
  for (const one of [...[...named.values()].map((value) => toAdded(value, true)), ...additional]) {
    if (!inTokenizer.includes(one.content) && !added.has(one.content)) added.set(one.content, one);
  }
  const contents = new Set([...named.values()].map((value) => toAdded(value, true).content));
  return {
    special: Object.fromEntries([...named].map(([name, value]) => [name, toAdded(value, true).content])),
    added: [...added.values()].map((one) => (contents.has(one.content) ? { ...one, special: true } : one)),
  };
}

/** tokenizer_config.json; special_tokens_map.json overrides it where it lists no tokens of its own. */
function mergeSettings({ tokenizerConfig, specialTokensMap }: TokenSources): JsonObject {
  if ('added_tokens_decoder' in tokenizerConfig || specialTokensMap === undefined) return tokenizerConfig;
  return { ...tokenizerConfig, ...specialTokensMap };
}

function namedTokens(settings: JsonObject, className: string): Map<string, z.infer<typeof token>> {
  const defaults = classDefaults(className);
  const named = new Map<string, z.infer<typeof token>>();
  for (const name of NAMED) {
    // A null is no token, whatever the class would have.
    const value = name in settings ? settings[name] : defaults[name];
    if (value !== null && value !== undefined) named.set(name, token.parse(value));
  }
  const extra = settings['extra_special_tokens'];
  const own = Object.entries(settings).filter(
    ([name, value]) => name.endsWith('_token') && !NAMED.includes(name) && token.safeParse(value).success,
  );
  for (const [name, value] of [...own, ...Object.entries(isJsonObject(extra) ? extra : {})])
    if (value !== null) named.set(name, token.parse(value));
  return named;
}

function extraTokens(settings: JsonObject): unknown[] {
  const { extra_special_tokens: extra, additional_special_tokens: additional } = settings;
  if (Array.isArray(extra) && extra.length > 0) return extra;
  if (isJsonObject(extra) && Object.keys(extra).length > 0) return [];
  return Array.isArray(additional) ? additional : [];
}

/** The tokens that `added_tokens_decoder` lists by their ids, or of old the file added_tokens.json. */
function decoderTokens(
  { tokenizerConfig, addedTokens }: TokenSources,
  named: ReadonlyMap<string, z.infer<typeof token>>,
): AddedToken[] {
  const byId = (entries: readonly (readonly [number, AddedToken])[]) =>
    entries.toSorted(([a], [b]) => a - b).map(([, one]) => one);
  if ('added_tokens_decoder' in tokenizerConfig) {
    const listed = z.record(z.string(), tokenObject).parse(tokenizerConfig['added_tokens_decoder'] ?? {});
    return byId(Object.entries(listed).map(([id, one]) => [Number(id), toAdded(one, false)]));
  }
  const special = new Set([...named.values()].map((value) => toAdded(value, true).content));
  const ids = z.record(z.string(), z.number()).parse(addedTokens ?? {});
  return byId(Object.entries(ids).map(([content, id]) => [id, toAdded(content, special.has(content))]));
}
