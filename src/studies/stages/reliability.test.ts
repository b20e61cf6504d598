// Halves and ceilings of planted recordings, and what the halves say over pairs of models.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plantStudy } from '../../../test/planted-study.ts';
import { resultsOf, runStage } from '../../../test/run-stage.ts';
import { writeJudgement } from '../../evaluation/files.ts';
import { halveGroups } from '../../synchrony/reliability/halves.ts';
import type { OpenStudy } from '../open.ts';
import type { DirectionReliability } from '../reliability-files.ts';
import { MEASURE } from './measure.ts';
import { PAIR_RELIABILITY } from './pair-reliability.ts';
import { RELIABILITY } from './reliability.ts';

let folder: string;
let study: OpenStudy;
let results: readonly DirectionReliability[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reliability-'));
  const planted = {
    scenarios: 24,
    interactionsPerScenario: 2,
    rounds: 5,
    strength: 2,
    hiddenSize: 8,
  } as const;
  const file = {
    ...{ reliability: { halvings: 2 }, judge: 'rule', conditions: ['interactive'], significance: false },
    synchrony: { samples: 'all', test: 0.3, splitSeeds: [0, 1], groupBy: 'interaction', lambda: 1 },
  };
  study = await plantStudy(folder, 'halves', planted, file);
  await runStage(MEASURE, study, { threads: 1 });
  expect(await runStage(RELIABILITY, study, { threads: 1 })).toEqual({ made: 4, skipped: 0 });
  results = await resultsOf(RELIABILITY, study);
}, 600_000);
afterAll(() => rm(folder, { recursive: true }));

describe('halves', () => {
  it('share no group, have all of them, and are the same for all pairs', () => {
    const names = Array.from({ length: 31 }, (_, i) => `g${i}`);
    const [a, b] = halveGroups(names, 0);
    expect([a.length, b.length]).toEqual([16, 15]);
    expect([...a, ...b].sort()).toEqual([...names].sort());
    expect(halveGroups(names.toReversed(), 0)).toEqual([a, b]);
    expect(halveGroups(names, 1)).not.toEqual([a, b]);
  });

  it('are measured by themselves, and are near the whole', async () => {
    const measured = await Promise.all(MEASURE.tasks(study).map((task) => MEASURE.read(study.run, task)));
    for (const [i, { halvings }] of results.entries()) {
      const { value } = measured[i]!.result.syncR2;
      expect(value).toBeGreaterThan(0.3);
      expect(halvings).toHaveLength(2);
      for (const halves of halvings) {
        expect(halves.flatMap(({ groups }) => groups)).toHaveLength(48);
        for (const half of halves) {
          expect(half.samples).toBeLessThan(measured[i]!.result.samples * 0.6);
          expect(Math.abs(half.value - value)).toBeLessThan(0.2);
        }
        expect(halves[0].value).not.toBe(halves[1].value);
      }
    }
  });
});

it('the ceiling is above SyncR², and the share of it has an interval', async () => {
  const measured = await Promise.all(MEASURE.tasks(study).map((task) => MEASURE.read(study.run, task)));
  for (const [i, { ceiling }] of results.entries()) {
    const { value, bestTarget } = measured[i]!.result.syncR2;
    expect(ceiling?.layers).toHaveLength(2);
    for (const [target, one] of ceiling!.layers.entries()) {
      expect(one.target).toBe(target);
      expect(one.from).not.toBe(target);
    }
    const chosen = bestTarget.map((target) => ceiling!.layers[target]!.r2);
    expect(ceiling?.value).toBeCloseTo(chosen.reduce((sum, one) => sum + one, 0) / chosen.length, 12);
    expect(ceiling?.share).toBeCloseTo(value / ceiling!.value, 12);
    expect(ceiling?.share).toBeLessThan(1);
    expect(ceiling?.interval?.low).toBeLessThan(ceiling!.share!);
    expect(ceiling?.interval?.high).toBeGreaterThan(ceiling!.share!);
  }
});

it('nothing is made twice; one pair says nothing of reliability, and why', async () => {
  expect(await runStage(RELIABILITY, study)).toEqual({ made: 0, skipped: 4 });
  const order = MEASURE.tasks(study)[0]!.order.names;
  for (const { groups } of results[0]!.halvings[0]!)
    for (const [i, interaction] of groups.entries())
      await writeJudgement(study.run, {
        ...{
          format: 'interbrain-judgement-1',
          interaction,
          scenario: 's',
          models: order as [string, string],
        },
        ...{ seed: 0, judge: 'rule', inputs: 'x', attempts: 1, status: 'judged' },
        dimensions: [{ name: 'goal', low: 0, high: 10, description: 'made up' }],
        agents: [{ scores: { goal: i % 5 } }, { scores: { goal: i % 3 } }],
      });
  expect(await runStage(PAIR_RELIABILITY, study)).toEqual({ made: 1, skipped: 0 });
  const [found] = await resultsOf(PAIR_RELIABILITY, study);
  expect(found).toMatchObject({ synchrony: null, performance: null, correlation: null });
  expect(found?.notes).toEqual(['1 pair of models: reliability needs 3 that differ']);
  const [pair] = found!.pairs;
  const mean = (side: 0 | 1) => results.reduce((sum, { halvings }) => sum + halvings[0]![side].value / 4, 0);
  expect(pair?.halves[0]?.[0]).toBeCloseTo(mean(0), 12);
  expect(pair?.halves[0]?.[1]).toBeCloseTo(mean(1), 12);
  expect(pair?.performanceHalves).toHaveLength(2);
});
