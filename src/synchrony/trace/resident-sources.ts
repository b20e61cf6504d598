// The trace form itself. With M = [I, −K], the residual of a test target is M·[y_te; y_tr], so that the residual sum
// of squares of all weighted columns is ⟨MᵀM, Y_w·Y_wᵀ⟩: the first matrix belongs to the source layer alone, the
// second to the target layer alone, and a layer pair costs one inner product.
//
// Both are symmetric. ⟨I, ·⟩ is known from the columns' sums of squares; what remains are the rows that belong to
// training samples, [−Kᵀ | KᵀK], of which the part right of the diagonal is the mirror of the part below it. So a
// block of training rows begin … end − 1 keeps [−2·Kᵀ | 2·KᵀK from 0 to begin | KᵀK from begin to end], and the
// target's counterpart is Y_w's rows times its test rows, and times its training rows up to `end`.

import { type Gemm, INNER_CHUNK } from '../../numerics/gemm.ts';
import { type Floats, type Matrix, matrixOf, rowView } from '../../numerics/matrix.ts';
import { addScaled } from '../../numerics/vectors.ts';

/** Training rows per block. */
const BLOCK = 512;

interface RowBlock<T extends Floats> {
  readonly begin: number;
  readonly end: number;
  /** Values of one source, padded to whole chunks of an inner product. */
  readonly length: number;
  /** (chunks, slots, INNER_CHUNK). */
  readonly stack: T;
}

/** Sources in memory, for one evaluation, all in float32 or all in float64. */
export class ResidentSources<T extends Floats> {
  readonly #blocks: readonly RowBlock<T>[];
  readonly #testRows: number;
  /** How many sources there is room for. */
  readonly slots: number;
  readonly #scratch: T;

  /**
   * @param allocate gives memory under a name: `scratch`, which may be shared, and one for each block of rows
   */
  constructor(
    trainRows: number,
    testRows: number,
    slots: number,
    allocate: (name: string, length: number) => T,
  ) {
    this.#testRows = testRows;
    this.slots = slots;
    this.#scratch = allocate('scratch', scratchLength(trainRows, testRows));
    this.#blocks = cutBlocks(trainRows, testRows).map((block) => ({
      ...block,
      stack: allocate(`rows from ${block.begin}`, block.length * slots),
    }));
  }

  /**
   * Puts a source in its place.
   *
   * @param smoother Kᵀ: (n_train, n_test)
   */
  async store(slot: number, smoother: Matrix<T>, gemm: Gemm): Promise<void> {
    for (const { begin, end, length, stack } of this.#blocks) {
      const rows = rowView(smoother, begin, end);
      const [left, right] = this.#parts(begin, end);
      scaleInto(left.data, rows.data, -2);
      await gemm.multiply(rows, rowView(smoother, 0, end), { transposeB: true, out: right });
      for (let row = 0; row < right.rows; row++) {
        const mirrored = right.data.subarray(row * end, row * end + begin);
        scaleInto(mirrored, mirrored, 2);
      }
      this.#pad(begin, end, length);
      for (let from = 0; from < length; from += INNER_CHUNK)
        stack.set(this.#scratch.subarray(from, from + INNER_CHUNK), from * this.slots + slot * INNER_CHUNK);
    }
  }

  /**
   * Residual sums of squares of a target's weighted columns, less ⟨I, Y_w·Y_wᵀ⟩ over its test rows.
   *
   * @param train rows of Y_w: (n_train, D)
   * @param test (n_test, D)
   * @returns one number per slot
   */
  async residuals(train: Matrix<T>, test: Matrix<T>, gemm: Gemm): Promise<Float64Array> {
    const sums = new Float64Array(this.slots);
    for (const { begin, end, length, stack } of this.#blocks) {
      const rows = rowView(train, begin, end);
      const [left, right] = this.#parts(begin, end);
      await gemm.multiply(rows, test, { transposeB: true, out: left });
      await gemm.multiply(rows, rowView(train, 0, end), { transposeB: true, out: right });
      this.#pad(begin, end, length);
      const partial = await gemm.innerProducts(stack, this.slots, this.#scratch.subarray(0, length) as T);
      addScaled(sums, partial, 1);
    }
    return sums;
  }

  /** The scratch memory as the two parts of a block: (b, n_test) and (b, end). */
  #parts(begin: number, end: number): [Matrix<T>, Matrix<T>] {
    const [b, m] = [end - begin, this.#testRows];
    return [
      matrixOf(b, m, this.#scratch.subarray(0, b * m) as T),
      matrixOf(b, end, this.#scratch.subarray(b * m, b * (m + end)) as T),
    ];
  }

  #pad(begin: number, end: number, length: number): void {
    this.#scratch.fill(0, (end - begin) * (this.#testRows + end), length);
  }
}

function scaleInto(to: Floats, from: Floats, factor: number): void {
  for (let i = 0; i < to.length; i++) to[i] = factor * from[i]!;
}

/** Values of scratch memory that an evaluation needs. */
export function scratchLength(trainRows: number, testRows: number): number {
  return cutBlocks(trainRows, testRows).reduce((most, { length }) => Math.max(most, length), 0);
}

/** Values that one source takes in memory. */
export function residentLength(trainRows: number, testRows: number): number {
  return cutBlocks(trainRows, testRows).reduce((sum, { length }) => sum + length, 0);
}

function cutBlocks(trainRows: number, testRows: number): Omit<RowBlock<Floats>, 'stack'>[] {
  const blocks = [];
  for (let begin = 0; begin < trainRows; begin += BLOCK) {
    const end = Math.min(begin + BLOCK, trainRows);
    const length = Math.ceil(((end - begin) * (testRows + end)) / INNER_CHUNK) * INNER_CHUNK;
    blocks.push({ begin, end, length });
  }
  return blocks;
}
