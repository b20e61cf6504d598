// A study's synchrony against its social performance, over its pairs of models.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { INTERACTIVE } from '../../conditions/condition.ts';
import { BadInput } from '../../errors.ts';
import { pairPerformance } from '../../evaluation/performance.ts';
import type { Judgement } from '../../evaluation/types.ts';
import { readBytes } from '../../files/read-file.ts';
import { DIRECTIONS } from '../../pairs/align.ts';
import { correlationPath, synchronyPath } from '../../recordings/layout.ts';
import {
  type CorrelatedPair,
  type CorrelationResult,
  readCorrelation,
  writeCorrelation,
} from '../../statistics/correlation-files.ts';
import { correlateModelPairs } from '../../statistics/model-pairs.ts';
import { combineDirections } from '../../synchrony/sync-r2.ts';
import { readSynchrony } from '../../synchrony/synchrony-files.ts';
import { hashOf, type StageContext } from '../context.ts';
import { seatOrdersOf } from '../plan.ts';
import type { CorrelationSettings, Study } from '../schema.ts';
import type { Inputs, Stage, StageTask } from '../stage.ts';
import { ABILITIES, abilityValues } from './abilities.ts';
import { JUDGEMENTS } from './judgements.ts';
import { MEASURE } from './measure.ts';

/** Raised when a change of the program changes the numbers. */
const VERSION = 2;

/** Each model's ability by benchmark: `IFEval` → `llama` → 0.76. Any unit, as long as it is one per benchmark. */
export type Abilities = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** What is correlated. */
export interface CorrelationSource {
  readonly run: string;
  readonly pairs: readonly (readonly [string, string])[];
  readonly families: Study['families'];
  readonly settings: CorrelationSettings;
  /** Of all the study's episodes. */
  readonly judgements: readonly Judgement[];
  /** A benchmark that lacks a model is not held fixed where that model takes part. */
  readonly abilities: Abilities;
}

/**
 * Correlates the pairs' SyncR² in the interactive condition with their mean overall score.
 *
 * @throws BadInput for judgements of several judges; BadInput or CorruptFile for a result of the measure that is missing
 *   or damaged
 */
export async function correlatePairs(source: CorrelationSource): Promise<CorrelationResult> {
  const { settings, judgements, abilities, families = {} } = source;
  const judges = [...new Set(judgements.map(({ judge }) => judge))];
  if (judges.length > 1)
    throw new BadInput('judgements', `by ${judges.join(' and ')}; correlate those of one judge`);
  const pairs: CorrelatedPair[] = [];
  const leftOut: { readonly models: readonly [string, string]; readonly failed: number }[] = [];
  for (const models of source.pairs) {
    const { overall, dimensions, judged, failed } = pairPerformance(models, judgements);
    if (judged === 0) {
      leftOut.push({ models, failed });
      continue;
    }
    const { value: synchrony, standardError, samples } = await pairSynchrony(source.run, models);
    const known = abilitiesOf(models, abilities);
    pairs.push({
      ...{ models, synchrony, standardError, samples, performance: overall, dimensions, abilities: known },
      ...{ judged, failed },
    });
  }
  const { permutations, seed, level } = settings;
  return {
    judge: judges[0] ?? 'nobody',
    dimensions: Object.keys(pairs[0]?.dimensions ?? {}),
    benchmarks: [...abilities.keys()],
    level,
    pairs,
    leftOut,
    groups: correlateModelPairs(pairs, { families, permutations, seed, level }),
  };
}

function synchronyPaths(run: string, models: readonly [string, string]): string[] {
  return seatOrdersOf(models).flatMap(({ names }) =>
    DIRECTIONS.map((direction) => synchronyPath(run, names, INTERACTIVE, direction)),
  );
}

/** SyncR² of the interactive condition over both directions and seat orders, and the mean number of their samples. */
async function pairSynchrony(run: string, models: readonly [string, string]) {
  const results = await Promise.all(synchronyPaths(run, models).map(readSynchrony));
  const samples = results.reduce((sum, { result }) => sum + result.samples, 0) / results.length;
  return { ...combineDirections(results.map(({ result }) => result.syncR2)), samples };
}

/** A pair's ability is the mean of its two models' (docs/method.md §9). */
function abilitiesOf([a, b]: readonly [string, string], abilities: Abilities): Record<string, number> {
  const known: Record<string, number> = {};
  for (const [benchmark, byModel] of abilities) {
    const [first, second] = [byModel.get(a), byModel.get(b)];
    if (first !== undefined && second !== undefined) known[benchmark] = (first + second) / 2;
  }
  return known;
}

/** What a study's correlation is made of, as it lies in the run's folder. */
async function sourceOf(context: StageContext): Promise<CorrelationSource | undefined> {
  const { run, opened } = context;
  const { study, measuredPairs: pairs } = opened;
  if (!study.correlation) return undefined;
  const judgements: Judgement[] = [];
  for (const task of JUDGEMENTS.tasks(opened)) {
    const stored = await JUDGEMENTS.read(run, task).catch(() => undefined);
    if (stored) judgements.push(stored.result);
  }
  const abilities = [];
  for (const task of ABILITIES.tasks(opened)) {
    const stored = await ABILITIES.read(run, task).catch(() => undefined);
    if (stored) abilities.push({ task, result: stored.result });
  }
  const values = abilityValues(study, abilities);
  return { run, pairs, families: study.families, settings: study.correlation, judgements, abilities: values };
}

async function inputsOf(_: StageTask, context: StageContext): Promise<Inputs | undefined> {
  const source = await context.once('correlation', () => sourceOf(context));
  if (source === undefined || source.judgements.length === 0) return undefined;
  const { run, pairs, families, settings, judgements, abilities } = source;
  const measured = createHash('sha256');
  for (const path of pairs.flatMap((models) => synchronyPaths(run, models))) {
    if (!existsSync(`${path}.json`)) return undefined;
    measured.update(await readBytes(`${path}.json`, { advice: 'run the study again' }));
  }
  return {
    synchrony: measured.digest('hex'),
    // The scores too: a judgement by hand has no hash that changes with them.
    judgements: hashOf(judgements),
    abilities: hashOf([...abilities].map(([name, values]) => [name, ...values])),
    settings: hashOf([VERSION, pairs, families ?? {}, settings]),
  };
}

export const CORRELATION: Stage<StageTask, CorrelationResult> = {
  name: 'correlation',
  version: VERSION,
  needs: [MEASURE.name, JUDGEMENTS.name, ABILITIES.name],
  results: 'correlation',
  asked: ({ correlation }) => correlation !== false,
  tasks: () => [{ scope: [], label: 'correlation' }],
  path: correlationPath,
  inputs: inputsOf,
  read: readCorrelation,
  async make(tasks, context, { done }) {
    const source = await context.once('correlation', () => sourceOf(context));
    for (const { task, inputs } of tasks) {
      if (source === undefined) throw new RangeError('the study correlates nothing');
      await writeCorrelation(context.run, { result: await correlatePairs(source), inputs });
      done(task);
    }
  },
};
