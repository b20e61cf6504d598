// Text to tokens and back, with the checkpoint's own tokenizer and its own chat template.

import { Tokenizer } from '@huggingface/tokenizers';
import { messageOf } from '../errors.ts';
import type { ChatMessage } from '../prompts/chat-message.ts';
import { AddedTokens, type NumberedToken } from './added-tokens.ts';
import { chatTemplateOf, type TokenizerFiles } from './tokenizer-files.ts';
import { completeTokenizer, unusableTokenizer } from './tokenizer-json.ts';

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
  const { tokenizer, encode, special } = loadTokenizer(files);
  const breaks = new Map<number, boolean>();
  // No cleaning up: `Oh , well` is what the model said, if it said so. The library refuses an empty list.
  const options = { skip_special_tokens: false, clean_up_tokenization_spaces: false };
  const decode = (tokens: readonly number[]) => {
    const spoken = tokens.filter((token) => !special.has(token));
    return spoken.length === 0 ? '' : tokenizer.decode(spoken, options);
  };
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

interface LoadedTokenizer {
  readonly tokenizer: Tokenizer;
  readonly encode: (text: string) => number[];
  /** Ids that are left out of what a model said. */
  readonly special: ReadonlySet<number>;
}

const PARTS = 'its normalizer, pre_tokenizer, post_processor or decoder is not written as it should be';

/** Texts of which any tokenizer that was made for dialogue makes something. */
const PROBES = ['a', 'The boat', '.'];

function loadTokenizer(files: TokenizerFiles): LoadedTokenizer {
  const { folder, tokenizerConfig } = files;
  const { json, added, unknown } = completeTokenizer(files);
  let loaded: LoadedTokenizer;
  try {
    // Its settings of old: what it would do to a text besides, no tokenizer of Python's does.
    const tokenizer = new Tokenizer(json, { ...tokenizerConfig, remove_space: false });
    decodeBytesStrictly(tokenizer);
    rememberWords(tokenizer);
    nameNormalized(tokenizer, added);
    const tokens = new AddedTokens(added, (text) => tokenizer.normalizer?.normalize(text) ?? text);
    const special = new Set(added.flatMap((one) => (one.special ? [one.id] : [])));
    loaded = { tokenizer, encode: encoder(tokenizer, tokens, unknown), special };
  } catch (cause) {
    // What the library says of a part that is not as it should be is about its own code.
    const reason = cause instanceof TypeError ? PARTS : messageOf(cause);
    throw unusableTokenizer(folder, reason, { cause });
  }
  for (const text of PROBES)
    if (loaded.encode(text).length === 0)
      throw unusableTokenizer(
        folder,
        `it makes no tokens of ${JSON.stringify(text)}, so that prompts would be lost`,
      );
  return loaded;
}

/** An added token that is normalised is also spoken so. */
function nameNormalized({ model, normalizer }: Tokenizer, added: readonly NumberedToken[]): void {
  for (const { id, content, normalized } of added)
    if (normalized && model !== null) model.vocab[id] = normalizer?.normalize(content) ?? content;
}

/** Added tokens as Python finds them; what lies between by the library's own parts, word by word as Python does it. */
function encoder(
  tokenizer: Tokenizer,
  added: AddedTokens,
  unknown: number | undefined,
): (text: string) => number[] {
  const { model, pre_tokenizer } = tokenizer;
  if (model === null) throw new Error('it has no model');
  const ids = (word: string) =>
    model._call([word]).flatMap((token: string) => tokenizer.token_to_id(token) ?? unknown ?? []);
  return (text) =>
    added.split(text).flatMap((piece) => {
      if ('id' in piece) return [piece.id];
      // The first piece of a text is told, since SentencePiece may put a blank before that one alone.
      const options = { section_index: piece.first ? 0 : 1 };
      return (pre_tokenizer?.pre_tokenize(piece.text, options) ?? [piece.text]).flatMap(ids);
    });
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

/** What writes the bytes of words as letters, before they become tokens; fields of the library's own classes. */
interface PreTokenizer {
  readonly config?: { readonly type?: string };
  readonly tokenizers?: readonly PreTokenizer[];
  readonly pattern?: RegExp;
  readonly add_prefix_space?: boolean;
  use_regex?: boolean;
  pre_tokenize_text?: (text: string) => string[];
}

const isPreTokenizer = (value: unknown): value is PreTokenizer =>
  (typeof value === 'object' && value !== null) || typeof value === 'function';

/** Different words that are remembered at most. */
const MOST_WORDS = 50_000;

/**
 * Words are written as bytes once and remembered: a prompt is tokenised again at every turn, and this was the largest
 * part of it.
 */
function rememberWords(tokenizer: Tokenizer): void {
  const whole: unknown = tokenizer.pre_tokenizer;
  if (!isPreTokenizer(whole)) return;
  for (const part of whole.tokenizers ?? [whole]) {
    const { pattern, use_regex: cuts, pre_tokenize_text: write } = part;
    if (part.config?.type !== 'ByteLevel' || part.add_prefix_space || !write || (cuts && !pattern)) continue;
    part.use_regex = false;
    const known = new Map<string, string[]>();
    const remember = (word: string) => {
      const written = known.get(word) ?? write.call(part, word);
      if (known.size < MOST_WORDS) known.set(word, written);
      return written;
    };
    part.pre_tokenize_text = (text) =>
      cuts && pattern ? (text.match(pattern) ?? []).flatMap(remember) : remember(text);
  }
}

function decodeRun(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return '\ufffd'.repeat(bytes.length);
  }
}
