// What interactions and rounds contribute to the measure of planted recordings.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { plantedSettings, plantStudy } from '../../../test/planted-study.ts';
import { runStage } from '../../../test/run-stage.ts';
import { INTERACTIVE } from '../../conditions/condition.ts';
import { CorruptFile } from '../../errors.ts';
import { parseSafetensorsHeader, readFloats } from '../../numerics/safetensors.ts';
import { openRecordings } from '../../pairs/open.ts';
import { listRecordings } from '../../recordings/list.ts';
import type { DirectionTask } from '../direction-rows.ts';
import type { OpenStudy } from '../open.ts';
import { CONTRIBUTIONS } from './contributions.ts';
import { MEASURE, measureTask } from './measure.ts';

const ROUNDS = 5;

let folder: string;
let study: OpenStudy;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'contributions-'));
  study = await plantStudy(
    folder,
    'planted',
    { scenarios: 12, rounds: ROUNDS },
    {
      conditions: ['interactive'],
      contributions: true,
      // Finer groups than scenarios: what an interaction adds has its own name either way.
      synchrony: plantedSettings({ groupBy: 'interaction', lambda: 0.1 }),
    },
  );
  await runStage(MEASURE, study);
});
afterAll(() => rm(folder, { recursive: true }));

const withFile = (changes: object) => study.with({ study: { ...study.study, ...changes } });

async function readBoth(task: DirectionTask, of: OpenStudy = study) {
  const measured = (await MEASURE.read(of.run, measureTask(task.order, INTERACTIVE, task.direction))).result;
  const { result } = await CONTRIBUTIONS.read(of.run, task);
  const path = CONTRIBUTIONS.path(of.run, task).replace(/json$/, 'safetensors');
  const header = await parseSafetensorsHeader(path);
  const entry = header.tensors.get('contributions')!;
  return { measured, result, path, entry, header, cells: await readFloats(path, entry) };
}

it('keeps what every held-out interaction adds, in numbers that sum to the measure', async () => {
  expect(await runStage(CONTRIBUTIONS, study)).toEqual({ made: 4, skipped: 0 });
  expect(await runStage(CONTRIBUTIONS, study)).toEqual({ made: 0, skipped: 4 });
  for (const task of CONTRIBUTIONS.tasks(study)) {
    const { measured, result, entry, header, cells } = await readBoth(task);
    const held = [...new Set(measured.splits.flatMap(({ testGroups }) => testGroups))].sort();
    expect(result.interactions.map(({ interaction }) => interaction)).toEqual(held);
    expect(entry).toMatchObject({
      dtype: 'F32',
      shape: [held.length, measured.sourceLayers, measured.targetLayers],
    });
    expect(header.metadata).toMatchObject({ direction: task.direction, source_model: measured.sourceModel });
    for (const [cell, r2] of measured.meanR2.entries()) {
      let sum = 0;
      for (const i of held.keys()) sum += cells[i * measured.meanR2.length + cell]!;
      expect(Math.abs(sum - r2)).toBeLessThan(2e-6);
    }
    const added = result.interactions.reduce((sum, one) => sum + one.syncR2, 0);
    expect(Math.abs(added - measured.syncR2.value)).toBeLessThan(2e-6);
    expect(result).toMatchObject({ bestTarget: measured.syncR2.bestTarget, samples: measured.samples });
  }
});

it('takes rounds from the source: B’s last has no answer', async () => {
  for (const task of CONTRIBUTIONS.tasks(study)) {
    const { measured, result } = await readBoth(task);
    const count = task.direction === 'A->B' ? ROUNDS : ROUNDS - 1;
    expect(result.rounds.map(({ round }) => round)).toEqual(Array.from({ length: count }, (_, i) => i + 1));
    // Every episode has all rounds, so each has as many test rows as there are episodes of held-out interactions.
    const recordings = await openRecordings(
      await listRecordings(study.run, { models: task.order.names, condition: 'interactive', seeds: [0] }),
    );
    for (const { test } of result.rounds)
      expect(test).toEqual(
        measured.splits.map(
          ({ testGroups }) => recordings.filter(({ group }) => testGroups.includes(group)).length,
        ),
      );
    expect(result.pooled!.notCounted).toEqual([0, 0]);
    expect(result.pooled!.overall.value).toBeCloseTo(measured.intervals!.jackknife.centre, 5);
  }
});

it('is made anew where its settings or the measure’s change, and not otherwise', async () => {
  expect(
    await runStage(CONTRIBUTIONS, withFile({ contributions: { cells: 'all', smallest: 10 } })),
  ).toMatchObject({ made: 0 });
  const best = withFile({ contributions: { cells: 'best', smallest: 1000 } });
  expect(await runStage(CONTRIBUTIONS, best)).toMatchObject({ made: 4 });
  const [task] = CONTRIBUTIONS.tasks(best);
  const { measured, result, cells } = await readBoth(task!, best);
  expect(result).toMatchObject({ rounds: [], pooled: null, cells: 'best', smallest: 1000 });
  const { bestTarget } = measured.syncR2;
  const there = Array.from(
    measured.meanR2,
    (_, cell) => bestTarget[Math.floor(cell / measured.targetLayers)] === cell % measured.targetLayers,
  );
  expect(Array.from(cells, (value) => !Number.isNaN(value))).toEqual(
    result.interactions.flatMap(() => there),
  );
  const other = withFile({ synchrony: { ...study.study.synchrony, intervals: false } });
  expect(await runStage(CONTRIBUTIONS, other)).toMatchObject({ made: 4 });
  for (const one of CONTRIBUTIONS.tasks(other))
    expect(
      (await CONTRIBUTIONS.read(study.run, one)).result.rounds.flatMap(({ intervals }) => intervals ?? []),
    ).toEqual([]);
  expect(await runStage(CONTRIBUTIONS, study)).toMatchObject({ made: 4 });
});

it('is asked for by its key', () => {
  expect(CONTRIBUTIONS.asked(study.study)).toBe(true);
  expect(CONTRIBUTIONS.asked(withFile({ contributions: false }).study)).toBe(false);
});

it('is not there where its tensor is another', async () => {
  const [first, second] = CONTRIBUTIONS.tasks(study);
  const { path } = await readBoth(second!);
  const there = await readBoth(first!);
  await writeFile(path, Buffer.from('nothing'));
  await expect(CONTRIBUTIONS.read(study.run, second!)).rejects.toThrow(CorruptFile);
  expect(there.result.interactions.length).toBeGreaterThan(0);
});

it('adds up the maps of principal components where the measure was made on these', async () => {
  const synchrony = plantedSettings({ groupBy: 'interaction', lambda: 'cv', reduce: { components: 4 } });
  const file = { conditions: ['interactive'], contributions: true, synchrony };
  const size = { scenarios: 12, rounds: ROUNDS, hiddenSize: 12, strength: 1.5 };
  const reduced = await plantStudy(folder, 'reduced', size, file);
  await runStage(MEASURE, reduced);
  await runStage(CONTRIBUTIONS, reduced);
  for (const task of CONTRIBUTIONS.tasks(reduced)) {
    const { measured, result, cells } = await readBoth(task, reduced);
    expect(measured.reduced).toEqual({ asked: 4, source: 4, target: 4 });
    for (const [cell, r2] of measured.meanR2.entries()) {
      const added = result.interactions.map((_, i) => cells[i * measured.meanR2.length + cell]!);
      expect(Math.abs(added.reduce((sum, one) => sum + one, 0) - r2)).toBeLessThan(1e-5);
    }
    const added = result.interactions.reduce((sum, one) => sum + one.syncR2, 0);
    expect(measured.syncR2.value).toBeGreaterThan(0.1);
    expect(Math.abs(added - measured.syncR2.value)).toBeLessThan(1e-5);
    expect(result.pooled!.overall.value).toBeCloseTo(measured.intervals!.jackknife.centre, 4);
    expect(result.rounds.map(({ round }) => round)).toContain(2);
  }
});
