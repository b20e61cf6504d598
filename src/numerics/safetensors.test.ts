import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BadInput, CorruptFile } from '../errors.ts';
import {
  encodeSafetensors,
  float16ToNumber,
  parseSafetensorsHeader,
  readFloats,
  readTensorBytes,
  type TensorData,
} from './safetensors.ts';

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safetensors-'));
  path = join(folder, 'file.safetensors');
});
afterAll(() => rm(folder, { recursive: true }));

/** A file with any header, true or not, before `dataBytes` zero bytes. */
async function forge(header: unknown, dataBytes: number): Promise<void> {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  await writeFile(path, Buffer.concat([length, text, Buffer.alloc(dataBytes)]));
}

describe('round trip', () => {
  const tensor = fc
    .tuple(fc.string(), fc.array(fc.nat(4), { maxLength: 3 }), fc.constantFrom('F32', 'U8', 'I64', 'F16'))
    .chain(([name, shape, dtype]) => {
      const width = { F32: 4, U8: 1, I64: 8, F16: 2 }[dtype as 'F32'];
      const bytes = shape.reduce((product, length) => product * length, width);
      return fc
        .uint8Array({ minLength: bytes, maxLength: bytes })
        .map((data) => ({ name, dtype, shape, data }) as TensorData);
    });
  const metadata = fc.dictionary(fc.string(), fc.string());

  it('gives back every byte, shape and metadata, whatever the order of writing', async () => {
    const tensors = fc.uniqueArray(tensor, { selector: ({ name }) => name, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(tensors, metadata, async (list, notes) => {
        fc.pre(list.every(({ name }) => name !== '__metadata__'));
        const bytes = encodeSafetensors(list, notes);
        expect(encodeSafetensors(list.toReversed(), notes).equals(bytes)).toBe(true);
        await writeFile(path, bytes);
        const header = await parseSafetensorsHeader(path);
        expect(Object.entries(header.metadata).sort()).toEqual(Object.entries(notes).sort());
        expect(header.tensors.size).toBe(list.length);
        for (const { name, dtype, shape, data } of list) {
          const entry = header.tensors.get(name)!;
          expect([entry.dtype, entry.shape]).toEqual([dtype, shape]);
          expect(await readTensorBytes(path, entry)).toEqual(data);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('aligns every tensor to its type and the header to 8 bytes', async () => {
    const list: TensorData[] = [
      { name: 'a', dtype: 'U8', shape: [3], data: new Uint8Array(3) },
      { name: 'b', dtype: 'F64', shape: [2], data: new Float64Array(2) },
      { name: 'c', dtype: 'F32', shape: [], data: new Float32Array(1) },
    ];
    await writeFile(path, encodeSafetensors(list));
    const { tensors } = await parseSafetensorsHeader(path);
    expect([...tensors.keys()]).toEqual(['b', 'c', 'a']);
    for (const { begin, dtype } of tensors.values())
      expect(begin % { F64: 8, F32: 4, U8: 1 }[dtype as 'F64']).toBe(0);
    expect(tensors.get('b')!.begin % 8).toBe(0);
    expect((await stat(path)).size).toBe(tensors.get('a')!.end);
  });

  it('is an error to write data that do not fill their shape, or a name twice', () => {
    const one: TensorData = { name: 'a', dtype: 'F32', shape: [3], data: new Float32Array(2) };
    expect(() => encodeSafetensors([one])).toThrow('8 bytes do not fill F32 [3]');
    const two: TensorData = { ...one, shape: [2] };
    expect(() => encodeSafetensors([two, two])).toThrow('taken');
  });
});

describe('reading values', () => {
  it('reads a range of one tensor, and turns every float type into float32', async () => {
    const values = [1, -2.5, 0.125, 65504, 2 ** -24];
    const f32 = Float32Array.from(values);
    await writeFile(
      path,
      encodeSafetensors([
        { name: 'F64', dtype: 'F64', shape: [5], data: Float64Array.from(values) },
        { name: 'F32', dtype: 'F32', shape: [5], data: f32 },
        { name: 'F16', dtype: 'F16', shape: [5], data: Uint16Array.of(0x3c00, 0xc100, 0x3000, 0x7bff, 1) },
        { name: 'BF16', dtype: 'BF16', shape: [3], data: Uint16Array.of(0x3f80, 0xc020, 0x3e00) },
        { name: 'I32', dtype: 'I32', shape: [2], data: Int32Array.of(1, 2) },
      ]),
    );
    const { tensors } = await parseSafetensorsHeader(path);
    for (const name of ['F64', 'F32', 'F16']) expect(await readFloats(path, tensors.get(name)!)).toEqual(f32);
    expect(await readFloats(path, tensors.get('BF16')!)).toEqual(f32.slice(0, 3));
    expect(await readFloats(path, tensors.get('F16')!, [1, 3])).toEqual(f32.slice(1, 3));
    await expect(readFloats(path, tensors.get('I32')!)).rejects.toThrow('tensor I32 holds I32');
    await expect(readTensorBytes(path, tensors.get('F32')!, [0, 24])).rejects.toThrow(RangeError);
  });

  it('says so when the file became shorter after its header was read', async () => {
    const bytes = encodeSafetensors([{ name: 'a', dtype: 'F32', shape: [4], data: new Float32Array(4) }]);
    await writeFile(path, bytes);
    const { tensors } = await parseSafetensorsHeader(path);
    await writeFile(path, bytes.subarray(0, -4));
    await expect(readTensorBytes(path, tensors.get('a')!)).rejects.toThrow(CorruptFile);
  });

  it('knows infinities and NaN of float16', () => {
    expect([0x7c00, 0xfc00, 0x7e00, 0x8000].map(float16ToNumber)).toEqual([Infinity, -Infinity, NaN, -0]);
  });
});

describe('a file that is not what it claims to be', () => {
  const f32 = (shape: number[], begin: number, end: number) => ({
    dtype: 'F32',
    shape,
    data_offsets: [begin, end],
  });
  const cases: [string, unknown, number, RegExp][] = [
    ['no JSON', '{"a": ', 0, /not JSON in UTF-8 \(it begins with .*a/],
    ['a JSON array', [], 0, /not a JSON object/],
    ['metadata that are no strings', { __metadata__: { version: 1 } }, 0, /__metadata__ .*object of strings/],
    ['an unknown dtype', { a: { ...f32([1], 0, 4), dtype: 'F31' } }, 4, /a: dtype "F31".*known are BOOL/],
    ['an inherited name as dtype', { a: { ...f32([1], 0, 4), dtype: 'valueOf' } }, 4, /dtype "valueOf"/],
    ['a negative length', { a: f32([-1], 0, 4) }, 4, /shape \[-1\]/],
    ['a fraction', { a: f32([1.5], 0, 6) }, 6, /shape \[1.5\]/],
    [
      '10^12 values',
      { a: f32([1e12], 0, 4e12) },
      16,
      /ends at byte 4000000000\d+, but the file has \d+ bytes/,
    ],
    ['10^12 values in 4 bytes', { a: f32([1e6, 1e6], 0, 4) }, 4, /needs 4000000000000 bytes.*give 4/],
    ['more values than a double can count', { a: f32([1e15, 1e15, 0, 1e300], 0, 0) }, 0, /shape/],
    ['offsets the wrong way round', { a: f32([1], 4, 0) }, 4, /data_offsets \[4,0\]/],
    ['two tensors in one place', { a: f32([1], 0, 4), b: f32([1], 0, 4) }, 4, /b overlaps/],
    ['tensors that overlap in part', { a: f32([2], 0, 8), b: f32([2], 4, 12) }, 12, /b overlaps/],
    ['a gap', { a: f32([1], 0, 4), b: f32([1], 8, 12) }, 12, /b leaves a gap before it/],
    ['bytes that belong to nobody', { a: f32([1], 0, 4) }, 9, /tensors end at byte \d+, but the file has/],
    ['bytes that are missing', { a: f32([4], 0, 16) }, 12, /cut off/],
    ['no offsets', { a: { dtype: 'F32', shape: [1] } }, 4, /data_offsets undefined/],
    ['null for a tensor', { a: null }, 0, /an object with dtype/],
  ];
  it.each(cases)('%s', async (_, header, dataBytes, message) => {
    await forge(header, dataBytes);
    const error = await parseSafetensorsHeader(path).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(CorruptFile);
    expect((error as CorruptFile).path).toBe(path);
    expect((error as CorruptFile).message).toMatch(message);
    expect((error as CorruptFile).message).toContain('download it again');
  });

  it('a file too short for the length of its header', async () => {
    await writeFile(path, 'abc');
    await expect(parseSafetensorsHeader(path)).rejects.toThrow(/the file has 3 bytes/);
  });

  it('a header longer than the file, or than 100 MB', async () => {
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(1000n);
    await writeFile(path, length);
    await expect(parseSafetensorsHeader(path)).rejects.toThrow(/claims 1000 bytes, but only 0 follow/);
    length.writeBigUInt64LE(2n ** 63n);
    await writeFile(path, length);
    await expect(parseSafetensorsHeader(path)).rejects.toThrow(/at most 100000000 are valid/);
  });

  it('no file at all', async () => {
    await expect(parseSafetensorsHeader(join(folder, 'none'))).rejects.toThrow(BadInput);
  });
});
