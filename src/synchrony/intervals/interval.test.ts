import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { readGolden } from '../../../test/read-golden.ts';
import { normals } from '../../recordings/planted-states.ts';
import { combineJackknives, intervalOf, type Jackknife, meanJackknife, ratioJackknife } from './interval.ts';

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

describe('a share', () => {
  /** Of the mean of values that stand by group. */
  const ofMean = (values: readonly number[]) => {
    const mean = (own: readonly number[]) => own.reduce((sum, value) => sum + value, 0) / own.length;
    const all = mean(values);
    const changes = values.map((_, g) => [`g${g}`, mean(values.toSpliced(g, 1)) - all]);
    return jackknife(Object.fromEntries(changes), { estimate: all, centre: all });
  };

  it('is without each group the share of what both numbers are then', () => {
    const [part, whole] = [ofMean([0.1, 0.3, 0.2, 0.4]), ofMean([0.5, 0.9, 0.4, 0.6])];
    const share = ratioJackknife(part, whole);
    expect(share.estimate).toBeCloseTo(1 / 2.4, 12);
    // Without the second group: (0.1 + 0.2 + 0.4) of (0.5 + 0.4 + 0.6).
    expect(share.influences[share.groups.indexOf('g1')]).toBeCloseTo(0.7 / 1.5 - 1 / 2.4, 12);
    expect(share.heldOut).toBe(4);
  });

  it('that a group of one alone is left out of', () => {
    const part = jackknife({ a: 0.1, b: -0.1 }, { estimate: 0.2, centre: 0.2 });
    const whole = jackknife({ b: 0.2, c: -0.2 }, { estimate: 0.8, centre: 0.8, heldOut: 5 });
    const share = ratioJackknife(part, whole);
    expect(share.groups).toEqual(['a', 'b', 'c']);
    expect(share.heldOut).toBe(2);
    const expected = [0.3 / 0.8, 0.1 / 1, 0.2 / 0.6].map((value) => value - 0.25);
    for (const [i, value] of expected.entries()) expect(share.influences[i]).toBeCloseTo(value, 12);
  });

  it('lies in its interval as often as that says', () => {
    const draw = normals('a share');
    const normal = () => draw(1)[0]!;
    let held = 0;
    for (let study = 0; study < 1000; study++) {
      const common = Array.from({ length: 12 }, () => normal());
      const part = ofMean(common.map((value) => 0.1 + 0.03 * value + 0.03 * normal()));
      const whole = ofMean(common.map((value) => 0.5 + 0.1 * value + 0.1 * normal()));
      const { low, high } = intervalOf(ratioJackknife(part, whole));
      if (low <= 0.2 && high >= 0.2) held++;
    }
    // Binomial standard error 0.7 percentage points.
    expect(held / 1000).toBeGreaterThan(0.925);
    expect(held / 1000).toBeLessThan(0.975);
  });

  it('of nothing is refused', () => {
    const nothing = jackknife({ a: 0.1, b: -0.1 }, { estimate: 0, centre: 0.1 });
    expect(() => ratioJackknife(nothing, nothing)).toThrow('a share of 0');
  });
});
