// Float64 matrices in memory that a name owns: what a name had is there until it is asked for again.

import { Buffers } from './buffers.ts';
import { type Matrix64, matrixOf } from './matrix.ts';
import { type SymmetricBlocks, symmetricZeros } from './symmetric.ts';

/** Memory for the steps of one computation, again and again. Values are whatever was there before. */
export class Workspace {
  readonly #buffers = new Buffers();
  readonly #symmetric = new Map<string, SymmetricBlocks>();

  matrix(name: string, rows: number, columns: number): Matrix64 {
    return matrixOf(rows, columns, this.#buffers.float64(name, rows * columns));
  }

  symmetric(name: string, order: number): SymmetricBlocks {
    const known = this.#symmetric.get(name);
    if (known?.order === order) return known;
    // Given up first, so that both are never there at once.
    this.#symmetric.delete(name);
    const blocks = symmetricZeros(order);
    this.#symmetric.set(name, blocks);
    return blocks;
  }
}
