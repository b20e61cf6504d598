// What interactions and rounds contribute, against loops over rows and columns with a ridge map solved by elimination.

import { beforeAll, describe, expect, test } from 'vitest';
import { MEASURE_LABELS } from '../../../test/measure-labels.ts';
import { studentCritical } from '../../numerics/distributions.ts';
import { type Matrix, matrixOf } from '../../numerics/matrix.ts';
import { createRandom } from '../../numerics/random.ts';
import { arrayLayers } from '../../pairs/layers.ts';
import { splitSamples } from '../../pairs/split.ts';
import { measureSynchrony } from '../measure.ts';
import type { SynchronyResult } from '../types.ts';
import { type Contributions, measureContributions, type RoundScore } from './measure-contributions.ts';

const INTERACTIONS = 30;
const LAMBDA = 0.3;
const SMALLEST = 4;

/** Two interactions are a group; they have 3 to 6 rounds, and the sixth is rare. */
const rows = Array.from({ length: INTERACTIONS }, (_, interaction) =>
  Array.from({ length: 3 + (interaction % 3) + (interaction % 9 === 5 ? 1 : 0) }, (_, i) => ({
    interaction: `talk ${String.fromCharCode(97 + ((interaction * 7) % INTERACTIONS))}`,
    group: `scenario ${interaction >> 1}`,
    round: 1 + i,
  })),
).flat();
const labels = {
  interactions: rows.map(({ interaction }) => interaction),
  rounds: rows.map(({ round }) => round),
  groups: rows.map(({ group }) => group),
};
const SPLITS = [0, 1].map((seed) => splitSamples(rows, { seed, samples: 'all', testFraction: 0.35 }));

/** Layers with a share of one latent course, and of the round; the last two columns are constant in some rows. */
function layersOf(shares: readonly number[], size: number, seed: string): Matrix[] {
  const latent = createRandom('latent');
  const course = rows.map(() => [latent.uniform() - 0.5, latent.uniform() - 0.5]);
  const { uniform } = createRandom(seed);
  const inTest = new Set(SPLITS.flatMap(({ test }) => test));
  return shares.map((share) => {
    const mix = Array.from({ length: size }, () => [uniform() - 0.5, uniform() - 0.5, uniform() - 0.5]);
    const data = rows.flatMap(({ round }, row) =>
      mix.map(([a = 0, b = 0, c = 0], column) => {
        if (column === size - 1) return 7;
        if (column === size - 2 && inTest.has(row)) return 1;
        const [first = 0, second = 0] = course[row]!;
        return 0.2 * (uniform() - 0.5) + share * (a * first + b * second) + 0.2 * c * round;
      }),
    );
    return matrixOf(rows.length, size, Float32Array.from(data));
  });
}

const X = layersOf([1, 0.4, 0], 5, 'source');
const Y = layersOf([0.3, 1, 0.8, 0], 7, 'target');
const source = arrayLayers(X);
const target = arrayLayers(Y);

let measured: SynchronyResult;
let found: Contributions;
beforeAll(async () => {
  measured = await measureSynchrony(source, target, {
    ...{ ...MEASURE_LABELS, splits: SPLITS, groups: labels.groups, lambda: LAMBDA, method: 'direct' },
  });
  found = await contributions({});
});

function contributions({ level = true, ...options }: { cells?: 'best'; smallest?: number; level?: boolean }) {
  return measureContributions(source, target, {
    ...{ splits: SPLITS, lambda: LAMBDA, labels, bestTarget: measured.syncR2.bestTarget },
    ...{ cells: 'all', smallest: SMALLEST, ...(level && { level: 0.95 }) },
    ...options,
  });
}

const value = ({ data, columns }: Matrix, row: number, column: number) => data[row * columns + column]!;
const mean = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

/** Solves A·w = b by elimination. */
function solve(a: number[][], b: number[]): number[] {
  const m = a.map((row, i) => [...row, b[i]!]);
  for (let i = 0; i < m.length; i++)
    for (let j = 0; j < m.length; j++) {
      if (j === i) continue;
      const factor = m[j]![i]! / m[i]![i]!;
      m[j] = m[j]!.map((v, k) => v - factor * m[i]![k]!);
    }
  return m.map((row, i) => row[m.length]! / row[i]!);
}

/** Residuals of the test rows: [test row][column], by a ridge map of every column. */
function residualsByHand(split: number, from: number, to: number): number[][] {
  const { train, test } = SPLITS[split]!;
  const [x, y] = [X[from]!, Y[to]!];
  const centres = (m: Matrix) =>
    Array.from({ length: m.columns }, (_, c) => mean(train.map((r) => value(m, r, c))));
  const [mx, my] = [centres(x), centres(y)];
  const gram = mx.map((_, i) =>
    mx.map(
      (_, j) =>
        sum(train.map((r) => (value(x, r, i) - mx[i]!) * (value(x, r, j) - mx[j]!))) + (i === j ? LAMBDA : 0),
    ),
  );
  const maps = my.map((m, c) =>
    solve(
      gram,
      mx.map((_, i) => sum(train.map((r) => (value(x, r, i) - mx[i]!) * (value(y, r, c) - m)))),
    ),
  );
  return test.map((r) =>
    my.map((m, c) => value(y, r, c) - m - sum(mx.map((_, i) => (value(x, r, i) - mx[i]!) * maps[c]![i]!))),
  );
}

/** The constant columns are predicted exactly, where rounding does not hide it. */
const isExact = (column: number) => column === Y[0]!.columns - 1;

/** R² over some of a split's test rows, SS_tot about what `centre` says of a row and a column. */
function r2ByHand(
  split: number,
  from: number,
  to: number,
  which: (row: number) => boolean,
  centre: (row: number, column: number) => number,
): number {
  const { test } = SPLITS[split]!;
  const residuals = residualsByHand(split, from, to);
  const y = Y[to]!;
  return mean(
    Array.from({ length: y.columns }, (_, c) => {
      let [left, total] = [0, 0];
      for (const [i, row] of test.entries()) {
        if (!which(row)) continue;
        left += isExact(c) ? 0 : residuals[i]![c]! ** 2;
        total += (value(y, row, c) - centre(row, c)) ** 2;
      }
      return total === 0 ? Number(left === 0) : 1 - left / total;
    }),
  );
}

/** The training mean of a row's round. */
function roundMean(split: number, to: number) {
  const { train } = SPLITS[split]!;
  return (row: number, column: number) =>
    mean(train.filter((r) => labels.rounds[r] === labels.rounds[row]).map((r) => value(Y[to]!, r, column)));
}

/** SyncR² at the measure's target layers of some test rows, and without each group. */
function scoreByHand(isIn: (row: number, split: number) => boolean, about: 'round' | 'all' = 'round') {
  const at = (without?: string) =>
    measured.syncR2.bestTarget.map((to, from) =>
      mean(
        SPLITS.map(({ train }, split) =>
          r2ByHand(
            ...([split, from, to] as const),
            (row) => isIn(row, split) && labels.groups[row] !== without,
            about === 'round' ? roundMean(split, to) : (_, c) => mean(train.map((r) => value(Y[to]!, r, c))),
          ),
        ),
      ),
    );
  const layers = at();
  const inTest = SPLITS.map(({ test }, split) =>
    test.filter((row) => isIn(row, split)).map((row) => labels.groups[row]!),
  );
  const groups = [...new Set(inTest.flat())].sort();
  return {
    ...{ layers, value: mean(layers.map((r2) => Math.max(0, r2))), groups },
    influences: groups.map((group) => mean(at(group)) - mean(layers)),
    heldOut: Math.min(...inTest.map((names) => new Set(names).size)),
  };
}

function compare(score: RoundScore | undefined, byHand: ReturnType<typeof scoreByHand>): void {
  const { layers, intervals } = score!;
  expect(score!.value).toBeCloseTo(byHand.value, 9);
  for (const [i, r2] of byHand.layers.entries()) expect(layers[i]).toBeCloseTo(r2, 9);
  const { jackknife, syncR2 } = intervals!;
  expect(jackknife.groups).toEqual(byHand.groups);
  expect(jackknife.heldOut).toBe(byHand.heldOut);
  for (const [i, change] of byHand.influences.entries())
    expect(jackknife.influences[i]).toBeCloseTo(change, 9);
  const center = mean(byHand.influences);
  const count = byHand.groups.length;
  const error = Math.sqrt(((count - 1) / count) * sum(byHand.influences.map((one) => (one - center) ** 2)));
  const half = studentCritical(0.05, byHand.heldOut - 1) * error;
  expect(syncR2).toMatchObject({ kind: 'jackknife-t', degreesOfFreedom: byHand.heldOut - 1, groups: count });
  expect(syncR2.high).toBeCloseTo(byHand.value + half, 8);
  expect(syncR2.low).toBeCloseTo(Math.max(0, byHand.value - half), 8);
}

describe('interactions', () => {
  const cellOf = ({ cells }: Contributions, interaction: number, from: number, to: number) =>
    cells[(interaction * X.length + from) * Y.length + to]!;

  test('are those with a test row, with their share of the rows', () => {
    const held = SPLITS.map(({ test }) => test.map((row) => labels.interactions[row]!));
    expect(found.interactions.map(({ interaction }) => interaction)).toEqual(
      [...new Set(held.flat())].sort(),
    );
    for (const { interaction, splits, rows, share } of found.interactions) {
      const counts = held.map((names) => names.filter((name) => name === interaction).length);
      expect(splits).toBe(counts.filter((count) => count > 0).length);
      expect(rows).toBe(sum(counts));
      expect(share).toBeCloseTo(mean(counts.map((count, split) => count / held[split]!.length)), 12);
    }
    expect(found.interactions.some(({ splits }) => splits === 1)).toBe(true);
    expect(sum(found.interactions.map(({ share }) => share))).toBeCloseTo(1, 12);
  });

  test('add up to the R² of the measure in every layer pair', () => {
    for (let from = 0; from < X.length; from++)
      for (let to = 0; to < Y.length; to++) {
        const all = found.interactions.map((_, i) => cellOf(found, i, from, to));
        expect(sum(all)).toBeCloseTo(measured.meanR2[from * Y.length + to]!, 10);
      }
  });

  test.each([
    [0, 1],
    [1, 0],
    [2, 3],
  ])('of layers %i and %i are what the rows say, one by one', (from, to) => {
    for (const [i, { interaction }] of found.interactions.entries()) {
      const bySplit = SPLITS.map(({ test }, split) => {
        const residuals = residualsByHand(split, from, to);
        const y = Y[to]!;
        return mean(
          Array.from({ length: y.columns }, (_, c) => {
            const all = test.map((row) => value(y, row, c));
            const total = sum(all.map((one) => (one - mean(all)) ** 2));
            const own = test.flatMap((row, k) =>
              labels.interactions[row] === interaction ? [residuals[k]![c]! ** 2] : [],
            );
            if (total === 0) return isExact(c) ? own.length / test.length : 0;
            return own.length / test.length - sum(own) / total;
          }),
        );
      });
      expect(cellOf(found, i, from, to)).toBeCloseTo(mean(bySplit), 10);
    }
  });

  test('of the best target layers alone are the same numbers, and nothing else is there', async () => {
    const best = await contributions({ cells: 'best' });
    expect(best.rounds).toEqual(found.rounds);
    for (const i of found.interactions.keys())
      for (let from = 0; from < X.length; from++)
        for (let to = 0; to < Y.length; to++) {
          const isBest = measured.syncR2.bestTarget[from] === to;
          expect(cellOf(best, i, from, to)).toBe(isBest ? cellOf(found, i, from, to) : Number.NaN);
        }
  });
});

describe('rounds', () => {
  test('are those with enough rows on both sides of every split; the others are named', () => {
    const countOf = (part: readonly number[], round: number) =>
      part.filter((row) => labels.rounds[row] === round).length;
    const all = [1, 2, 3, 4, 5, 6].map((round) => ({
      round,
      train: SPLITS.map(({ train }) => countOf(train, round)),
      test: SPLITS.map(({ test }) => countOf(test, round)),
    }));
    const isEnough = ({ train, test }: (typeof all)[number]) => Math.min(...train, ...test) >= SMALLEST;
    expect(found.rounds.map(({ round, train, test }) => ({ round, train, test }))).toEqual(
      all.filter(isEnough),
    );
    expect(found.leftOut).toEqual(all.filter((one) => !isEnough(one)));
    expect(found.rounds.length).toBeGreaterThan(2);
    expect(found.leftOut.length).toBeGreaterThan(0);
  });

  test('have R² about their own training mean, at the target layers that the measure chose', () => {
    for (const { round, ...score } of found.rounds)
      compare(
        score,
        scoreByHand((row) => labels.rounds[row] === round),
      );
  });

  const isTrained = (row: number, split: number) =>
    SPLITS[split]!.train.filter((one) => labels.rounds[one] === labels.rounds[row]).length >= SMALLEST;

  test('are pooled, about each round’s training mean and about that of all', () => {
    const { within, overall, rows: counted, notCounted } = found.pooled!;
    compare(within, scoreByHand(isTrained));
    compare(overall, scoreByHand(isTrained, 'all'));
    expect(counted).toEqual(
      SPLITS.map(({ test }, split) => test.filter((row) => isTrained(row, split)).length),
    );
    expect(notCounted).toEqual(
      SPLITS.map(({ test }, split) => test.filter((row) => !isTrained(row, split)).length),
    );
    expect(sum(notCounted)).toBeGreaterThan(0);
    // The targets drift from round to round, so part of R² is the round alone.
    expect(overall.value).toBeGreaterThan(within.value + 0.01);
  });

  test('with all rows, the pooled number about the common mean is what the measure’s interval lies about', async () => {
    const { pooled } = await contributions({ smallest: 0 });
    expect(pooled!.notCounted).toEqual([0, 0]);
    expect(pooled!.overall.value).toBeCloseTo(measured.intervals!.jackknife.centre, 6);
  });

  test('without a level there are no intervals, and with too few rows no rounds', async () => {
    const none = await contributions({ level: false, smallest: 1000 });
    expect(none).toMatchObject({ rounds: [], pooled: null });
    expect(none.leftOut).toHaveLength(6);
    expect(none.cells).toEqual(found.cells);
    expect((await contributions({ level: false })).rounds.map(({ intervals }) => intervals)).toEqual(
      found.rounds.map(() => undefined),
    );
  });

  test('have no interval where a split holds out two groups with such rows', async () => {
    const two = SPLITS.map((split) => ({
      ...split,
      test: split.test.filter((row) => split.testGroups.slice(0, 2).includes(labels.groups[row]!)),
    }));
    const few = await measureContributions(source, target, {
      ...{ splits: two, lambda: LAMBDA, labels, bestTarget: measured.syncR2.bestTarget },
      ...{ cells: 'best', smallest: 2, level: 0.95 },
    });
    expect(few.rounds.length).toBeGreaterThan(0);
    for (const { intervals } of [...few.rounds, few.pooled!.within]) expect(intervals).toBeUndefined();
  });
});

test('labels and target layers that do not fit are refused', async () => {
  const options = { splits: SPLITS, lambda: LAMBDA, cells: 'all', smallest: 2 } as const;
  const bestTarget = [0, 0, 0];
  const short = { ...labels, rounds: labels.rounds.slice(1) };
  await expect(
    measureContributions(source, target, { ...options, labels: short, bestTarget }),
  ).rejects.toThrow(`rounds of ${rows.length - 1} samples, but there are ${rows.length}`);
  await expect(
    measureContributions(source, target, { ...options, labels, bestTarget: [0, 0, 4] }),
  ).rejects.toThrow('target layers 0, 0, 4 of 3 source layers');
});
