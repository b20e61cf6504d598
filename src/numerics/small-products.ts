// Products so small that the way to ONNX Runtime and back takes longer than the multiplications.

import type { Floats, Matrix } from './matrix.ts';

/** Multiplications up to which plain code is at least as fast. */
export const SMALL_PRODUCT = 2 ** 14;

export interface SmallProduct<T extends Floats> {
  readonly a: Matrix<T>;
  readonly b: Matrix<T>;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly update: 'set' | 'add' | 'subtract';
  readonly out: Matrix<T>;
}

/** op(A) · op(B), with sums in float64, into `out` or onto what is there. Shapes as in `Gemm.multiply`, not checked. */
export function multiplySmall<T extends Floats>(product: SmallProduct<T>): void {
  const { a, b, transposeA, transposeB, update, out } = product;
  const inner = transposeA ? a.rows : a.columns;
  const [aRow, aStep] = transposeA ? [1, a.columns] : [a.columns, 1];
  const [bColumn, bStep] = transposeB ? [b.columns, 1] : [1, b.columns];
  const [left, right, to] = [a.data, b.data, out.data];
  const sign = update === 'subtract' ? -1 : 1;
  for (let row = 0, place = 0; row < out.rows; row++)
    for (let column = 0; column < out.columns; column++, place++) {
      let sum = 0;
      for (let k = 0, i = row * aRow, j = column * bColumn; k < inner; k++, i += aStep, j += bStep)
        sum += left[i]! * right[j]!;
      to[place] = update === 'set' ? sum : to[place]! + sign * sum;
    }
}
