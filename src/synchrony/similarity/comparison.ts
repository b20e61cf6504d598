// What a measure of similarity does with two layers, in one split: each is brought into a form of its own once, and then
// every pair of forms is compared, so that the costly part grows with L_A + L_B.

import type { Gemm } from '../../numerics/gemm.ts';
import { at } from '../../numerics/lookup.ts';
import type { Matrix } from '../../numerics/matrix.ts';
import type { SplitGroups } from '../intervals/leave-one-out.ts';
import type { TrainTest } from '../problem.ts';

/** One way of comparing layers row by row. */
export interface Comparison<Form> {
  /** Held-out rows that it takes at least. */
  readonly fewestRows: number;
  /** Bytes of a form. */
  bytes(split: TrainTest): number;
  /**
   * What of a layer is compared.
   *
   * @param layer (samples, D)
   */
  formOf(layer: Matrix, split: TrainTest, gemm: Gemm): Promise<Form>;
  /** 1 where both layers are alike in the measure's sense, around 0 where they have nothing in common. */
  compare(x: Form, y: Form, gemm: Gemm): Promise<number>;
  /**
   * The same without each held-out group, with what was fitted or ranked left as it is.
   *
   * @returns (replicates), the first with all groups
   */
  without(x: Form, y: Form, groups: SplitGroups, gemm: Gemm): Promise<Float64Array>;
}

/** Sums over everything, and over everything but each left-out group. */
export function leaveOut(sums: Float64Array, { leftOut }: SplitGroups): Float64Array {
  const all = sums.reduce((sum, value) => sum + value, 0);
  return Float64Array.from(leftOut, (group) => (group === -1 ? all : all - at(sums, group)));
}
