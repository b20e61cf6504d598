// What is left of the test rows when the fitted maps have predicted them: what intervals and permutations are made of.

import type { Matrix } from '../../numerics/matrix.ts';
import { createRandom } from '../../numerics/random.ts';

/** Test rows of one cell in one split, or some of its columns. */
export interface TestResiduals {
  /** (n_test, columns): target minus prediction. */
  readonly residual: Matrix;
  /** (n_test, columns), centred on the training means. Its sums are remembered, so its values are never changed. */
  readonly target: Matrix;
  /** What was done to the columns; without it they are as they were measured. */
  readonly units?: ColumnUnits;
}

/** A column's value is (measured − mean) · weight; a weight of 0 stands for a column that is one number in test. */
export interface ColumnUnits {
  readonly means: Float64Array;
  readonly weights: Float64Array;
  /** The first test row as measured. */
  readonly first: Float64Array;
}

/** Where a source layer's residuals come from. */
export interface RowResiduals {
  /** Mean R² over splits, one per target layer, as measured on all columns. */
  readonly r2: ArrayLike<number>;
  /** D of the target layers. */
  readonly hiddenSize: number;
  /**
   * The columns of `sampleColumns`, or any other random sample, for every target layer. Residuals are there until the same
   * split's are asked for again, of this source layer or another one.
   */
  sampled(split: number): Promise<readonly TestResiduals[]>;
  /** All columns of one target layer. */
  cell(split: number, target: number): Promise<TestResiduals>;
}

/**
 * Columns for the screening.
 *
 * @returns `count` different columns below `hiddenSize`, or all if there are fewer, in ascending order
 */
export function sampleColumns(hiddenSize: number, count: number): number[] {
  const all = Array.from({ length: hiddenSize }, (_, column) => column);
  const { shuffle } = createRandom(`bootstrap columns/${hiddenSize}`);
  return shuffle(all)
    .slice(0, count)
    .sort((a, b) => a - b);
}
