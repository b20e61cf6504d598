// The tokenizer in a GGUF file's metadata as the tokenizer.json and tokenizer_config.json of a checkpoint folder, so that
// the same library reads both.

import { ModelMismatch } from '../../errors.ts';
import type { JsonObject } from '../json-file.ts';
import type { TokenizerFiles } from '../tokenizer-files.ts';
import type { GgufHeader } from './header.ts';
import { type Merge, mergesOf } from './merges.ts';
import { findPreTokenizer, PRE_TOKENIZER_NAMES } from './pre-tokenizers.ts';
import { readVocabulary, TOKEN_TYPES, type Vocabulary } from './vocabulary.ts';

export interface GgufTokenizer extends TokenizerFiles {
  /** Tokens that end a reply. */
  readonly endTokenIds: readonly number[];
}

/**
 * The tokenizer of a GGUF file. The merges of a large SentencePiece vocabulary take seconds, so `tokenizer` is made when it
 * is asked for; everything is checked before.
 *
 * @param architecture as in `general.architecture`: some families have habits that no key of the metadata tells
 * @throws ModelMismatch for a kind of tokenizer that is not known
 */
export function ggufTokenizer(header: GgufHeader, architecture: string): GgufTokenizer {
  const { path, metadata } = header;
  const vocabulary = readVocabulary(header);
  const model = metadata.get('tokenizer.ggml.model');
  const kind = typeof model === 'string' && Object.hasOwn(KINDS, model) ? KINDS[model] : undefined;
  if (!kind)
    throw new ModelMismatch(
      path,
      `tokenizer.ggml.model ${String(model)} is not supported; supported are ${Object.keys(KINDS).join(', ')}`,
    );
  const build = kind(header, vocabulary, architecture);
  let made: JsonObject | undefined;
  const template = metadata.get('tokenizer.chat_template');
  const special = (name: string) => textOf(vocabulary, specialId(vocabulary, model, name));
  return {
    folder: path,
    get tokenizer() {
      made ??= {
        version: '1.0',
        truncation: null,
        padding: null,
        added_tokens: addedTokens(vocabulary, architecture),
        post_processor: postProcessor(vocabulary, model),
        ...build(),
      };
      return made;
    },
    tokenizerConfig: {
      bos_token: special('bos'),
      eos_token: special('eos'),
      unk_token: special('unknown'),
      pad_token: special('padding'),
      clean_up_tokenization_spaces: false,
    },
    chatTemplate: typeof template === 'string' ? template : undefined,
    endTokenIds: endTokens(vocabulary),
  };
}

/** Checks what there is, and says how the rest is made of it. */
type Kind = (header: GgufHeader, vocabulary: Vocabulary, architecture: string) => () => JsonObject;

const KINDS: Readonly<Record<string, Kind>> = { gpt2: byteLevelBpe, llama: sentencePiece };

/** What llama.cpp takes where a file does not say. */
const SENTENCE_PIECE_IDS: Readonly<Record<string, number>> = { unknown: 0, bos: 1, eos: 2 };

function specialId(vocabulary: Vocabulary, model: unknown, name: string): number | undefined {
  return vocabulary.special(name) ?? (model === 'llama' ? SENTENCE_PIECE_IDS[name] : undefined);
}

function textOf({ tokens }: Vocabulary, id: number | undefined): string | null {
  return id === undefined ? null : (tokens[id] ?? null);
}

/** Tokens that are found in a text before anything else is done to it: control tokens and those that a user defined. */
function addedTokens({ tokens, types }: Vocabulary, architecture: string): JsonObject[] {
  const added: JsonObject[] = [];
  const words = isGemma(architecture) ? respellBlanks(tokens) : tokens;
  tokens.forEach((content, id) => {
    const special = types[id] === TOKEN_TYPES.control || types[id] === TOKEN_TYPES.unknown;
    if (!special && (types[id] !== TOKEN_TYPES.userDefined || words[id] !== content)) return;
    // Phi-3's tokenizers swallow the blanks behind a role.
    const rstrip = architecture === 'phi3' && /^(?:<\|(?!endoftext).*\|>|<\/s>)$/.test(content);
    added.push({ id, content, single_word: false, lstrip: false, rstrip, normalized: false, special });
  });
  return added;
}

function postProcessor(vocabulary: Vocabulary, model: unknown): JsonObject {
  const token = (name: 'bos' | 'eos', byDefault: boolean): JsonObject[] => {
    const id = specialId(vocabulary, model, name);
    if (id === undefined || !(vocabulary.flag(`add_${name}_token`) ?? byDefault)) return [];
    return [{ SpecialToken: { id: textOf(vocabulary, id), type_id: 0 } }];
  };
  const single = [
    ...token('bos', model === 'llama'),
    { Sequence: { id: 'A', type_id: 0 } },
    ...token('eos', false),
  ];
  const ids = (['bos', 'eos'] as const).flatMap((name) => specialId(vocabulary, model, name) ?? []);
  const known = ids.map((id) => {
    const text = vocabulary.tokens[id] ?? '';
    return [text, { id: text, ids: [id], tokens: [text] }] as const;
  });
  return { type: 'TemplateProcessing', single, pair: single, special_tokens: Object.fromEntries(known) };
}

function byteLevelBpe({ path, metadata }: GgufHeader, { tokens, merges }: Vocabulary): () => JsonObject {
  const pre = metadata.get('tokenizer.ggml.pre');
  const found = typeof pre === 'string' ? findPreTokenizer(pre) : undefined;
  if (!found)
    throw new ModelMismatch(
      path,
      `tokenizer.ggml.pre ${pre === undefined ? 'is missing' : `${String(pre)} is not supported`}, so that it is not known how text is cut; supported are ${PRE_TOKENIZER_NAMES.join(', ')}: convert the model again with a recent llama.cpp`,
    );
  if (!merges) throw new ModelMismatch(path, 'tokenizer.ggml.merges is missing');
  return () => ({
    normalizer: found.composes ? { type: 'NFC' } : null,
    pre_tokenizer: { type: 'Sequence', pretokenizers: found.steps },
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      vocab: vocabOf(tokens),
      merges: merges.map(pairOf),
      ignore_merges: found.wholeTokens,
      byte_fallback: false,
      fuse_unk: false,
    },
  });
}

function sentencePiece({ path }: GgufHeader, vocabulary: Vocabulary, architecture: string): () => JsonObject {
  const { merges, scores } = vocabulary;
  const gemma = isGemma(architecture);
  const tokens = gemma ? respellBlanks(vocabulary.tokens) : vocabulary.tokens;
  if (!merges && !scores) throw new ModelMismatch(path, 'tokenizer.ggml.scores is missing');
  // Gemma's scores are not in the order of its merges; that of its tokens is.
  const score = gemma ? (id: number) => -id : (id: number) => scores?.[id] ?? 0;
  const prefix = vocabulary.flag('add_space_prefix') ?? true;
  const blanks = { type: 'Replace', pattern: { String: ' ' }, content: BLANK };
  const steps = prefix ? [{ type: 'Prepend', prepend: BLANK }, blanks] : [blanks];
  return () => ({
    normalizer: { type: 'Sequence', normalizers: steps },
    pre_tokenizer: null,
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: BLANK }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        ...(prefix ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : []),
      ],
    },
    model: {
      type: 'BPE',
      vocab: vocabOf(tokens),
      merges: merges?.map(pairOf) ?? mergesOf(tokens, score),
      unk_token: textOf(vocabulary, specialId(vocabulary, 'llama', 'unknown')),
      fuse_unk: true,
      byte_fallback: true,
      ignore_merges: false,
    },
  });
}

/** SentencePiece's blank. */
const BLANK = '\u2581';

const isGemma = (architecture: string) => architecture.startsWith('gemma');

/** Gemma's files have several blanks as they are, where the tokenizer looks for SentencePiece's. */
function respellBlanks(tokens: readonly string[]): string[] {
  return tokens.map((token) => (/^ +$/.test(token) ? BLANK.repeat(token.length) : token));
}

function vocabOf(tokens: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(tokens.map((token, id) => [token, id]));
}

/** The two tokens of a merge: the blank between them, as a token has none. */
function pairOf(merge: string): Merge {
  const blank = merge.indexOf(' ', 1);
  return [merge.slice(0, blank), merge.slice(blank + 1)];
}

/** What ends a turn in models whose files name but one end token; llama.cpp goes by these texts as well. */
const ENDS_OF_TURN: ReadonlySet<string> = new Set([
  ...['<|eot_id|>', '<|eom_id|>', '<|im_end|>', '<|end|>', '<|end_of_text|>', '<|endoftext|>'],
  ...['<end_of_turn>', '<EOT>', '<|EOT|>', '_<EOT>'],
]);

function endTokens({ tokens, types, special }: Vocabulary): number[] {
  const named = ['eos', 'eot', 'eom'].flatMap((name) => special(name) ?? []);
  const known = tokens.flatMap((token, id) =>
    types[id] === TOKEN_TYPES.control && ENDS_OF_TURN.has(token) ? [id] : [],
  );
  return [...new Set([...named, ...known])];
}
