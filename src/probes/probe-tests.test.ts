// What a probe is tested against: exchanges and gains by hand, and studies in which nothing is to be found.

import { describe, expect, it } from 'vitest';
import { openGemm } from '../numerics/gemm.ts';
import { type Matrix64, matrixOf, zeros } from '../numerics/matrix.ts';
import { normals } from '../recordings/planted-states.ts';
import { exchangeP } from './exchange.ts';
import { gainOf, type HeldOutRows, signFlipP } from './held-out-gains.ts';
import { splitTarget } from './probe-splits.ts';
import { type ProbeComparison, type ProbeTests, testProbe } from './probe-tests.ts';
import { meanDivergence, rowDivergences } from './soft-labels.ts';
import type { ProbeTarget } from './targets.ts';

/** Rows of softmaxed numbers. */
function distributions(scores: readonly (readonly number[])[]): Matrix64 {
  const out = zeros(scores.length, scores[0]!.length);
  for (const [i, row] of scores.entries()) {
    const powers = row.map(Math.exp);
    const sum = powers.reduce((a, b) => a + b, 0);
    out.data.set(
      powers.map((power) => power / sum),
      i * out.columns,
    );
  }
  return out;
}

const logOf = (p: Matrix64) => matrixOf(p.rows, p.columns, p.data.map(Math.log));

it('the divergences of rows have the mean divergence as their mean', () => {
  const [p, q] = [distributions([[0, 1, 2], [3, 0, 0]]), logOf(distributions([[0, 0, 1], [1, 1, 0]]))]; // biome-ignore format: short
  const rows = rowDivergences(p, q);
  expect((rows[0]! + rows[1]!) / 2).toBeCloseTo(meanDivergence(p, q), 12);
  const alike = rowDivergences(p, matrixOf(1, 3, q.data.slice(0, 3)));
  expect(alike[0]).toBe(rows[0]);
  expect(alike[1]).not.toBe(rows[1]);
});

describe('an exchange', () => {
  const p = distributions([[3, 0], [0, 3], [3, 0], [0, 3]]); // biome-ignore format: short

  it('of four interactions that are each told right is seldom as good: p by hand', () => {
    // Words 3 0 and 0 3 by turns: an exchange is as good if it keeps the kinds apart, 2!·2! of 4! = 1/6.
    const rows = { groups: ['a', 'b', 'c', 'd'], moments: ['0 1', '0 1', '0 1', '0 1'], p, logQ: logOf(p) };
    const { p: found, permutations } = exchangeP([rows], 6000);
    expect(permutations).toBe(6000);
    expect(found).toBeGreaterThan(1 / 6 - 0.02);
    expect(found).toBeLessThan(1 / 6 + 0.02);
  });

  it('keeps to the same turn: what the turn alone tells is in every exchange', () => {
    // Turn 1 is always the first word, turn 2 the second.
    const rows = { groups: ['a', 'a', 'b', 'b'], moments: ['0 1', '0 2', '0 1', '0 2'], p, logQ: logOf(p) };
    expect(exchangeP([rows], 99).p).toBe(1);
  });

  it('leaves out a turn that one interaction alone has', () => {
    const alone = { groups: ['a', 'b', 'b', 'c'], moments: ['0 1', '0 1', '0 2', '0 1'], p, logQ: logOf(p) };
    const without = {
      groups: ['a', 'b', 'c'],
      moments: ['0 1', '0 1', '0 1'],
      ...{ p: distributions([[3, 0], [0, 3], [0, 3]]), logQ: logOf(distributions([[3, 0], [0, 3], [0, 3]])) }, // biome-ignore format: short
    };
    expect(exchangeP([alone], 200)).toEqual(exchangeP([without], 200));
  });
});

describe('a gain', () => {
  const split = (groups: readonly string[], gains: readonly number[]): HeldOutRows => ({
    groups,
    probe: Float64Array.from(gains, () => 0.1),
    other: Float64Array.from(gains, (gain) => 0.1 + gain),
  });

  it('is the mean over rows and then over splits, and its jackknife leaves a group out of all splits', () => {
    const one = split(['a', 'a', 'b', 'c'], [0.1, 0.3, 0.2, 0.4]);
    const two = split(['a', 'd', 'e'], [0.5, 0.1, 0.3]);
    const { gain, probe, other, interval, groups, rows } = gainOf([one, two]);
    expect(gain).toBeCloseTo((0.25 + 0.3) / 2, 12);
    expect([probe, other]).toEqual([expect.closeTo(0.1, 12), expect.closeTo(0.1 + gain, 12)]);
    expect([groups, rows, interval?.degreesOfFreedom]).toEqual([5, 3, 2]);
    // By hand: without a (0.3, 0.2), b (0.8/3, 0.3), c (0.2, 0.3), d (0.25, 0.4), e (0.25, 0.3).
    const without = [0.25, (0.8 / 3 + 0.3) / 2, 0.25, 0.325, 0.275].map((value) => value - gain);
    const mean = without.reduce((sum, value) => sum + value, 0) / 5;
    const squares = without.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    expect(interval?.standardError).toBeCloseTo(Math.sqrt((4 / 5) * squares), 12);
    expect(gainOf([split(['a', 'b'], [0.1, 0.2])]).interval).toBeNull();
  });

  it('that every group has is as rare as all signs alike', () => {
    const groups = ['a', 'b', 'c', 'd'];
    expect(signFlipP([split(groups, [0.1, 0.2, 0.3, 0.4])], 999)).toEqual({ p: 1 / 16, permutations: 15 });
    expect(signFlipP([split(groups, [-0.1, -0.2, -0.3, -0.4])], 999).p).toBe(1);
  });
});

const GROUPS = 30;
const ROUNDS = 3;
const SETTINGS = { l2: [1, 0.1], testFraction: 0.3, splitSeeds: [0, 1, 2], maxFailureRate: 0.1 };

interface Nothing {
  /** How much of the words the states hold. */
  readonly told?: number;
  /** How much of them the text holds, and the other seed's states. */
  readonly text?: number;
  readonly wrong?: number;
}

/** Thirty interactions of two seeds: states, words and text each have a part of their interaction's own. */
async function study(name: string, { told = 0, text = 0, wrong = 0 }: Nothing): Promise<ProbeTests> {
  const draw = normals(name);
  const words: number[][] = [];
  const [states, read, other]: [number[][], number[][], number[][]] = [[], [], []];
  const [moments, groups]: [string[], string[]] = [[], []];
  for (let group = 0; group < GROUPS; group++) {
    const [ofStates, ofWords, ofText] = [draw(4), draw(3), draw(4)];
    // Who talks longer has other words, too: nothing may hang on it.
    const rounds = ofWords[0]! > 0 ? ROUNDS : ROUNDS - 1;
    for (let seed = 0; seed < 2; seed++)
      for (let round = 0; round < rounds; round++) {
        const own = [...draw(3)].map((value, k) => 0.7 * value + ofWords[k]! + 0.5 * round * (k - 1));
        words.push(own);
        const hold = (share: number, base: Float64Array, values: readonly number[]) =>
          [...draw(4)].map((value, k) => value + base[k]! + share * (values[k] ?? 0));
        states.push([...hold(told, ofStates, own), round]);
        read.push([...hold(text, ofText, own), round]);
        // The same background, another conversation.
        other.push([...hold(wrong, ofStates, own), round]);
        moments.push(`${seed} ${round}`);
        groups.push(`g${group}`);
      }
  }
  const matrix = (rows: readonly number[][]) =>
    matrixOf(rows.length, rows[0]!.length, Float32Array.from(rows.flat()));
  // States of the other seed stand behind all others.
  const x = matrix([...states, ...other]);
  const target: ProbeTarget = {
    ...{ kind: 'emotion', relation: 'partner-next', groups },
    ...{ rows: words.map((_, i) => i), distributions: distributions(words) },
  };
  const divided = splitTarget(target, SETTINGS);
  if (typeof divided === 'string') throw new Error(divided);
  const gemm = await openGemm({ threads: 1 });
  const fits = divided.splits.map(({ split, inner }) => ({
    ...{ split, inner, fits: [{ divergence: 0, validation: 0, l2: 0.1, converged: true }] },
  }));
  const material = {
    text: matrix([...read, ...read]),
    otherSeed: words.map((_, i) => words.length + i),
    moments,
  };
  try {
    const means = { settings: SETTINGS, signal: undefined, gemm };
    return await testProbe({ target, splits: fits, layer: 0, x }, material, means);
  } finally {
    await gemm.close();
  }
}

const made = (one: ProbeTests[keyof Omit<ProbeTests, 'layer'>]): ProbeComparison => {
  if ('reason' in one) throw new Error(one.reason);
  return one;
};

describe('made-up studies', () => {
  it('what the states hold and nothing else does is found against all three', async () => {
    const tests = await study('told', { told: 1.5 });
    for (const one of [tests.baseline, tests.text, tests.wrongSeed]) {
      const { gain, interval, p, probe, other } = made(one);
      expect(gain).toBeGreaterThan(0.05);
      expect(gain).toBeCloseTo(other - probe, 12);
      expect(interval?.low).toBeGreaterThan(0);
      expect(p).toBeLessThan(0.01);
    }
  });

  it('what text and the other seed hold as well is found against the baseline alone', async () => {
    const tests = await study('read', { told: 1.5, text: 1.5, wrong: 1.5 });
    expect(made(tests.baseline).p).toBeLessThan(0.01);
    expect(made(tests.text).interval?.low).toBeLessThan(0);
    expect(made(tests.wrongSeed).interval?.low).toBeLessThan(0);
  });

  it('where nothing is to be found, p is as often below 5 % as it says', async () => {
    const counts = { baseline: 0, text: 0, wrongSeed: 0 };
    const studies = Number(process.env['PROBE_STUDIES'] ?? 80);
    for (let i = 0; i < studies; i++) {
      const tests = await study(`nothing ${i}`, {});
      for (const name of ['baseline', 'text', 'wrongSeed'] as const)
        if (made(tests[name]).p <= 0.05) counts[name]++;
    }
    if (process.env['PROBE_STUDIES']) console.log('NULL', studies, counts);
    // 80 studies: 4 expected, more than 10 in one of 500.
    for (const count of Object.values(counts)) expect(count).toBeLessThanOrEqual(studies / 8);
  }, 120_000);
});
