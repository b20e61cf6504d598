// How many processes gain from sharing what is computed on one machine.

import { availableParallelism } from 'node:os';
import type { Device } from '../numerics/device.ts';

/** Wider states than these keep all threads busy with each product. */
const WIDEST = 2048;
/** Less memory than this is not divided, bytes. */
const LEAST_MEMORY = 1.5e9;

/** What is to be computed, and with what. */
export interface Computing {
  /** Parts that can be made side by side. */
  readonly parts: number;
  /** Of the states. */
  readonly hiddenSize: number;
  readonly device?: Device | undefined;
  readonly threads?: number | undefined;
  /** Bytes for all together. */
  readonly memory?: number | undefined;
}

/** Processes to divide the parts among, and what each has: `many` is 1 where one process is as fast. */
export function sideBySide({ parts, hiddenSize, device = 'cpu', ...given }: Computing): {
  readonly many: number;
  readonly threads: number;
  /** Bytes. */
  readonly memory: number;
} {
  const { threads = availableParallelism(), memory = process.availableMemory() / 2 } = given;
  const alone = device !== 'cpu' || hiddenSize > WIDEST;
  const many = alone ? 1 : Math.max(1, Math.min(parts, threads, Math.floor(memory / LEAST_MEMORY)));
  return { many, threads: Math.max(1, Math.floor(threads / many)), memory: Math.floor(memory / many) };
}
