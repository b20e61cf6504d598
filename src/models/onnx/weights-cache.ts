// Quantised weights on disk. A checkpoint is quantised once, tensor by tensor, into one safetensors file that also
// holds, as they are, the tensors that stay exact (embedding rows, norms, biases): ONNX Runtime takes all external
// data from one folder. It maps the file, so nothing of it is copied into a JavaScript heap.
//
// The file is whole or absent: it is written under another name, its header last, and then renamed. The header
// carries a checksum per tensor, which is compared every time before the file is used.

import { type FileHandle, mkdir, open, rename, rm, statfs } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { BadInput, CorruptFile, ModelMismatch } from '../../errors.ts';
import { at, entryOf, first } from '../../numerics/lookup.ts';
import {
  encodeSafetensorsHeader,
  parseSafetensorsHeader,
  readTensorBytes,
  type SafetensorsDtype,
  type TensorEntry,
} from '../../numerics/safetensors.ts';
import { cacheError, cacheFolder, diskTooSmall } from '../cache-folder.ts';
import { withLock } from '../hub/lock.ts';
import type { QuantizeProgress } from '../source-kind.ts';
import type { Checkpoint } from './checkpoint.ts';
import { expectedWeights } from './expected-weights.ts';
import { type Bits, BLOCK, blocksPerRow, quantizedNames, quantizeRows, toFloat32 } from './quantize.ts';
import type { WeightEntry } from './weight-entry.ts';

/** Raised when the same checkpoint would give other bytes. */
const FORMAT = 1;

/** Bytes of a checkpoint that are worked on at once. */
const PIECE = 8 * 2 ** 20;

const EMBEDDINGS = 'model.embed_tokens.weight';

/**
 * Every prompt of a chat ends with the same token, so the first layer's states differ only by what attention brings in:
 * so little that rounding is seen. Kept exact, no layer of the embedded models falls below R² 0.998; else one has 0.989.
 */
const EXACT_LAYER = 'model.layers.0.';

export interface QuantizeOptions {
  /** Called while a checkpoint is quantised, and not when the cache holds it already. */
  readonly onQuantize?: ((progress: QuantizeProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Where the quantised weights of a checkpoint are kept. */
export function quantizedPath(revision: string, bits: Bits): string {
  return join(cacheFolder(), `q${bits}`, `${revision}-${FORMAT}.safetensors`);
}

/**
 * The same checkpoint with its matrices in 8 or 4 bits: its weights lie in a file of the cache, which is made if it
 * is not there or damaged.
 *
 * @throws BadInput if the disk is full or cannot be written to; ModelMismatch for weights that are not finite
 */
export async function quantizeCheckpoint(
  checkpoint: Checkpoint,
  bits: Bits,
  options: QuantizeOptions = {},
): Promise<Checkpoint> {
  const path = quantizedPath(checkpoint.revision, bits);
  const outputs = planOutputs(checkpoint, bits);
  try {
    // Of two processes that need the same weights one makes them, and the other waits and finds them.
    const entries = await withLock(`${path}.lock`, { signal: options.signal }, async () => {
      const known = await openIntact(path, outputs);
      if (known) return known;
      await write(path, checkpoint, bits, outputs, options);
      return (await parseSafetensorsHeader(path)).tensors;
    });
    const file = basename(path);
    const weights = new Map<string, WeightEntry>();
    for (const { name, source, what } of outputs) {
      const columns = what === 'codes' ? { columns: at(source.shape, 1) } : {};
      weights.set(name, { ...entryOf(entries, name), file, ...columns });
    }
    return { ...checkpoint, weights, weightsFolder: dirname(path) };
  } catch (error) {
    throw cacheError(path, error);
  }
}

/** Bytes that the weights take in memory: those that stay exact are float32 there, but for the embeddings. */
export function quantizedMemory(checkpoint: Checkpoint, bits: Bits): number {
  return planOutputs(checkpoint, bits).reduce(
    (sum, { name, shape, bytes, what }) =>
      sum + (what !== 'copy' || name === EMBEDDINGS ? bytes : 4 * shape.reduce((a, b) => a * b, 1)),
    0,
  );
}

/** A tensor of the quantised file. */
interface OutputTensor {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  readonly bytes: number;
  /** The checkpoint's tensor from which it is made. */
  readonly source: WeightEntry;
  readonly what: 'copy' | 'codes' | 'scales';
}

function planOutputs({ config, weights }: Checkpoint, bits: Bits): OutputTensor[] {
  return [...expectedWeights(config)].flatMap(([name, shape]) => {
    const source = entryOf(weights, name);
    const [rows, columns] = shape;
    const copy: OutputTensor = {
      name,
      dtype: source.dtype,
      shape,
      bytes: source.end - source.begin,
      source,
      what: 'copy',
    };
    if (rows === undefined || columns === undefined || name.startsWith(EXACT_LAYER)) return [copy];
    const quantized = quantizedTensors(source, [rows, columns], bits);
    if (name !== EMBEDDINGS) return quantized;
    // Its rows are looked up exactly; as a tied LM head it is multiplied like any other matrix.
    return config.tiedEmbeddings ? [copy, ...quantized] : [copy];
  });
}

function quantizedTensors(
  source: WeightEntry,
  [rows, columns]: readonly [number, number],
  bits: Bits,
): OutputTensor[] {
  const blocks = blocksPerRow(columns);
  const width = (BLOCK * bits) / 8;
  const { codes, scales } = quantizedNames(source.name);
  const count = rows * blocks;
  return [
    { name: codes, dtype: 'U8', shape: [rows, blocks, width], bytes: count * width, source, what: 'codes' },
    { name: scales, dtype: 'F32', shape: [count], bytes: count * 4, source, what: 'scales' },
  ];
}

const checksumKey = (name: string) => `crc32 ${name}`;
const checksumText = (value: number) => value.toString(16).padStart(8, '0');

/** The tensors of a file that holds exactly what it should; undefined if there is none, or it is damaged. */
async function openIntact(
  path: string,
  outputs: readonly OutputTensor[],
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
  entry: TensorEntry,
  size: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const length = entry.end - entry.begin;
  for (let from = 0; from < length; from += size)
    yield await readTensorBytes(path, entry, [from, Math.min(from + size, length)]);
}

async function write(
  path: string,
  checkpoint: Checkpoint,
  bits: Bits,
  outputs: readonly OutputTensor[],
  options: QuantizeOptions,
): Promise<void> {
  const temporary = `${path}.partial`;
  await mkdir(dirname(path), { recursive: true });
  // What is there is damaged, and what a kill has left is of no use: both make room.
  await rm(path, { force: true });
  await rm(temporary, { force: true });
  await checkDisk(path, outputs);
  const file = await open(temporary, 'w');
  try {
    await new QuantizedFile(file, outputs).fill(checkpoint, bits, options);
    await file.sync();
    await file.close();
    await rename(temporary, path);
  } catch (error) {
    await file.close().catch(() => {});
    await rm(temporary, { force: true });
    throw error;
  }
}

async function checkDisk(path: string, outputs: readonly OutputTensor[]): Promise<void> {
  const needed = outputs.reduce((sum, { bytes }) => sum + bytes, 0);
  const { bavail, bsize } = await statfs(dirname(path));
  if (bavail * bsize < needed) throw diskTooSmall(path, needed, bavail * bsize);
}

/** A file whose tensors are written piece by piece, in any order, and whose header comes last. */
class QuantizedFile {
  readonly #file: FileHandle;
  readonly #outputs: readonly OutputTensor[];
  /** Where the next piece of each tensor goes. */
  readonly #positions = new Map<string, number>();
  readonly #checksums = new Map<string, number>();

  constructor(file: FileHandle, outputs: readonly OutputTensor[]) {
    this.#file = file;
    this.#outputs = outputs;
    for (const { name } of outputs) this.#checksums.set(name, 0);
    const { begins } = this.#header();
    for (const [name, begin] of begins) this.#positions.set(name, begin);
  }

  async fill(checkpoint: Checkpoint, bits: Bits, { onQuantize, signal }: QuantizeOptions): Promise<void> {
    const total = sizeOf(this.#outputs.filter(({ what }) => what !== 'scales'));
    let done = 0;
    for (const { name, source, what } of this.#outputs) {
      if (what === 'scales') continue;
      const path = join(checkpoint.weightsFolder, source.file);
      // Whole rows.
      const row = (source.end - source.begin) / first(source.shape);
      const size = Math.max(1, Math.floor(PIECE / row)) * row;
      for await (const bytes of pieces(path, source, size)) {
        signal?.throwIfAborted();
        if (what === 'copy') await this.#append(name, bytes);
        else await this.#quantize(checkpoint, source, bytes, bits);
        done += bytes.length;
        onQuantize?.({ done, total });
      }
    }
    await this.#writeAll(this.#header().bytes, 0);
  }

  async #quantize(
    checkpoint: Checkpoint,
    source: WeightEntry,
    bytes: Uint8Array<ArrayBuffer>,
    bits: Bits,
  ): Promise<void> {
    const names = quantizedNames(source.name);
    const { codes, scales } = quantizePiece(checkpoint, source, bytes, bits);
    await this.#append(names.codes, codes);
    await this.#append(names.scales, new Uint8Array(scales.buffer));
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

function quantizePiece(
  { folder }: Checkpoint,
  { name, dtype, shape }: WeightEntry,
  bytes: Uint8Array<ArrayBuffer>,
  bits: Bits,
): ReturnType<typeof quantizeRows> {
  try {
    return quantizeRows(toFloat32(bytes, dtype), at(shape, 1), bits);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new ModelMismatch(folder, `tensor ${name}: ${cause.message}; download the checkpoint again`, {
      cause,
    });
  }
}

/** Bytes of the sources of these tensors. */
function sizeOf(outputs: readonly OutputTensor[]): number {
  return outputs.reduce((sum, { source }) => sum + source.end - source.begin, 0);
}
