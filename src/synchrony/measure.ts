// Synchrony of one direction: R² of every source layer to every target layer over all split seeds, and SyncR². How
// it is computed, the plan decides (plan.ts); the result is the same either way.

import { tmpdir } from 'node:os';
import { BadInput, NotEnoughSamples } from '../errors.ts';
import { type Gemm, openGemm } from '../numerics/gemm.ts';
import { alignPairs } from '../pairs/align.ts';
import { type LayerSource, recordingLayers, withCache } from '../pairs/layers.ts';
import type { OpenRecording } from '../pairs/open.ts';
import { type Split, splitSamples } from '../pairs/split.ts';
import type { SyncR2Bootstrap } from './intervals/bootstrap.ts';
import { bootstrapTargets, resamplingOfSplits } from './intervals/bootstrap-targets.ts';
import type { Resampling } from './intervals/resampling.ts';
import { SmootherStore } from './intervals/smoother-store.ts';
import type {
  ConditionResult,
  ConditionsOptions,
  MeasureOptions,
  MeasureSettings,
  RecordingsOptions,
  Subset,
  TargetCondition,
} from './options.ts';
import type { Evaluation, Hooks, Penalty, Problem, Scores } from './problem.ts';
import { average, lambdaList, RIDGE, recordSplit, variantsOf } from './results.ts';
import { chooseLambdas } from './ridge/cross-validation.ts';
import { measureDirectly, scoreFits } from './ridge/measure-directly.ts';
import { measurePublished } from './ridge/published.ts';
import { averageSeeds } from './sync-r2.ts';
import { planMeasurement } from './trace/plan.ts';
import { measureByTrace } from './trace/trace.ts';
import { type Lambda, RESULT_FORMAT, type SynchronyResult } from './types.ts';

/** Of the budget, what target layers may take that the plain way keeps in memory. */
const CACHE_SHARE = 0.5;

/** Of the budget, what fits may take that are kept for the bootstrap; the others go to disk. */
const SMOOTHER_SHARE = 1 / 16;

/** How much of the progress is over when the bootstrap begins. */
const MEASURE_PROGRESS = 0.8;

/**
 * Measures synchrony over all layer pairs of one direction.
 *
 * @param source rows of X: every layer (samples, D_source)
 * @param target rows of Y: every layer (samples, D_target), the same samples in the same order
 * @throws BadInput for values that are not finite, or a λ or a memory budget that does not work; NotEnoughSamples
 *   for a split with fewer than two rows on a side; CorruptFile from a source on disk; the signal's reason when
 *   aborted
 */
export async function measureSynchrony(
  source: LayerSource,
  target: LayerSource,
  options: MeasureOptions,
): Promise<SynchronyResult> {
  const { condition, targetModel } = options;
  const [first] = await measureConditions(source, [{ target, condition, targetModel }], options);
  return first!.result;
}

/**
 * Measures several targets that are paired with the same rows of one source, such as an interactive condition and
 * its pseudo-dyads, and any subsets of the test rows. Every source layer is fitted once for all of them. Shapes and
 * errors as in `measureSynchrony`; a subset without two rows in every split is `NotEnoughSamples`.
 */
export async function measureConditions(
  source: LayerSource,
  targets: readonly TargetCondition[],
  options: ConditionsOptions,
): Promise<ConditionResult[]> {
  const { splits, subsets = [] } = options;
  checkSplits(splits);
  const { threads = 0, device = 'cpu' } = options;
  const gemm = await openGemm({ threads, device });
  try {
    const problem = {
      source,
      targets: targets.map(({ target }) => target),
      splits,
      evaluations: evaluationsOf(splits, subsets),
      penalties: [],
    };
    checkSamples(problem, options.groups);
    const lambdas = lambdaList(options.lambda);
    if (options.solver === 'published-float32' && lambdas.includes('cv'))
      throw new BadInput('lambda', 'solver published-float32 takes numbers; cv goes with solver exact');
    const hooks = hooksOf(problem, options);
    if (options.solver === 'published-float32' && subsets.some(({ weighting }) => weighting === 'variance'))
      throw new BadInput('weighting', 'by variance goes with solver exact');
    const chosen = lambdas.includes('cv') ? await chooseLambdas(problem, hooks, gemm) : [];
    const penalties = lambdas.map((lambda): Penalty => {
      return lambda === 'cv' ? (split, layer) => chosen[split]![layer]! : () => lambda;
    });
    const { scores, bootstraps } = await scoreAll({ ...problem, penalties }, options, hooks, gemm);
    return targets.map((target, t) => {
      const measured = { scores: { ...scores, r2: [scores.r2[t]!] }, lambdas, chosen };
      return conditionResult(source, target, { ...measured, bootstrap: bootstraps[t] }, options);
    });
  } finally {
    await gemm.close();
  }
}

/**
 * Measures synchrony between the two seats of recordings: pairs their states in time, splits them by group and
 * measures every layer pair. Errors as in `measureSynchrony` and `splitSamples`.
 */
export async function measureRecordings(
  recordings: readonly OpenRecording[],
  options: RecordingsOptions,
): Promise<SynchronyResult> {
  const pairs = alignPairs(recordings, options.direction);
  const { samples, testFraction } = options;
  const splits = options.splitSeeds.map((seed) => splitSamples(pairs, { seed, samples, testFraction }));
  const source = recordingLayers(options.sources ?? recordings, pairs, 'source');
  const target = recordingLayers(recordings, pairs, 'target');
  const groups = pairs.map(({ group }) => group);
  return measureSynchrony(source, target, { ...options, splits, groups });
}

/** Scores of all targets, and their intervals if there are to be any. */
async function scoreAll(
  problem: Problem,
  options: ConditionsOptions,
  hooks: Hooks,
  gemm: Gemm,
): Promise<{ scores: Scores; bootstraps: SyncR2Bootstrap[] }> {
  if (options.solver === 'published-float32')
    return { scores: await measurePublished(problem, hooks, gemm), bootstraps: [] };
  const { bootstrap = {}, groups } = options;
  const resampling = bootstrap && groups ? resamplingOfSplits(problem, groups, bootstrap) : undefined;
  if (!resampling) return { scores: await score(problem, options, hooks, gemm), bootstraps: [] };
  return scoreWithIntervals(problem, resampling, options, hooks, gemm);
}

async function scoreWithIntervals(
  problem: Problem,
  resampling: Resampling,
  options: ConditionsOptions,
  { onProgress, signal }: Hooks,
  gemm: Gemm,
): Promise<{ scores: Scores; bootstraps: SyncR2Bootstrap[] }> {
  const { memory = defaultMemory(), bootstrap, scratchFolder = tmpdir() } = options;
  const smoothers = new SmootherStore(memory * SMOOTHER_SHARE, scratchFolder);
  try {
    const measureHooks: Hooks = {
      signal,
      onProgress: (share) => onProgress?.(share * MEASURE_PROGRESS),
      // The result's own penalty is the first one.
      onSmoother: async (fit, smoother) => {
        if (fit.penalty === 0) await smoothers.keep(fit, smoother);
      },
    };
    const measureMemory = memory * (1 - SMOOTHER_SHARE);
    const scores = await score(problem, { ...options, memory: measureMemory }, measureHooks, gemm);
    const kinds = problem.evaluations.length / problem.splits.length;
    const meanR2 = scores.r2.map(([own]) => averageSeeds(own!.filter((_, e) => e % kinds === 0)));
    const bootstraps = await bootstrapTargets(
      problem,
      meanR2,
      smoothers,
      resampling,
      bootstrap || {},
      measureMemory / 2,
      {
        signal,
        onProgress: (share) => onProgress?.(MEASURE_PROGRESS + (1 - MEASURE_PROGRESS) * share),
      },
      gemm,
    );
    return { scores, bootstraps };
  } finally {
    await smoothers.close();
  }
}

/** Scores of all targets by the plan's way. Errors as in `measureSynchrony`. */
export async function score(
  problem: Problem,
  { memory = defaultMemory(), method, onPlan }: Pick<MeasureSettings, 'memory' | 'method' | 'onPlan'>,
  hooks: Hooks,
  gemm: Gemm,
): Promise<Scores> {
  const plan = planMeasurement(problem, memory, method);
  const targets = problem.targets.map((target) =>
    withCache(target, (CACHE_SHARE * Math.max(0, memory - plan.workingBytes)) / problem.targets.length),
  );
  if (plan.method === 'direct') {
    const scores = await measureDirectly({ ...problem, targets }, hooks, gemm);
    onPlan?.({ ...plan, unsafeFits: 0, deviceRuns: gemm.deviceRuns });
    return scores;
  }
  const { scores, unsafe } = await measureByTrace(problem, plan, hooks, gemm);
  const { signal, onSmoother } = hooks;
  await scoreFits(problem, unsafe, scores, { signal, onSmoother }, gemm);
  onPlan?.({ ...plan, unsafeFits: unsafe.length, deviceRuns: gemm.deviceRuns });
  return scores;
}

interface Measured {
  /** Of one target. */
  readonly scores: Scores;
  readonly lambdas: readonly Lambda[];
  readonly chosen: readonly (readonly number[])[];
  readonly bootstrap: SyncR2Bootstrap | undefined;
}

function conditionResult(
  source: LayerSource,
  { condition, target, targetModel }: TargetCondition,
  { scores, lambdas, chosen, bootstrap }: Measured,
  { direction, sourceModel, groupBy, splits, subsets = [], solver = 'exact' }: ConditionsOptions,
): ConditionResult {
  const layers = { sourceLayers: source.layers, targetLayers: target.layers };
  // Evaluations: for every split all its test rows, then each subset.
  const kinds = 1 + subsets.length;
  const averageOf = (penalty: number, kind: number) => {
    const r2 = splits.map((_, split) => scores.r2[0]![penalty]![split * kinds + kind]!);
    return average(r2, source.layers, target.layers);
  };
  const averages = lambdas.map((_, penalty) => averageOf(penalty, 0));
  const variants = variantsOf(lambdas, averages, scores, chosen);
  const labels = { condition, direction, sourceModel, targetModel, ...layers };
  const result: SynchronyResult = {
    format: RESULT_FORMAT,
    measure: RIDGE,
    ...labels,
    samples: splits[0]!.train.length + splits[0]!.test.length,
    lambda: lambdas[0] as number,
    solver,
    groupBy,
    splits: splits.map(recordSplit),
    ...averages[0]!,
    conditionNumbers: scores.conditionNumbers[0]!,
    ...(variants.length > 0 && { variants }),
    ...(bootstrap && { bootstrap }),
  };
  const subsetResults = subsets.map(({ name, includes }, i) => {
    const testSamples = splits.map(({ test }, s) => test.filter((sample) => includes(sample, s)).length);
    return { name, testSamples, ...averageOf(0, i + 1) };
  });
  return { result, subsets: subsetResults };
}

function hooksOf({ source, targets }: Problem, { onProgress, signal }: MeasureSettings): Hooks {
  const total = source.layers * targets.reduce((sum, { layers }) => sum + layers, 0);
  return { signal, onProgress: (share) => onProgress?.({ done: Math.floor(share * total + 1e-9), total }) };
}

/** Half of the memory that nothing else uses. */
function defaultMemory(): number {
  return process.availableMemory() / 2;
}

function checkSplits(splits: readonly Split[]): void {
  if (splits.length === 0) throw new BadInput('splitSeeds', 'no split seeds; one or more are needed');
  for (const { seed, train, test } of splits)
    for (const [name, { length }] of Object.entries({ train, test }))
      if (length < 2)
        throw new NotEnoughSamples(`split seed ${seed}, ${name} set`, length, 2, 'take more samples');
}

function checkSamples({ source, targets, splits }: Problem, groups: readonly string[] | undefined): void {
  const last = splits.reduce(
    (most, { train, test }) => [...train, ...test].reduce((a, b) => Math.max(a, b), most),
    0,
  );
  for (const { samples } of [source, ...targets])
    if (last >= samples) throw new RangeError(`row ${last} of a matrix with ${samples} rows`);
  if (groups && groups.length !== source.samples)
    throw new RangeError(`groups of ${groups.length} samples, but there are ${source.samples}`);
}

/** For every split all its test rows, then the subsets'. */
function evaluationsOf(splits: readonly Split[], subsets: readonly Subset[]): Evaluation[] {
  return splits.flatMap(({ seed, train, test }, split) =>
    [undefined, ...subsets].map((subset) => {
      const positions = test.flatMap((sample, i) => (!subset || subset.includes(sample, split) ? [i] : []));
      const rows = positions.map((position) => test[position]!);
      if (rows.length < 2) {
        const where = `subset ${subset?.name}, test set of split seed ${seed}`;
        throw new NotEnoughSamples(where, rows.length, 2, 'take more samples or larger subsets');
      }
      const { weighting } = subset ?? {};
      return { split, train, test: rows, positions, ...(weighting && { weighting }) };
    }),
  );
}
