// Memory for the middle of a computation, used again and again: the garbage collector starts anew with every few ten
// megabytes that are asked for, however little of them is in use, and with small matrices took a sixth of the time.

import { type Matrix64, matrixOf } from './matrix.ts';

/** Bytes that are kept at most. */
const MOST = 2 ** 26;

const free = new Map<number, Float64Array[]>();
let kept = 0;

/** A matrix with whatever values are there. */
export function takeSpare(rows: number, columns: number): Matrix64 {
  const data = free.get(rows * columns)?.pop();
  if (data) kept -= data.byteLength;
  return matrixOf(rows, columns, data ?? new Float64Array(rows * columns));
}

/** Gives matrices back that nobody reads any more. They need not have been taken here. */
export function giveSpare(...matrices: readonly Matrix64[]): void {
  for (const { data } of matrices) {
    // A view's memory belongs to somebody else.
    if (data.byteLength !== data.buffer.byteLength || kept + data.byteLength > MOST) continue;
    const same = free.get(data.length) ?? [];
    same.push(data);
    free.set(data.length, same);
    kept += data.byteLength;
  }
}
