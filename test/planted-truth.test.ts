// What every control shows of recordings whose truth is known (src/recordings/planted.ts).

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BadInput } from '../src/errors.ts';
import { type Gemm, openGemm } from '../src/numerics/gemm.ts';
import { openRecordings } from '../src/pairs/open.ts';
import { listRecordings } from '../src/recordings/list.ts';
import { type PlantedOptions, plantEpisodes, writePlanted } from '../src/recordings/planted.ts';
import { openStates, readLayer } from '../src/recordings/states.ts';
import { measureRecordings, measureSynchrony } from '../src/synchrony/measure.ts';
import { measurePlanted, type PlantedSettings, plantedConditions } from './planted-conditions.ts';

let gemm: Gemm;
beforeAll(async () => {
  gemm = await openGemm({ threads: 1 });
});
afterAll(() => gemm.close());

const SIZE = { scenarios: 40, interactionsPerScenario: 4, rounds: 6, layers: 2 } as const;
const TEXT = { scenario: 1, dialogue: 1 } as const;

const measure = (options: PlantedOptions, settings: PlantedSettings = {}) =>
  measurePlanted(plantedConditions({ ...SIZE, ...options }, settings), { permutations: 199 }, gemm);

describe('what the controls say', () => {
  test('nothing shared: nothing is found', async () => {
    const { interactive, passive, comparison } = await measure({});
    for (const { observed, p } of [interactive, passive]) {
      expect(observed).toBeLessThan(0.01);
      expect(p).toBeGreaterThan(0.05);
    }
    expect(comparison.p).toBeGreaterThan(0.05);
  });

  test('text that a scenario’s dialogues share: R² above 0, and just as much with a stranger', async () => {
    const { interactive, comparison } = await measure({ text: { scenario: 1 } });
    expect(interactive.observed).toBeGreaterThan(0.3);
    expect(interactive.p).toBeGreaterThan(0.05);
    expect(Math.abs(interactive.observed - interactive.mean)).toBeLessThan(0.02);
    expect(comparison.p).toBeGreaterThan(0.05);
  });

  test('a dialogue’s own text: more than with a stranger, without any interaction, and the reader has it as well', async () => {
    const { interactive, passive, comparison } = await measure({ text: TEXT });
    for (const { observed, mean, p } of [interactive, passive]) {
      expect(observed).toBeGreaterThan(0.5);
      expect(mean).toBeLessThan(observed / 2);
      expect(p).toBe(1 / 200);
    }
    expect(comparison.p).toBeGreaterThan(0.05);
  });

  test.each([
    'A->B',
    'B->A',
  ] as const)('interaction: the reader has nothing of it (%s)', async (direction) => {
    const { interactive, passive, comparison } = await measure({ strength: 1 }, { direction });
    expect(interactive.observed).toBeGreaterThan(0.3);
    expect(interactive.p).toBe(1 / 200);
    expect(passive.observed).toBeLessThan(0.01);
    expect(comparison.difference).toBeGreaterThan(0.3);
    expect(comparison.p).toBe(1 / 200);
  });

  test('interaction beside text: interactive above passive above pseudo-dyad; scales of columns change nothing', async () => {
    const plain = await measure({ strength: 1, text: TEXT });
    expect(plain.comparison).toMatchObject({ p: 1 / 200 });
    expect(plain.comparison.difference).toBeGreaterThan(0.2);
    expect(plain.passive.observed).toBeGreaterThan(0.3);
    expect(plain.passive.p).toBe(1 / 200);
    expect(plain.passive.mean).toBeLessThan(0.1);
    const heavy = await measure({ strength: 1, text: TEXT, columnSpread: 3 });
    expect(heavy.interactive.observed).toBeCloseTo(plain.interactive.observed, 1);
    expect(heavy.comparison).toMatchObject({ p: 1 / 200 });
  });

  test('a planted lag is found at that lag and at no other', async () => {
    const differences = [];
    for (const lag of [0, 1, 2])
      differences.push((await measure({ strength: 1, lag: 1 }, { lag })).comparison.difference);
    expect(differences[1]).toBeGreaterThan(0.4);
    for (const other of [differences[0]!, differences[2]!]) expect(Math.abs(other)).toBeLessThan(0.02);
  });

  test('the estimate rises with the planted strength', async () => {
    const [found, beyondText] = [[], []] as [number[], number[]];
    for (const strength of [0, 0.25, 0.5, 1, 2]) {
      found.push((await measure({ strength })).interactive.observed);
      beyondText.push((await measure({ strength, text: TEXT })).comparison.difference);
    }
    for (const estimates of [found, beyondText])
      for (const [i, estimate] of estimates.entries())
        if (i > 0) expect(estimate).toBeGreaterThan(estimates[i - 1]! + 0.02);
  });

  test('layers without it have none', async () => {
    const { interactive } = await measure({ strength: 1, layers: 3, coupledLayers: [1] });
    expect(interactive.cells).toHaveLength(9);
    for (const { source, target, observed, p } of interactive.cells) {
      const coupled = source === 1 && target === 1;
      if (coupled) expect([observed > 0.4, p]).toEqual([true, 1 / 200]);
      else expect([observed < 0.01, p > 0.01]).toEqual([true, true]);
    }
  });
});

test('the tests reject in 5 % of recordings in which there is nothing to find', async () => {
  const repeats = 200;
  const rejected = { interactive: 0, passive: 0, comparison: 0, cell: 0 };
  const size = {
    scenarios: 20,
    interactionsPerScenario: 4,
    rounds: 4,
    layers: 2,
    hiddenSize: 8,
    latentSize: 2,
  };
  for (let seed = 0; seed < repeats; seed++) {
    // Without any shared text SyncR² is clamped to 0, and p is 1.
    const conditions = plantedConditions({ ...size, seed, text: { scenario: 1 } });
    const result = await measurePlanted(conditions, { permutations: 99, seed }, gemm);
    for (const test of ['interactive', 'passive', 'comparison'] as const)
      if (result[test].p <= 0.05) rejected[test]++;
    if (result.interactive.cells[1]!.p <= 0.05) rejected.cell++;
  }
  // 99.9 % of a binomial distribution with n = 200 and 5 %: 2 … 21.
  for (const [name, count] of Object.entries(rejected)) {
    expect(count, name).toBeGreaterThanOrEqual(2);
    expect(count, name).toBeLessThanOrEqual(21);
  }
});

describe('as recordings', () => {
  let run: string;
  beforeAll(async () => {
    run = await mkdtemp(join(tmpdir(), 'planted-'));
  });
  afterAll(() => rm(run, { recursive: true }));

  test('written and measured, they give what they give in memory; the readers’ states lie beside them', async () => {
    const options = { scenarios: 10, rounds: [2, 5], strength: 1, repetitions: 2 } as const;
    const episodes = plantEpisodes(options);
    await writePlanted(run, episodes);
    const models = ['planted-a', 'planted-b'] as const;
    const files = await listRecordings(run, { models, condition: 'interactive' });
    expect(files).toHaveLength(60);
    const settings = {
      direction: 'A->B',
      condition: 'interactive',
      sourceModel: 'a',
      targetModel: 'b',
      groupBy: 'scenario',
      lambda: 0.1,
      intervals: false,
    } as const;
    const result = await measureRecordings(await openRecordings(files, 'scenario'), {
      ...settings,
      samples: 'all',
      testFraction: 0.25,
      splitSeeds: [0],
    });
    const { splits, interactive, target } = plantedConditions(options);
    const inMemory = await measureSynchrony(interactive, target, { ...settings, splits });
    expect(result.syncR2.value).toBeGreaterThan(0.3);
    expect(result.syncR2.value).toBeCloseTo(inMemory.syncR2.value, 6);
    const [reader] = await listRecordings(run, { models, condition: 'passive' });
    const first = episodes.find(({ episode }) => episode.interaction === reader!.interaction)!;
    expect(await readLayer(await openStates(reader!.states), 'A', 0)).toEqual(
      first.readers.A.data.slice(0, first.readers.A.rounds * 16),
    );
  });

  test('strength alone changes nothing else', () => {
    const [none, some] = [0, 1].map((strength) => plantEpisodes({ scenarios: 2, strength })[0]!);
    expect(some!.readers).toEqual(none!.readers);
    // Nothing was said before A's first utterance.
    expect(some!.states.A.data.slice(0, 16)).toEqual(none!.states.A.data.slice(0, 16));
    expect(some!.states.B.data).not.toEqual(none!.states.B.data);
    expect(() => plantEpisodes({ rounds: [3, 2] })).toThrow(BadInput);
    expect(() => plantEpisodes({ layers: 2, coupledLayers: [2] })).toThrow('planted coupledLayers: 2');
  });
});
