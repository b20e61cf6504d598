// The files of a checkpoint that turn chats into tokens. They need no weights: a model on a server has them too.

import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ModelMismatch } from '../errors.ts';
import { firstIssue } from '../files/issue-text.ts';
import { readText } from '../files/read-file.ts';
import { type ChatTemplate, createChatTemplate } from './chat-template.ts';
import { isJsonObject, type JsonObject, readJsonObject } from './json-file.ts';
import { type ResolvedTokens, resolveSpecialTokens } from './special-tokens.ts';
import { tokenizerClass } from './tokenizer-classes.ts';

export const TOKENIZER = 'tokenizer.json';
export const TOKENIZER_CONFIG = 'tokenizer_config.json';
export const CHAT_TEMPLATE = 'chat_template.jinja';
const SPECIAL_TOKENS_MAP = 'special_tokens_map.json';
const ADDED_TOKENS = 'added_tokens.json';
const DEFAULT_TEMPLATE = join('additional_chat_templates', 'default.jinja');
/** What else is read, where it is there. */
export const OPTIONAL_TOKENIZER_FILES = [SPECIAL_TOKENS_MAP, ADDED_TOKENS, DEFAULT_TEMPLATE];

/** Bytes; templates that are in use have 20 kB at most. */
const LONGEST_TEMPLATE = 1_000_000;

export interface TokenizerFiles {
  /** Where they are; messages name it. */
  readonly folder: string;
  /** Parsed tokenizer.json. */
  readonly tokenizer: JsonObject;
  /** Parsed tokenizer_config.json. */
  readonly tokenizerConfig: JsonObject;
  /** The text of chat_template.jinja, where the folder has one. */
  readonly chatTemplate: string | undefined;
  /** Parsed special_tokens_map.json and added_tokens.json, where the folder has them. */
  readonly specialTokensMap?: JsonObject | undefined;
  readonly addedTokens?: JsonObject | undefined;
  /** What config.json says of the tokenizer, where the folder has one. */
  readonly modelType?: string | undefined;
  readonly modelTokenizerClass?: string | undefined;
}

const templateSchema = z.union([
  z.string(),
  z.array(z.object({ name: z.string(), template: z.string() })),
  z
    .record(z.string(), z.string())
    .transform((named) => Object.entries(named).map(([name, template]) => ({ name, template }))),
  z.null(),
]);

/** Reads them from a folder that has at least the first two. Throws CorruptFile for what is no JSON object. */
export async function readTokenizerFiles(folder: string): Promise<TokenizerFiles> {
  const path = (name: string) => join(folder, name);
  const text = (name: string) =>
    ifThere(path(name), (file) =>
      readText(file, { advice: 'download it again', mostBytes: LONGEST_TEMPLATE }),
    );
  const json = (name: string) => ifThere(path(name), readJsonObject);
  const config = await json('config.json');
  const name = (key: string) => {
    const value = config?.[key];
    return typeof value === 'string' ? value : undefined;
  };
  return {
    folder,
    tokenizer: await readJsonObject(path(TOKENIZER)),
    tokenizerConfig: await readJsonObject(path(TOKENIZER_CONFIG)),
    // The one among the additional templates wins, as in transformers.
    chatTemplate: (await text(DEFAULT_TEMPLATE)) ?? (await text(CHAT_TEMPLATE)),
    specialTokensMap: await json(SPECIAL_TOKENS_MAP),
    addedTokens: await json(ADDED_TOKENS),
    modelType: name('model_type'),
    modelTokenizerClass: name('tokenizer_class'),
  };
}

/** What a file holds, or undefined if there is none. */
async function ifThere<T>(path: string, read: (path: string) => Promise<T>): Promise<T | undefined> {
  const there = await access(path).then(
    () => true,
    () => false,
  );
  return there ? read(path) : undefined;
}

/**
 * The special tokens of these files, and those that they add to tokenizer.json's.
 *
 * @throws ModelMismatch for a token that is none
 */
export function tokensOf(files: TokenizerFiles): ResolvedTokens {
  const list = files.tokenizer['added_tokens'];
  const inTokenizer = (Array.isArray(list) ? list : []).flatMap((one: unknown) =>
    isJsonObject(one) && typeof one['content'] === 'string' ? [one['content']] : [],
  );
  try {
    return resolveSpecialTokens({ ...files, tokenizerClass: tokenizerClass(files) }, inTokenizer);
  } catch (cause) {
    if (!(cause instanceof z.ZodError)) throw cause;
    throw new ModelMismatch(
      files.folder,
      `${TOKENIZER_CONFIG}: a special token is none: ${z.prettifyError(cause)}`,
    );
  }
}

/**
 * The chat template of these files, and the text of the end-of-text token. The vocabulary is not looked at, so this is
 * quick however large it is.
 *
 * @throws ModelMismatch if tokenizer_config.json or the template cannot be used
 */
export function chatTemplateOf(files: TokenizerFiles): {
  readonly template: ChatTemplate;
  readonly eosToken: string | undefined;
} {
  const { folder, tokenizerConfig, chatTemplate } = files;
  const { special } = tokensOf(files);
  const source = templateSchema.safeParse(chatTemplate ?? tokenizerConfig['chat_template'] ?? null);
  if (!source.success)
    throw new ModelMismatch(
      folder,
      `${TOKENIZER_CONFIG}: ${firstIssue(source.error, chatTemplate, 'chat_template')}; download it again`,
    );
  const template = createChatTemplate(folder, source.data, special);
  return { template, eosToken: special['eos_token'] || undefined };
}
