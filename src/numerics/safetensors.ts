// The safetensors format, read and written without help: eight bytes that say how long the header is, a JSON
// header, then the tensors' bytes, all little-endian. It exists because both checkpoints and our own recordings
// use the format, because ONNX Runtime needs the exact byte offsets, and because a header is a claim made by
// somebody else's file: everything it says is checked against the file before a single byte is allocated.
// Format: https://github.com/huggingface/safetensors (the rules about gaps and overlaps are the reference's).

import type { FileHandle } from 'node:fs/promises';
import type { CorruptFile } from '../errors.ts';
import { type OpenFile, openRegular, readInto } from '../files/read-file.ts';
import { float16ToFloat32 } from './float16.ts';
import { entryOf } from './lookup.ts';
import {
  BYTES,
  checkHeader,
  corrupt,
  countValues,
  type SafetensorsDtype,
  type TensorEntry,
} from './safetensors-header.ts';

export { float16ToNumber } from './float16.ts';
export type { SafetensorsDtype, TensorEntry } from './safetensors-header.ts';

/** The reference implementation's own limit on what a header may claim for itself. */
const MAX_HEADER_BYTES = 100_000_000;

/** What is read at once, since headers of recordings are shorter. */
const MOST_HEADERS = 4096;

export interface SafetensorsHeader {
  readonly path: string;
  /** Tensors by name, in the order of their bytes in the file. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** One tensor to be written. `data` holds exactly the values of `shape`, row-major, little-endian. */
export interface TensorData {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  readonly data: ArrayBufferView;
}

/**
 * Reads the header of a safetensors file and checks everything that it claims.
 *
 * @throws BadInput if there is no such file; CorruptFile if the header is not one, or does not fit the file.
 */
export async function parseSafetensorsHeader(path: string): Promise<SafetensorsHeader> {
  const { file, size } = await openFile(path);
  try {
    if (size < 8) throw tooShort(path, size);
    const beginning = await readRange(file, path, 0, Math.min(size, MOST_HEADERS));
    const length = headerLength(path, Buffer.from(beginning), size);
    const whole = 8 + length <= beginning.length;
    const text = whole ? beginning.subarray(8, 8 + length) : await readRange(file, path, 8, 8 + length);
    const header = parseJson(path, text);
    return { path, ...checkHeader(path, header, 8 + length, size) };
  } finally {
    await file.close();
  }
}

/**
 * The header of a safetensors file that is in memory as a whole, checked as `parseSafetensorsHeader` does.
 *
 * @param path what errors call it
 * @throws CorruptFile if the header is not one, or does not fit the bytes
 */
export function parseSafetensorsBytes(path: string, bytes: Buffer): SafetensorsHeader {
  if (bytes.length < 8) throw tooShort(path, bytes.length);
  const length = headerLength(path, bytes, bytes.length);
  const header = parseJson(path, bytes.subarray(8, 8 + length));
  return { path, ...checkHeader(path, header, 8 + length, bytes.length) };
}

function tooShort(path: string, size: number): CorruptFile {
  return corrupt(path, `the file has ${size} bytes, but the length of the header alone takes 8`);
}

/** @param beginning the file's first eight bytes, at least */
function headerLength(path: string, beginning: Buffer, size: number): number {
  const claimed = beginning.readBigUInt64LE();
  if (claimed > BigInt(MAX_HEADER_BYTES))
    throw corrupt(path, `the header claims ${claimed} bytes; at most ${MAX_HEADER_BYTES} are valid`);
  const length = Number(claimed);
  if (8 + length > size)
    throw corrupt(path, `the header claims ${length} bytes, but only ${size - 8} follow; it is cut off`);
  return length;
}

/**
 * The bytes of a tensor, or of a part of it.
 *
 * @param range byte positions inside the tensor, 0 being its first; the whole tensor by default
 * @throws CorruptFile if the file ends before the range does; RangeError if the range leaves the tensor
 */
export async function readTensorBytes(
  path: string,
  entry: Pick<TensorEntry, 'name' | 'begin' | 'end'>,
  range: readonly [number, number] = [0, entry.end - entry.begin],
): Promise<Uint8Array<ArrayBuffer>> {
  const [from, to] = range;
  if (from < 0 || to < from || entry.begin + to > entry.end)
    throw new RangeError(`bytes ${from}..${to} leave tensor ${entry.name}`);
  const { file } = await openFile(path);
  try {
    return await readRange(file, path, entry.begin + from, entry.begin + to);
  } finally {
    await file.close();
  }
}

/**
 * The values of a floating-point tensor, or of a part of it, as float32; F64 is rounded, F16 and BF16 are exact.
 *
 * @param range positions of values, row-major, the end excluded; the whole tensor by default
 * @returns (range[1] − range[0]), in memory of its own
 * @throws CorruptFile if the file is too short or the tensor's values are not F64, F32, F16 or BF16; RangeError if the
 *   range leaves the tensor; BadInput if there is no such file
 */
export async function readFloats(
  path: string,
  entry: TensorEntry,
  range: readonly [number, number] = [0, countValues(entry.shape)],
): Promise<Float32Array<ArrayBuffer>> {
  const width = BYTES[entry.dtype];
  const bytes = await readTensorBytes(path, entry, [range[0] * width, range[1] * width]);
  return toFloats(path, entry, bytes);
}

/**
 * Bytes of a tensor as float32: as in `readFloats`. What is float32 already is a view of the bytes.
 *
 * @param bytes whole values; they begin at a multiple of their width in their memory
 */
export function toFloats<B extends ArrayBufferLike>(
  path: string,
  { name, dtype }: Pick<TensorEntry, 'name' | 'dtype'>,
  { buffer, byteOffset, byteLength }: Uint8Array<B>,
): Float32Array<B | ArrayBuffer> {
  const values = byteLength / BYTES[dtype];
  if (dtype === 'F32') return new Float32Array(buffer, byteOffset, values);
  if (dtype === 'F64') return Float32Array.from(new Float64Array(buffer, byteOffset, values));
  const halves = () => new Uint16Array(buffer, byteOffset, values);
  if (dtype === 'F16') return float16ToFloat32(halves());
  if (dtype === 'BF16') return new Float32Array(Uint32Array.from(halves(), (half) => half << 16).buffer);
  throw corrupt(path, `tensor ${name} holds ${dtype}; F64, F32, F16 or BF16 is expected here`);
}

/**
 * A whole safetensors file. The same tensors and metadata give the same bytes in whatever order they come:
 * wide types first, then by name, as the reference does it, so that every tensor is aligned to its type.
 *
 * @throws RangeError for a tensor whose data are not as long as its shape says, or whose name is taken
 */
export function encodeSafetensors(
  tensors: readonly TensorData[],
  metadata: Readonly<Record<string, string>> = {},
): Buffer {
  const { bytes, begins } = encodeSafetensorsHeader(tensors, metadata);
  for (const { name, dtype, shape, data } of tensors)
    if (data.byteLength !== countValues(shape) * BYTES[dtype])
      throw new RangeError(`${name}: ${data.byteLength} bytes do not fill ${dtype} [${shape.join(', ')}]`);
  const ordered = tensors.toSorted((a, b) => entryOf(begins, a.name) - entryOf(begins, b.name));
  const parts = ordered.map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  return Buffer.concat([bytes, ...parts]);
}

/**
 * The header of a file with these tensors, and where each one's bytes must begin in the file: for files too large to
 * be in memory as a whole. The same order as in `encodeSafetensors`.
 *
 * @throws RangeError for a name that is taken
 */
export function encodeSafetensorsHeader(
  tensors: readonly Omit<TensorData, 'data'>[],
  metadata: Readonly<Record<string, string>> = {},
): { readonly bytes: Buffer; readonly begins: ReadonlyMap<string, number> } {
  const ordered = tensors.toSorted(
    (a, b) => BYTES[b.dtype] - BYTES[a.dtype] || (a.name < b.name ? -1 : Number(a.name > b.name)),
  );
  // Pairs and Object.fromEntries, since an assignment to `__proto__` would lose a tensor of that name.
  const header: [string, unknown][] = [];
  const sorted = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  if (sorted.length > 0) header.push(['__metadata__', Object.fromEntries(sorted)]);
  const offsets = new Map<string, number>();
  let offset = 0;
  for (const { name, dtype, shape } of ordered) {
    if (name === '__metadata__' || offsets.has(name))
      throw new RangeError(`tensor name ${JSON.stringify(name)} is taken`);
    const end = offset + countValues(shape) * BYTES[dtype];
    header.push([name, { dtype, shape, data_offsets: [offset, end] }]);
    offsets.set(name, offset);
    offset = end;
  }
  const bytes = padHeader(JSON.stringify(Object.fromEntries(header)));
  return { bytes, begins: new Map([...offsets].map(([name, begin]) => [name, bytes.length + begin])) };
}

function padHeader(json: string): Buffer {
  const text = Buffer.from(json);
  const padded = Math.ceil(text.length / 8) * 8;
  const head = Buffer.alloc(8 + padded, ' ');
  head.writeBigUInt64LE(BigInt(padded));
  text.copy(head, 8);
  return head;
}

function parseJson(path: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (cause) {
    const start = JSON.stringify(Buffer.from(bytes.subarray(0, 20)).toString('latin1'));
    throw corrupt(path, `the header is not JSON in UTF-8 (it begins with ${start})`, { cause });
  }
}

const openFile = (path: string): Promise<OpenFile> => openRegular(path, 'name a safetensors file');

async function readRange(
  file: FileHandle,
  path: string,
  begin: number,
  end: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(end - begin);
  const read = await readInto(file, bytes, begin);
  if (read < bytes.length)
    throw corrupt(path, `it ends at byte ${begin + read}, but bytes up to ${end} are needed`);
  return bytes;
}
