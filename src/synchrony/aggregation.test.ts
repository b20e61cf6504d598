import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aggregateSyncR2, sampleVariance } from './aggregation.ts';
import { summariseSyncR2 } from './sync-r2.ts';
import { syncR2AtChosenTargets } from './target-choice.ts';

const maps = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 3 }))
  .chain(([source, target, seeds]) =>
    fc.record({
      source: fc.constant(source),
      target: fc.constant(target),
      r2: fc.array(
        fc
          .array(fc.double({ min: -5, max: 1, noNaN: true }), {
            minLength: source * target,
            maxLength: source * target,
          })
          .map((values) => Float64Array.from(values)),
        { minLength: seeds, maxLength: seeds },
      ),
    }),
  );

/** The slow and obvious one. */
function slowly(
  r2: readonly Float64Array[],
  sourceLayers: number,
  targetLayers: number,
  k: number,
  clamp: boolean,
) {
  let [value, variance] = [0, 0];
  for (let source = 0; source < sourceLayers; source++) {
    const cells = Array.from({ length: targetLayers }, (_, target) => {
      const seeds = r2.map((plane) => plane[source * targetLayers + target]!);
      return { seeds, mean: seeds.reduce((a, b) => a + b) / seeds.length };
    });
    const top = cells.sort((a, b) => b.mean - a.mean).slice(0, k);
    const mean = top.reduce((sum, cell) => sum + cell.mean, 0) / k;
    if (clamp && mean <= 0) continue;
    value += mean / sourceLayers;
    variance += sampleVariance(r2.map((_, s) => top.reduce((sum, cell) => sum + cell.seeds[s]!, 0) / k));
  }
  return { value, standardError: Math.sqrt(variance) / sourceLayers };
}

describe('top-k and clamping', () => {
  it('are what the definition says, for every k', () => {
    fc.assert(
      fc.property(maps, ({ r2, source, target }) => {
        const all = aggregateSyncR2(r2, source, target);
        expect(all).toHaveLength(2 * target);
        for (const { topK, clamp, value, standardError } of all) {
          const slow = slowly(r2, source, target, topK, clamp);
          expect(value).toBeCloseTo(slow.value, 10);
          expect(standardError).toBeCloseTo(slow.standardError, 10);
        }
      }),
    );
  });

  it('k = 1 with clamping is SyncR² itself; more layers and no clamping never raise it', () => {
    fc.assert(
      fc.property(maps, ({ r2, source, target }) => {
        const all = aggregateSyncR2(r2, source, target);
        const own = summariseSyncR2(r2, source, target);
        expect(all[0]).toMatchObject({ topK: 1, clamp: true });
        expect(all[0]!.value).toBeCloseTo(own.value, 12);
        expect(all[0]!.standardError).toBeCloseTo(own.standardError, 12);
        for (const [i, { value, clamp }] of all.entries()) {
          if (!clamp) expect(value).toBeLessThanOrEqual(all[i - 1]!.value + 1e-12);
          if (i >= 2) expect(value).toBeLessThanOrEqual(all[i - 2]!.value + 1e-12);
        }
      }),
    );
  });

  it('counts the rows that clamping touches, and refuses maps of another shape', () => {
    const r2 = [Float64Array.of(0.5, 0.1, -2, -1)];
    expect(aggregateSyncR2(r2, 2, 2)).toEqual([
      { topK: 1, clamp: true, value: 0.25, standardError: 0, rowsBelowZero: 1 },
      { topK: 1, clamp: false, value: -0.25, standardError: 0, rowsBelowZero: 1 },
      { topK: 2, clamp: true, value: 0.15, standardError: 0, rowsBelowZero: 1 },
      { topK: 2, clamp: false, value: -0.6, standardError: 0, rowsBelowZero: 1 },
    ]);
    expect(() => aggregateSyncR2(r2, 2, 3)).toThrow(RangeError);
  });
});

describe('target layers chosen on other rows', () => {
  it('takes the test R² at the layers with the best validation R², split by split', () => {
    const test = [Float64Array.of(0.9, 0.2, -0.5, 0.1), Float64Array.of(0.8, 0.4, -0.3, 0.3)];
    const validation = [Float64Array.of(0.1, 0.2, 0.5, 0.4), Float64Array.of(0.3, 0.2, 0.1, 0.2)];
    const { value, targets, r2, standardError } = syncR2AtChosenTargets(test, validation, 2, 2);
    expect(targets).toEqual([
      [1, 0],
      [0, 1],
    ]);
    expect(r2[0]).toBeCloseTo((0.2 + 0.8) / 2);
    expect(r2[1]).toBeCloseTo((-0.5 + 0.3) / 2);
    // The second row is below 0: it counts 0, and so does its error.
    expect(value).toBeCloseTo(0.25);
    expect(standardError).toBeCloseTo(Math.sqrt(sampleVariance([0.2, 0.8])) / 2);
    expect(() => syncR2AtChosenTargets(test, validation.slice(1), 2, 2)).toThrow(RangeError);
  });

  it('is never above the choice on the test rows in one split', () => {
    fc.assert(
      fc.property(maps, ({ r2, source, target }) => {
        const [plane] = r2;
        const validation = plane!.map((value) => -value);
        const chosen = syncR2AtChosenTargets([plane!], [validation], source, target);
        expect(chosen.value).toBeLessThanOrEqual(summariseSyncR2([plane!], source, target).value + 1e-12);
        const same = syncR2AtChosenTargets([plane!], [plane!], source, target);
        expect(same.value).toBeCloseTo(summariseSyncR2([plane!], source, target).value, 12);
      }),
    );
  });
});
