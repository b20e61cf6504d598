import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataType } from '../../numerics/onnx-proto.ts';
import { loadRuntime } from '../../numerics/onnx-runtime.ts';
import { createRandom } from '../../numerics/random.ts';
import { float16ToNumber } from '../../numerics/safetensors.ts';
import { GraphBuilder, int, MICROSOFT } from './graph-builder.ts';
import { type Bits, BLOCK, blocksPerRow, dequantizeRows, quantizeRows, toFloat32 } from './quantize.ts';

const bits = fc.constantFrom<Bits>(8, 4);

describe('quantizeRows', () => {
  it('moves no weight by more than half a scale', () => {
    const weight = fc.oneof(
      fc.float({ min: -(2 ** 120), max: 2 ** 120, noNaN: true }),
      fc.float({ min: -1, max: 1, noNaN: true }),
      fc.constantFrom(0, -0, 2 ** -149, -(2 ** -126), 1e38, -1e38),
    );
    const matrix = fc
      .integer({ min: 1, max: 70 })
      .chain((columns) =>
        fc.tuple(fc.constant(columns), fc.array(weight, { minLength: columns, maxLength: columns })),
      );
    fc.assert(
      fc.property(matrix, bits, ([columns, row], width) => {
        const weights = Float32Array.from(row);
        const quantized = quantizeRows(weights, columns, width);
        const back = dequantizeRows(quantized, columns, width);
        for (let i = 0; i < columns; i++) {
          const scale = quantized.scales[Math.floor(i / BLOCK)]!;
          // Half a scale, and the rounding of the scale and of the product to float32.
          const bound = (scale / 2) * (1 + 1e-4);
          expect(Math.abs(back[i]! - weights[i]!)).toBeLessThanOrEqual(bound);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('gives these codes', () => {
    const row = Float32Array.of(1, -1, 0.5, 0, 0.003, 0.004);
    const eight = quantizeRows(row, 6, 8);
    expect([...eight.codes.subarray(0, 7)]).toEqual([255, 1, 192, 128, 128, 129, 128]);
    expect([...eight.scales]).toEqual([Math.fround(1 / 127)]);
    const four = quantizeRows(row, 6, 4);
    // 15 and 1, then 11 and 8: the low half of a byte comes first.
    expect([...four.codes.subarray(0, 4)]).toEqual([0x1f, 0x8b, 0x88, 0x88]);
    expect(four.codes.length).toBe(16);
  });

  it('keeps zeros, and refuses what is no number', () => {
    const zeros = quantizeRows(new Float32Array(64), 64, 8);
    expect(dequantizeRows(zeros, 64, 8).every((value) => value === 0)).toBe(true);
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
      expect(() => quantizeRows(Float32Array.of(1, wrong, 2), 3, 8)).toThrow(RangeError);
  });
});

it('reads the three stored types', () => {
  fc.assert(
    fc.property(fc.uint16Array({ minLength: 1 }), (words) => {
      const bytes = new Uint8Array(words.slice().buffer);
      const wide = Uint32Array.from(words, (word) => word << 16);
      expect(toFloat32(bytes, 'BF16')).toEqual(new Float32Array(wide.buffer));
      expect(toFloat32(bytes, 'F16')).toEqual(Float32Array.from(words, float16ToNumber));
      expect(toFloat32(new Uint8Array(wide.buffer), 'F32')).toEqual(new Float32Array(wide.buffer));
    }),
  );
});

/** value · Wᵀ by ONNX Runtime, from codes. */
async function multiply(
  value: Float32Array,
  columns: number,
  { codes, scales }: ReturnType<typeof quantizeRows>,
  width: Bits,
): Promise<Float32Array> {
  const graph = new GraphBuilder(new Map());
  const blocks = blocksPerRow(columns);
  const rows = scales.length / blocks;
  graph.constant('codes', DataType.UINT8, [rows, blocks, (BLOCK * width) / 8], codes);
  graph.constant('scales', DataType.FLOAT, [rows * blocks], new Uint8Array(scales.buffer));
  const attributes = { N: int(rows), K: int(columns), bits: int(width), block_size: int(BLOCK) };
  const all = { ...attributes, accuracy_level: int(4) };
  graph.node('MatMulNBits', ['value', 'codes', 'scales'], 'product', MICROSOFT, all);
  const inner = value.length / columns;
  const model = graph.encode(
    [{ name: 'value', dataType: DataType.FLOAT, dims: [inner, columns] }],
    [{ name: 'product', dataType: DataType.FLOAT, dims: [inner, rows] }],
  );
  const { InferenceSession, Tensor } = await loadRuntime();
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1 });
  const { product } = await session.run({ value: new Tensor('float32', value, [inner, columns]) });
  await session.release();
  return product!.data as Float32Array;
}

// Whole blocks, a broken one, less than one; one row of activations and several.
it.each([
  [8, 96, 1],
  [8, 96, 5],
  [8, 333, 1],
  [8, 333, 5],
  [8, 20, 3],
  [4, 96, 5],
  [4, 333, 1],
] as const)('MatMulNBits computes what the codes stand for: %i bits, %i columns, %i rows', async (width, columns, inner) => {
  const random = createRandom(`${width} ${columns} ${inner}`);
  const weights = Float32Array.from({ length: 17 * columns }, () => random.uniform() - 0.5);
  // Whole numbers of which each block's largest is 127: in 8 bits these activations are exact.
  const value = Float32Array.from({ length: inner * columns }, (_, i) =>
    (i % columns) % BLOCK === 0 ? 127 : Math.floor(random.uniform() * 255) - 127,
  );
  const quantized = quantizeRows(weights, columns, width);
  const plain = dequantizeRows(quantized, columns, width);
  const found = await multiply(value, columns, quantized, width);
  expect(found.length).toBe(inner * 17);
  for (const [i, product] of found.entries()) {
    const [row, out] = [Math.floor(i / 17), i % 17];
    let expected = 0;
    for (let k = 0; k < columns; k++) expected += value[row * columns + k]! * plain[out * columns + k]!;
    expect(Math.abs(product - expected)).toBeLessThan(2e-3);
  }
});
