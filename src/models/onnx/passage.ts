// Many prompts in one pass. Most of a reader's prompts are beginnings of its last one, or leave it for the few tokens
// with which a chat template closes a prompt. So the last one is read once; states are taken on the way, and what
// leaves it is read behind it, as branches: tokens that have the positions of the prompt that they belong to, and see
// its tokens up to where they leave it, themselves, and nothing else.

import { at } from '../../numerics/lookup.ts';
import { commonPrefix } from '../line.ts';

/** Tokens that follow the first `past` ones of a row, in place of what the row has there. */
export interface Branch {
  readonly past: number;
  /** At least one. */
  readonly tokens: readonly number[];
}

/** How prompts are read in one pass. */
export interface Passage {
  /** The last prompt. */
  readonly trunk: readonly number[];
  /** For each prompt, the index in the trunk of its last token; undefined for one that leaves the trunk. */
  readonly places: readonly (number | undefined)[];
  /** What leaves the trunk, in the order of the prompts. */
  readonly branches: readonly Branch[];
  /** Leading tokens that all prompts share, without the last one of any. */
  readonly shared: number;
}

/** @param prompts at least one, none of them empty */
export function planPassage(prompts: readonly (readonly number[])[]): Passage {
  const trunk = at(prompts, prompts.length - 1);
  const common = prompts.map((prompt) => commonPrefix(prompt, trunk));
  const leaves = (i: number) => at(common, i) < at(prompts, i).length;
  return {
    trunk,
    places: prompts.map(({ length }, i) => (leaves(i) ? undefined : length - 1)),
    branches: prompts.flatMap((prompt, i) =>
      leaves(i) ? [{ past: at(common, i), tokens: prompt.slice(common[i]) }] : [],
    ),
    shared: Math.min(...common.map((length, i) => Math.min(length, at(prompts, i).length - 1))),
  };
}

/** Tokens that it takes to read a passage. */
export function passageTokens({ trunk, branches }: Passage): number {
  return branches.reduce((sum, { tokens }) => sum + tokens.length, trunk.length);
}

/** Tokens that it takes to read prompts one after the other, each from where it leaves the one before. */
export function readingTokens(prompts: readonly (readonly number[])[]): number {
  return prompts.reduce(
    (sum, prompt, i) => sum + prompt.length - commonPrefix(prompt, prompts[i - 1] ?? []),
    0,
  );
}

/** Branches side by side behind a row's tokens. */
export interface Packed {
  readonly tokens: readonly number[];
  /** Of each token in its prompt. */
  readonly positions: readonly number[];
  /** Indices of the branches' last tokens. */
  readonly places: readonly number[];
  /**
   * What is added to the attention scores of the tokens `from` … `to` − 1: 0 for what a token sees, −∞ for what it does
   * not. Shape: (to − from, length + to), row-major. What comes behind a token is not seen in any case.
   */
  readonly bias: (from: number, to: number) => Float32Array;
}

/** @param length tokens in the row, before the branches */
export function packBranches(branches: readonly Branch[], length: number): Packed {
  const rows = branches.flatMap(({ past, tokens }, branch) =>
    tokens.map((token, i) => ({ token, past, branch, i })),
  );
  const ends: number[] = [];
  for (const { tokens } of branches) ends.push((ends.at(-1) ?? 0) + tokens.length);
  return {
    tokens: rows.map(({ token }) => token),
    positions: rows.map(({ past, i }) => past + i),
    places: ends.map((end) => end - 1),
    bias(from, to) {
      const width = length + to;
      const bias = new Float32Array((to - from) * width);
      for (let row = from; row < to; row++) {
        const { past, branch } = at(rows, row);
        const start = (row - from) * width;
        const begin = length + at(ends, branch) - at(branches, branch).tokens.length;
        bias.fill(Number.NEGATIVE_INFINITY, start + past, start + begin);
      }
      return bias;
    },
  };
}
