// A study's synchrony against its social performance, over its pairs of models.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { INTERACTIVE } from '../conditions/condition.ts';
import { BadInput } from '../errors.ts';
import { pairPerformance } from '../evaluation/performance.ts';
import type { Judgement } from '../evaluation/types.ts';
import { synchronyPath } from '../recordings/layout.ts';
import {
  type CorrelatedPair,
  type CorrelationResult,
  readCorrelation,
  writeCorrelation,
} from '../statistics/correlation-files.ts';
import { correlateModelPairs } from '../statistics/model-pairs.ts';
import { combineDirections } from '../synchrony/sync-r2.ts';
import { readSynchrony } from '../synchrony/synchrony-files.ts';
import { DIRECTIONS } from './measure.ts';
import { seatOrdersOf } from './plan.ts';
import type { CorrelationSettings, Study } from './schema.ts';

/** Raised when a change of the program changes the numbers. */
const CORRELATION_VERSION = 1;

/** Each model's ability by benchmark: `IFEval` → `llama` → 0.76. Any unit, as long as it is one per benchmark. */
export type Abilities = ReadonlyMap<string, ReadonlyMap<string, number>>;

export interface CorrelationStudyOptions {
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
 * Correlates the pairs' SyncR² in the interactive condition with their mean overall score, and writes
 * `statistics/correlation.json`; what was computed from the same inputs is not computed again.
 *
 * @throws BadInput for judgements of several judges; BadInput or CorruptFile for a result of the measure that is missing
 *   or damaged
 */
export async function correlateStudy(options: CorrelationStudyOptions): Promise<CorrelationResult> {
  const { run } = options;
  const inputs = await inputsOf(options);
  const stored = await readCorrelation(run).catch(() => undefined);
  if (stored && Object.entries(inputs).every(([name, hash]) => stored.inputs[name] === hash))
    return stored.result;
  const result = await correlate(options);
  await writeCorrelation(run, { result, inputs });
  return result;
}

async function correlate(options: CorrelationStudyOptions): Promise<CorrelationResult> {
  const { settings, judgements, abilities, families = {} } = options;
  const judges = [...new Set(judgements.map(({ judge }) => judge))];
  if (judges.length > 1)
    throw new BadInput('judgements', `by ${judges.join(' and ')}; correlate those of one judge`);
  const pairs: CorrelatedPair[] = [];
  const leftOut: { readonly models: readonly [string, string]; readonly failed: number }[] = [];
  for (const models of options.pairs) {
    const { overall, dimensions, judged, failed } = pairPerformance(models, judgements);
    if (judged === 0) {
      leftOut.push({ models, failed });
      continue;
    }
    const { value: synchrony, standardError } = await pairSynchrony(options.run, models);
    const known = abilitiesOf(models, abilities);
    pairs.push({
      ...{ models, synchrony, standardError, performance: overall, dimensions, abilities: known },
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

/** SyncR² of the interactive condition over both directions and seat orders. */
async function pairSynchrony(run: string, models: readonly [string, string]) {
  const results = seatOrdersOf(models).flatMap(({ names }) =>
    DIRECTIONS.map((direction) => readSynchrony(synchronyPath(run, names, INTERACTIVE, direction))),
  );
  return combineDirections((await Promise.all(results)).map(({ result }) => result.syncR2));
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

async function inputsOf(options: CorrelationStudyOptions): Promise<Record<string, string>> {
  const { run, pairs, families, settings, judgements, abilities } = options;
  const measured = createHash('sha256');
  for (const { names } of pairs.flatMap(seatOrdersOf))
    for (const direction of DIRECTIONS)
      measured.update(await readFile(`${synchronyPath(run, names, INTERACTIVE, direction)}.json`));
  const hash = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('hex');
  return {
    synchrony: measured.digest('hex'),
    // The scores too: a judgement by hand has no hash that changes with them.
    judgements: hash(judgements),
    abilities: hash([...abilities].map(([name, values]) => [name, ...values])),
    settings: hash([CORRELATION_VERSION, pairs, families ?? {}, settings]),
  };
}
