// How to go about a measurement: the plain way or the trace form, and in the trace form which splits and source
// layers are in memory together. Every pass over the targets reads them and multiplies each with itself once more,
// so passes are few; every split in memory besides another saves a good part of the sources' Gram matrices, so
// splits go together. What the memory budget allows of both, the estimated cost decides.

import { BadInput } from '../../errors.ts';
import { take } from '../../numerics/lookup.ts';
import { SYMMETRIC_BLOCK } from '../../numerics/symmetric.ts';
import type { Evaluation, Problem, TrainTest } from '../problem.ts';
import { ROW_CHUNK, sharedRows } from '../ridge/source-fit.ts';
import { residentLength, scratchLength } from './resident-sources.ts';

/** Costs in float32 operations of GEMM; measured on two cores with AVX-512. */
const FLOAT64_COST = 2.2;
/** Per byte of a layer that is read, centred and converted. */
const READ_COST = 150;
/** Per value and cell that the plain way centres and scores in JavaScript. */
const PLAIN_COST = 4000;
/** Per byte of a resident matrix that an inner product streams. */
const STREAM_COST = 30;

/** Source layers `begin` … `end` − 1 in some splits, in memory together for one pass over the targets. */
export interface Pass {
  readonly splits: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface Plan {
  readonly method: 'trace' | 'direct';
  /** Passes of the trace form; none for the plain way. */
  readonly passes: readonly Pass[];
  /** Bytes that are needed besides the resident matrices. */
  readonly workingBytes: number;
  /** The budget. */
  readonly memory: number;
}

/** How many source layers in some splits, one λ each, a budget has room for in float64 besides what is planned. */
export function roomInFloat64(problem: Problem, splits: readonly number[], bytes: number): number {
  const evaluations = evaluationsOf(problem, splits);
  const perFit = 8 * sum(evaluations.map(({ train, test }) => residentLength(train.length, test.length)));
  const most = (value: (rows: TrainTest) => number) => Math.max(...evaluations.map(value));
  const widest = Math.max(...problem.targets.map(({ hiddenSize }) => hiddenSize));
  const weighted = 8 * widest * most(({ train, test }) => train.length + test.length);
  const scratch = 8 * most(({ train, test }) => scratchLength(train.length, test.length));
  const smoother = 8 * most(({ train, test }) => train.length * test.length);
  return Math.max(0, Math.floor((bytes - weighted - scratch - smoother) / perFit));
}

/** Bytes of the resident matrices of a pass, all of them in float32. */
export function residentBytes(problem: Problem, { splits, begin, end }: Pass): number {
  return (end - begin) * layerBytes(problem, splits);
}

/**
 * Plans a measurement.
 *
 * @param memory budget in bytes
 * @param method asks for a way; the cheaper one if absent
 * @throws BadInput if the trace form was asked for, or is all that could work, and no source layer fits into memory
 */
export function planMeasurement(problem: Problem, memory: number, method?: 'trace' | 'direct'): Plan {
  const direct = { method: 'direct' as const, passes: [], workingBytes: directBytes(problem), memory };
  if (method === 'direct') return direct;
  const together = tracePlan(problem, [problem.splits.map((_, split) => split)], memory);
  const apart = tracePlan(
    problem,
    problem.splits.map((_, split) => [split]),
    memory,
  );
  const plans = [together, apart].filter((plan) => plan !== undefined);
  plans.sort((a, b) => a.cost - b.cost);
  const [best] = plans;
  const cheaper = !best || directCost(problem) < best.cost;
  if (method === undefined && cheaper && direct.workingBytes <= memory) return direct;
  if (best) return best.plan;
  const need = smallestBudget(problem);
  const [there, needed] = [formatBytes(memory, Math.floor), formatBytes(need, Math.ceil)];
  throw new BadInput(
    'memory',
    `${there} are too little; one layer needs ${needed}; give it more (--memory), or end other programs`,
  );
}

function tracePlan(
  problem: Problem,
  groups: readonly (readonly number[])[],
  memory: number,
): { plan: Plan; cost: number } | undefined {
  const layers = problem.source.layers;
  const working = Math.max(...groups.map((group) => workingBytes(problem, group)));
  const passes: Pass[] = [];
  for (const splits of groups) {
    const room = Math.floor((memory - working) / layerBytes(problem, splits));
    if (room < 1) return undefined;
    const blocks = Math.ceil(layers / room);
    // Blocks of equal size, so that one block's memory serves the next.
    const size = Math.ceil(layers / blocks);
    for (let begin = 0; begin < layers; begin += size)
      passes.push({ splits, begin, end: Math.min(begin + size, layers) });
  }
  const cost = passes.reduce((sum, pass) => sum + passCost(problem, pass), 0);
  return { plan: { method: 'trace', passes, workingBytes: working, memory }, cost };
}

function evaluationsOf({ evaluations }: Problem, splits: readonly number[]): Evaluation[] {
  return evaluations.filter(({ split }) => splits.includes(split));
}

/** Bytes of one resident source layer. */
function layerBytes(problem: Problem, splits: readonly number[]): number {
  const values = evaluationsOf(problem, splits).map(({ train, test }) =>
    residentLength(train.length, test.length),
  );
  return 4 * problem.penalties.length * sum(values);
}

/** Bytes besides the resident matrices. Buffers for sources and for targets are both counted. */
function workingBytes(problem: Problem, splits: readonly number[]): number {
  const { source, targets, penalties } = problem;
  const size = source.hiddenSize;
  const targetSize = Math.max(...targets.map(({ hiddenSize }) => hiddenSize));
  const chosen = take(problem.splits, splits);
  const most = (value: (split: TrainTest) => number) => Math.max(...chosen.map(value));
  const order = (split: TrainTest) => Math.min(split.train.length, size);
  const symmetric = most((split) => 4 * order(split) * (order(split) + SYMMETRIC_BLOCK));
  const kept = 1 + Number(penalties.length > 1) + Number(isShared(chosen, size));
  const layer = 4 * source.samples * Math.max(size, targetSize);
  const chunk = 8 * size * Math.max(ROW_CHUNK, dualRows(chosen, size));
  const solved = most((split) => 8 * order(split) * split.test.length);
  // In float64, rounded to float32, and some columns of it where there are subsets.
  const copies = 12 + 8 * Number(problem.evaluations.length > problem.splits.length);
  const smoother = most((split) => (copies * split.train.length + 8 * SYMMETRIC_BLOCK) * split.test.length);
  const weighted = 4 * targetSize * most(({ train, test }) => train.length + test.length);
  const scratch = 4 * most(({ train, test }) => scratchLength(train.length, test.length));
  return layer + kept * symmetric + chunk + solved + smoother + weighted + scratch;
}

/** Rows that the dual form has in memory at once. */
function dualRows(splits: readonly TrainTest[], size: number): number {
  const dual = splits.filter(({ train }) => train.length < size);
  return Math.max(0, ...dual.map(({ train, test }) => train.length + test.length));
}

function isShared(splits: readonly TrainTest[], size: number): boolean {
  return sharedRows(splits.filter(({ train }) => train.length >= size)).length > 0;
}

function smallestBudget(problem: Problem): number {
  return Math.min(
    ...problem.splits.map((_, split) => workingBytes(problem, [split]) + layerBytes(problem, [split])),
  );
}

/** Copies of one layer and one split in float64, as ridge.ts makes them. */
function directBytes({ source, targets, splits }: Problem): number {
  const size = Math.max(source.hiddenSize, ...targets.map(({ hiddenSize }) => hiddenSize));
  const rows = Math.max(...splits.map(({ train, test }) => train.length + test.length));
  const order = Math.min(rows, source.hiddenSize);
  return 4 * source.samples * size + 8 * (2 * rows * size + 2 * order * order);
}

function passCost(problem: Problem, pass: Pass): number {
  const { source, targets, penalties } = problem;
  const layers = pass.end - pass.begin;
  const chosen = take(problem.splits, pass.splits);
  const evaluations = evaluationsOf(problem, pass.splits);
  const squares = sum(evaluations.map(({ train, test }) => train.length ** 2 * test.length));
  const sources =
    layers * (fitCost(chosen, source.hiddenSize, penalties.length) + penalties.length * squares);
  const perTarget = (size: number) =>
    sum(evaluations.map(({ train, test }) => train.length * (train.length + 2 * test.length) * size)) +
    READ_COST * 4 * source.samples * size +
    STREAM_COST * layers * layerBytes(problem, pass.splits);
  const reading = layers * READ_COST * 4 * source.samples * source.hiddenSize;
  return sources + reading + sum(targets.map((target) => target.layers * perTarget(target.hiddenSize)));
}

/** One source layer in some splits: Gram matrices, and per penalty a factorisation, the solves and the smoother. */
function fitCost(splits: readonly TrainTest[], size: number, penalties: number): number {
  const rows = isShared(splits, size)
    ? sharedRows(splits).length * (1 + splits.length) - sum(splits.map(({ train }) => train.length))
    : sum(splits.map(({ train }) => train.length));
  const order = (train: number) => Math.min(train, size);
  const solves = splits.map(
    ({ train: { length: n }, test: { length: m } }) =>
      order(n) ** 3 / 3 + 2 * order(n) ** 2 * m + 2 * size * n * m,
  );
  return FLOAT64_COST * (rows * size * size + penalties * sum(solves));
}

function directCost(problem: Problem): number {
  const { source, targets, splits, penalties } = problem;
  const cells = source.layers * penalties.length;
  const perTarget = (size: number) =>
    sum(
      splits.map(({ train, test }) => {
        const values = (train.length + test.length) * size;
        return 2 * FLOAT64_COST * test.length * train.length * size + PLAIN_COST * values;
      }),
    );
  const fits = sum(splits.map((split) => 2 * fitCost([split], source.hiddenSize, 1)));
  return cells * (fits + sum(targets.map((target) => target.layers * perTarget(target.hiddenSize))));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function formatBytes(bytes: number, round: (value: number) => number): string {
  return bytes >= 1e9 ? `${round(bytes / 1e8) / 10} GB` : `${round(bytes / 1e6)} MB`;
}
