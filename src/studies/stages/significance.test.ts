// Significance of planted recordings whose truth is known, from files to what is said of the pair.

import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { namedConditions } from '../../../test/named-conditions.ts';
import { PLANTED_PAIR, plantedSettings, plantStudy } from '../../../test/planted-study.ts';
import { type RunStageOptions, resultsOf, runStage } from '../../../test/run-stage.ts';
import { BadInput } from '../../errors.ts';
import { significancePath } from '../../recordings/layout.ts';
import type { PlantedOptions } from '../../recordings/planted.ts';
import { adjustOverPairs, isUntested, summariseConditions } from '../../statistics/pair-tests.ts';
import type { OpenStudy } from '../open.ts';
import { SIGNIFICANCE } from './significance.ts';

const CONDITIONS = ['interactive', 'passive', 'lag-1', 'pseudo-dyad', 'shuffled'];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'significance-'));
});
afterAll(() => rm(folder, { recursive: true }));

const plant = (name: string, planted: PlantedOptions, file?: object) =>
  plantStudy(folder, name, planted, file);
const testStudy = (study: OpenStudy, options: RunStageOptions = {}) =>
  runStage(SIGNIFICANCE, study, { threads: 1, ...options });
/** The same study with other words in its file. */
const changed = (study: OpenStudy, changes: Partial<OpenStudy['study']>) =>
  study.with({ study: { ...study.study, ...changes } });
/** Tests of the pair's directions, by seat order and direction. */
const readTests = (study: OpenStudy) => resultsOf(SIGNIFICANCE, study);

/** What is said of the pair, by condition. */
async function summaries(study: OpenStudy) {
  const units = [await readTests(study)].map((directions) =>
    summariseConditions(
      directions.map(({ conditions }) => conditions),
      0.95,
    ),
  );
  return Object.fromEntries(adjustOverPairs(units)[0]!.map((summary) => [summary.condition, summary]));
}

/** The test, which must have been made. */
function made<T extends object>(test: T | undefined): Exclude<T, { readonly reason: string }> {
  if (!test || isUntested(test)) throw new Error(test ? (test as { reason: string }).reason : 'absent');
  return test as Exclude<T, { readonly reason: string }>;
}

describe('rows', () => {
  const LAGS = ['interactive', 'lag-1', 'lag-2'];

  test('a lag has fewer, and nothing follows from that: where nothing depends on time it is no worse', async () => {
    // The text never changes within a dialogue, and nobody adds anything.
    const study = await plant(
      'still',
      {
        ...{ scenarios: 20, interactionsPerScenario: 4, rounds: 4, layers: 2, hiddenSize: 48 },
        ...{ text: { scenario: 1, dialogue: 1 }, persistence: 1, seed: 3 },
      },
      // With a fixed λ, rows matter most.
      { conditions: LAGS, synchrony: plantedSettings({ lambda: 0.1 }) },
    );
    await testStudy(study);
    const found = await summaries(study);
    const whole = found['interactive']!.syncR2;
    for (const [condition, rows] of [
      ['lag-1', 3],
      ['lag-2', 2],
    ] as const) {
      const { interactive, difference, p, interval } = made(found[condition]!.against);
      // Fewer rows to train on alone take more than a tenth away.
      expect(whole - interactive, condition).toBeGreaterThan(0.1 * whole * (3 - rows + 0.5));
      expect(Math.abs(difference), condition).toBeLessThan(0.02);
      expect(p, condition).toBeGreaterThan(0.05);
      const { low, high } = made(interval);
      expect(low, condition).toBeLessThan(0);
      expect(high, condition).toBeGreaterThan(0);
    }
  });
});

describe('what is found', () => {
  test('interaction: above strangers and above every control', async () => {
    const options = await plant('interaction', { strength: 1, text: { scenario: 1, dialogue: 1 } });
    await testStudy(options);
    const found = await summaries(options);
    expect(Object.keys(found)).toEqual(CONDITIONS);
    expect(made(found['interactive']!.strangers).p).toBe(1 / 200);
    for (const condition of ['passive', 'lag-1', 'pseudo-dyad', 'shuffled']) {
      const { difference, p, interval } = made(found[condition]!.against);
      expect(difference, condition).toBeGreaterThan(0.1);
      expect(p, condition).toBe(1 / 200);
      const { low, high } = made(interval);
      expect(low, condition).toBeGreaterThan(0);
      expect(high).toBeGreaterThan(difference);
    }
    expect(found['pseudo-dyad']!.strangers).toMatchObject({ reason: expect.stringContaining('strangers') });
    const [first] = await readTests(options);
    const passive = first!.conditions.find(({ condition }) => condition === 'passive')!;
    const { clusters } = made(passive.against);
    expect(made(clusters).clusters[0]).toMatchObject({ cells: [0, 1, 2, 3], p: 1 / 200 });
  });

  test('nothing shared, and only a scenario’s text: nothing above strangers or passive', async () => {
    for (const [name, text] of [
      ['nothing', {}],
      ['scenario', { scenario: 1 }],
    ] as const) {
      const options = await plant(name, { text, seed: 3 });
      await testStudy(options);
      const found = await summaries(options);
      expect(made(found['interactive']!.strangers).p, name).toBeGreaterThan(0.05);
      expect(made(found['passive']!.against).p, name).toBeGreaterThan(0.05);
    }
  });
});

describe('files', () => {
  test('what is there is not tested again; a lost direction comes back the same; a changed setting redoes all', async () => {
    const small = { scenarios: 10, layers: 2, rounds: 3, strength: 1 };
    const options = await plant('files', small, { conditions: ['interactive', 'passive'] });
    await testStudy(options);
    const path = significancePath(options.run, PLANTED_PAIR, PLANTED_PAIR, 'B->A');
    const before = await readFile(path, 'utf8');
    const other = significancePath(options.run, PLANTED_PAIR, PLANTED_PAIR, 'A->B');
    const touched = (await stat(other)).mtimeMs;
    await rm(path);
    const progress: number[] = [];
    await testStudy(options, { onProgress: ({ done, total }) => progress.push(done / total) });
    expect(await readFile(path, 'utf8')).toBe(before);
    expect((await stat(other)).mtimeMs).toBe(touched);
    expect(progress.at(-1)).toBe(1);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    await testStudy(changed(options, { significance: { draws: 199, seed: 1, alpha: 0.05 } }));
    expect(await readFile(path, 'utf8')).not.toBe(before);
  });

  test('what cannot be tested is a note, not a failure', async () => {
    // One interaction per scenario: there are no strangers, and pseudo-dyads cannot be made.
    const options = await plant(
      'alone',
      { scenarios: 12, interactionsPerScenario: 1, layers: 1 },
      {
        conditions: ['interactive', 'shuffled'],
        synchrony: plantedSettings({ groupBy: 'interaction' }),
      },
    );
    await testStudy(options);
    const found = await summaries(options);
    expect(found['interactive']!.strangers).toMatchObject({
      reason: expect.stringContaining('rows with a surrogate partner'),
    });
    expect(made(found['shuffled']!.against).interactions).toBeGreaterThan(1);
  });

  test('pseudo-dyads of a study that groups by interaction are divided by scenario, and compared with nothing', async () => {
    const options = await plant(
      'apart',
      { scenarios: 10, layers: 1, rounds: 3 },
      {
        conditions: namedConditions('interactive', 'pseudo-dyad'),
        synchrony: plantedSettings({ groupBy: 'interaction' }),
      },
    );
    await testStudy(options);
    const found = await summaries(options);
    const { against, strangers, testSamples } = found['pseudo-dyad']!;
    expect(against).toMatchObject({ reason: expect.stringContaining('are divided by scenario') });
    expect(strangers).toMatchObject({ reason: expect.stringContaining('strangers’ already') });
    // Three of ten scenarios and of 40 interactions are held out: 12 interactions of 2 or 3 rounds either way.
    expect(found['interactive']!.testSamples).toEqual([24, 36]);
    expect(testSamples).toEqual([24, 36]);
  });

  test('a study without the interactive condition, or with the published solver, is told so', async () => {
    const options = await plant('bad', { scenarios: 4, layers: 1 });
    await expect(testStudy(changed(options, { conditions: namedConditions('lag-1') }))).rejects.toThrow(
      BadInput,
    );
    const synchrony = plantedSettings({ solver: 'published-float32' });
    await expect(testStudy(changed(options, { synchrony }))).rejects.toThrow('published-float32');
  });
});

describe('the same scene with another seed', () => {
  const file = {
    conditions: ['interactive', 'seed-swap'],
    simulation: { seeds: [0, 1] },
    significance: { draws: 99, seed: 0, alpha: 0.05 },
    synchrony: plantedSettings({ lambda: 1 }),
  };
  const size = {
    scenarios: 16,
    interactionsPerScenario: 2,
    repetitions: 2,
    rounds: 4,
    layers: 2,
    hiddenSize: 8,
  };

  test('what an interaction has whatever the seed is above strangers, and no more than with another seed', async () => {
    const study = await plant('scene', { ...size, text: { interaction: 1 } }, file);
    await testStudy(study);
    const { interactive, 'seed-swap': swap } = await summaries(study);
    expect(interactive!.syncR2).toBeGreaterThan(0.15);
    expect(made(interactive!.strangers).p).toBeLessThan(0.05);
    const { difference, p } = made(swap!.against);
    expect(Math.abs(difference)).toBeLessThan(0.05);
    expect(p).toBeGreaterThan(0.05);
    const exchanged = made(swap!.exchanged);
    expect(exchanged.p).toBeGreaterThan(0.05);
    expect(Math.abs(exchanged.observed - exchanged.mean)).toBeLessThan(0.05);
    expect(isUntested(swap!.strangers)).toBe(true);
    expect(interactive!.exchanged).toBeUndefined();
  });

  test('what is this conversation’s own is above it, by refitting and by exchange', async () => {
    const study = await plant('own', { ...size, text: { interaction: 1 }, strength: 1 }, file);
    await testStudy(study);
    const { 'seed-swap': swap } = await summaries(study);
    const { difference, interval, p } = made(swap!.against);
    expect(difference).toBeGreaterThan(0.15);
    expect(isUntested(interval) || interval.low > 0).toBe(true);
    expect(p).toBeLessThanOrEqual(0.02);
    const { observed, mean, p: exchangeP } = made(swap!.exchanged);
    expect(observed - mean).toBeGreaterThan(0.15);
    expect(exchangeP).toBe(0.01);
  });
});
