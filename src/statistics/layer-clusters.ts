// Which parts of a layer × layer map differ between two ways of pairing states: the cluster permutation test with what
// of it is kept on disk.

import { type ClusterPermutation, clusterPermutation } from './cluster-permutation.ts';
import type { UnitMaps } from './layer-maps.ts';
import type { Untested } from './untested.ts';

/** Clusters of one map; layers are 0-based, cells row-major with source layers as rows. */
export interface LayerClusters {
  /** t of every cell. */
  readonly t: readonly number[];
  readonly threshold: number;
  readonly units: number;
  readonly permutations: number;
  /** Target columns used, of D. */
  readonly columns: number;
  readonly hiddenSize: number;
  readonly clusters: readonly {
    readonly cells: readonly number[];
    readonly mass: number;
    readonly p: number;
  }[];
}

/**
 * Clusters of the layer maps of units.
 *
 * @param what the units, in the plural, for the reason why there are too few
 * @returns why there is no test, if there are fewer units than arrangements of signs could tell apart
 */
export async function clustersOf(
  gather: () => Promise<UnitMaps>,
  what: string,
  {
    draws,
    seed,
    inflation = 1,
  }: { readonly draws: number; readonly seed: number; readonly inflation?: number },
  tail: 'greater' | 'two-sided',
): Promise<LayerClusters | Untested> {
  const { units, maps, shape, columns, hiddenSize } = await gather();
  if (units.length < FEWEST_UNITS)
    return { reason: `${units.length} ${what} to compare, and clusters need ${FEWEST_UNITS} at least` };
  const found: ClusterPermutation = clusterPermutation(maps, shape, {
    permutations: draws,
    seed,
    tail,
    inflation,
  });
  return {
    t: rounded(found.t),
    threshold: found.threshold,
    units: units.length,
    permutations: found.largest.length,
    ...{ columns, hiddenSize },
    clusters: found.clusters.map(({ cells, mass, p }) => ({ cells, mass: finite(mass), p })),
  };
}

/** Below it no arrangement of signs is rare enough. */
const FEWEST_UNITS = 6;

/** Without spread t is infinite, which JSON does not know. */
function finite(value: number): number {
  return Math.max(-1e6, Math.min(1e6, value));
}

/** To nine decimals: enough for every p, and a third of the bytes. */
export function rounded(values: Iterable<number>): number[] {
  return Array.from(values, (value) => Math.round(finite(value) * 1e9) / 1e9);
}
