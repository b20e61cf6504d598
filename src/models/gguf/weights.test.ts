import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { entryOf } from '../../numerics/lookup.ts';
import { parseSafetensorsHeader, readFloats, readTensorBytes } from '../../numerics/safetensors.ts';
import { BLOCK } from '../onnx/quantize.ts';
import { separateHalves } from './rows.ts';
import { type BlockType, GGUF_TYPES, isBlockType } from './types.ts';
import { dequantizeBlocks, packBlocks, packingOf } from './weights.ts';

const FIXTURE = join(import.meta.dirname, '../../../fixtures/gguf/blocks.safetensors');
const { tensors } = await parseSafetensorsHeader(FIXTURE);
const TYPES = Object.keys(GGUF_TYPES).filter(isBlockType);

const blocksOf = (type: BlockType) => readTensorBytes(FIXTURE, entryOf(tensors, `${type}.blocks`));
const bits = (values: Float32Array) => new Uint32Array(values.buffer, values.byteOffset, values.length);

describe.each(TYPES)('%s', (type) => {
  it('is dequantised to the bits that gguf gives', async () => {
    const expected = await readFloats(FIXTURE, entryOf(tensors, `${type}.values`));
    const found = dequantizeBlocks(await blocksOf(type), type);
    expect(found.length).toBe(expected.length);
    expect(expected.some((value) => value !== 0)).toBe(true);
    expect([...bits(found)]).toEqual([...bits(expected)]);
  });

  it('is packed without rounding a weight', async () => {
    const expected = await readFloats(FIXTURE, entryOf(tensors, `${type}.values`));
    const packing = packingOf(type);
    const { codes, scales, offsets } = packBlocks(await blocksOf(type), type);
    expect(scales.length).toBe(expected.length / packing.block);
    expect(packing.block === BLOCK || type === 'Q6_K').toBe(true);
    expect(offsets === undefined).toBe(!packing.hasOffsets);
    for (const [i, value] of expected.entries()) {
      const code = packing.bits === 8 ? codes[i]! - 128 : ((codes[i >> 1]! >> (4 * (i & 1))) & 15) - 8;
      const part = Math.floor(i / packing.block);
      const found = code * scales[part]! + (offsets?.[part] ?? 0);
      // An offset may lose the last digit of a float32, measured by the largest of what is added.
      const size = Math.max(Math.abs(code * scales[part]!), Math.abs(offsets?.[part] ?? 0));
      if (!offsets) expect(Math.fround(found)).toBe(value === 0 ? found : value);
      else expect(Math.abs(found - value)).toBeLessThanOrEqual(size * 2 ** -23);
    }
  });

  it('has no half blocks', async () => {
    const blocks = await blocksOf(type);
    expect(() => dequantizeBlocks(blocks.subarray(1), type)).toThrow('no whole blocks');
  });
});

it('puts the rows of a head in the order of transformers', () => {
  // Two heads of six rows of two bytes: row r is [r, r].
  const rows = Uint8Array.from({ length: 24 }, (_, i) => i >> 1);
  const order = [...separateHalves(rows, 6, 2)].filter((_, i) => i % 2 === 0);
  expect(order).toEqual([0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11]);
});
