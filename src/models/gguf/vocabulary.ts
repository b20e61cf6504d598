// The vocabulary in a GGUF file's metadata, `tokenizer.ggml.*`, checked.

import { ModelMismatch } from '../../errors.ts';
import type { GgufHeader, MetadataValue } from './header.ts';

/** What a token is, by llama.cpp's numbers. */
export const TOKEN_TYPES = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

export interface Vocabulary {
  /** By their ids. */
  readonly tokens: readonly string[];
  /** One of `TOKEN_TYPES` for each token; all normal where the file does not say. */
  readonly types: readonly number[];
  readonly scores: readonly number[] | undefined;
  /** Two tokens and a blank between them. */
  readonly merges: readonly string[] | undefined;
  /** The id in `tokenizer.ggml.<name>_token_id`. */
  readonly special: (name: string) => number | undefined;
  readonly flag: (name: string) => boolean | undefined;
}

/** @throws ModelMismatch if there is no vocabulary, or its parts do not fit together */
export function readVocabulary({ path, metadata }: GgufHeader): Vocabulary {
  const key = (name: string) => `tokenizer.ggml.${name}`;
  const bad = (name: string, what: string) => new ModelMismatch(path, `${key(name)} ${what}`);
  const list = <T extends MetadataValue>(name: string, type: 'string' | 'number', length?: number) => {
    const value = metadata.get(key(name));
    if (value === undefined) return undefined;
    const right = (element: MetadataValue): element is T => typeof element === type;
    if (!Array.isArray(value) || !value.every(right)) throw bad(name, `should be an array of ${type}s`);
    if (length !== undefined && value.length !== length)
      throw bad(name, `has ${value.length} elements for ${length} tokens`);
    return value;
  };
  const tokens = list<string>('tokens', 'string');
  if (!tokens || tokens.length === 0) throw bad('tokens', 'is missing: the file has no tokenizer');
  return {
    tokens,
    types: list<number>('token_type', 'number', tokens.length) ?? tokens.map(() => TOKEN_TYPES.normal),
    scores: list<number>('scores', 'number', tokens.length),
    merges: list<string>('merges', 'string'),
    special(name) {
      const id = metadata.get(key(`${name}_token_id`));
      if (id === undefined) return undefined;
      if (typeof id === 'number' && tokens[id] !== undefined) return id;
      throw bad(`${name}_token_id`, `is ${String(id)}, and there are ${tokens.length} tokens`);
    },
    flag(name) {
      const value = metadata.get(key(name));
      return typeof value === 'boolean' ? value : undefined;
    },
  };
}
