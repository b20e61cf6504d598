// tokenizer.json, checked before the library gets it: a tokenizer that loses text makes prompts that say nothing, and no
// number of ours would show it. The tokens that other files add are put in, numbered as Python's library does it.

import { z } from 'zod';
import { ModelMismatch } from '../errors.ts';
import type { NumberedToken } from './added-tokens.ts';
import { isJsonObject, type JsonObject } from './json-file.ts';
import { type AddedToken, addedToken } from './special-tokens.ts';
import { rebuiltTokenizer } from './tokenizer-classes.ts';
import { TOKENIZER, type TokenizerFiles, tokensOf } from './tokenizer-files.ts';

export interface CompleteTokenizer {
  /** For the library's constructor. */
  readonly json: JsonObject;
  readonly added: readonly NumberedToken[];
  /** The token for what the vocabulary does not have. */
  readonly unknown: number | undefined;
}

const id = z.int().nonnegative();
const vocabulary = z.record(z.string(), id).refine((entries) => Object.keys(entries).length > 0, 'is empty');
const pair = z.union([z.tuple([z.string(), z.string()]), z.string().transform((text) => text.split(' '))]);
const none = z.union([z.literal(''), z.null()]).optional();

const models = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('BPE'),
    vocab: vocabulary,
    merges: z.array(pair),
    unk_token: z.string().nullish(),
    dropout: z.union([z.null(), z.literal(0)], 'leaves out merges at random').optional(),
    continuing_subword_prefix: none,
  }),
  z.object({
    type: z.literal('Unigram'),
    vocab: z.array(z.tuple([z.string(), z.number()])).min(1, 'is empty'),
    unk_id: id.nullish(),
  }),
  z.object({ type: z.literal('WordPiece'), vocab: vocabulary, unk_token: z.string() }),
  z.object({ type: z.literal('WordLevel'), vocab: vocabulary, unk_token: z.string() }),
]);
type Model = z.infer<typeof models>;

/** A tokenizer.json that is damaged, or of a kind that we cannot follow. */
export function unusableTokenizer(folder: string, reason: string, options?: ErrorOptions): ModelMismatch {
  const wanted = 'a file as transformers saves its fast tokenizers is expected';
  const message = `${TOKENIZER} is of a kind that cannot be used: ${reason}; ${wanted}`;
  return new ModelMismatch(folder, message, options);
}

/**
 * Checks tokenizer.json and adds to it what tokenizer_config.json, special_tokens_map.json and added_tokens.json say.
 *
 * @throws ModelMismatch, with what is wrong, for a tokenizer that Python's library refuses or that we cannot follow
 */
export function completeTokenizer(files: TokenizerFiles): CompleteTokenizer {
  const { folder } = files;
  const tokenizer = rebuiltTokenizer(files);
  const refuse = (reason: string) => unusableTokenizer(folder, reason);
  const model = parseModel(tokenizer['model'], refuse);
  const ids = idsOf(model);
  const listed = z.array(addedToken).safeParse(tokenizer['added_tokens'] ?? []);
  if (!listed.success) throw refuse(`added_tokens: ${z.prettifyError(listed.error)}`);
  const added = numberTokens([...listed.data, ...tokensOf(files).added], ids);
  const raw = isJsonObject(tokenizer['model']) ? tokenizer['model'] : {};
  return {
    json: {
      ...{ normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null },
      ...tokenizer,
      model: { ...raw, type: model.type, ...('merges' in model && { merges: model.merges }) },
      added_tokens: added,
    },
    added,
    unknown: 'unk_id' in model ? (model.unk_id ?? undefined) : ids.get(unknownOf(model)),
  };
}

function unknownOf(model: Model): string {
  return 'unk_token' in model ? (model.unk_token ?? '') : '';
}

function parseModel(json: unknown, refuse: (reason: string) => Error): Model {
  if (!isJsonObject(json)) throw refuse('it has no model');
  const parsed = models.safeParse({ ...json, type: json['type'] ?? typeOf(json) });
  if (!parsed.success) {
    const type = typeof json['type'] === 'string' ? `model type ${json['type']}` : 'its model';
    const issues = parsed.error.issues
      .slice(0, 3)
      .map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw refuse(`${type}: ${issues.join('; ')}`);
  }
  const model = parsed.data;
  if (model.type !== 'BPE') return model;
  for (const merge of model.merges) {
    const [left = '', right = ''] = merge;
    const stranger = [left, right, left + right].find((part) => !Object.hasOwn(model.vocab, part));
    if (merge.length !== 2 || stranger !== undefined)
      throw refuse(
        `merges: ${JSON.stringify(merge.join(' '))} does not join two tokens of the vocabulary to a third`,
      );
  }
  return model;
}

/** The type of an older file, which does not say it. */
function typeOf(json: JsonObject): string {
  if (Array.isArray(json['vocab'])) return 'Unigram';
  if ('merges' in json) return 'BPE';
  return 'continuing_subword_prefix' in json ? 'WordPiece' : 'WordLevel';
}

function idsOf(model: Model): ReadonlyMap<string, number> {
  if (model.type === 'Unigram') return new Map(model.vocab.map(([token], i) => [token, i]));
  return new Map(Object.entries(model.vocab));
}

/** A token of the vocabulary keeps its id; another one gets the next. One that comes again gets new properties. */
function numberTokens(tokens: readonly AddedToken[], ids: ReadonlyMap<string, number>): NumberedToken[] {
  const added = new Map<string, NumberedToken>();
  let next = ids.size;
  for (const token of tokens) {
    if (token.content === '') continue;
    const known = added.get(token.content)?.id ?? ids.get(token.content);
    const number = known ?? next;
    added.set(token.content, { ...token, id: number });
    next = Math.max(next, number + 1);
  }
  return [...added.values()];
}
