// States files that stay in memory while they are measured: layer after layer is asked for, and every file would be opened
// once for each.

import { stat } from 'node:fs/promises';
import type { TensorEntry } from '../numerics/safetensors.ts';
import { readTensorBytes } from '../numerics/safetensors.ts';

/** The bytes of a tensor's values from one position to another, both in bytes from the tensor's first. */
export type ReadBytes = (entry: TensorEntry, range: readonly [number, number]) => Promise<Uint8Array>;

/** Of what measuring may use, what states may take that were read. */
export const STATES_SHARE = 0.25;

/** A file that may be in memory. */
interface Held {
  readonly size: number;
  readonly modified: number;
  /** First byte of the file that is kept: where the values begin. */
  readonly begin: number;
  bytes: Promise<Uint8Array> | undefined;
  /** Given up for others: read from the disk from now on. */
  dropped: boolean;
}

/** Values of states files, as many as fit into a number of bytes: those that were asked for last. */
export class StatesMemory {
  readonly #limit: number;
  /** In the order in which they were asked for. */
  readonly #held = new Map<string, Held>();
  #bytes = 0;

  /** @param limit bytes; 0 keeps nothing */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes that are taken, or will be when what was asked for is read. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Makes room for files that are to be read together, layer after layer. All of them are kept in memory from their first
   * read on, or none if they are more than there is room for; others are given up for them.
   *
   * @returns how each is read, in their order; undefined for reading it from the disk
   */
  async hold(
    files: readonly { readonly path: string; readonly entries: readonly TensorEntry[] }[],
  ): Promise<(ReadBytes | undefined)[]> {
    const sizes = files.map(({ entries }) => spanOf(entries));
    const needed = sizes.reduce((sum, { begin, end }) => sum + end - begin, 0);
    if (needed > this.#limit) return files.map(() => undefined);
    const chosen: Held[] = [];
    for (const [i, { path }] of files.entries()) chosen.push(await this.#holdOne(path, sizes[i]!));
    for (const path of this.#held.keys()) {
      if (this.#bytes <= this.#limit) break;
      this.#drop(path);
    }
    return chosen.map((held, i) => (entry, range) => readHeld(files[i]!.path, held, entry, range));
  }

  /** A file that has changed is another one. */
  async #holdOne(path: string, { begin, end }: { begin: number; end: number }): Promise<Held> {
    const { mtimeMs } = await stat(path);
    const known = this.#held.get(path);
    const same = known !== undefined && known.modified === mtimeMs && known.size === end - begin;
    if (same) {
      // To the end of the order.
      this.#held.delete(path);
      this.#held.set(path, known);
      return known;
    }
    this.#drop(path);
    const held = { size: end - begin, modified: mtimeMs, begin, bytes: undefined, dropped: false };
    this.#held.set(path, held);
    this.#bytes += held.size;
    return held;
  }

  #drop(path: string): void {
    const held = this.#held.get(path);
    if (!held) return;
    held.dropped = true;
    held.bytes = undefined;
    this.#held.delete(path);
    this.#bytes -= held.size;
  }
}

function spanOf(entries: readonly TensorEntry[]): { begin: number; end: number } {
  return {
    begin: Math.min(...entries.map(({ begin }) => begin)),
    end: Math.max(...entries.map(({ end }) => end)),
  };
}

/** A view of what is kept. */
async function readHeld(
  path: string,
  held: Held,
  entry: TensorEntry,
  [from, to]: readonly [number, number],
): Promise<Uint8Array> {
  if (held.dropped) return readTensorBytes(path, entry, [from, to]);
  // As of one tensor: the file's values lie side by side.
  const all: TensorEntry = { ...entry, begin: held.begin, end: held.begin + held.size };
  held.bytes ??= readTensorBytes(path, all);
  const bytes = await held.bytes;
  return bytes.subarray(entry.begin - held.begin + from, entry.begin - held.begin + to);
}
