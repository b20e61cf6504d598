// R² of all layer pairs in the trace form (resident.ts): sources are fitted and kept, as many as memory allows;
// then the targets stream by, one layer at a time, each compared with all sources that are in memory.

import type { Gemm } from '../../numerics/gemm.ts';
import { at, take } from '../../numerics/lookup.ts';
import { type Matrix32, type Matrix64, matrixOf } from '../../numerics/matrix.ts';
import { dot } from '../../numerics/vectors.ts';
import {
  cellsOf,
  type Evaluation,
  emptyScores,
  type Fit,
  type Hooks,
  type Problem,
  type Scores,
  setConditionNumber,
} from '../problem.ts';
import { readChecked } from '../ridge/read-layer.ts';
import { type SourceFit, SourceSolver } from '../ridge/source-fit.ts';
import { DirectColumns } from './direct-columns.ts';
import type { Pass, Plan } from './plan.ts';
import { ResidentSources, scratchLength } from './resident-sources.ts';
import { fillWeighted, type TargetWeights, weighTarget } from './target-weights.ts';

/** Rows of Kᵀ that are computed at a time. */
const SMOOTHER_ROWS = 512;

/**
 * How much float32 may have to cancel: what the residual's terms come to, per column, when SS_tot is 1. The error is
 * some 6e-7 of that divided by √D, since the columns' errors are independent (measured on the golden cases), and is
 * to stay below 5e-7. Beyond it, as with nearly as many training rows as dimensions, a fit is left to the plain way
 * in float64. The limit for very many dimensions is a matter of caution.
 */
const largestTerms = (hiddenSize: number): number => Math.min(32, 0.8 * Math.sqrt(hiddenSize));

/** Weighted by variance, a few columns may be all that counts, and their errors do not cancel: up to 1e-5 in R². */
const LARGEST_TERMS_BY_VARIANCE = 16;

/** What the trace form came to. */
export interface TraceResult {
  readonly scores: Scores;
  /** Fits whose scores float32 might spoil; they are to be computed in float64. */
  readonly unsafe: readonly Fit[];
}

/** A target layer with what is known of it in every evaluation. */
interface TargetLayer {
  readonly target: number;
  readonly layer: number;
  readonly weights: readonly TargetWeights[];
}

/**
 * Scores every layer pair.
 *
 * @param plan of this problem, for the trace form
 * @throws BadInput for values that are not finite or a λ that does not work; CorruptFile from layers on disk
 */
export async function measureByTrace(
  problem: Problem,
  plan: Plan,
  hooks: Hooks,
  gemm: Gemm,
): Promise<TraceResult> {
  const run = new TraceRun(problem, plan, hooks, gemm);
  await run.weighTargets();
  for (const pass of plan.passes) await run.measure(pass);
  return { scores: run.scores, unsafe: run.unsafe };
}

class TraceRun {
  readonly scores: Scores;
  readonly unsafe: Fit[] = [];
  readonly #problem: Problem;
  readonly #hooks: Hooks;
  readonly #gemm: Gemm;
  readonly #solver: SourceSolver;
  readonly #direct: readonly DirectColumns[];
  readonly #buffers = new Map<string, Float32Array>();
  readonly #pool = new Map<string, ResidentSources>();
  readonly #steps: number;
  #targets: TargetLayer[] = [];
  #stepsDone = 0;

  constructor(problem: Problem, plan: Plan, hooks: Hooks, gemm: Gemm) {
    this.#problem = problem;
    this.#hooks = hooks;
    this.#gemm = gemm;
    this.#solver = new SourceSolver(gemm);
    this.scores = emptyScores(problem);
    this.#direct = problem.evaluations.map((rows) => new DirectColumns(rows, rows.positions));
    const targetLayers = problem.targets.reduce((sum, { layers }) => sum + layers, 0);
    const perPass = plan.passes.map(({ begin, end, splits }) => splits.length * (end - begin + targetLayers));
    this.#steps = perPass.reduce((sum, steps) => sum + steps, targetLayers);
  }

  /** A first pass over the targets, for what the sources have to know of them. */
  async weighTargets(): Promise<void> {
    for (const [target, source] of this.#problem.targets.entries())
      for (let layer = 0; layer < source.layers; layer++) {
        const y = await readChecked(source, 'target', layer, this.#layerBuffer());
        const weights = this.#problem.evaluations.map((rows) => weighTarget(y, rows, rows.weighting));
        for (const [e, columns] of this.#direct.entries()) columns.add(y, at(weights, e));
        this.#targets.push({ target, layer, weights });
        this.#advance(1);
      }
    for (const columns of this.#direct) columns.join();
  }

  async measure(pass: Pass): Promise<void> {
    const evaluations = [...this.#problem.evaluations.entries()].filter(([, { split }]) =>
      pass.splits.includes(split),
    );
    const residents = new Map(evaluations.map(([e, rows]) => [e, this.#residentSources(e, rows, pass)]));
    for (let layer = pass.begin; layer < pass.end; layer++) await this.#fitSource(pass, layer, residents);
    for (const target of this.#targets) await this.#scoreTarget(pass, target, residents);
  }

  async #fitSource(
    pass: Pass,
    layer: number,
    residents: ReadonlyMap<number, ResidentSources>,
  ): Promise<void> {
    const { source, splits, penalties } = this.#problem;
    const x = await readChecked(source, 'source', layer, this.#layerBuffer());
    const lambdas = pass.splits.map((split) => penalties.map((penalty) => penalty(split, layer)));
    const chosen = take(splits, pass.splits);
    await this.#solver.fitAll(x, chosen, lambdas, async (fit, index, penalty) => {
      const key = { layer, split: at(pass.splits, index), penalty };
      setConditionNumber(this.scores, key, fit.conditionNumber);
      const slot = (layer - pass.begin) * penalties.length + penalty;
      await this.#keep(fit, key, slot, residents);
      if (penalty === penalties.length - 1) this.#advance(1);
    });
  }

  /** Puts a fitted source in its place, for every evaluation of its split. */
  async #keep(
    fit: SourceFit,
    key: Fit,
    slot: number,
    residents: ReadonlyMap<number, ResidentSources>,
  ): Promise<void> {
    const { splits, evaluations } = this.#problem;
    const { train, test } = at(splits, key.split);
    const here = [...residents].filter(([e]) => at(evaluations, e).split === key.split);
    const columns = here.map(([e]) => at(this.#direct, e)).filter(({ count }) => count > 0);
    for (const column of columns) column.begin(test.length);
    const smoother = this.#matrix('smoother', train.length, test.length);
    for (let begin = 0; begin < train.length; begin += SMOOTHER_ROWS) {
      const end = Math.min(begin + SMOOTHER_ROWS, train.length);
      const rows: Matrix64 = await fit.smootherRows(begin, end);
      smoother.data.set(rows.data, begin * test.length);
      for (const column of columns) await column.addRows(rows, begin, end, this.#gemm);
    }
    await this.#hooks.onSmoother?.(key, smoother);
    for (const [e, resident] of here) {
      const part = this.#columnsOf(smoother, at(evaluations, e).positions);
      await resident.store(slot, part, this.#gemm);
      this.#beginCells(e, key, at(this.#direct, e), dot(part.data, part.data) / train.length);
    }
  }

  /** Writes what is known of a row of cells so far, Σ (1 − R²) over columns, and sees whether float32 will do. */
  #beginCells(evaluation: number, fit: Fit, direct: DirectColumns, smootherSize: number): void {
    const { targets, evaluations } = this.#problem;
    const byVariance = at(evaluations, evaluation).weighting === 'variance';
    const losses = direct.count > 0 ? direct.losses() : [];
    let safe = true;
    for (const [index, { target, layer, weights }] of this.#targets.entries()) {
      const { layers, hiddenSize } = at(targets, target);
      const { testEnergy, trainEnergy, missedConstants } = at(weights, evaluation);
      const cell = fit.layer * layers + layer;
      const known = testEnergy + missedConstants + (losses[index] ?? 0);
      cellsOf(this.scores, target, fit.penalty, evaluation)[cell] = known;
      const terms = (testEnergy + smootherSize * trainEnergy) / hiddenSize;
      // The comparison is false for NaN as well.
      safe &&= terms <= (byVariance ? LARGEST_TERMS_BY_VARIANCE : largestTerms(hiddenSize));
    }
    if (!safe && !this.unsafe.some((other) => sameFit(other, fit))) this.unsafe.push(fit);
  }

  async #scoreTarget(
    pass: Pass,
    { target, layer, weights }: TargetLayer,
    residents: ReadonlyMap<number, ResidentSources>,
  ): Promise<void> {
    const { targets, evaluations, penalties } = this.#problem;
    const source = at(targets, target);
    const { layers, hiddenSize } = source;
    const y = await readChecked(source, 'target', layer, this.#layerBuffer());
    for (const [e, resident] of residents) {
      const { train, test } = at(evaluations, e);
      const own = at(weights, e);
      const trainRows = fillWeighted(y, train, own, this.#matrix('train', train.length, hiddenSize));
      const testRows = fillWeighted(y, test, own, this.#matrix('test', test.length, hiddenSize));
      const residuals = await resident.residuals(trainRows, testRows, this.#gemm);
      for (const penalty of penalties.keys()) {
        const cells = cellsOf(this.scores, target, penalty, e);
        for (let from = pass.begin; from < pass.end; from++) {
          const residual = at(residuals, (from - pass.begin) * penalties.length + penalty);
          const cell = from * layers + layer;
          cells[cell] = 1 - (at(cells, cell) + residual) / hiddenSize;
        }
      }
    }
    this.#advance(pass.splits.length);
  }

  #residentSources(e: number, { train, test }: Evaluation, pass: Pass): ResidentSources {
    const { penalties, evaluations } = this.#problem;
    const slots = (pass.end - pass.begin) * penalties.length;
    const nth = evaluations.slice(0, e).filter(({ split }) => pass.splits.includes(split)).length;
    const key = `${nth}/${train.length}/${test.length}`;
    const known = this.#pool.get(key);
    // The last pass may be smaller and then uses a part of the same memory.
    if (known && known.slots >= slots) return known;
    this.#pool.delete(key);
    const scratch = this.#buffer('scratch', scratchLength(train.length, test.length));
    const resident = new ResidentSources(train.length, test.length, slots, scratch);
    this.#pool.set(key, resident);
    return resident;
  }

  /** Some columns of Kᵀ; the matrix itself if they are all. */
  #columnsOf(smoother: Matrix32, positions: readonly number[]): Matrix32 {
    if (positions.length === smoother.columns && positions.every((position, i) => position === i))
      return smoother;
    const part = this.#matrix('part', smoother.rows, positions.length);
    for (let row = 0, to = 0; row < smoother.rows; row++)
      for (const position of positions) part.data[to++] = smoother.data[row * smoother.columns + position]!;
    return part;
  }

  #layerBuffer(): Float32Array {
    const { source, targets } = this.#problem;
    const sizes = [source, ...targets].map(({ samples, hiddenSize }) => samples * hiddenSize);
    return this.#buffer('layer', Math.max(...sizes));
  }

  #matrix(name: string, rows: number, columns: number): Matrix32 {
    return matrixOf(rows, columns, this.#buffer(name, rows * columns).subarray(0, rows * columns));
  }

  #buffer(name: string, length: number): Float32Array {
    let buffer = this.#buffers.get(name);
    if (!buffer || buffer.length < length) {
      buffer = new Float32Array(length);
      this.#buffers.set(name, buffer);
    }
    return buffer;
  }

  #advance(steps: number): void {
    this.#hooks.signal?.throwIfAborted();
    this.#stepsDone += steps;
    this.#hooks.onProgress?.(this.#stepsDone / this.#steps);
  }
}

function sameFit(a: Fit, b: Fit): boolean {
  return a.layer === b.layer && a.split === b.split && a.penalty === b.penalty;
}
