// The stage on a run's folder: what it reads, when it computes anew, what it leaves out.

import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { encountersNamed, runStage, studyOf } from '../../../test/run-stage.ts';
import { sampleSynchrony } from '../../../test/sample-synchrony.ts';
import { writeJudgement } from '../../evaluation/files.ts';
import type { Judgement } from '../../evaluation/types.ts';
import { DIRECTIONS } from '../../pairs/align.ts';
import { correlationPath, synchronyPath } from '../../recordings/layout.ts';
import { readCorrelation } from '../../statistics/correlation-files.ts';
import { combineDirections } from '../../synchrony/sync-r2.ts';
import { writeSynchrony } from '../../synchrony/synchrony-files.ts';
import { seatOrdersOf } from '../plan.ts';
import { type Study, studySchema } from '../schema.ts';
import { CORRELATION, type CorrelationSource } from './correlation.ts';

const MODELS = ['l1', 'l2', 'm1'];
const PAIRS = MODELS.flatMap((a, i) => MODELS.slice(i).map((b) => [a, b] as const));
const heights = new Map(PAIRS.map((pair, i) => [pair.join('+'), 0.3 + 0.07 * i]));
let run: string;

beforeAll(async () => {
  run = mkdtempSync(join(tmpdir(), 'correlation-'));
  for (const pair of PAIRS)
    for (const { names } of seatOrdersOf(pair))
      for (const direction of DIRECTIONS) {
        const height = heights.get(pair.join('+'))!;
        const result = sampleSynchrony({ models: [...names], layers: [3, 3], direction, height });
        await writeSynchrony(synchronyPath(run, names, 'interactive', direction), result, {});
      }
});

afterAll(() => rmSync(run, { recursive: true }));

function judgement(models: readonly [string, string], goal: number, failed = false): Judgement {
  const base = {
    format: 'interbrain-judgement-1' as const,
    ...{ interaction: 'i', scenario: 's', models, seed: 0, judge: 'rule', inputs: 'x', attempts: 1 },
    dimensions: [{ name: 'goal', low: 0, high: 10, description: '' }],
  };
  return failed
    ? { ...base, status: 'failed', failure: 'no' }
    : { ...base, status: 'judged', agents: [{ scores: { goal } }, { scores: { goal: goal / 2 } }] };
}

const judgements = PAIRS.flatMap((pair, i) => seatOrdersOf(pair).map(({ names }) => judgement(names, i)));

type Changes = Partial<Pick<CorrelationSource, 'judgements' | 'abilities' | 'settings'>>;

const SETTINGS = studySchema.parse({ name: 's', models: { a: { embedded: 'x' } }, correlation: true })
  .correlation as Exclude<Study['correlation'], false>;

/** Leaves the judgements in the run's folder and correlates what is there. */
async function correlateStudy(changes: Changes = {}) {
  const { settings = SETTINGS, abilities = new Map<string, Map<string, number>>() } = changes;
  for (const one of changes.judgements ?? judgements) await writeJudgement(run, one);
  const values = [...abilities].map(([name, byModel]) => [name, Object.fromEntries(byModel)] as const);
  const file = {
    ...{ pairs: PAIRS, families: { llama: ['l1', 'l2'], mistral: ['m1'] }, simulation: { seeds: [0] } },
    ...{ judge: 'rule', correlation: settings },
    abilities: Object.fromEntries(values),
  };
  await runStage(CORRELATION, studyOf(run, MODELS, file, { encounters: encountersNamed(['i']) }));
  return (await readCorrelation(run)).result;
}

it('takes SyncR² over directions and seat orders, and both agents’ scores over both seat orders', async () => {
  const result = await correlateStudy();
  const [pair] = result.pairs.filter(({ models }) => models.join() === 'l1,m1');
  expect(pair).toMatchObject({ performance: 1.5, dimensions: { goal: 1.5 }, judged: 2, failed: 0 });
  const directions = DIRECTIONS.map(
    (direction) =>
      sampleSynchrony({ models: ['l1', 'm1'], layers: [3, 3], direction, height: heights.get('l1+m1')! })
        .syncR2,
  );
  expect(pair!.synchrony).toBeCloseTo(combineDirections([...directions, ...directions]).value, 12);
  expect(result.groups.map(({ group, pairs }) => [group, pairs.length])).toEqual([
    ['llama', 3],
    ['mistral', 1],
    ['cross', 2],
    ['overall', 6],
  ]);
  expect(result.groups[3]!.pearson.correlation!.n).toBe(6);
});

it('reads back what it wrote, missing numbers included, and computes it only once', async () => {
  const first = await correlateStudy();
  expect((await readCorrelation(run)).result).toEqual(first);
  const { mtimeMs } = statSync(correlationPath(run));
  expect(await correlateStudy()).toEqual(first);
  expect(statSync(correlationPath(run)).mtimeMs).toBe(mtimeMs);
});

it('computes anew when a score, an ability, a setting or a measurement changes', async () => {
  const stored = async () => JSON.stringify((await readCorrelation(run)).inputs);
  const seen = new Set<string>();
  const abilities = new Map([['MuSR', new Map(MODELS.map((model, i) => [model, i * i]))]]);
  const better = [judgement(['l1', 'l1'], 9), ...judgements.slice(1)];
  const variants = [{}, { judgements: better }, { abilities }, { settings: { ...SETTINGS, level: 0.9 } }];
  for (const change of variants) {
    await correlateStudy(change);
    seen.add(await stored());
  }
  const path = synchronyPath(run, ['l1', 'l1'], 'interactive', 'A->B');
  const result = sampleSynchrony({ models: ['l1', 'l1'], layers: [3, 3], height: 0.9 });
  await writeSynchrony(path, result, {});
  await correlateStudy();
  expect(seen.add(await stored()).size).toBe(5);
});

it('takes a pair’s ability as the mean of its models’, and none where one is not known', async () => {
  const abilities = new Map([
    [
      'IFEval',
      new Map([
        ['l1', 0.2],
        ['l2', 0.5],
      ]),
    ],
  ]);
  const { pairs, groups, benchmarks } = await correlateStudy({ abilities });
  expect(benchmarks).toEqual(['IFEval']);
  expect(pairs.map((pair) => pair.abilities['IFEval'])).toEqual([
    0.2,
    0.35,
    undefined,
    0.5,
    undefined,
    undefined,
  ]);
  expect(groups.map(({ partial }) => partial.length)).toEqual([1, 0, 0, 0]);
});

it('leaves a pair out of which no episode is judged, and says how many failed', async () => {
  const some = judgements.map((entry) =>
    entry.models.every((model) => model === 'm1') ? judgement(entry.models, 0, true) : entry,
  );
  const { pairs, leftOut } = await correlateStudy({ judgements: some });
  expect(pairs).toHaveLength(5);
  expect(leftOut).toEqual([{ models: ['m1', 'm1'], failed: 1 }]);
});

it('refuses judgements of two judges, a damaged file being computed anew', async () => {
  const mixed = [{ ...judgements[0]!, judge: 'other' }, ...judgements.slice(1)];
  await expect(correlateStudy({ judgements: mixed })).rejects.toThrow('by other and rule');
  writeFileSync(correlationPath(run), '{');
  await expect(readCorrelation(run)).rejects.toThrow('is not JSON');
  expect((await correlateStudy()).pairs).toHaveLength(6);
});
