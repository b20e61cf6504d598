// Prompts in one pass are planned and masked here; read-each.test.ts has what models make of it.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { packBranches, passageTokens, planPassage, readingTokens } from './passage.ts';

it('takes what extends as places of the last prompt, and what closes otherwise as branches', () => {
  const prompts = [
    [1, 2, 90, 91],
    [1, 2, 3, 4],
    [1, 2, 3, 4, 5, 90, 91],
  ];
  expect(planPassage(prompts)).toEqual({
    trunk: prompts[2],
    places: [undefined, 3, 6],
    branches: [{ past: 2, tokens: [90, 91] }],
    shared: 2,
  });
});

it('never says that a prompt has been read when its last token has not', () => {
  expect(planPassage([[1, 2, 3]]).shared).toBe(2);
  const twice = [
    [1, 2],
    [1, 2],
  ];
  expect(planPassage(twice)).toMatchObject({ places: [1, 1], branches: [], shared: 1 });
});

const prompts = fc.array(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 8 }), {
  minLength: 1,
  maxLength: 5,
});

it('reads every prompt whole: each is a beginning of the last one, or such a beginning and its branch', () => {
  fc.assert(
    fc.property(prompts, (given) => {
      const { trunk, places, branches, shared } = planPassage(given);
      const left = [...branches];
      const again = places.map((place) => {
        if (place !== undefined) return trunk.slice(0, place + 1);
        const { past, tokens } = left.shift()!;
        return [...trunk.slice(0, past), ...tokens];
      });
      expect(again).toEqual(given);
      for (const prompt of given) expect(prompt.slice(0, shared)).toEqual(trunk.slice(0, shared));
      expect(passageTokens(planPassage(given))).toBe(
        trunk.length + branches.reduce((sum, { tokens }) => sum + tokens.length, 0),
      );
      expect(readingTokens(given)).toBeLessThanOrEqual(given.reduce((sum, { length }) => sum + length, 0));
    }),
  );
});

it('shows a branch the tokens before it leaves, its own, and no other', () => {
  const packed = packBranches(
    [
      { past: 2, tokens: [7, 8] },
      { past: 4, tokens: [9] },
    ],
    5,
  );
  expect(packed).toMatchObject({ tokens: [7, 8, 9], positions: [2, 3, 4], places: [1, 2] });
  const seen = (from: number, to: number) => {
    const bias = packed.bias(from, to);
    const width = 5 + to;
    return Array.from({ length: to - from }, (_, row) =>
      // What lies behind a token the kernel hides by itself.
      [...bias.subarray(row * width, row * width + 5 + from + row + 1)]
        .map((value) => (value === 0 ? 'x' : '.'))
        .join(''),
    );
  };
  expect(seen(0, 3)).toEqual(['xx...x', 'xx...xx', 'xxxx...x']);
  // In pieces it is the same.
  expect([...seen(0, 2), ...seen(2, 3)]).toEqual(seen(0, 3));
});
