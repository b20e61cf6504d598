// The files of a checkpoint that turn chats into tokens. They need no weights: a model on a server has them too.

import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ModelMismatch } from '../errors.ts';
import { type ChatTemplate, createChatTemplate } from './chat-template.ts';
import { type JsonObject, readJsonObject } from './json-file.ts';

export const TOKENIZER = 'tokenizer.json';
export const TOKENIZER_CONFIG = 'tokenizer_config.json';
export const CHAT_TEMPLATE = 'chat_template.jinja';

export interface TokenizerFiles {
  /** Where they are; messages name it. */
  readonly folder: string;
  /** Parsed tokenizer.json. */
  readonly tokenizer: object;
  /** Parsed tokenizer_config.json. */
  readonly tokenizerConfig: JsonObject;
  /** The text of chat_template.jinja, where the folder has one. */
  readonly chatTemplate: string | undefined;
}

/** A special token is a string, or an object that says more about it. */
const specialToken = z
  .union([z.string(), z.object({ content: z.string() }).transform(({ content }) => content)])
  .nullish();

const settingsSchema = z.object({
  bos_token: specialToken,
  eos_token: specialToken,
  unk_token: specialToken,
  pad_token: specialToken,
  chat_template: z
    .union([z.string(), z.array(z.object({ name: z.string(), template: z.string() }))])
    .nullish(),
});

/** Reads them from a folder that has at least the first two. Throws CorruptFile for what is no JSON object. */
export async function readTokenizerFiles(folder: string): Promise<TokenizerFiles> {
  const template = join(folder, CHAT_TEMPLATE);
  const there = await access(template).then(
    () => true,
    () => false,
  );
  return {
    folder,
    tokenizer: await readJsonObject(join(folder, TOKENIZER)),
    tokenizerConfig: await readJsonObject(join(folder, TOKENIZER_CONFIG)),
    chatTemplate: there ? await readFile(template, 'utf8') : undefined,
  };
}

/**
 * The chat template of these files, and the text of the end-of-text token. The vocabulary is not looked at, so this is
 * quick however large it is.
 *
 * @throws ModelMismatch if tokenizer_config.json or the template cannot be used
 */
export function chatTemplateOf({
  folder,
  tokenizerConfig,
  chatTemplate,
}: Omit<TokenizerFiles, 'tokenizer'>): {
  readonly template: ChatTemplate;
  readonly eosToken: string | undefined;
} {
  const settings = settingsSchema.safeParse(tokenizerConfig);
  if (!settings.success)
    throw new ModelMismatch(folder, `${TOKENIZER_CONFIG}: ${z.prettifyError(settings.error)}`);
  const { chat_template, ...specialTokens } = settings.data;
  const template = createChatTemplate(folder, chatTemplate ?? chat_template, specialTokens);
  return { template, eosToken: specialTokens.eos_token || undefined };
}
