// What the header of a safetensors file claims, checked against the file before anything is done with it.

import { CorruptFile } from '../errors.ts';

/** Bytes per value of every element type that the format knows. */
export const BYTES = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  F8_E8M0: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  C64: 8,
  F64: 8,
  I64: 8,
  U64: 8,
} as const;

export type SafetensorsDtype = keyof typeof BYTES;

const ADVICE = 'download it again, or run again what wrote it';

/** One tensor of a file: what it is, and which bytes of the file it owns. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  /** First byte, counted from the start of the file. */
  readonly begin: number;
  /** Offset of the byte behind the last one, from the start of the file. */
  readonly end: number;
}

/**
 * Checks a header.
 *
 * @param start where the tensors' bytes begin in the file
 * @param size of the file, in bytes
 * @throws CorruptFile for a claim that is none, or does not fit the file
 */
export function checkHeader(
  path: string,
  header: unknown,
  start: number,
  size: number,
): { tensors: Map<string, TensorEntry>; metadata: Record<string, string> } {
  if (!isObject(header)) throw corrupt(path, 'the header is not a JSON object of tensors');
  const { __metadata__: metadata = {}, ...claims } = header;
  if (!isStrings(metadata)) throw corrupt(path, '__metadata__ in the header must be an object of strings');
  const entries = Object.entries(claims).map(([name, claim]) => checkClaim(path, name, claim, start, size));
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let position = start;
  for (const { name, begin, end } of entries) {
    const found = begin < position ? 'overlaps the tensor before it' : 'leaves a gap before it';
    if (begin !== position)
      throw corrupt(path, `tensor ${name} ${found}: it begins at byte ${begin}, ${position} is valid`);
    position = end;
  }
  if (position !== size)
    throw corrupt(path, `the tensors end at byte ${position}, but the file has ${size} bytes`);
  return { tensors: new Map(entries.map((entry) => [entry.name, entry])), metadata };
}

function checkClaim(path: string, name: string, claim: unknown, start: number, size: number): TensorEntry {
  const bad = (what: string) => corrupt(path, `tensor ${name}: ${what}`);
  if (!isObject(claim)) throw bad('an object with dtype, shape and data_offsets is expected');
  const { dtype, shape, data_offsets: offsets } = claim;
  if (!isDtype(dtype))
    throw bad(`dtype ${JSON.stringify(dtype)} is unknown; known are ${Object.keys(BYTES).join(', ')}`);
  if (!isCounts(shape))
    throw bad(`shape ${JSON.stringify(shape)} must be an array of whole numbers, 0 or more`);
  const [from, to, ...rest] = isCounts(offsets) ? offsets : [];
  if (from === undefined || to === undefined || rest.length > 0 || from > to)
    throw bad(`data_offsets ${JSON.stringify(offsets)} must be two whole numbers, the smaller one first`);
  const [begin, end] = [start + from, start + to];
  const needed = countValues(shape) * BYTES[dtype];
  if (needed !== end - begin)
    throw bad(`${dtype} [${shape.join(', ')}] needs ${needed} bytes, but data_offsets give ${end - begin}`);
  if (end > size) throw bad(`it ends at byte ${end}, but the file has ${size} bytes; it is cut off`);
  return { name, dtype, shape, begin, end };
}

/** The error for a file that is not what the format promises. */
export function corrupt(path: string, message: string, options?: ErrorOptions): CorruptFile {
  return new CorruptFile(path, `not a valid safetensors file: ${message}; ${ADVICE}`, options);
}

/** How many values a tensor of this shape has. */
export function countValues(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isStrings(value: unknown): value is Record<string, string> {
  return isObject(value) && Object.values(value).every((one) => typeof one === 'string');
}

function isDtype(value: unknown): value is SafetensorsDtype {
  return typeof value === 'string' && Object.hasOwn(BYTES, value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0);
}
