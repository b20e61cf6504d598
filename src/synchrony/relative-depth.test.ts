import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEPTHS, meanOfMaps, onRelativeDepth } from './relative-depth.ts';

const layers = fc.integer({ min: 2, max: 9 });
const slope = fc.double({ min: -2, max: 2, noNaN: true });

describe('a map over relative depth', () => {
  it('is that of any bilinear function of depth, whatever the layers', () => {
    fc.assert(
      fc.property(layers, layers, slope, slope, slope, (rows, columns, a, b, c) => {
        const truth = (s: number, t: number) => 0.3 + a * s + b * t + c * s * t;
        const meanR2 = Float64Array.from({ length: rows * columns }, (_, i) =>
          truth(Math.floor(i / columns) / (rows - 1), (i % columns) / (columns - 1)),
        );
        const found = onRelativeDepth({ meanR2, sourceLayers: rows, targetLayers: columns });
        for (const [i, s] of DEPTHS.entries())
          for (const [j, t] of DEPTHS.entries()) expect(found[i * 21 + j]).toBeCloseTo(truth(s, t), 12);
      }),
    );
  });

  it('keeps what was measured where a layer lies at a depth', () => {
    const meanR2 = Float64Array.of(0.1, 0.5, 0.2, -3, 0.7, 0.4);
    const found = onRelativeDepth({ meanR2, sourceLayers: 3, targetLayers: 2 }, [0, 0.25, 0.5, 1]);
    const row = (i: number) => [...found.subarray(4 * i, 4 * i + 4)];
    expect([row(0)[0], row(0)[3], row(2)[0], row(2)[3], row(3)[0], row(3)[3]]).toEqual([...meanR2]);
    // Half way between the source's first two layers, at a quarter of the target's depth: 0.75 · (0.1 + 0.2)/2 + 0.25 · (0.5 − 3)/2.
    expect(row(1)[1]).toBeCloseTo(0.75 * 0.15 - 0.25 * 1.25, 12);
  });

  it('puts layers of which some were recorded where they lie, and the outermost beyond them', () => {
    const sourceRecorded = { numbers: [1, 3], of: 5 };
    const targetRecorded = { numbers: [4], of: 5 };
    const map = { meanR2: Float64Array.of(0.2, 0.6), sourceLayers: 2, targetLayers: 1 };
    const depths = [0, 0.25, 0.5, 0.75, 1];
    const found = onRelativeDepth({ ...map, sourceRecorded, targetRecorded }, depths);
    for (const [i, r2] of [0.2, 0.2, 0.4, 0.6, 0.6].entries())
      for (let j = 0; j < 5; j++) expect(found[5 * i + j]).toBeCloseTo(r2, 12);
    // All layers by name are all layers.
    const all = { meanR2: Float64Array.of(1, 2, 3, 4, 5, 6), sourceLayers: 3, targetLayers: 2 };
    const named = {
      sourceRecorded: { numbers: [0, 1, 2], of: 3 },
      targetRecorded: { numbers: [0, 1], of: 2 },
    };
    for (const [cell, value] of onRelativeDepth({ ...all, ...named }).entries())
      expect(value).toBeCloseTo(onRelativeDepth(all)[cell]!, 12);
  });

  it('has one layer at every depth', () => {
    const found = onRelativeDepth(
      { meanR2: Float64Array.of(0.2, 0.6), sourceLayers: 1, targetLayers: 2 },
      [0, 0.5, 1],
    );
    for (let i = 0; i < 3; i++)
      for (const [j, r2] of [0.2, 0.4, 0.6].entries()) expect(found[3 * i + j]).toBeCloseTo(r2, 12);
  });
});

describe('the mean of maps', () => {
  it('is by cell, with the sample standard deviation', () => {
    const { mean, deviation } = meanOfMaps([
      Float64Array.of(0, 1),
      Float64Array.of(1, 1),
      Float64Array.of(2, 4),
    ]);
    expect([...mean]).toEqual([1, 2]);
    expect([...deviation]).toEqual([1, Math.sqrt(3)]);
    expect([...meanOfMaps([Float64Array.of(0.5)]).deviation]).toEqual([Number.NaN]);
  });

  it('is refused for none and for maps of unlike shape', () => {
    expect(() => meanOfMaps([])).toThrow(RangeError);
    expect(() => meanOfMaps([new Float64Array(2), new Float64Array(3)])).toThrow(RangeError);
  });
});
