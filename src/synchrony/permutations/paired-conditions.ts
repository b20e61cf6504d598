// Two conditions of the same pair and direction, compared by a paired permutation test over interactions: the labels of
// an interaction's rows are swapped, in all splits at once, and SyncR² of both conditions is computed anew from the
// rows that now bear their labels. The fitted maps stay as they are.
//
// The null hypothesis is that, given these maps, an interaction is predicted as well under one condition as under the
// other. That the maps of one condition came out better by chance of the training rows is a difference, too, as far
// as this test by itself is concerned; refit-inflation.ts says how much wider its permutations are to be.

import { NotEnoughSamples } from '../../errors.ts';
import type { Gemm } from '../../numerics/gemm.ts';
import { at, entryOf, first as firstOf } from '../../numerics/lookup.ts';
import { type Matrix64, zeros } from '../../numerics/matrix.ts';
import { addShare, minus } from '../../numerics/vectors.ts';
import type { ColumnUnits, RowResiduals, TestResiduals } from '../intervals/row-residuals.ts';
import { cellContributions, resampleR2 } from './contributions.ts';
import { permutationP, type Tail } from './null-distribution.ts';
import { type ChosenCells, maximiseRow, meanOverRows, type RowMaximum, sampleShifts } from './row-maximum.ts';
import { signFlips } from './sign-flips.ts';

/** One condition's held-out residuals. */
export interface ConditionRows {
  /** One per source layer. */
  readonly rows: readonly RowResiduals[];
  /** Per split, the interaction of every test row. */
  readonly testGroups: readonly (readonly string[])[];
}

export interface PairedOptions {
  /** Random permutations; 1000 by default. If there are not more arrangements than these, all are taken. */
  readonly permutations?: number;
  /** Decides the permutations; 0 by default. */
  readonly seed?: number;
  /** `two-sided` by default; `greater` asks whether the first condition's is. */
  readonly tail?: Tail;
  /** `candidates` by default. */
  readonly cells?: ChosenCells;
  /**
   * Interactions that labels are drawn for; by default those held out in both conditions, which must be among them.
   * Comparisons that name the same ones have the same permutations, so that their means are one permutation's too.
   */
  readonly units?: readonly string[];
}

/** SyncR² of one condition against that of another. */
export interface ConditionComparison {
  /** SyncR² of the two conditions; where splits leave some rows out of one, as measured on its own. */
  readonly first: number;
  readonly second: number;
  /** first − second. */
  readonly difference: number;
  /** The difference under every permutation: (permutations). */
  readonly values: Float64Array;
  readonly p: number;
  /** Interactions that are held out in both conditions, and so can be swapped. */
  readonly interactions: number;
  /** Whether the permutations are all that there are. */
  readonly exact: boolean;
}

/** Weights of both conditions' groups in one split: label 1 of every permutation, then label 2. */
interface Swaps {
  /** For every row of the first condition and then of the second. */
  readonly groupOfRow: readonly number[];
  /** (2 · replicates, groups of both conditions) */
  readonly weights: Matrix64;
}

/**
 * Compares two conditions.
 *
 * The statistic is SyncR² of the first minus that of the second: R² averaged over splits, each source layer's best
 * target layer in that permutation, clamped below at 0, averaged over source layers. Interactions that only one
 * condition holds out in a split, such as those too short for a lag, keep their label there.
 *
 * @throws NotEnoughSamples for fewer than two interactions in both; RangeError for conditions of different shape
 */
export async function compareConditions(
  first: ConditionRows,
  second: ConditionRows,
  { permutations = 1000, seed = 0, tail = 'two-sided', cells = 'candidates', units }: PairedOptions,
  gemm: Gemm,
): Promise<ConditionComparison> {
  checkShapes(first, second);
  const shared = sharedGroups(first.testGroups, second.testGroups);
  if (shared.length < 2)
    throw new NotEnoughSamples(
      'paired permutation: interactions held out in both conditions',
      shared.length,
      2,
      'measure both on the same split seeds, or hold out more',
    );
  const drawn = units ?? shared;
  const { signs, exact } = signFlips(drawn.length, { permutations, seed });
  const splits = first.testGroups.map((groups, s) => swapsOf(groups, at(second.testGroups, s), drawn, signs));
  const maxima: RowMaximum[] = [];
  for (const [layer, row] of first.rows.entries())
    maxima.push(await compareRow(row, at(second.rows, layer), splits, cells, gemm));
  const syncR2 = meanOverRows(maxima);
  const replicates = 1 + signs.length;
  const differences = minus(syncR2.subarray(0, replicates), syncR2.subarray(replicates));
  const [difference, values] = [firstOf(differences), differences.slice(1)];
  return {
    first: firstOf(syncR2),
    second: at(syncR2, replicates),
    difference,
    values,
    p: permutationP({ observed: difference, values }, { tail, tolerance: 1e-9 }),
    interactions: shared.length,
    exact,
  };
}

function checkShapes(first: ConditionRows, second: ConditionRows): void {
  const describe = ({ rows, testGroups }: ConditionRows) => {
    const { r2, hiddenSize } = rows[0] ?? { r2: [], hiddenSize: 0 };
    return `${rows.length} × ${r2.length} layers of ${hiddenSize}, ${testGroups.length} splits`;
  };
  const [here, there] = [describe(first), describe(second)];
  if (here !== there) throw new RangeError(`conditions of ${here} and of ${there} cannot be compared`);
}

/** Groups that both conditions hold out in some split, sorted. */
export function sharedGroups(
  first: readonly (readonly string[])[],
  second: readonly (readonly string[])[],
): string[] {
  const shared = first.flatMap((groups, split) => {
    const others = new Set(second[split]);
    return groups.filter((group) => others.has(group));
  });
  return [...new Set(shared)].sort();
}

function swapsOf(
  first: readonly string[],
  second: readonly string[],
  shared: readonly string[],
  signs: readonly Int8Array[],
): Swaps {
  const [ours, theirs] = [[...new Set(first)], [...new Set(second)]];
  const columnOf = new Map(
    [...ours.map((name) => `1${name}`), ...theirs.map((name) => `2${name}`)].map((key, i) => [key, i]),
  );
  const unitOf = new Map(shared.map((name, unit) => [name, unit]));
  const held = [new Set(ours), new Set(theirs)];
  const replicates = 1 + signs.length;
  const weights = zeros(2 * replicates, columnOf.size);
  for (const [key, column] of columnOf) {
    const [label, name] = [Number(key[0]) - 1, key.slice(1)];
    const both = held.every((names) => names.has(name));
    const unit = unitOf.get(name) ?? -1;
    // Replicate 0 is the conditions as they are.
    for (const [replicate, flips] of [undefined, ...signs].entries()) {
      const bears = both && flips?.[unit] === -1 ? 1 - label : label;
      weights.data[(bears * replicates + replicate) * columnOf.size + column] = 1;
    }
  }
  const groupOfRow = [
    ...first.map((name) => entryOf(columnOf, `1${name}`)),
    ...second.map((name) => entryOf(columnOf, `2${name}`)),
  ];
  return { groupOfRow, weights };
}

/** One source layer under both labels. */
function compareRow(
  first: RowResiduals,
  second: RowResiduals,
  splits: readonly Swaps[],
  cells: ChosenCells,
  gemm: Gemm,
): Promise<RowMaximum> {
  const replicates = firstOf(splits).weights.rows;
  const add = async (
    mean: Float64Array,
    a: TestResiduals,
    b: TestResiduals,
    { groupOfRow, weights }: Swaps,
  ) => {
    const { residual, target } = stack(a, b);
    const r2 = await resampleR2(cellContributions(residual, target, groupOfRow), weights, gemm);
    addShare(mean, r2, splits.length);
  };
  return maximiseRow(
    {
      targetLayers: first.r2.length,
      async estimate() {
        const ours: (readonly TestResiduals[])[] = [];
        const theirs: (readonly TestResiduals[])[] = [];
        for (const s of splits.keys()) {
          ours.push(await first.sampled(s));
          theirs.push(await second.sampled(s));
        }
        const [a, b] = [sampleShifts(first, ours), sampleShifts(second, theirs)];
        // A label's replicates begin with the condition itself.
        const means = Array.from(a.shifts, (shift, target) =>
          new Float64Array(replicates).fill(shift).fill(at(b.shifts, target), replicates / 2),
        );
        for (const [s, split] of splits.entries())
          for (const [target, mean] of means.entries())
            await add(mean, at(at(ours, s), target), at(at(theirs, s), target), split);
        return { r2: means, exact: a.exact && b.exact };
      },
      async compute(target) {
        const mean = new Float64Array(replicates);
        for (const [s, split] of splits.entries())
          await add(mean, await first.cell(s, target), await second.cell(s, target), split);
        return mean;
      },
    },
    cells,
  );
}

/** The rows of both, the first condition's above, in the first condition's units as far as it has any. */
function stack(first: TestResiduals, second: TestResiduals): { residual: Matrix64; target: Matrix64 } {
  const { columns } = first.target;
  const rows = first.target.rows + second.target.rows;
  const [residual, target] = [zeros(rows, columns), zeros(rows, columns)];
  const plain = plainUnits(columns);
  const [ours, theirs] = [first.units ?? plain, second.units ?? plain];
  const common = {
    means: ours.means,
    weights: ours.weights.map((weight, column) => weight || theirs.weights[column] || 1),
  };
  let place = 0;
  for (const [{ residual: from, target: values }, units] of [
    [first, ours],
    [second, theirs],
  ] as const) {
    const convert = conversionOf(units, common);
    for (let i = 0; i < values.data.length; )
      for (let column = 0; column < columns; column++, i++, place++) {
        residual.data[place] = from.data[i]! * convert.scale[column]! + convert.missed[column]!;
        target.data[place] = values.data[i]! * convert.scale[column]! + convert.shift[column]!;
      }
  }
  return { residual, target };
}

/**
 * From a column's own units to common ones; where they are its own, to the last bit. Of a column that is one number in test
 * and another in training, what is missed is their distance.
 */
function conversionOf(
  { means, weights, first }: ColumnUnits,
  common: Pick<ColumnUnits, 'means' | 'weights'>,
): { readonly scale: Float64Array; readonly missed: Float64Array; readonly shift: Float64Array } {
  const { length } = means;
  const scale = new Float64Array(length);
  const missed = new Float64Array(length);
  const shift = new Float64Array(length);
  for (const [column, weight] of weights.entries()) {
    const [mean, level, to] = [at(means, column), at(common.means, column), at(common.weights, column)];
    if (weight === 0) {
      missed[column] = (at(first, column) - mean) * to;
      shift[column] = (at(first, column) - level) * to;
    } else {
      scale[column] = to / weight;
      shift[column] = (mean - level) * to;
    }
  }
  return { scale, missed, shift };
}

function plainUnits(columns: number): ColumnUnits {
  const none = new Float64Array(columns);
  return { means: none, weights: none.map(() => 1), first: none };
}
