// Synchrony of one direction: R² of every source layer to every target layer over all split seeds, and SyncR². How
// it is computed, the plan decides (score.ts, trace/plan.ts); the result is the same either way.

import { BadInput } from '../errors.ts';
import { openGemm } from '../numerics/gemm.ts';
import { at, first } from '../numerics/lookup.ts';
import { alignPairs } from '../pairs/align.ts';
import { type LayerSource, recordingLayers, sideLayers } from '../pairs/layers.ts';
import type { OpenRecording } from '../pairs/open.ts';
import { splitSamples } from '../pairs/split.ts';
import { checkSamples, checkSplits, evaluationsOf } from './evaluations.ts';
import type { SyncR2Intervals } from './intervals/target-intervals.ts';
import type {
  ConditionResult,
  ConditionsOptions,
  MeasureOptions,
  MeasureSettings,
  RecordingsOptions,
  TargetCondition,
} from './options.ts';
import { cellsOf, type Hooks, type Penalty, type Problem, type Scores } from './problem.ts';
import { reduceAll } from './reduce.ts';
import { average, lambdaList, RIDGE, recordSplit, variantsOf } from './results.ts';
import { chooseLambdas } from './ridge/cross-validation.ts';
import { scoreAll } from './score.ts';
import { trainingFits } from './training-fit.ts';
import { type Lambda, RESULT_FORMAT, type SynchronyResult } from './types.ts';

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
  const measured = await measureConditions(source, [{ target, condition, targetModel }], options);
  return first(measured).result;
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
  const { splits, reduce } = options;
  checkSplits(splits);
  if (reduce === undefined) return measureLayers(source, targets, options);
  checkSamples({ source, targets: targets.map(({ target }) => target), splits }, options.groups);
  const reduced = await reduceAll(source, targets, reduce, options);
  const measured = await measureLayers(reduced.source.layers, reduced.targets, reduced.options);
  const own = reduced.source.components;
  return measured.map(({ result, subsets }, t) => {
    const counts = { asked: reduce.components, source: own, target: at(reduced.targets, t).components };
    return { result: { ...result, reduced: counts }, subsets };
  });
}

/** As `measureConditions`, of the layers as they are. */
async function measureLayers(
  source: LayerSource,
  targets: readonly TargetCondition[],
  options: ConditionsOptions,
): Promise<ConditionResult[]> {
  const { splits, subsets = [] } = options;
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
    checkSolver(lambdas, options);
    const hooks = hooksOf(problem, options);
    const chosen = lambdas.includes('cv') ? await chooseLambdas(problem, hooks, gemm) : [];
    const penalties = lambdas.map((lambda): Penalty => {
      return lambda === 'cv' ? (split, layer) => at(at(chosen, split), layer) : () => lambda;
    });
    const { scores, intervals } = await scoreAll({ ...problem, penalties }, options, hooks, gemm);
    const measured = targets.map((target, t) => {
      const own = { scores: { ...scores, r2: [at(scores.r2, t)] }, lambdas, chosen };
      return conditionResult(source, target, { ...own, intervals: intervals[t] }, options);
    });
    if (!options.training || options.solver === 'published-float32') return measured;
    const best = measured.map(({ result: { syncR2, variants = [] } }) =>
      [syncR2, ...variants.map((one) => one.syncR2)].map(({ bestTarget }) => bestTarget),
    );
    const fits = await trainingFits({ ...problem, penalties }, best, hooks, gemm);
    return measured.map(({ result, subsets }, t) => ({
      result: { ...result, training: at(fits, t) },
      subsets,
    }));
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

/** The published solver can do less. */
function checkSolver(lambdas: readonly Lambda[], { solver, subsets = [] }: ConditionsOptions): void {
  if (solver !== 'published-float32') return;
  if (lambdas.includes('cv'))
    throw new BadInput('lambda', 'solver published-float32 takes numbers; cv goes with solver exact');
  if (subsets.some(({ weighting }) => weighting === 'variance'))
    throw new BadInput('weighting', 'by variance goes with solver exact');
}

interface Measured {
  /** Of one target. */
  readonly scores: Scores;
  readonly lambdas: readonly Lambda[];
  readonly chosen: readonly (readonly number[])[];
  readonly intervals: SyncR2Intervals | undefined;
}

function conditionResult(
  source: LayerSource,
  { condition, target, targetModel }: TargetCondition,
  { scores, lambdas, chosen, intervals }: Measured,
  options: ConditionsOptions,
): ConditionResult {
  const { direction, sourceModel, groupBy, splits, subsets = [], solver = 'exact' } = options;
  // Evaluations: for every split all its test rows, then each subset.
  const kinds = 1 + subsets.length;
  const averageOf = (penalty: number, kind: number) => {
    const r2 = splits.map((_, split) => cellsOf(scores, 0, penalty, split * kinds + kind));
    return average(r2, source.layers, target.layers);
  };
  const averages = lambdas.map((_, penalty) => averageOf(penalty, 0));
  const variants = variantsOf(lambdas, averages, scores, chosen);
  const { train, test } = first(splits);
  const result: SynchronyResult = {
    format: RESULT_FORMAT,
    measure: RIDGE,
    ...{ condition, direction, sourceModel, targetModel },
    ...sideLayers(source, target),
    samples: train.length + test.length,
    lambda: first(lambdas),
    ...(first(lambdas) === 'cv' && { chosenLambdas: chosen }),
    solver,
    groupBy,
    splits: splits.map(recordSplit),
    ...first(averages),
    conditionNumbers: first(scores.conditionNumbers),
    ...(variants.length > 0 && { variants }),
    ...(intervals && { intervals }),
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
