// SyncR² by lag of planted recordings: every lag on the rows that the longest one has.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { namedConditions } from '../../../test/named-conditions.ts';
import { plantedSettings, plantStudy } from '../../../test/planted-study.ts';
import { resultsOf, runStage } from '../../../test/run-stage.ts';
import type { PlantedOptions } from '../../recordings/planted.ts';
import type { DirectionLags } from '../lags-files.ts';
import type { OpenStudy } from '../open.ts';
import { LAGS } from './lags.ts';
import { MEASURE } from './measure.ts';

const CONDITIONS = ['lag-2', 'interactive', 'passive', 'lag-1'];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lags-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function measured(
  name: string,
  planted: PlantedOptions,
  settings: object,
): Promise<{ study: OpenStudy; lags: readonly DirectionLags[] }> {
  const file = { conditions: CONDITIONS, synchrony: plantedSettings(settings) };
  const study = await plantStudy(folder, name, planted, file);
  await runStage(MEASURE, study);
  await runStage(LAGS, study);
  return { study, lags: await resultsOf(LAGS, study) };
}

describe('where nothing depends on time', () => {
  let study: OpenStudy;
  let lags: readonly DirectionLags[];
  beforeAll(async () => {
    // The text never changes within a dialogue, and nobody adds anything.
    ({ study, lags } = await measured(
      'still',
      {
        ...{ scenarios: 20, interactionsPerScenario: 4, rounds: [4, 6], layers: 2, hiddenSize: 48 },
        ...{ text: { scenario: 1, dialogue: 1 }, persistence: 1, seed: 3 },
      },
      { lambda: 0.1 },
    ));
  });

  it('the curve is flat, though the measures, each with its own rows, fall', async () => {
    const results = await resultsOf(MEASURE, study);
    for (const { direction, sourceModel, points } of lags) {
      const own = (condition: string) =>
        results.find(
          (one) =>
            one.condition === condition && one.direction === direction && one.sourceModel === sourceModel,
        )!.syncR2.value;
      const fall = own('interactive') - own('lag-2');
      expect(fall).toBeGreaterThan(0.06);
      expect(points.map(({ lag }) => lag)).toEqual([0, 1, 2]);
      for (const { value, intervals } of points) {
        expect(Math.abs(value - points[0]!.value)).toBeLessThan(fall / 2);
        expect(intervals!.syncR2.low).toBeLessThanOrEqual(value);
        expect(intervals!.syncR2.high).toBeGreaterThanOrEqual(value);
      }
    }
  });

  it('the longest lag has the number that its own measure has, on the same rows', async () => {
    const results = await resultsOf(MEASURE, study);
    for (const { direction, sourceModel, samples, points } of lags) {
      const own = results.find(
        (one) => one.condition === 'lag-2' && one.direction === direction && one.sourceModel === sourceModel,
      )!;
      expect(samples).toBe(own.samples);
      expect(points[2]!.value).toBeCloseTo(own.syncR2.value, 9);
      expect(points[2]!.standardError).toBeCloseTo(own.syncR2.standardError, 9);
    }
  });

  it('is made once, and again when the lags change', async () => {
    expect(await runStage(LAGS, study)).toEqual({ made: 0, skipped: 4 });
    const conditions = namedConditions('interactive', 'lag-1');
    const fewer = study.with({ study: { ...study.study, conditions } });
    expect(await runStage(LAGS, fewer)).toEqual({ made: 4, skipped: 0 });
    expect(LAGS.asked({ ...study.study, conditions: namedConditions('interactive', 'passive') })).toBe(false);
  });
});

it('a large effect of time shows as such', async () => {
  const { lags } = await measured(
    'moving',
    { scenarios: 20, interactionsPerScenario: 4, rounds: 6, layers: 2, strength: 1 },
    { lambda: 0.1 },
  );
  for (const { points } of lags) {
    const [interactive, one, two] = points.map(({ value }) => value);
    expect(interactive).toBeGreaterThan(0.2);
    expect(one).toBeLessThan(0.05);
    expect(two).toBeLessThan(0.05);
  }
});
