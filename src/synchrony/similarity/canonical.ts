// Canonical correlations of two layers on held-out rows: both sides on the principal components of their training rows, each
// scaled by one over the root of its shrunken variance, then the directions that go together best in training, and how
// they correlate on the test rows. Without shrinkage that is CCA on components (SVCCA, Raghu et al. 2017); with full
// shrinkage no direction is scaled up, which is PLS by the singular vectors of the cross-covariance.

import type { Gemm } from '../../numerics/gemm.ts';
import { at } from '../../numerics/lookup.ts';
import { type Matrix, type Matrix64, rowView, zeros } from '../../numerics/matrix.ts';
import { symmetricEigen } from '../../numerics/symmetric-eigen.ts';
import type { SplitGroups } from '../intervals/leave-one-out.ts';
import { principalComponents } from '../principal-components.ts';
import type { TrainTest } from '../problem.ts';
import { fillRows } from '../ridge/centred-rows.ts';
import { type Comparison, leaveOut } from './comparison.ts';

/** Training rows that a component needs: with fewer, canonical correlations in training are all near 1. */
export const ROWS_PER_COMPONENT = 4;

/** Components of a layer, scaled. */
interface Components {
  /** (training rows, components) */
  readonly train: Matrix64;
  /** (test rows, components) */
  readonly test: Matrix64;
}

export interface CanonicalSettings {
  /** Principal components of either side, at most. */
  readonly components: number;
  /** Pairs of directions. */
  readonly pairs: number;
  /** 0 … 1: how far the variances of the components are drawn to their mean. */
  readonly shrinkage: number;
}

/** As many components as the training rows carry. */
export function componentsFor({ train }: TrainTest, components: number): number {
  return Math.max(1, Math.min(components, Math.floor(train.length / ROWS_PER_COMPONENT)));
}

/** The mean over pairs of directions of r · |r|, r being Pearson's on the test rows. */
export function canonical({ components, pairs, shrinkage }: CanonicalSettings): Comparison<Components> {
  return {
    fewestRows: 3,
    bytes: (split) => 8 * componentsFor(split, components) * (split.train.length + split.test.length),
    formOf: (layer, split, gemm) => scaledComponents(layer, split, { components, shrinkage }, gemm),
    async compare(x, y, gemm) {
      const [u, v] = await variates(x, y, pairs, gemm);
      return meanSquare(correlations(u, v, onlyGroup(u.rows)), u.columns)[0] ?? 0;
    },
    async without(x, y, groups, gemm) {
      const [u, v] = await variates(x, y, pairs, gemm);
      return meanSquare(correlations(u, v, groups), u.columns);
    },
  };
}

const onlyGroup = (rows: number): SplitGroups => ({
  groupOfRow: new Array<number>(rows).fill(0),
  count: 1,
  leftOut: Int32Array.of(-1),
});

async function scaledComponents(
  layer: Matrix,
  split: TrainTest,
  { components, shrinkage }: Omit<CanonicalSettings, 'pairs'>,
  gemm: Gemm,
): Promise<Components> {
  const count = componentsFor(split, components);
  const { means, axes } = await principalComponents(layer, split.train, count, gemm);
  const project = async (rows: readonly number[]) =>
    axes.rows === 0
      ? zeros(rows.length, 0)
      : gemm.multiply(fillRows(layer, rows, means, zeros(rows.length, layer.columns)), axes, {
          transposeB: true,
        });
  const [train, test] = [await project(split.train), await project(split.test)];
  const variances = columnSquares(train).map((sum) => sum / (train.rows - 1));
  const mean = variances.reduce((sum, value) => sum + value, 0) / variances.length;
  const scale = variances.map((value) => 1 / Math.sqrt((1 - shrinkage) * value + shrinkage * mean));
  for (const { data, columns } of [train, test])
    for (let i = 0; i < data.length; i++) data[i] = at(data, i) * at(scale, i % columns);
  return { train, test };
}

function columnSquares({ data, columns }: Matrix64): Float64Array {
  const sums = new Float64Array(columns);
  for (let i = 0; i < data.length; i++) sums[i % columns] = at(sums, i % columns) + at(data, i) ** 2;
  return sums;
}

/** Test rows of either side on the directions that go together best in training: (test rows, pairs) each. */
async function variates(
  x: Components,
  y: Components,
  pairs: number,
  gemm: Gemm,
): Promise<[Matrix64, Matrix64]> {
  const count = Math.min(pairs, x.train.columns, y.train.columns);
  if (count === 0) return [zeros(x.test.rows, 0), zeros(y.test.rows, 0)];
  const cross = await gemm.multiply(x.train, y.train, { transposeA: true });
  const { vectors } = symmetricEigen(await gemm.multiply(cross, cross, { transposeA: true }));
  const right = rowView(vectors, 0, count);
  // The left ones up to their length, which no correlation feels.
  const left = await gemm.multiply(right, cross, { transposeB: true });
  return [
    await gemm.multiply(x.test, left, { transposeB: true }),
    await gemm.multiply(y.test, right, { transposeB: true }),
  ];
}

/** Pearson's r of every pair of columns over the rows of the groups that are left: by column, (replicates). */
function correlations(u: Matrix64, v: Matrix64, groups: SplitGroups): Float64Array[] {
  const counts = new Float64Array(groups.count);
  for (const group of groups.groupOfRow) counts[group] = at(counts, group) + 1;
  const n = leaveOut(counts, groups);
  return Array.from({ length: u.columns }, (_, column) => {
    const sums = [0, 1, 2, 3, 4].map(() => new Float64Array(groups.count));
    const [a0, b0] = [at(u.data, column), at(v.data, column)];
    for (const [row, group] of groups.groupOfRow.entries()) {
      // About the first row, so that no digits are lost.
      const [a, b] = [at(u.data, row * u.columns + column) - a0, at(v.data, row * v.columns + column) - b0];
      for (const [kind, value] of [a, b, a * a, b * b, a * b].entries())
        at(sums, kind)[group] = at(at(sums, kind), group) + value;
    }
    const left = sums.map((of) => leaveOut(of, groups));
    return n.map((rows, i) => {
      const [a = 0, b = 0, aa = 0, bb = 0, ab = 0] = left.map((of) => at(of, i));
      const [va, vb] = [aa - a ** 2 / rows, bb - b ** 2 / rows];
      const r = (ab - (a * b) / rows) / Math.sqrt(va * vb);
      return Number.isFinite(r) ? r : 0;
    });
  });
}

function meanSquare(r: readonly Float64Array[], pairs: number): Float64Array {
  const replicates = r[0]?.length ?? 1;
  return Float64Array.from({ length: replicates }, (_, i) =>
    pairs === 0 ? 0 : r.reduce((sum, values) => sum + at(values, i) * Math.abs(at(values, i)), 0) / pairs,
  );
}
