import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { BadInput, CorruptFile, InterbrainError, ModelMismatch } from '../../errors.ts';
import { parseGgufHeader } from './header.ts';

const folder = mkdtempSync(join(tmpdir(), 'gguf-header-'));
afterAll(() => rmSync(folder, { recursive: true }));

const u32 = (value: number) => Buffer.from(Uint32Array.of(value).buffer);
const u64 = (value: number | bigint) => Buffer.from(BigUint64Array.of(BigInt(value)).buffer);
const text = (value: string) => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);

interface Tensor {
  readonly name?: string;
  readonly shape?: readonly (number | bigint)[];
  readonly type?: number;
  readonly offset?: number;
}

interface Parts {
  readonly magic?: string;
  readonly version?: Buffer;
  readonly tensorCount?: number | bigint;
  readonly entryCount?: number | bigint;
  readonly entries?: readonly Buffer[];
  readonly tensors?: readonly Tensor[];
  readonly data?: number;
}

/** A GGUF file with these parts, whole by default: one tensor of two rows of 32 in Q8_0. */
function file(parts: Parts = {}): Buffer {
  const { entries = [], tensors = [{}], data = 128 } = parts;
  const header = Buffer.concat([
    Buffer.from(parts.magic ?? 'GGUF'),
    parts.version ?? u32(3),
    u64(parts.tensorCount ?? tensors.length),
    u64(parts.entryCount ?? entries.length),
    ...entries,
    ...tensors.flatMap(({ name = 'a', shape = [32, 2], type = 8, offset = 0 }) => [
      ...[text(name), u32(shape.length), ...shape.map(u64), u32(type), u64(offset)],
    ]),
  ]);
  return Buffer.concat([header, Buffer.alloc((-header.length & 31) + data)]);
}

let written = 0;
function parse(bytes: Buffer) {
  const path = join(folder, `${written++}.gguf`);
  writeFileSync(path, bytes);
  return parseGgufHeader(path);
}

const entry = (key: string, type: number, value: Buffer) => Buffer.concat([text(key), u32(type), value]);

it('reads metadata of every type, and where tensors lie', () => {
  const entries = [
    entry('u8', 0, Buffer.of(200)),
    entry('i8', 1, Buffer.of(200)),
    entry('u16', 2, Buffer.of(1, 255)),
    entry('i16', 3, Buffer.of(1, 255)),
    entry('u32', 4, u32(4_000_000_000)),
    entry('i32', 5, u32(4_000_000_000)),
    entry('f32', 6, Buffer.from(Float32Array.of(0.5).buffer)),
    entry('bool', 7, Buffer.of(1)),
    entry('text', 8, text('grüße')),
    entry('texts', 9, Buffer.concat([u32(8), u64(2), text('a'), text('')])),
    entry('u64', 10, u64(5)),
    entry('large', 10, u64(2n ** 63n)),
    entry('i64', 11, u64(2n ** 64n - 1n)),
    entry('f64', 12, Buffer.from(Float64Array.of(0.1).buffer)),
  ];
  const { metadata, tensors } = parse(
    file({ entries, tensors: [{}, { name: 'b', offset: 96, shape: [8], type: 0 }] }),
  );
  expect(Object.fromEntries(metadata)).toEqual({
    ...{ u8: 200, i8: -56, u16: 65281, i16: -255, u32: 4_000_000_000, i32: -294_967_296 },
    ...{ f32: 0.5, bool: true, text: 'grüße', texts: ['a', ''], u64: 5, large: 2n ** 63n, i64: -1, f64: 0.1 },
  });
  const [a, b] = [tensors.get('a'), tensors.get('b')];
  expect(a).toMatchObject({ type: 'Q8_0', shape: [2, 32] });
  expect(b).toMatchObject({ type: 'F32', shape: [8] });
  expect(a!.begin % 32).toBe(0);
  expect([a!.end - a!.begin, b!.begin - a!.begin, b!.end - b!.begin]).toEqual([68, 96, 32]);
});

const HUGE = 2n ** 63n;

describe('is refused, with what is wrong:', () => {
  it.each<[string, Parts, new (...args: never[]) => Error, RegExp]>([
    ['another magic', { magic: 'GGML' }, CorruptFile, /begins with "GGML".*"GGUF"/],
    ['version 1', { version: u32(1) }, ModelMismatch, /GGUF version 1; .* 2 or 3/],
    ['a later version', { version: u32(4) }, ModelMismatch, /GGUF version 4/],
    ['big-endian order', { version: Buffer.of(0, 0, 0, 3) }, ModelMismatch, /big-endian/],
    [
      'tensors that do not fit',
      { tensorCount: HUGE },
      CorruptFile,
      /claims 9223372036854775808 tensors, but at most/,
    ],
    [
      'entries that do not fit',
      { entryCount: HUGE },
      CorruptFile,
      /claims 9223372036854775808 metadata entries/,
    ],
    [
      'a text of 2⁶³ bytes',
      { entries: [entry('a', 8, u64(HUGE))] },
      CorruptFile,
      /claims 9223372036854775808 bytes for a, but at most/,
    ],
    [
      'an array of 2⁶³ texts',
      { entries: [entry('a', 9, Buffer.concat([u32(8), u64(HUGE)]))] },
      CorruptFile,
      /elements of a, but at most/,
    ],
    [
      'an array of arrays',
      { entries: [entry('a', 9, Buffer.concat([u32(9), u64(1)]))] },
      CorruptFile,
      /array of arrays/,
    ],
    [
      'an unknown type of metadata',
      { entries: [entry('a', 13, u32(0))] },
      CorruptFile,
      /"a" is of an unknown type \(13\)/,
    ],
    [
      'metadata twice',
      { entries: [entry('a', 7, Buffer.of(1)), entry('a', 7, Buffer.of(0))] },
      CorruptFile,
      /"a" twice/,
    ],
    [
      'text that is none',
      { entries: [entry('a', 8, Buffer.concat([u64(1), Buffer.of(0xff)]))] },
      CorruptFile,
      /not UTF-8/,
    ],
    [
      'a type that is not read',
      { tensors: [{ type: 23 }] },
      ModelMismatch,
      /tensor a is IQ4_XS.*valid are F32, .*Q6_K/,
    ],
    ['a type without a name', { tensors: [{ type: 999 }] }, ModelMismatch, /tensor a is type 999/],
    ['no dimensions', { tensors: [{ shape: [] }] }, CorruptFile, /claims 0 dimensions; 1 to 4/],
    ['a dimension of 0', { tensors: [{ shape: [32, 0] }] }, CorruptFile, /a dimension of 0/],
    [
      'a dimension of 2⁶³',
      { tensors: [{ shape: [32, HUGE] }] },
      CorruptFile,
      /a dimension of 9223372036854775808/,
    ],
    [
      'half a block',
      { tensors: [{ shape: [33] }] },
      CorruptFile,
      /rows of 33, and Q8_0 comes in blocks of 32/,
    ],
    ['tensors beyond the end', { data: 60 }, CorruptFile, /goes on to byte .* cut off/],
    [
      'a place off the grid',
      { tensors: [{ offset: 8 }] },
      CorruptFile,
      /begins at 8, which is no multiple of 32/,
    ],
    [
      'tensors that overlap',
      { tensors: [{}, { name: 'b', offset: 32, shape: [32] }] },
      CorruptFile,
      /tensors a and b overlap/,
    ],
    ['a name twice', { tensors: [{}, { offset: 96, shape: [8], type: 0 }] }, CorruptFile, /one name/],
    ['an alignment of 0', { entries: [entry('general.alignment', 4, u32(0))] }, CorruptFile, /alignment 0/],
  ])('%s', (_, parts, kind, message) => {
    expect(() => parse(file(parts))).toThrow(message);
    expect(() => parse(file(parts))).toThrow(kind);
  });

  it('an empty file, a folder, a pipe and nothing at all', () => {
    expect(() => parse(Buffer.alloc(0))).toThrow(/begins with ""/);
    expect(() => parseGgufHeader(folder)).toThrow(BadInput);
    expect(() => parseGgufHeader(join(folder, 'nothing.gguf'))).toThrow(/no such file/);
    const pipe = join(folder, 'pipe.gguf');
    execFileSync('mkfifo', [pipe]);
    expect(() => parseGgufHeader(pipe)).toThrow(/not a regular file/);
  });
});

it('never does worse than refuse a file that is cut off or changed', () => {
  const whole = readFileSync(join(import.meta.dirname, '../../../fixtures/gguf/qwen2.gguf')).subarray(
    0,
    20_000,
  );
  const path = join(folder, 'changed.gguf');
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), (place, value, length) => {
      const bytes = Buffer.from(whole);
      bytes[place] = value;
      writeFileSync(path, bytes);
      truncateSync(path, length);
      try {
        parseGgufHeader(path);
      } catch (error) {
        expect(error).toBeInstanceOf(InterbrainError);
      }
    }),
    { numRuns: 150 },
  );
});
