// Text to tokens and back, with the checkpoint's own tokenizer and its own chat template.

import { Template } from '@huggingface/jinja';
import { Tokenizer } from '@huggingface/tokenizers';
import { z } from 'zod';
import { BadInput, ModelMismatch } from '../../errors.ts';
import type { ChatMessage } from '../language-model.ts';
import type { Checkpoint } from './checkpoint.ts';

/** Llama 3.1's template writes today's date into every prompt unless it is told one; this is its own fallback. */
const DATE = '26 Jul 2024';

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

export interface ChatTokenizer {
  /** The chat as text, the generation prompt included. Throws BadInput if the template refuses the messages. */
  render(messages: readonly ChatMessage[]): string;
  /** Token ids of a rendered chat. The template has put the special tokens there; none are added. */
  encode(text: string): number[];
  /** The text of token ids, special tokens left out. */
  decode(tokens: readonly number[]): string;
  /** True if the text of this token, alone or among others, has a line break in it. */
  breaksLine(token: number): boolean;
  /** The end-of-text token of tokenizer_config.json. */
  readonly eosTokenId: number | undefined;
}

/** @throws ModelMismatch if the tokenizer or the chat template cannot be used */
export function createTokenizer(checkpoint: Checkpoint): ChatTokenizer {
  const { folder } = checkpoint;
  const settings = settingsSchema.safeParse(checkpoint.tokenizerConfig);
  if (!settings.success)
    throw new ModelMismatch(folder, `tokenizer_config.json: ${z.prettifyError(settings.error)}`);
  const { chat_template, ...specialTokens } = settings.data;
  const template = parseTemplate(folder, checkpoint.chatTemplate ?? chat_template);
  const tokenizer = loadTokenizer(checkpoint);
  const breaks = new Map<number, boolean>();
  // No cleaning up: `Oh , well` is what the model said, if it said so. The library refuses an empty list.
  const options = { skip_special_tokens: true, clean_up_tokenization_spaces: false };
  const decode = (tokens: readonly number[]) =>
    tokens.length === 0 ? '' : tokenizer.decode([...tokens], options);
  return {
    render(messages) {
      try {
        const context = { ...specialTokens, date_string: DATE, add_generation_prompt: true };
        return template.render({ ...context, messages: messages.map((message) => ({ ...message })) });
      } catch (cause) {
        const roles = messages.map(({ role }) => role).join(', ');
        const reason = (cause as Error).message;
        throw new BadInput(folder, `its chat template refuses messages of ${roles}: ${reason}`, { cause });
      }
    },
    encode: (text) => tokenizer.encode(text, { add_special_tokens: false }).ids,
    decode,
    breaksLine(token) {
      // Line breaks are single bytes in UTF-8, so no token has a part of one.
      const known = breaks.get(token) ?? /[\n\r]/.test(decode([token]));
      breaks.set(token, known);
      return known;
    },
    eosTokenId: specialTokens.eos_token ? tokenizer.token_to_id(specialTokens.eos_token) : undefined,
  };
}

function parseTemplate(
  folder: string,
  source: string | readonly { name: string; template: string }[] | null | undefined,
): Template {
  const text = typeof source === 'string' ? source : source?.find(({ name }) => name === 'default')?.template;
  if (text === undefined)
    throw new ModelMismatch(
      folder,
      'it has no chat template (chat_template in tokenizer_config.json, or chat_template.jinja); use an instruction-tuned checkpoint',
    );
  try {
    return new Template(text);
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new ModelMismatch(folder, `its chat template cannot be parsed: ${reason}`, { cause });
  }
}

function loadTokenizer({ folder, tokenizer, tokenizerConfig }: Checkpoint): Tokenizer {
  try {
    return new Tokenizer(tokenizer, tokenizerConfig);
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new ModelMismatch(folder, `tokenizer.json is of a kind that cannot be used: ${reason}`, { cause });
  }
}
