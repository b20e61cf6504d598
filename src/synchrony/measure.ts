// Synchrony of one direction: R² of every source layer to every target layer over all split seeds, and SyncR². How
// it is computed, the plan decides (plan.ts); the result is the same either way.

import { BadInput, NotEnoughSamples } from '../errors.ts';
import { type Gemm, openGemm } from '../numerics/gemm.ts';
import { alignPairs, type Direction } from '../pairs/align.ts';
import { type LayerSource, recordingLayers, withCache } from '../pairs/layers.ts';
import type { OpenRecording } from '../pairs/open.ts';
import { type Split, splitSamples } from '../pairs/split.ts';
import { chooseLambdas } from './cross-validation.ts';
import { measureDirectly, scoreFits } from './direct.ts';
import { type Plan, planMeasurement } from './plan.ts';
import type { Evaluation, Hooks, Penalty, Problem, Scores } from './problem.ts';
import { average, lambdaList, recordSplit, variantsOf } from './results.ts';
import { measureByTrace } from './trace.ts';
import type { Lambda, SynchronyResult, SyncR2 } from './types.ts';

/** Of the budget, what target layers may take that the plain way keeps in memory. */
const CACHE_SHARE = 0.5;

/** What a result says of itself, as far as the states do not. */
interface MeasureLabels {
  readonly condition: string;
  readonly direction: Direction;
  readonly sourceModel: string;
  readonly targetModel: string;
  readonly groupBy: string;
}

/** How a measurement was gone about. */
export interface PlanReport extends Plan {
  /** Factorisations whose scores were computed in float64 because float32 might have spoilt them. */
  readonly unsafeFits: number;
}

/** What any measurement can be told. */
interface MeasureSettings {
  /**
   * Ridge penalty λ (paper §4.2: 0.1), or several, measured side by side: the first number is the result's own,
   * the others are its variants. `cv` chooses one by cross-validation for every split and source layer; alone, it
   * stands beside λ = 0.1.
   */
  readonly lambda: Lambda | readonly Lambda[];
  /** Bytes that may be used, some 300 MB for the program itself not counted; half of what is free by default. */
  readonly memory?: number;
  /** Threads per product; as many as there are cores by default. */
  readonly threads?: number;
  /** The cheaper one by default. */
  readonly method?: 'trace' | 'direct';
  /** Called from time to time, the last time with `done` = `total` = sourceLayers · targetLayers. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  /** Called at the end. */
  readonly onPlan?: (report: PlanReport) => void;
  /** Checked between layers. */
  readonly signal?: AbortSignal;
}

export interface MeasureOptions extends MeasureLabels, MeasureSettings {
  /** One split per split seed; R² is reported for each and as their mean. */
  readonly splits: readonly Split[];
}

export interface RecordingsOptions extends MeasureLabels, MeasureSettings {
  /** Training and test samples together. Paper §4.2: 6500. */
  readonly samples: number | 'all';
  /** Share that is held out. Paper §4.2: 0.2. */
  readonly testFraction: number;
  readonly splitSeeds: readonly number[];
}

/** Some of the test rows, such as those of one relationship (METHOD §7). */
export interface Subset {
  readonly name: string;
  /** Whether a sample belongs to it. */
  readonly includes: (sample: number) => boolean;
}

/** The same fitted maps, evaluated on some of the test rows. */
export interface SubsetResult {
  readonly name: string;
  /** Evaluated rows per split. */
  readonly testSamples: readonly number[];
  /** R² at the result's own λ per split seed, each (sourceLayers, targetLayers). */
  readonly r2: readonly Float64Array[];
  readonly meanR2: Float64Array;
  readonly syncR2: SyncR2;
}

/** Target states that go with the same source rows, and what their result is called. */
export interface TargetCondition extends Pick<MeasureLabels, 'condition' | 'targetModel'> {
  readonly target: LayerSource;
}

export type ConditionsOptions = Omit<MeasureOptions, 'condition' | 'targetModel'> & {
  readonly subsets?: readonly Subset[];
};

/** One target's result. */
export interface ConditionResult {
  readonly result: SynchronyResult;
  readonly subsets: readonly SubsetResult[];
}

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
  const gemm = await openGemm({ threads: options.threads ?? 0 });
  try {
    const problem = {
      source,
      targets: targets.map(({ target }) => target),
      splits,
      evaluations: evaluationsOf(splits, subsets),
      penalties: [],
    };
    checkSamples(problem);
    const lambdas = lambdaList(options.lambda);
    const hooks = hooksOf(problem, options);
    const chosen = lambdas.includes('cv') ? await chooseLambdas(problem, hooks, gemm) : [];
    const penalties = lambdas.map((lambda): Penalty => {
      return lambda === 'cv' ? (split, layer) => chosen[split]![layer]! : () => lambda;
    });
    const scores = await score({ ...problem, penalties }, options, hooks, gemm);
    return targets.map((target, t) => {
      const measured = { scores: { ...scores, r2: [scores.r2[t]!] }, lambdas, chosen };
      return conditionResult(source, target, measured, options);
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
  const source = recordingLayers(recordings, pairs, 'source');
  const target = recordingLayers(recordings, pairs, 'target');
  return measureSynchrony(source, target, { ...options, splits });
}

async function score(
  problem: Problem,
  { memory = defaultMemory(), method, onPlan }: MeasureSettings,
  hooks: Hooks,
  gemm: Gemm,
): Promise<Scores> {
  const plan = planMeasurement(problem, memory, method);
  const targets = problem.targets.map((target) =>
    withCache(target, (CACHE_SHARE * Math.max(0, memory - plan.workingBytes)) / problem.targets.length),
  );
  if (plan.method === 'direct') {
    onPlan?.({ ...plan, unsafeFits: 0 });
    return measureDirectly({ ...problem, targets }, hooks, gemm);
  }
  const { scores, unsafe } = await measureByTrace(problem, plan, hooks, gemm);
  const { signal } = hooks;
  await scoreFits(problem, unsafe, scores, { signal }, gemm);
  onPlan?.({ ...plan, unsafeFits: unsafe.length });
  return scores;
}

interface Measured {
  /** Of one target. */
  readonly scores: Scores;
  readonly lambdas: readonly Lambda[];
  readonly chosen: readonly (readonly number[])[];
}

function conditionResult(
  source: LayerSource,
  { condition, target, targetModel }: TargetCondition,
  { scores, lambdas, chosen }: Measured,
  { direction, sourceModel, groupBy, splits, subsets = [] }: ConditionsOptions,
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
    format: 'interbrain-synchrony-1',
    ...labels,
    samples: splits[0]!.train.length + splits[0]!.test.length,
    lambda: lambdas[0] as number,
    groupBy,
    splits: splits.map(recordSplit),
    ...averages[0]!,
    conditionNumbers: scores.conditionNumbers[0]!,
    ...(variants.length > 0 && { variants }),
  };
  const subsetResults = subsets.map(({ name, includes }, i) => {
    const testSamples = splits.map(({ test }) => test.filter(includes).length);
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

function checkSamples({ source, targets, splits }: Problem): void {
  const last = splits.reduce(
    (most, { train, test }) => [...train, ...test].reduce((a, b) => Math.max(a, b), most),
    0,
  );
  for (const { samples } of [source, ...targets])
    if (last >= samples) throw new RangeError(`row ${last} of a matrix with ${samples} rows`);
}

/** For every split all its test rows, then the subsets'. */
function evaluationsOf(splits: readonly Split[], subsets: readonly Subset[]): Evaluation[] {
  return splits.flatMap(({ seed, train, test }, split) =>
    [undefined, ...subsets].map((subset) => {
      const positions = test.flatMap((sample, i) => (!subset || subset.includes(sample) ? [i] : []));
      const rows = positions.map((position) => test[position]!);
      if (rows.length < 2) {
        const where = `subset ${subset?.name}, test set of split seed ${seed}`;
        throw new NotEnoughSamples(where, rows.length, 2, 'take more samples or larger subsets');
      }
      return { split, train, test: rows, positions };
    }),
  );
}
