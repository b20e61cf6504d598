import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BadInput } from '../errors.ts';
import { episodeScore, pairPerformance } from './performance.ts';
import type { Judgement } from './types.ts';

const DIMENSIONS = [
  { name: 'goal', low: 0, high: 10, description: '' },
  { name: 'secret', low: -10, high: 0, description: '' },
];

type Scores = readonly [goal: number, secret: number];

function judged(models: [string, string], [a, b]: readonly [Scores, Scores], seed = 0) {
  const agentOf = ([goal, secret]: Scores) => ({ scores: { goal, secret } });
  return {
    ...base(models, seed),
    status: 'judged' as const,
    agents: [agentOf(a), agentOf(b)] as const,
  };
}

function base(models: [string, string], seed: number) {
  return {
    format: 'interbrain-judgement-1' as const,
    interaction: 'i',
    scenario: 's',
    models,
    seed,
    judge: 'rule',
    dimensions: DIMENSIONS,
    inputs: 'x',
    attempts: 1,
  };
}

const failed = (models: [string, string]): Judgement => ({
  ...base(models, 0),
  status: 'failed',
  failure: 'no',
});

it('is the mean over dimensions, agents, episodes and seat orders', () => {
  const one = judged(['x', 'y'], [[8, -2], [4, 0]]); // biome-ignore format: one line
  const two = judged(['y', 'x'], [[0, 0], [6, -4]]); // biome-ignore format: one line
  expect(episodeScore(one)).toBe(2.5);
  expect(
    pairPerformance(
      ['x', 'y'],
      [
        one,
        two,
        judged(
          ['x', 'x'],
          [
            [10, 0],
            [10, 0],
          ],
        ),
      ],
    ),
  ).toEqual({
    models: ['x', 'y'],
    overall: 1.5,
    dimensions: { goal: 4.5, secret: -1.5 },
    judged: 2,
    failed: 0,
  });
});

it('counts failed judgements and gives them no score', () => {
  const one = judged(['x', 'y'], [[8, -2], [4, 0]]); // biome-ignore format: one line
  const some = pairPerformance(['x', 'y'], [failed(['x', 'y']), one, failed(['y', 'x'])]);
  expect(some).toMatchObject({ overall: 2.5, judged: 1, failed: 2 });
  const none = pairPerformance(['x', 'y'], [failed(['x', 'y'])]);
  expect(none).toEqual({ models: ['x', 'y'], overall: Number.NaN, dimensions: {}, judged: 0, failed: 1 });
});

it('refuses a judgement without a score, and dimensions that differ', () => {
  const { agents, ...rest } = judged(['x', 'y'], [[8, -2], [4, 0]]); // biome-ignore format: one line
  const lacking = { ...rest, agents: [{ scores: { goal: 1 } }, agents[1]] as const };
  expect(() => pairPerformance(['x', 'y'], [lacking])).toThrow('no score for secret');
  const other = { ...rest, agents, dimensions: DIMENSIONS.slice(0, 1) };
  expect(() => pairPerformance(['x', 'y'], [{ ...rest, agents }, other])).toThrow(BadInput);
});

it('does not depend on seats or order', () => {
  const score = fc.tuple(fc.integer({ min: 0, max: 10 }), fc.integer({ min: -10, max: 0 }));
  fc.assert(
    fc.property(fc.array(fc.tuple(score, score), { minLength: 1, maxLength: 6 }), (all) => {
      const here = all.map((scores) => judged(['x', 'y'], scores));
      const there = all.map(([a, b]) => judged(['y', 'x'], [b, a])).reverse();
      const [first, second] = [here, there].map((list) => pairPerformance(['x', 'y'], list));
      expect(second!.overall).toBeCloseTo(first!.overall, 12);
      expect(second!.dimensions['secret']).toBeCloseTo(first!.dimensions['secret']!, 12);
    }),
  );
});
