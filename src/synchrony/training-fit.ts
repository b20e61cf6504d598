// How closely a measurement's maps fit the rows that they were fitted to, under every λ: of a few source layers at their best
// target layers in the first split, since it is there to be held against R² of held-out rows and needs no more digits.

import type { Gemm } from '../numerics/gemm.ts';
import { at, first } from '../numerics/lookup.ts';
import { type Matrix, takeColumns } from '../numerics/matrix.ts';
import type { LayerSource } from '../pairs/layers.ts';
import { sampleColumns } from './intervals/row-residuals.ts';
import type { Hooks, Penalty, Problem } from './problem.ts';
import { readChecked } from './ridge/read-layer.ts';
import { trainingR2 } from './ridge/training-r2.ts';

/** Source layers that are looked at, spread evenly, the first and the last among them. */
const MOST_LAYERS = 8;

/** Target dimensions that are looked at. */
const COLUMNS = 128;

/** R² of the rows that maps were fitted to. */
export interface TrainingFit {
  /** Source layers that it is a mean over, 0-based. */
  readonly sourceLayers: readonly number[];
  /** Target dimensions that it is a mean over, of D. */
  readonly columns: number;
  /** By λ: the result's own, then its variants. */
  readonly r2: readonly number[];
}

/**
 * The fit of every target's maps to the training rows of the first split.
 *
 * @param bestTargets by target, penalty and source layer: the layer that SyncR² takes
 */
export async function trainingFits(
  { source, targets, splits, penalties }: Pick<Problem, 'source' | 'targets' | 'splits' | 'penalties'>,
  bestTargets: readonly (readonly (readonly number[])[])[],
  { signal }: Hooks,
  gemm: Gemm,
): Promise<TrainingFit[]> {
  const { train } = first(splits);
  const layers = spread(source.layers);
  const sampled = sampledLayers(targets);
  const sums = targets.map(() => penalties.map(() => 0));
  for (const layer of layers) {
    signal?.throwIfAborted();
    const x = await readChecked(source, 'source', layer);
    const lambdas = penalties.map((penalty: Penalty) => penalty(0, layer));
    const ys: Matrix[][] = [];
    for (const l of penalties.keys()) {
      const own: Matrix[] = [];
      for (const t of targets.keys()) own.push(await sampled(t, at(at(at(bestTargets, t), l), layer)));
      ys.push(own);
    }
    const found = await trainingR2(x, ys, train, lambdas, gemm);
    for (const [t, sum] of sums.entries())
      for (const l of penalties.keys()) sum[l]! += at(at(found, l), t) / layers.length;
  }
  return targets.map(({ hiddenSize }, t) => ({
    sourceLayers: layers,
    columns: Math.min(COLUMNS, hiddenSize),
    r2: at(sums, t),
  }));
}

function spread(layers: number): number[] {
  const count = Math.min(layers, MOST_LAYERS);
  return Array.from({ length: count }, (_, i) => Math.round((i * (layers - 1)) / Math.max(1, count - 1)));
}

/** Reads a target layer once, however many source layers and λ it is the best of. */
function sampledLayers(targets: readonly LayerSource[]): (target: number, layer: number) => Promise<Matrix> {
  const known = new Map<string, Matrix>();
  return async (target, layer) => {
    const key = `${target}/${layer}`;
    const found = known.get(key);
    if (found) return found;
    const y = await readChecked(at(targets, target), 'target', layer);
    const sampled = takeColumns(y, sampleColumns(y.columns, COLUMNS));
    known.set(key, sampled);
    return sampled;
  };
}
