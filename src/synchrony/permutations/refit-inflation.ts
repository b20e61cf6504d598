// How much wider the permutations of two conditions would be if the maps were fitted again in each of them (docs/method.md §13).
// With maps held fixed, a difference that is due to chance of the training rows counts as one. So the labels of whole
// interactions are swapped in training and test alike, in a few permutations, the maps of two source layers are fitted anew,
// and the spread of the difference is compared with that under the same swaps of the test rows alone.

import type { Gemm } from '../../numerics/gemm.ts';
import { at } from '../../numerics/lookup.ts';
import { type Matrix, type Matrix64, takeColumns, takeRows } from '../../numerics/matrix.ts';
import { createRandom } from '../../numerics/random.ts';
import type { LayerSource } from '../../pairs/layers.ts';
import { sampleColumns } from '../intervals/row-residuals.ts';
import type { Penalty, TrainTest } from '../problem.ts';
import { meanR2 } from '../ridge/r2.ts';
import { readChecked } from '../ridge/read-layer.ts';
import { centreSplit, fitRidge, predict } from '../ridge/ridge.ts';

/** Swaps in which everything is fitted anew. */
const SWAPS = 16;

/** Source layers that are looked at. */
const LAYERS = 2;

/** Target dimensions that are looked at. */
const COLUMNS = 64;

/** One of the two conditions; row i of both has the same source turn. */
export interface ConditionLayers {
  readonly source: LayerSource;
  readonly target: LayerSource;
  readonly penalty: Penalty;
}

export interface RefitOptions {
  readonly splits: readonly TrainTest[];
  /** The interaction of every row. */
  readonly interactions: readonly string[];
  /** By source layer the target layer at which the conditions are compared, 0-based. */
  readonly bestTarget: readonly number[];
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
}

/** Mean squares of the difference over swaps of labels. */
export interface RefitSpread {
  /** With maps fitted anew. */
  readonly anew: number;
  /** With maps held fixed. */
  readonly fixed: number;
}

/**
 * Standard deviation of a difference with maps fitted anew over that with maps held fixed, and 1 where it is less.
 *
 * @param spreads of the directions whose mean the difference is
 */
export function inflationOf(spreads: readonly RefitSpread[]): number {
  const sum = (of: (spread: RefitSpread) => number) => spreads.reduce((total, one) => total + of(one), 0);
  const ratio = sum(({ anew }) => anew) / sum(({ fixed }) => fixed);
  return ratio > 1 ? Math.sqrt(ratio) : 1;
}

/** How far the difference of two conditions spreads when labels are swapped, with maps fitted anew and held fixed. */
export async function refitSpread(
  first: ConditionLayers,
  second: ConditionLayers,
  options: RefitOptions,
  gemm: Gemm,
): Promise<RefitSpread> {
  const { splits, interactions, bestTarget, seed, signal } = options;
  const swaps = drawSwaps(interactions, seed);
  const [anew, fixed] = [new Float64Array(SWAPS), new Float64Array(SWAPS)];
  for (const layer of layersOf(first.source.layers)) {
    const target = at(bestTarget, layer);
    const [x1, x2] = [
      await readChecked(first.source, 'source', layer),
      first.source === second.source ? undefined : await readChecked(second.source, 'source', layer),
    ];
    const y = [await sampled(first.target, target), await sampled(second.target, target)] as const;
    for (const [s, split] of splits.entries()) {
      const lambdas = [first.penalty(s, layer), second.penalty(s, layer)] as const;
      const cell: Cell = { x: [x1, x2], y, split, lambdas };
      await addDifferences(cell, swaps, anew, fixed, gemm, signal);
    }
  }
  return { anew: squares(anew) / SWAPS, fixed: squares(fixed) / SWAPS };
}

/** Half of the interactions, drawn anew for every swap: by row, whether it bears the other label. */
function drawSwaps(interactions: readonly string[], seed: number): boolean[][] {
  const names = [...new Set(interactions)].sort();
  const { uniform } = createRandom(`refits/${seed}`);
  return Array.from({ length: SWAPS }, () => {
    const swapped = new Set(names.filter(() => uniform() < 0.5));
    return interactions.map((name) => swapped.has(name));
  });
}

/** A third and two thirds of the way through the layers. */
function layersOf(layers: number): number[] {
  if (layers <= LAYERS) return Array.from({ length: layers }, (_, layer) => layer);
  return [Math.floor(layers / 3), Math.floor((2 * layers) / 3)];
}

async function sampled(target: LayerSource, layer: number): Promise<Matrix> {
  const y = await readChecked(target, 'target', layer);
  return takeColumns(y, sampleColumns(y.columns, COLUMNS));
}

const squares = (values: Float64Array) => values.reduce((sum, value) => sum + value ** 2, 0);

/** A source layer, its target layer and a split, of both conditions. */
interface Cell {
  /** The second is undefined where both conditions have the same. */
  readonly x: readonly [Matrix, Matrix | undefined];
  readonly y: readonly [Matrix, Matrix];
  readonly split: TrainTest;
  readonly lambdas: readonly [number, number];
}

async function addDifferences(
  { x: [x1, x2], y, split, lambdas }: Cell,
  swaps: readonly boolean[][],
  anew: Float64Array,
  fixed: Float64Array,
  gemm: Gemm,
  signal: AbortSignal | undefined,
): Promise<void> {
  const one = await fitRidge(centreSplit(x1, split.train, split.test), lambdas[0], gemm);
  const two = x2 ? await fitRidge(centreSplit(x2, split.train, split.test), lambdas[1], gemm) : one;
  const both = [x1, x2 ?? x1] as const;
  const plain = [
    await predicted(one, at(y, 0), split, gemm),
    await predicted(two, at(y, 1), split, gemm),
  ] as const;
  for (const [i, swapped] of swaps.entries()) {
    signal?.throwIfAborted();
    const r2: number[] = [];
    const held: number[] = [];
    for (const label of [0, 1] as const) {
      const other = label === 0 ? swapped : swapped.map((swap) => !swap);
      const mixed = mix(y, other);
      const ridge = x2
        ? await fitRidge(centreSplit(mix(both, other), split.train, split.test), lambdas[label], gemm)
        : one;
      const values = takeRows(mixed, split.test);
      r2.push(meanR2(values, await predicted(ridge, mixed, split, gemm)));
      const atTest = split.test.map((row) => other[row] === true);
      held.push(meanR2(values, mix(plain, atTest)));
    }
    anew[i]! += at(r2, 0) - at(r2, 1);
    fixed[i]! += at(held, 0) - at(held, 1);
  }
}

/** Predictions of the test rows: (n_test, k), float64. */
async function predicted(
  ridge: Awaited<ReturnType<typeof fitRidge>>,
  y: Matrix,
  { train, test }: TrainTest,
  gemm: Gemm,
): Promise<Matrix64> {
  const centred = centreSplit(y, train, test);
  const found = await predict(ridge, centred.train, gemm);
  const actual = takeRows(y, test);
  // What the centring took off is what the test rows lost by it.
  for (let i = 0; i < found.data.length; i++) found.data[i]! += actual.data[i]! - centred.test.data[i]!;
  return found;
}

/** Rows of the first matrix, or of the second where that is asked for. */
function mix<M extends Matrix>([first, second]: readonly [M, M], other: readonly boolean[]): M {
  const { columns } = first;
  const data = first.data.slice();
  for (const [row, takes] of other.entries())
    if (takes) data.set(second.data.subarray(row * columns, (row + 1) * columns), row * columns);
  return { ...first, data } as M;
}
