import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { plantedSettings, plantStudy } from '../../../test/planted-study.ts';
import { resultsOf, runStage } from '../../../test/run-stage.ts';
import { ownPastPath } from '../../recordings/layout.ts';
import { MEASURE } from './measure.ts';
import { OWN_PAST } from './own-past.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'own-past-'));
});
afterAll(() => rm(folder, { recursive: true }));

const SIZE = {
  scenarios: 12,
  interactionsPerScenario: 2,
  rounds: 4,
  layers: 2,
  hiddenSize: 8,
  words: true,
} as const;
const FILE = { ownPast: true, significance: false, conditions: ['interactive'] } as const;

it('tells own past, partner and text apart on the rows that have a past, once', async () => {
  const planted = { ...SIZE, strength: 1, text: { dialogue: 1 } };
  const study = await plantStudy(folder, 'coupled', planted, FILE);
  await runStage(MEASURE, study);
  expect(await runStage(OWN_PAST, study)).toEqual({ made: 4, skipped: 0 });
  expect(await runStage(OWN_PAST, study)).toEqual({ made: 0, skipped: 4 });
  const results = await resultsOf(OWN_PAST, study);
  for (const { direction, samples, train, test, numbers, layerPairs, bestTarget, lambda } of results) {
    // Of four rounds A → B has three with a past, B → A three all of which have one.
    expect(samples).toBe(24 * 3);
    expect(train.map((count, s) => count + test[s]!)).toEqual(direction === 'A->B' ? [72, 72] : [72, 72]);
    expect(lambda).toBe('cv');
    expect(layerPairs.map(({ source, target }) => [source, target])).toEqual(
      bestTarget.map((to, from) => [from, to]),
    );
    expect(numbers.beyondBoth.value).toBeGreaterThan(0.05);
    expect(numbers.beyondBoth.interval?.estimate).toBe(numbers.beyondBoth.value);
    const parts = ['ownPastAlone', 'partnerAlone', 'textAlone', 'shared'] as const;
    expect(parts.reduce((sum, part) => sum + numbers[part].value, 0)).toBeCloseTo(numbers.all.value, 12);
    for (const { r2, lambdas } of layerPairs) {
      expect(r2.ownPastPartner - r2.ownPast).toBeGreaterThan(-0.1);
      expect(lambdas.all).toHaveLength(2);
      expect(lambdas.all[0]).toHaveLength(3);
    }
  }
});

it('looks at all layer pairs if asked, and says the same of the best', async () => {
  const best = await plantStudy(folder, 'best', { ...SIZE, strength: 1 }, FILE);
  const all = await plantStudy(
    folder,
    'all',
    { ...SIZE, strength: 1 },
    { ...FILE, ownPast: { cells: 'all' } },
  );
  for (const study of [best, all]) {
    await runStage(MEASURE, study);
    await runStage(OWN_PAST, study);
  }
  const [first] = await resultsOf(OWN_PAST, best);
  const [whole] = await resultsOf(OWN_PAST, all);
  expect(whole!.layerPairs).toHaveLength(4);
  for (const own of first!.layerPairs) expect(whole!.layerPairs).toContainEqual(own);
  expect(whole!.numbers).toEqual(first!.numbers);
});

it('without intervals there are none; too few rounds are told', async () => {
  const bare = { ...FILE, synchrony: plantedSettings({ intervals: false }) };
  const study = await plantStudy(folder, 'bare', SIZE, bare);
  await runStage(MEASURE, study);
  await runStage(OWN_PAST, study);
  const { names } = study.orders[0]!;
  const file = JSON.parse(await readFile(ownPastPath(study.run, names, 'A->B'), 'utf8'));
  expect(file.numbers.beyondBoth.interval).toBeUndefined();
  const short = await plantStudy(
    folder,
    'short',
    { ...SIZE, scenarios: 2 },
    {
      ...FILE,
      synchrony: plantedSettings({ lambda: 0.1 }),
    },
  );
  await runStage(MEASURE, short);
  await expect(runStage(OWN_PAST, short)).rejects.toThrow('own past');
});

it('is asked for by its key', async () => {
  const { study } = await plantStudy(folder, 'silent', SIZE);
  expect(OWN_PAST.asked(study)).toBe(false);
  expect(OWN_PAST.asked({ ...study, ownPast: { cells: 'best', dimensions: 512 } })).toBe(true);
});
