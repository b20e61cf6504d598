import { describe, expect, it } from 'vitest';
import { createRandom } from '../numerics/random.ts';
import { disattenuate, type HalvedValues, reliabilityOf, spearmanBrown } from './reliability.ts';

const MODELS = Array.from({ length: 40 }, (_, i) => `m${i}`);
const MANY = MODELS.flatMap((a, i) => MODELS.slice(i).map((b): [string, string] => [a, b]));

/** Truths that correlate by ρ, and halves with an error each, of which the whole is the mean. */
function plant(pairs: readonly unknown[], rho: number, error: number) {
  const { uniform } = createRandom('reliability');
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const halved = (truths: readonly number[]): HalvedValues => {
    const halves = truths.map((truth): [number, number] => [
      truth + error * normal(),
      truth + error * normal(),
    ]);
    return { values: halves.map(([a, b]) => (a + b) / 2), halves: [halves] };
  };
  const x = pairs.map(normal);
  const y = x.map((value) => rho * value + Math.sqrt(1 - rho ** 2) * normal());
  return { x: halved(x), y: halved(y) };
}

describe('reliability', () => {
  it('is what the Spearman–Brown formula says', () => {
    expect(spearmanBrown(0.5)).toBeCloseTo(2 / 3, 12);
    expect(spearmanBrown(1)).toBe(1);
    expect(spearmanBrown(0)).toBe(0);
  });

  it('finds the planted one: 1 / (1 + error² / 2)', () => {
    for (const error of [0.4, 1]) {
      const { x } = plant(MANY, 0, error);
      const found = reliabilityOf(MANY, x, 0.95);
      expect(found?.halfCorrelation).toBeCloseTo(1 / (1 + error ** 2), 1);
      expect(found?.reliability).toBeCloseTo(1 / (1 + error ** 2 / 2), 1);
      const { low = 1, high = 0, models } = found?.interval ?? {};
      expect(low).toBeLessThan(1 / (1 + error ** 2 / 2));
      expect(high).toBeGreaterThan(1 / (1 + error ** 2 / 2));
      expect(models).toBe(40);
    }
  });

  it('is not there for two pairs, nor an interval for few models', () => {
    const pairs: [string, string][] = [
      ['a', 'a'],
      ['a', 'b'],
      ['b', 'b'],
    ];
    const { x } = plant(pairs, 0, 0.1);
    expect(reliabilityOf(pairs.slice(1), x, 0.95)).toBe(null);
    expect(reliabilityOf(pairs, x, 0.95)?.interval).toBe(null);
    const same = { ...x, halves: x.halves.map((one) => one.map(([a]): [number, number] => [a, 3])) };
    expect(reliabilityOf(pairs, same, 0.95)).toBe(null);
  });
});

describe('a disattenuated correlation', () => {
  it('is the planted one, which the plain one falls short of', () => {
    const { x, y } = plant(MANY, 0.6, 1);
    const found = disattenuate(MANY, x, y, 0.95);
    // The whole has half of a half's variance of error: reliability 2/3 each.
    expect(found?.r).toBeCloseTo(0.6 * (2 / 3), 1);
    expect(found?.disattenuated).toBeCloseTo(0.6, 1);
    expect(found?.interval?.low).toBeLessThan(0.6);
    expect(found?.interval?.high).toBeGreaterThan(0.6);
  });

  it('is not there where a half says nothing of the other', () => {
    const { x, y } = plant(MANY, 0.6, 1);
    const against = { ...y, halves: y.halves.map((one) => one.map(([a]): [number, number] => [a, -a])) };
    expect(disattenuate(MANY, x, against, 0.95)).toBe(null);
  });
});
