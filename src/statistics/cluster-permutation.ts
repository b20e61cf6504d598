// Cluster permutation test over a layer × layer map (Maris & Oostenveld, Nonparametric statistical testing of EEG- and
// MEG-data, 2007): where two conditions differ, without a correction for every cell, because neighbouring layers
// resemble one another and a true difference covers a region.

import { BadInput } from '../errors.ts';
import { studentCritical } from '../numerics/distributions.ts';
import { at } from '../numerics/lookup.ts';
import { permutationP, type Tail } from '../synchrony/permutations/null-distribution.ts';
import { type SignFlipOptions, signFlips } from '../synchrony/permutations/sign-flips.ts';

export interface ClusterOptions extends SignFlipOptions {
  /** Cells with |t| above it belong to clusters; by default that of p < 0.05 for a cell by itself. */
  readonly threshold?: number;
  /** The spread of the observed means over what the units' own says: t is divided by it; 1 by default. */
  readonly inflation?: number;
  /** Given signs in place of random ones, the observed arrangement not among them: (permutations) of (units). */
  readonly signs?: readonly Int8Array[];
}

/** Neighbouring cells that all lie beyond the threshold on the same side. */
export interface Cluster {
  /** Indices into the map, ascending. */
  readonly cells: readonly number[];
  /** Sum of t. */
  readonly mass: number;
  /** Against the largest |mass| of every permutation. */
  readonly p: number;
}

export interface ClusterPermutation {
  /** t of every cell's mean difference against 0: (rows, columns), row-major. */
  readonly t: Float64Array;
  readonly threshold: number;
  /** The most significant first. */
  readonly clusters: readonly Cluster[];
  /** The largest mass of every permutation, |mass| if two-sided: (permutations). */
  readonly largest: Float64Array;
  readonly exact: boolean;
}

/**
 * One-sample cluster permutation test by sign flips. Clusters are formed of 4-neighbours; a permutation counts its
 * largest cluster. The p of a cluster holds for the whole map; it says that there is a difference, and does not
 * bound where exactly it ends.
 *
 * @param maps (units) of (rows · columns), row-major: differences between two conditions, such as R² per interaction
 * @param shape rows (source layers) and columns (target layers)
 * @throws BadInput for maps of another size, values that are not finite, a threshold that is not above 0;
 *   NotEnoughSamples for fewer than two units
 */
export function clusterPermutation(
  maps: readonly ArrayLike<number>[],
  [rows, columns]: readonly [number, number],
  { threshold, signs: given, tail = 'two-sided', inflation = 1, ...options }: ClusterOptions = {},
): ClusterPermutation {
  checkMaps(maps, rows * columns);
  const { signs, exact } = given ? { signs: given, exact: false } : signFlips(maps.length, options);
  const alone = tail === 'two-sided' ? 0.05 : 0.1;
  const limit = threshold ?? studentCritical(alone, maps.length - 1);
  if (!(limit > 0)) throw new BadInput('threshold', `${limit} is no threshold for |t|; above 0 is valid`);
  const squares = Float64Array.from({ length: rows * columns }, (_, cell) =>
    maps.reduce((sum, map) => sum + at(map, cell) ** 2, 0),
  );
  const find = (t: Float64Array) => findClusters(t, columns, limit, tail);
  const t = mapOfT(maps, squares, () => 1).map((value) => value / inflation);
  const largest = Float64Array.from(signs, (of) =>
    find(mapOfT(maps, squares, (unit) => at(of, unit))).reduce(
      (most, { mass }) => Math.max(most, Math.abs(mass)),
      0,
    ),
  );
  const clusters = find(t)
    .map(({ cells, mass }) => ({
      cells,
      mass,
      p: permutationP({ observed: Math.abs(mass), values: largest }, { tolerance: 1e-9 * Math.abs(mass) }),
    }))
    .sort((a, b) => a.p - b.p || Math.abs(b.mass) - Math.abs(a.mass));
  return { t, threshold: limit, clusters, largest, exact };
}

function checkMaps(maps: readonly ArrayLike<number>[], size: number): void {
  for (const [unit, map] of maps.entries()) {
    if (map.length !== size)
      throw new BadInput(`maps[${unit}]`, `${map.length} cells, but the map's shape has ${size}`);
    const cell = Array.from(map).findIndex((value) => !Number.isFinite(value));
    if (cell !== -1) throw new BadInput(`maps[${unit}]`, `cell ${cell} is ${map[cell]}`);
  }
}

/** t of every cell's mean against 0. The squares are the same whatever the signs; a cell without spread has ±∞ or 0. */
function mapOfT(
  maps: readonly ArrayLike<number>[],
  squares: Float64Array,
  sign: (unit: number) => number,
): Float64Array {
  const n = maps.length;
  const mean = new Float64Array(squares.length);
  for (const [unit, map] of maps.entries()) {
    const weight = sign(unit) / n;
    for (let cell = 0; cell < mean.length; cell++) mean[cell]! += weight * map[cell]!;
  }
  return mean.map((m, cell) => {
    const square = squares[cell]!;
    const spread = square - n * m * m;
    // Below rounding there is no spread left to divide by.
    const variance = spread > 1e-14 * square ? spread / (n - 1) : 0;
    return m === 0 ? 0 : m / Math.sqrt(variance / n);
  });
}

/** Clusters of 4-neighbours beyond the threshold, positive and negative ones apart. */
function findClusters(t: Float64Array, columns: number, threshold: number, tail: Tail): Omit<Cluster, 'p'>[] {
  const side = (cell: number): number => {
    const value = t[cell]!;
    if (value > threshold && tail !== 'less') return 1;
    return value < -threshold && tail !== 'greater' ? -1 : 0;
  };
  const seen = new Uint8Array(t.length);
  const clusters = [];
  for (let start = 0; start < t.length; start++) {
    if (seen[start] || side(start) === 0) continue;
    const cells = [start];
    seen[start] = 1;
    // It grows while it is gone through.
    for (const cell of cells)
      for (const next of neighbours(cell, columns, t.length))
        if (!seen[next] && side(next) === side(start)) {
          seen[next] = 1;
          cells.push(next);
        }
    cells.sort((a, b) => a - b);
    clusters.push({ cells, mass: cells.reduce((sum, cell) => sum + t[cell]!, 0) });
  }
  return clusters;
}

function neighbours(cell: number, columns: number, size: number): number[] {
  const column = cell % columns;
  const found = [];
  if (cell >= columns) found.push(cell - columns);
  if (cell + columns < size) found.push(cell + columns);
  if (column > 0) found.push(cell - 1);
  if (column + 1 < columns) found.push(cell + 1);
  return found;
}
