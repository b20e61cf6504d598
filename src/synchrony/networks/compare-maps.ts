// Networks and ridge maps over the same layer pairs, as SyncR² and as a table.

import { summariseSyncR2 } from '../sync-r2.ts';
import type { SynchronyResult, SyncR2 } from '../types.ts';
import type { NonlinearCell, NonlinearComparison, NonlinearResult } from './types.ts';

/**
 * R² of some layer pairs as maps, one per split: (sourceLayers, targetLayers), row-major.
 *
 * @param r2 of a layer pair, by split
 * @param missing stands where there is none
 */
export function mapsOf(
  cells: readonly NonlinearCell[],
  r2: (cell: NonlinearCell) => readonly number[],
  { sourceLayers, targetLayers }: Pick<SynchronyResult, 'sourceLayers' | 'targetLayers'>,
  splits: number,
  missing: number,
): Float64Array[] {
  const maps = Array.from({ length: splits }, () =>
    new Float64Array(sourceLayers * targetLayers).fill(missing),
  );
  for (const cell of cells) {
    const values = r2(cell);
    for (const [split, map] of maps.entries())
      map[cell.source * targetLayers + cell.target] = values[split] ?? missing;
  }
  return maps;
}

/**
 * Compares both maps over some layer pairs: each source layer at its best target among them, clamped, averaged over the
 * source layers that have one. Without any layer pair both numbers are NaN.
 */
export function compareMaps(
  cells: readonly NonlinearCell[],
  layers: Pick<SynchronyResult, 'sourceLayers' | 'targetLayers'>,
): NonlinearComparison {
  const { sourceLayers, targetLayers } = layers;
  const sources = [...new Set(cells.map(({ source }) => source))].sort((a, b) => a - b);
  const splits = cells[0]?.affine.length ?? 0;
  const ranked = cells.map((cell) => ({ ...cell, source: sources.indexOf(cell.source) }));
  const shape = { sourceLayers: sources.length, targetLayers };
  const summarise = (map: 'affine' | 'nonlinear'): SyncR2 => {
    if (cells.length === 0)
      return { value: Number.NaN, standardError: Number.NaN, bestTarget: [], bestR2: [] };
    const maps = mapsOf(ranked, (cell) => cell[map], shape, splits, Number.NEGATIVE_INFINITY);
    return summariseSyncR2(maps, sources.length, targetLayers);
  };
  return {
    affine: summarise('affine'),
    nonlinear: summarise('nonlinear'),
    sourceLayers: sources,
    complete: cells.length === sourceLayers * targetLayers,
  };
}

/** A table of both maps, a row per layer pair: for CSV. */
export function nonlinearTable({ cells, splits }: NonlinearResult): (string | number)[][] {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const head = ['source_layer', 'target_layer', 'affine_r2', 'nonlinear_r2', 'train_loss'];
  const perSplit = splits.flatMap(({ seed }) => [`affine_r2_seed_${seed}`, `nonlinear_r2_seed_${seed}`]);
  const rows = cells.map(({ source, target, affine, nonlinear, trainLoss }) => [
    source,
    target,
    mean(affine),
    mean(nonlinear),
    mean(trainLoss),
    ...affine.flatMap((value, split) => [value, nonlinear[split] ?? Number.NaN]),
  ]);
  return [[...head, ...perSplit], ...rows];
}
