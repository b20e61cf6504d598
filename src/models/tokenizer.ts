// Text to tokens and back, with the checkpoint's own tokenizer and its own chat template.

import { Tokenizer } from '@huggingface/tokenizers';
import { ModelMismatch, messageOf } from '../errors.ts';
import type { ChatMessage } from '../prompts/chat-message.ts';
import { chatTemplateOf, TOKENIZER, type TokenizerFiles } from './tokenizer-files.ts';

export interface ChatTokenizer {
  /** The chat as text, the generation prompt included. Throws BadInput if the template refuses the messages. */
  render(messages: readonly ChatMessage[]): string;
  /** Token ids of a rendered chat. The template has put the special tokens there; none are added. */
  encode(text: string): number[];
  /** Token ids of a text that goes on from another: no blank is put before it, as SentencePiece does at a beginning. */
  encodeContinuation(text: string): number[];
  /** The text of token ids, special tokens left out. */
  decode(tokens: readonly number[]): string;
  /** True if the text of this token, alone or among others, has a line break in it. */
  breaksLine(token: number): boolean;
  /** The id of a special token that is written so, else undefined. */
  specialToken(text: string): number | undefined;
  /** What is done to chats that the template does not take as they are. */
  readonly notes: readonly string[];
  /** The end-of-text token of tokenizer_config.json. */
  readonly eosTokenId: number | undefined;
}

/** @throws ModelMismatch if the tokenizer or the chat template cannot be used */
export function createTokenizer(files: TokenizerFiles): ChatTokenizer {
  const { template, eosToken } = chatTemplateOf(files);
  const tokenizer = loadTokenizer(files);
  const breaks = new Map<number, boolean>();
  // No cleaning up: `Oh , well` is what the model said, if it said so. The library refuses an empty list.
  const options = { skip_special_tokens: true, clean_up_tokenization_spaces: false };
  const decode = (tokens: readonly number[]) =>
    tokens.length === 0 ? '' : tokenizer.decode([...tokens], options);
  const encode = (text: string) => tokenizer.encode(text, { add_special_tokens: false }).ids;
  return {
    render: (messages) => template.render(messages),
    notes: template.notes,
    encode,
    encodeContinuation: (text) => continueFrom(text, encode),
    decode,
    breaksLine(token) {
      // Line breaks are single bytes in UTF-8, so no token has a part of one.
      const known = breaks.get(token) ?? /[\n\r]/.test(decode([token]));
      breaks.set(token, known);
      return known;
    },
    specialToken(text) {
      const ids = encode(text);
      return ids.length === 1 && decode(ids) === '' ? ids[0] : undefined;
    },
    eosTokenId: eosToken === undefined ? undefined : tokenizer.token_to_id(eosToken),
  };
}

/** Texts that a continuation can be put behind: one of them does not grow together with it. */
const ANCHORS = ['\n', '.', 'a', '0'];

/** The tokens of `text` behind an anchor whose own tokens stay as they are. */
function continueFrom(text: string, encode: (text: string) => number[]): number[] {
  for (const anchor of ANCHORS) {
    const before = encode(anchor);
    const both = encode(anchor + text);
    if (before.every((id, i) => both[i] === id)) return both.slice(before.length);
  }
  return encode(text);
}

function loadTokenizer({ folder, tokenizer, tokenizerConfig }: TokenizerFiles): Tokenizer {
  try {
    const loaded = new Tokenizer(tokenizer, tokenizerConfig);
    decodeBytesStrictly(loaded);
    return loaded;
  } catch (cause) {
    throw new ModelMismatch(folder, `${TOKENIZER} is of a kind that cannot be used: ${messageOf(cause)}`, {
      cause,
    });
  }
}

/** What a SentencePiece tokenizer's decoder turns bytes into text with; a field of the library's own class. */
interface ByteDecoder {
  readonly config?: { readonly type?: string };
  readonly decoders?: readonly ByteDecoder[];
  text_decoder?: { decode(bytes: Uint8Array): string };
}

/** Every decoder of the library is one, though most have none of the fields; they can be called, so they are functions. */
const isByteDecoder = (value: unknown): value is ByteDecoder =>
  (typeof value === 'object' && value !== null) || typeof value === 'function';

/**
 * Bytes that are not UTF-8 become one U+FFFD each, as in Python's library, and a byte order mark stays a character.
 * The JavaScript library would make fewer of them, and drop the mark.
 */
function decodeBytesStrictly(tokenizer: Tokenizer): void {
  const decoder: unknown = tokenizer.decoder;
  if (!isByteDecoder(decoder)) return;
  for (const part of decoder.decoders ?? [decoder])
    if (part.config?.type === 'ByteFallback') part.text_decoder = { decode: decodeRun };
}

function decodeRun(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return '\ufffd'.repeat(bytes.length);
  }
}
