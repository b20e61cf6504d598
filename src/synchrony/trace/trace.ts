// R² of all layer pairs in the trace form (resident.ts): sources are fitted and kept, as many as memory allows;
// then the targets stream by, one layer at a time, each compared with all sources that are in memory.

import { Buffers } from '../../numerics/buffers.ts';
import type { Gemm } from '../../numerics/gemm.ts';
import { at, first } from '../../numerics/lookup.ts';
import { type Matrix64, matrixOf } from '../../numerics/matrix.ts';
import {
  allFits,
  cellsOf,
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
import { EvaluationSources, type Room } from './evaluation-sources.ts';
import { type Pass, type Plan, residentBytes, roomInFloat64 } from './plan.ts';
import { type TargetWeights, weighTarget } from './target-weights.ts';

/** Rows of Kᵀ that are computed at a time. */
const SMOOTHER_ROWS = 512;

/**
 * How much float32 may have to cancel: what the residual's terms come to, per column, when SS_tot is 1. The error is
 * some 6e-7 of that divided by √D, since the columns' errors are independent (measured on the golden cases), and is
 * to stay below 5e-7. Beyond it, as with nearly as many training rows as dimensions, a fit is scored in float64. The limit for very many dimensions is a matter of caution.
 */
const largestTerms = (hiddenSize: number): number => Math.min(32, 0.8 * Math.sqrt(hiddenSize));

/** Weighted by variance, a few columns may be all that counts, and their errors do not cancel: up to 1e-5 in R². */
const LARGEST_TERMS_BY_VARIANCE = 16;

/** What the trace form came to. */
export interface TraceResult {
  readonly scores: Scores;
  /** How many fits were scored in float64, since float32 might have spoilt them. */
  readonly inFloat64: number;
  /** Fits that need float64 and more memory than there is: to be scored the plain way. */
  readonly leftOver: readonly Fit[];
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
  await run.measureLeftOver();
  return { scores: run.scores, inFloat64: run.inFloat64, leftOver: run.unsafe };
}

class TraceRun {
  readonly scores: Scores;
  /** What found no room in float64. */
  unsafe: Fit[] = [];
  readonly #problem: Problem;
  readonly #plan: Plan;
  readonly #hooks: Hooks;
  readonly #gemm: Gemm;
  readonly #solver: SourceSolver;
  readonly #direct: readonly DirectColumns[];
  readonly #layer = new Buffers();
  readonly #steps: number;
  #buffers = new Buffers();
  #targets: TargetLayer[] = [];
  #stepsDone = 0;
  #inFloat64 = 0;

  constructor(problem: Problem, plan: Plan, hooks: Hooks, gemm: Gemm) {
    this.#problem = problem;
    this.#plan = plan;
    this.#hooks = hooks;
    this.#gemm = gemm;
    this.#solver = new SourceSolver(gemm);
    this.scores = emptyScores(problem);
    this.#direct = problem.evaluations.map((rows) => new DirectColumns(rows, rows.positions));
    const targetLayers = problem.targets.reduce((sum, { layers }) => sum + layers, 0);
    const perPass = plan.passes.map(({ begin, end, splits }) => splits.length * (end - begin + targetLayers));
    this.#steps = perPass.reduce((sum, steps) => sum + steps, targetLayers);
  }

  /** Fits that were scored in float64. */
  get inFloat64(): number {
    return this.#inFloat64;
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

  /** A planned pass. What needs float64 is in it as far as there is room. */
  async measure(pass: Pass): Promise<void> {
    const { penalties } = this.#problem;
    const slots = (pass.end - pass.begin) * penalties.length;
    const spare = this.#plan.memory - this.#plan.workingBytes - residentBytes(this.#problem, pass);
    const float64 = Math.min(slots, roomInFloat64(this.#problem, pass.splits, spare));
    const fits = allFits(this.#problem).filter(
      ({ layer, split }) => layer >= pass.begin && layer < pass.end && pass.splits.includes(split),
    );
    await this.#measureFits(fits, pass.splits, { float32: slots, float64 });
  }

  /** What needs float64 and found no room in its pass, in passes of its own. */
  async measureLeftOver(): Promise<void> {
    const left = this.unsafe;
    if (left.length === 0) return;
    this.unsafe = [];
    this.#buffers = new Buffers();
    const spare = this.#plan.memory - this.#plan.workingBytes;
    for (const split of new Set(left.map((fit) => fit.split))) {
      const float64 = roomInFloat64(this.#problem, [split], spare);
      const here = left.filter((fit) => fit.split === split);
      if (float64 === 0) this.unsafe.push(...here);
      else
        for (let begin = 0; begin < here.length; begin += float64)
          await this.#measureFits(here.slice(begin, begin + float64), [split], { float32: 0, float64 });
    }
  }

  async #measureFits(fits: readonly Fit[], splits: readonly number[], room: Room): Promise<void> {
    const chosen = [...this.#problem.evaluations.entries()].filter(([, { split }]) => splits.includes(split));
    const sources = new Map(
      chosen.map(([e, rows], nth) => [e, new EvaluationSources(String(nth), rows, room, this.#buffers)]),
    );
    for (const layer of new Set(fits.map((fit) => fit.layer)))
      await this.#fitSource(
        layer,
        fits.filter((fit) => fit.layer === layer),
        sources,
      );
    for (const target of this.#targets) await this.#scoreTarget(target, sources, splits.length);
  }

  /** Fits of one source layer. */
  async #fitSource(
    layer: number,
    fits: readonly Fit[],
    sources: ReadonlyMap<number, EvaluationSources>,
  ): Promise<void> {
    const { source, splits, penalties, conditioned } = this.#problem;
    const x = await readChecked(source, 'source', layer, this.#layerBuffer());
    const bySplit = [...new Set(fits.map(({ split }) => split))].map((split) =>
      fits.filter((fit) => fit.split === split),
    );
    const lambdas = bySplit.map((own) =>
      own.map(({ split, penalty }) => at(penalties, penalty)(split, layer)),
    );
    const chosen = bySplit.map((own) => at(splits, first(own).split));
    const onFit = async (fit: SourceFit, index: number, nth: number) => {
      const own = at(bySplit, index);
      const key = at(own, nth);
      setConditionNumber(this.scores, key, fit.conditionNumber);
      await this.#keep(fit, key, sources);
      if (nth === own.length - 1) this.#advance(1);
    };
    await this.#solver.fitAll(x, chosen, lambdas, onFit, conditioned);
  }

  /** Puts a fitted source in its place, for every evaluation of its split. */
  async #keep(fit: SourceFit, key: Fit, sources: ReadonlyMap<number, EvaluationSources>): Promise<void> {
    const { splits, evaluations } = this.#problem;
    const { train, test } = at(splits, key.split);
    const here = [...sources].filter(([e]) => at(evaluations, e).split === key.split);
    const columns = here.map(([e]) => at(this.#direct, e)).filter(({ count }) => count > 0);
    for (const column of columns) column.begin(test.length);
    const smoother = this.#matrix('smoother', train.length, test.length);
    for (let begin = 0; begin < train.length; begin += SMOOTHER_ROWS) {
      const end = Math.min(begin + SMOOTHER_ROWS, train.length);
      const rows: Matrix64 = await fit.smootherRows(begin, end);
      smoother.data.set(rows.data, begin * test.length);
      for (const column of columns) await column.addRows(rows, begin, end, this.#gemm);
    }
    // All evaluations of a fit in one precision, so that it is scored in one pass.
    const safe = here.map(([e]) => {
      const size = squaresOf(smoother, at(evaluations, e).positions) / train.length;
      return this.#beginCells(e, key, at(this.#direct, e), size);
    });
    const precision = safe.every(Boolean) ? 'float32' : 'float64';
    for (const [e, kept] of here) {
      const part = this.#columnsOf(smoother, at(evaluations, e).positions);
      if (!(await kept.store(key, part, precision, this.#gemm))) {
        this.unsafe.push(key);
        return;
      }
    }
    if (precision === 'float64') this.#inFloat64 += 1;
    await this.#hooks.onSmoother?.(key, smoother);
  }

  /** Writes what is known of a row of cells so far, Σ (1 − R²) over columns. Whether float32 will do for the rest. */
  #beginCells(evaluation: number, fit: Fit, direct: DirectColumns, smootherSize: number): boolean {
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
    return safe;
  }

  async #scoreTarget(
    { target, layer, weights }: TargetLayer,
    sources: ReadonlyMap<number, EvaluationSources>,
    steps: number,
  ): Promise<void> {
    const own = at(this.#problem.targets, target);
    const y = await readChecked(own, 'target', layer, this.#layerBuffer());
    for (const [e, kept] of sources)
      for (const [fit, residual] of await kept.residuals(y, at(weights, e), this.#gemm)) {
        const cells = cellsOf(this.scores, target, fit.penalty, e);
        const cell = fit.layer * own.layers + layer;
        cells[cell] = 1 - (at(cells, cell) + residual) / own.hiddenSize;
      }
    this.#advance(steps);
  }

  /** Some columns of Kᵀ; the matrix itself if they are all. */
  #columnsOf(smoother: Matrix64, positions: readonly number[]): Matrix64 {
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
    return this.#layer.float32('layer', Math.max(...sizes));
  }

  #matrix(name: string, rows: number, columns: number): Matrix64 {
    return matrixOf(rows, columns, this.#buffers.float64(name, rows * columns));
  }

  #advance(steps: number): void {
    this.#hooks.signal?.throwIfAborted();
    this.#stepsDone += steps;
    // Passes that were not planned come on top.
    this.#hooks.onProgress?.(Math.min(1, this.#stepsDone / this.#steps));
  }
}

/** Sum of squares of some columns. */
function squaresOf({ rows, columns, data }: Matrix64, positions: readonly number[]): number {
  let sum = 0;
  for (let row = 0, begin = 0; row < rows; row++, begin += columns)
    for (const position of positions) sum += data[begin + position]! ** 2;
  return sum;
}
