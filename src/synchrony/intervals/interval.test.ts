import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { readGolden } from '../../../test/read-golden.ts';
import { combineJackknives, intervalOf, type Jackknife, meanJackknife } from './interval.ts';

/** @param influences by group */
function jackknife(influences: Record<string, number>, other: Partial<Jackknife> = {}): Jackknife {
  const groups = Object.keys(influences).sort();
  return {
    ...{ estimate: 0.5, centre: 0.5, heldOut: groups.length, groups },
    influences: groups.map((group) => influences[group]!),
    ...other,
  };
}

test('standard error and ends are those of astropy’s jackknife and SciPy’s t', async () => {
  const { doubles } = await readGolden('groups/golden.safetensors');
  const [all = 0, ...without] = await doubles('centred');
  const groups = without.map((_, g) => String(g));
  const influences = without.map((value) => value - all);
  const interval = intervalOf({ estimate: all, centre: all, heldOut: groups.length, groups, influences });
  const [error = 0, low = 0, high = 0] = await doubles('jackknife');
  expect(interval.standardError).toBeCloseTo(error, 12);
  expect(interval.low).toBeCloseTo(low, 10);
  expect(interval.high).toBeCloseTo(high, 10);
  expect(interval).toMatchObject({ kind: 'jackknife-t', degreesOfFreedom: 8, groups: 9, level: 0.95 });
});

describe('an interval', () => {
  it('holds its estimate, whatever the centre, and is no lower than what the number can be', () => {
    const number = fc.double({ min: -2, max: 2, noNaN: true });
    fc.assert(
      fc.property(
        number,
        number,
        fc.array(number, { minLength: 3, maxLength: 12 }),
        (estimate, centre, all) => {
          const one = jackknife(Object.fromEntries(all.map((value, i) => [`g${i}`, value])), {
            estimate,
            centre,
          });
          const { low, high } = intervalOf(one, 0.9);
          expect(low).toBeLessThanOrEqual(estimate);
          expect(high).toBeGreaterThanOrEqual(estimate);
          expect(intervalOf({ ...one, estimate: Math.abs(estimate) }, 0.9, 0).low).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });

  it('is wider with fewer held-out groups, and with more coverage', () => {
    const width = (heldOut: number, level?: number) => {
      const { low, high } = intervalOf(jackknife({ a: 0.1, b: -0.1, c: 0.1, d: -0.1 }, { heldOut }), level);
      return high - low;
    };
    expect(width(3)).toBeGreaterThan(1.3 * width(4));
    expect(width(4, 0.99)).toBeGreaterThan(width(4));
  });

  it('is refused where it says nothing', () => {
    const one = jackknife({ a: 0, b: 0, c: 0 });
    expect(() => intervalOf(one, 1)).toThrow('a coverage of 1');
    expect(() => intervalOf({ ...one, heldOut: 1 })).toThrow('1 held-out groups');
  });
});

describe('together', () => {
  const a = jackknife({ x: 0.02, y: -0.01, z: 0.04 }, { estimate: 0.5, centre: 0.52, heldOut: 3 });
  const b = jackknife({ y: 0.03, z: 0.04, w: -0.02 }, { estimate: 0.3, centre: 0.31, heldOut: 2 });

  it('a group is left out of all parts at once', () => {
    const difference = combineJackknives([
      { weight: 1, jackknife: a },
      { weight: -1, jackknife: b },
    ]);
    expect(difference).toMatchObject({ heldOut: 2, groups: ['w', 'x', 'y', 'z'] });
    expect(difference.estimate).toBeCloseTo(0.2, 12);
    expect(difference.centre).toBeCloseTo(0.21, 12);
    for (const [i, expected] of [0.02, 0.02, -0.04, 0].entries())
      expect(difference.influences[i]).toBeCloseTo(expected, 12);
  });

  it('what two share is no difference, and a mean of equals is no more certain', () => {
    const same = combineJackknives([
      { weight: 1, jackknife: a },
      { weight: -1, jackknife: a },
    ]);
    expect(intervalOf(same)).toMatchObject({ standardError: 0, low: 0, high: 0 });
    const [one, mean] = [intervalOf(a), intervalOf(meanJackknife([a, a]))];
    expect(mean.standardError).toBeCloseTo(one.standardError, 12);
    expect(() => combineJackknives([])).toThrow('no jackknives');
  });
});
