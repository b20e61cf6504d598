// A file of weights that are made from a checkpoint's, once, tensor by tensor: ONNX Runtime takes all external data from
// one folder, so it holds those that stay as they are as well. It maps the file, so nothing of it is copied into a
// JavaScript heap.
//
// The file is whole or absent: it is written under another name, its header last, and then renamed. The header
// carries a checksum per tensor, which is compared every time before the file is used.

import { type FileHandle, mkdir, open, rename, rm, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { BadInput, CorruptFile } from '../../errors.ts';
import { at, entryOf, first } from '../../numerics/lookup.ts';
import {
  encodeSafetensorsHeader,
  parseSafetensorsHeader,
  readTensorBytes,
  type SafetensorsDtype,
  type TensorEntry,
} from '../../numerics/safetensors.ts';
import { cacheError, diskTooSmall } from '../cache-folder.ts';
import { withLock } from '../hub/lock.ts';
import type { QuantizeProgress } from '../source-kind.ts';
import type { WeightEntry } from './weight-entry.ts';

/** Bytes of a checkpoint that are worked on at once. */
const PIECE = 8 * 2 ** 20;

export interface QuantizeOptions {
  /** Called while a checkpoint is quantised or unpacked, and not when the cache holds it already. */
  readonly onQuantize?: ((progress: QuantizeProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A tensor of the file. */
export interface DerivedTensor {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  readonly bytes: number;
}

/** What is made of a tensor of the checkpoint. */
export interface Derivation {
  readonly source: WeightEntry;
  readonly outputs: readonly DerivedTensor[];
  /** Rows that must be worked on together. */
  readonly rows: number;
  /** The bytes of every output for some rows of the source. Throws ModelMismatch for rows that cannot be used. */
  readonly make: (bytes: Uint8Array<ArrayBuffer>) => readonly Uint8Array[];
}

/** A file of weights. */
export interface DerivedFile {
  readonly path: string;
  /** What progress calls the work. */
  readonly what: QuantizeProgress['what'];
  /** Where the sources' files are. */
  readonly weightsFolder: string;
  readonly derivations: readonly Derivation[];
}

/**
 * The tensors of the file, which is made if it is not there or damaged.
 *
 * @throws BadInput if the disk is full or cannot be written to; as the derivations do
 */
export async function deriveWeights(
  wanted: DerivedFile,
  options: QuantizeOptions,
): Promise<ReadonlyMap<string, TensorEntry>> {
  const { path } = wanted;
  const outputs = wanted.derivations.flatMap((derivation) => derivation.outputs);
  try {
    // Of two processes that need the same weights one makes them, and the other waits and finds them.
    return await withLock(`${path}.lock`, { signal: options.signal }, async () => {
      const known = await openIntact(path, outputs);
      if (known) return known;
      await write(wanted, outputs, options);
      return (await parseSafetensorsHeader(path)).tensors;
    });
  } catch (error) {
    throw cacheError(path, error);
  }
}

const checksumKey = (name: string) => `crc32 ${name}`;
const checksumText = (value: number) => value.toString(16).padStart(8, '0');

/** The tensors of a file that holds exactly what it should; undefined if there is none, or it is damaged. */
async function openIntact(
  path: string,
  outputs: readonly DerivedTensor[],
): Promise<ReadonlyMap<string, TensorEntry> | undefined> {
  try {
    const { tensors, metadata } = await parseSafetensorsHeader(path);
    for (const { name, dtype, shape } of outputs) {
      const entry = tensors.get(name);
      if (entry?.dtype !== dtype || entry.shape.join() !== shape.join()) return undefined;
      let checksum = 0;
      for await (const bytes of pieces(path, entry, PIECE)) checksum = crc32(bytes, checksum);
      if (metadata[checksumKey(name)] !== checksumText(checksum)) return undefined;
    }
    return tensors;
  } catch (error) {
    // No such file, or none that is whole.
    if (error instanceof BadInput || error instanceof CorruptFile) return undefined;
    throw error;
  }
}

async function* pieces(
  path: string,
  entry: Pick<TensorEntry, 'name' | 'begin' | 'end'>,
  size: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const length = entry.end - entry.begin;
  for (let from = 0; from < length; from += size)
    yield await readTensorBytes(path, entry, [from, Math.min(from + size, length)]);
}

async function write(
  wanted: DerivedFile,
  outputs: readonly DerivedTensor[],
  options: QuantizeOptions,
): Promise<void> {
  const { path } = wanted;
  const temporary = `${path}.partial`;
  await mkdir(dirname(path), { recursive: true });
  // What is there is damaged, and what a kill has left is of no use: both make room.
  await rm(path, { force: true });
  await rm(temporary, { force: true });
  await checkDisk(path, outputs);
  const file = await open(temporary, 'w');
  try {
    await new Writer(file, outputs).fill(wanted, options);
    await file.sync();
    await file.close();
    await rename(temporary, path);
  } catch (error) {
    await file.close().catch(() => {});
    await rm(temporary, { force: true });
    throw error;
  }
}

async function checkDisk(path: string, outputs: readonly DerivedTensor[]): Promise<void> {
  const needed = outputs.reduce((sum, { bytes }) => sum + bytes, 0);
  const { bavail, bsize } = await statfs(dirname(path));
  if (bavail * bsize < needed) throw diskTooSmall(path, needed, bavail * bsize);
}

/** A file whose tensors are written piece by piece, in any order, and whose header comes last. */
class Writer {
  readonly #file: FileHandle;
  readonly #outputs: readonly DerivedTensor[];
  /** Where the next piece of each tensor goes. */
  readonly #positions = new Map<string, number>();
  readonly #checksums = new Map<string, number>();

  constructor(file: FileHandle, outputs: readonly DerivedTensor[]) {
    this.#file = file;
    this.#outputs = outputs;
    for (const { name } of outputs) this.#checksums.set(name, 0);
    const { begins } = this.#header();
    for (const [name, begin] of begins) this.#positions.set(name, begin);
  }

  async fill(
    { what, weightsFolder, derivations }: DerivedFile,
    { onQuantize, signal }: QuantizeOptions,
  ): Promise<void> {
    const total = derivations.reduce((sum, { source }) => sum + source.end - source.begin, 0);
    let done = 0;
    for (const { source, outputs, rows, make } of derivations) {
      const path = join(weightsFolder, source.file);
      const together = ((source.end - source.begin) / first(source.shape)) * rows;
      const size = Math.max(1, Math.floor(PIECE / together)) * together;
      for await (const bytes of pieces(path, source, size)) {
        signal?.throwIfAborted();
        const made = make(bytes);
        for (const [i, { name }] of outputs.entries()) await this.#append(name, at(made, i));
        done += bytes.length;
        onQuantize?.({ what, done, total });
      }
    }
    await this.#writeAll(this.#header().bytes, 0);
  }

  async #append(name: string, bytes: Uint8Array): Promise<void> {
    const position = entryOf(this.#positions, name);
    await this.#writeAll(bytes, position);
    this.#positions.set(name, position + bytes.length);
    this.#checksums.set(name, crc32(bytes, entryOf(this.#checksums, name)));
  }

  async #writeAll(bytes: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await this.#file.write(bytes, done, bytes.length - done, position + done);
      done += bytesWritten;
    }
  }

  /** Of the same length whatever the checksums are. */
  #header() {
    const sums = [...this.#checksums].map(([name, sum]) => [checksumKey(name), checksumText(sum)] as const);
    return encodeSafetensorsHeader(this.#outputs, Object.fromEntries(sums));
  }
}
