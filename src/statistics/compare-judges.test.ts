import { describe, expect, it } from 'vitest';
import type { Rating } from '../evaluation/human-scores.ts';
import { normals } from '../recordings/planted-states.ts';
import { compareJudges } from './compare-judges.ts';
import { pearson } from './correlation.ts';

/** Agents A and B of each interaction in turn. */
const ratings = (rater: string, scores: readonly number[], dimension = 'goal'): Rating[] =>
  scores.map((score, i) => ({
    ...{ interaction: `talk-${Math.floor(i / 2)}`, modelA: 'a', modelB: 'b', seed: '0' },
    ...{ agent: i % 2 === 0 ? 'A' : 'B', dimension, rater, score },
  }));

describe('two judges', () => {
  const people = [...ratings('p', [1, 3, 5, 7, 9, 2, 4, 6]), ...ratings('q', [1, 3, 5, 7, 9, 2, 4, 6])];
  const good = ratings('j', [1, 3, 5, 6, 9, 2, 5, 6]);
  const bad = ratings('k', [3, 1, 9, 5, 2, 6, 4, 7]);

  it('the difference is that of their own agreements, and turns with them', () => {
    const [found] = compareJudges(people, good, bad);
    const scores = (list: readonly Rating[]) => list.map(({ score }) => score);
    const r = (judge: readonly Rating[]) => pearson(scores(people.slice(0, 8)), scores(judge)).r;
    expect(found).toMatchObject({ dimension: 'goal', n: 8, interactions: 4 });
    expect(found?.pearson.value).toBeCloseTo(r(good) - r(bad), 12);
    // People's deviation is 2.6: all of the good judge's, four of the other's.
    expect(found?.withinOneDeviation.value).toBeCloseTo(1 - 5 / 8, 12);
    const [turned] = compareJudges(people, bad, good);
    expect(turned?.pearson.value).toBeCloseTo(-(found?.pearson.value ?? 0), 12);
    expect(turned?.pearson.interval?.low).toBeCloseTo(-(found?.pearson.interval?.high ?? 0), 12);
  });

  it('an interval leaves out interactions, with both of their agents', () => {
    const [found] = compareJudges(people, good, bad);
    const values = (list: readonly Rating[], left: number) =>
      list.slice(0, 8).flatMap(({ score, interaction }) => (interaction === `talk-${left}` ? [] : [score]));
    const without = [0, 1, 2, 3].map(
      (left) =>
        pearson(values(people, left), values(good, left)).r -
        pearson(values(people, left), values(bad, left)).r,
    );
    const mean = without.reduce((sum, value) => sum + value, 0) / 4;
    const squares = without.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    expect(found?.pearson.interval?.standardError).toBeCloseTo(Math.sqrt((3 / 4) * squares), 12);
    expect(found?.pearson.interval?.degreesOfFreedom).toBe(3);
  });

  it('are compared on what both scored, and nothing else', () => {
    const [found] = compareJudges(people, good.slice(0, 6), bad);
    expect([found?.n, found?.interactions]).toEqual([6, 3]);
    expect(compareJudges(people, good.slice(0, 4), bad)[0]?.pearson.interval).toBeNull();
    expect(compareJudges(people, good, ratings('k', [1, 2], 'secret'))).toEqual([]);
    const alike = compareJudges(people, ratings('j', [5, 5, 5, 5, 5, 5, 5, 5]), bad);
    expect(alike[0]?.pearson).toEqual({ value: Number.NaN, interval: null });
  });

  it('that agree equally well with people have a difference of 0 in the interval, as often as it says', () => {
    const draw = normals('equal judges');
    let held = 0;
    for (let study = 0; study < 400; study++) {
      // What the agents of an interaction have in common, and what each has.
      const truth = Array.from({ length: 25 }, () => [...draw(1)][0] ?? 0).flatMap((common) =>
        [...draw(2)].map((own) => common + own),
      );
      const judge = (name: string) =>
        ratings(
          name,
          [...draw(50)].map((noise, i) => noise + (truth[i] ?? 0)),
        );
      const [found] = compareJudges(judge('p'), judge('j'), judge('k'));
      const { low = 1, high = -1 } = found?.pearson.interval ?? {};
      if (low <= 0 && high >= 0) held++;
    }
    // Binomial standard error 1.1 percentage points.
    expect(held / 400).toBeGreaterThan(0.915);
    expect(held / 400).toBeLessThan(0.985);
  });
});
