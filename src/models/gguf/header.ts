// The header of a GGUF file: what is known of the model, and where its tensors lie. Everything that it says is checked
// against the file, as it was written by somebody else. The tensors themselves are not read.
// Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md

import { closeSync, fstatSync, openSync, statSync } from 'node:fs';
import { BadInput, ModelMismatch, messageOf } from '../../errors.ts';
import { ByteReader } from './byte-reader.ts';
import { GGUF_TYPES, type GgufType, isGgufType, typeName } from './types.ts';

export type MetadataValue = number | bigint | boolean | string | readonly MetadataValue[];

export type Metadata = ReadonlyMap<string, MetadataValue>;

/** A tensor: what it is, and which bytes of the file it owns. */
export interface GgufTensor {
  readonly name: string;
  readonly type: GgufType;
  /** Slowest first, as everywhere else: GGUF has it the other way round. */
  readonly shape: readonly number[];
  /** First byte, counted from the start of the file. */
  readonly begin: number;
  /** Offset of the byte behind the last one. */
  readonly end: number;
}

export interface GgufHeader {
  readonly path: string;
  readonly metadata: Metadata;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
}

const MAGIC = Buffer.from('GGUF');
const VERSIONS = [2, 3];
const MOST_DIMENSIONS = 4;

/**
 * Reads the header of a GGUF file.
 *
 * @throws BadInput if there is no regular file; CorruptFile if it is no GGUF file, is cut off, or claims what cannot be;
 *   ModelMismatch for a version, byte order or type of tensor that is not read
 */
export function parseGgufHeader(path: string): GgufHeader {
  const file = openRegular(path);
  try {
    const reader = new ByteReader(file, path, fstatSync(file).size);
    checkVersion(path, reader);
    const tensors = reader.count('tensors', 24);
    const metadata = readMetadata(reader, reader.count('metadata entries', 13));
    const claims = Array.from({ length: tensors }, () => readClaim(reader));
    return { path, metadata, tensors: locate(path, reader, metadata, claims) };
  } finally {
    closeSync(file);
  }
}

function openRegular(path: string): number {
  const found = statSync(path, { throwIfNoEntry: false });
  // A pipe would make us wait, for ever perhaps.
  if (!found?.isFile())
    throw new BadInput(path, found ? 'is not a regular file' : 'there is no such file or folder');
  try {
    return openSync(path, 'r');
  } catch (cause) {
    throw new BadInput(path, `cannot be opened (${messageOf(cause)})`, { cause });
  }
}

function checkVersion(path: string, reader: ByteReader): void {
  const magic = Buffer.from(Array.from({ length: Math.min(4, reader.size) }, () => reader.u8()));
  if (!magic.equals(MAGIC))
    throw reader.corrupt(
      `it begins with ${JSON.stringify(magic.toString('latin1'))}, and a GGUF file with "GGUF"`,
    );
  const version = reader.u32();
  if (VERSIONS.includes(version)) return;
  const bigEndian = version !== 0 && (version & 0xffff) === 0;
  const what = bigEndian ? 'it is written in big-endian order' : `it is of GGUF version ${version}`;
  throw new ModelMismatch(
    path,
    `${what}; little-endian files of version ${VERSIONS.join(' or ')} are read: convert the model again with a recent llama.cpp`,
  );
}

function readMetadata(reader: ByteReader, count: number): Map<string, MetadataValue> {
  const metadata = new Map<string, MetadataValue>();
  for (let i = 0; i < count; i++) {
    const key = reader.text('a metadata key');
    if (metadata.has(key)) throw reader.corrupt(`metadata has ${JSON.stringify(key)} twice`);
    metadata.set(key, readValue(reader, reader.u32(), key));
  }
  return metadata;
}

/** By GGUF's number of the type: how a value is read, and the least bytes that it takes. */
const VALUES: Readonly<
  Record<number, { bytes: number; read: (reader: ByteReader, key: string) => MetadataValue }>
> = {
  0: { bytes: 1, read: (reader) => reader.u8() },
  1: { bytes: 1, read: (reader) => reader.i8() },
  2: { bytes: 2, read: (reader) => reader.u16() },
  3: { bytes: 2, read: (reader) => reader.i16() },
  4: { bytes: 4, read: (reader) => reader.u32() },
  5: { bytes: 4, read: (reader) => reader.i32() },
  6: { bytes: 4, read: (reader) => reader.f32() },
  7: { bytes: 1, read: (reader) => reader.u8() !== 0 },
  8: { bytes: 8, read: (reader, key) => reader.text(key) },
  9: { bytes: 12, read: readArray },
  10: { bytes: 8, read: (reader) => whole(reader.u64()) },
  11: { bytes: 8, read: (reader) => whole(reader.i64()) },
  12: { bytes: 8, read: (reader) => reader.f64() },
};

const ARRAY = 9;

function readValue(reader: ByteReader, type: number, key: string): MetadataValue {
  return valueType(reader, type, key).read(reader, key);
}

function valueType(reader: ByteReader, type: number, key: string) {
  const found = VALUES[type];
  if (!found) throw reader.corrupt(`metadata ${JSON.stringify(key)} is of an unknown type (${type})`);
  return found;
}

function readArray(reader: ByteReader, key: string): MetadataValue {
  const type = reader.u32();
  if (type === ARRAY) throw reader.corrupt(`metadata ${JSON.stringify(key)} is an array of arrays`);
  const { bytes, read } = valueType(reader, type, key);
  const count = reader.count(`elements of ${key}`, bytes);
  return Array.from({ length: count }, () => read(reader, key));
}

/** As a number where that is exact. */
function whole(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** What the header says of a tensor. */
interface Claim {
  readonly name: string;
  readonly type: number;
  /** Slowest first. */
  readonly shape: readonly number[];
  /** From where the tensors begin. */
  readonly offset: bigint;
}

function readClaim(reader: ByteReader): Claim {
  const name = reader.text('the name of a tensor');
  const dimensions = reader.u32();
  if (dimensions < 1 || dimensions > MOST_DIMENSIONS)
    throw reader.corrupt(`tensor ${name} claims ${dimensions} dimensions; 1 to ${MOST_DIMENSIONS} are valid`);
  const shape = Array.from({ length: dimensions }, () => reader.u64()).map((length) => {
    if (length === 0n || length > BigInt(reader.size) * 8n)
      throw reader.corrupt(`tensor ${name} claims a dimension of ${length}`);
    return Number(length);
  });
  return { name, type: reader.u32(), shape: shape.reverse(), offset: reader.u64() };
}

/** Where the tensors lie in the file; throws unless each has bytes of its own there. */
function locate(
  path: string,
  reader: ByteReader,
  metadata: Metadata,
  claims: readonly Claim[],
): Map<string, GgufTensor> {
  const alignment = metadata.get('general.alignment') ?? 32;
  if (typeof alignment !== 'number' || alignment < 1 || alignment > 2 ** 20 || !Number.isInteger(alignment))
    throw reader.corrupt(`general.alignment ${String(alignment)} is not a whole number above 0`);
  const start = Math.ceil(reader.position / alignment) * alignment;
  const placed = claims.map((claim) => place(path, reader, claim, start, alignment));
  placed.sort((a, b) => a.begin - b.begin);
  let before: GgufTensor | undefined;
  for (const tensor of placed) {
    if (before && tensor.begin < before.end)
      throw reader.corrupt(`tensors ${before.name} and ${tensor.name} overlap at byte ${tensor.begin}`);
    before = tensor;
  }
  const tensors = new Map(placed.map((tensor) => [tensor.name, tensor]));
  if (tensors.size < placed.length) throw reader.corrupt('two of its tensors have one name');
  return tensors;
}

function place(
  path: string,
  reader: ByteReader,
  { name, type: id, shape, offset }: Claim,
  start: number,
  alignment: number,
): GgufTensor {
  const type = typeName(id);
  if (!isGgufType(type))
    throw new ModelMismatch(
      path,
      `tensor ${name} is ${type}, which is not read; valid are ${Object.keys(GGUF_TYPES).join(', ')}: take the model in one of these, Q4_K_M or Q8_0 say`,
    );
  const { values, bytes } = GGUF_TYPES[type];
  const columns = shape.at(-1) ?? 0;
  if (columns % values !== 0)
    throw reader.corrupt(`tensor ${name} has rows of ${columns}, and ${type} comes in blocks of ${values}`);
  const count = shape.reduce((product, length) => product * length, 1);
  const begin = start + Number(offset);
  const end = begin + (count / values) * bytes;
  if (offset % BigInt(alignment) !== 0n)
    throw reader.corrupt(`tensor ${name} begins at ${offset}, which is no multiple of ${alignment}`);
  if (!Number.isSafeInteger(end) || end > reader.size)
    throw reader.corrupt(
      `tensor ${name} goes on to byte ${end}, but the file has ${reader.size} bytes; it is cut off`,
    );
  return { name, type, shape, begin, end };
}
