// R² of all layer pairs, by whichever way the plan takes, and intervals beside it.

import { tmpdir } from 'node:os';
import type { Gemm } from '../numerics/gemm.ts';
import { at } from '../numerics/lookup.ts';
import { withCache } from '../pairs/layers.ts';
import type { LeaveOneOut } from './intervals/leave-one-out.ts';
import { SmootherStore } from './intervals/smoother-store.ts';
import { intervalsOfTargets, leftOutOfSplits, type SyncR2Intervals } from './intervals/target-intervals.ts';
import type { ConditionsOptions, MeasureSettings } from './options.ts';
import type { Hooks, Problem, Scores } from './problem.ts';
import { measureDirectly, scoreFits } from './ridge/measure-directly.ts';
import { measurePublished } from './ridge/published.ts';
import { averageSeeds, summariseSyncR2 } from './sync-r2.ts';
import { planMeasurement } from './trace/plan.ts';
import { measureByTrace } from './trace/trace.ts';

/** Of the budget, what target layers may take that the plain way keeps in memory. */
const CACHE_SHARE = 0.5;

/** Of the budget, what fits may take that are kept for the intervals; the others go to disk. */
const SMOOTHER_SHARE = 1 / 16;

/** How much of the progress is over when the intervals begin. */
const MEASURE_PROGRESS = 0.8;

/** Scores of all targets, and their intervals if there are to be any. */
export async function scoreAll(
  problem: Problem,
  options: ConditionsOptions,
  hooks: Hooks,
  gemm: Gemm,
): Promise<{ scores: Scores; intervals: SyncR2Intervals[] }> {
  if (options.solver === 'published-float32')
    return { scores: await measurePublished(problem, hooks, gemm), intervals: [] };
  const { intervals = {}, groups } = options;
  const leftOut = intervals && groups ? leftOutOfSplits(problem, groups) : undefined;
  if (!leftOut) return { scores: await score(problem, options, hooks, gemm), intervals: [] };
  return scoreWithIntervals(problem, leftOut, options, hooks, gemm);
}

async function scoreWithIntervals(
  problem: Problem,
  leftOut: LeaveOneOut,
  options: ConditionsOptions,
  { onProgress, signal }: Hooks,
  gemm: Gemm,
): Promise<{ scores: Scores; intervals: SyncR2Intervals[] }> {
  const { memory = defaultMemory(), intervals: settings, scratchFolder = tmpdir() } = options;
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
    const bySplit = scores.r2.map(([own]) => (own ?? []).filter((_, e) => e % kinds === 0));
    const { source, targets } = problem;
    const measured = {
      meanR2: bySplit.map(averageSeeds),
      syncR2: bySplit.map((r2, t) => summariseSyncR2(r2, source.layers, at(targets, t).layers).value),
    };
    const intervals = await intervalsOfTargets(
      problem,
      measured,
      smoothers,
      leftOut,
      settings || {},
      measureMemory / 2,
      {
        signal,
        onProgress: (share) => onProgress?.(MEASURE_PROGRESS + (1 - MEASURE_PROGRESS) * share),
      },
      gemm,
    );
    return { scores, intervals };
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
    onPlan?.({ ...plan, float64Fits: 0, leftOverFits: 0, deviceRuns: gemm.deviceRuns });
    return scores;
  }
  const { scores, inFloat64, leftOver } = await measureByTrace(problem, plan, hooks, gemm);
  const { signal, onSmoother } = hooks;
  await scoreFits(problem, leftOver, scores, { signal, onSmoother }, gemm);
  const { length: leftOverFits } = leftOver;
  onPlan?.({ ...plan, float64Fits: inFloat64, leftOverFits, deviceRuns: gemm.deviceRuns });
  return scores;
}

/** Half of the memory that nothing else uses. */
function defaultMemory(): number {
  return process.availableMemory() / 2;
}
