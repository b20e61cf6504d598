import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from './random.ts';

describe('createRandom', () => {
  it('gives the same numbers for the same seed, now and in every later version', () => {
    const random = createRandom('study/0/turn 3');
    expect([random.uniform(), random.uniform(), random.integer(1000)]).toMatchInlineSnapshot(`
      [
        0.951058588370017,
        0.7398756133004064,
        121,
      ]
    `);
    expect(createRandom('split 1').shuffle([0, 1, 2, 3, 4, 5, 6, 7])).toMatchInlineSnapshot(`
      [
        3,
        4,
        1,
        6,
        5,
        7,
        0,
        2,
      ]
    `);
    expect(createRandom('study/0/turn 3').uniform()).toBe(createRandom('study/0/turn 3').uniform());
  });

  it('gives unrelated streams for seeds that differ in one character', () => {
    const streams = Array.from({ length: 100 }, (_, seed) => createRandom(`seed ${seed}`).uniform());
    expect(new Set(streams).size).toBe(100);
    const mean = streams.reduce((sum, value) => sum + value, 0) / streams.length;
    // Standard error of the mean of 100 uniform numbers: 0.029.
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.12);
  });

  it('is uniform: mean, variance, and a chi-square over 16 bins', () => {
    const random = createRandom('uniformity');
    const n = 100_000;
    const bins = new Array<number>(16).fill(0);
    let [sum, squares] = [0, 0];
    for (let i = 0; i < n; i++) {
      const value = random.uniform();
      sum += value;
      squares += value * value;
      bins[Math.floor(value * 16)]! += 1;
    }
    expect(Math.abs(sum / n - 1 / 2)).toBeLessThan(0.005);
    expect(Math.abs(squares / n - 1 / 3)).toBeLessThan(0.005);
    const chiSquare = bins.reduce((total, count) => total + (count - n / 16) ** 2 / (n / 16), 0);
    // 15 degrees of freedom: above 44.3 with probability 1e-4.
    expect(chiSquare).toBeLessThan(44.3);
  });

  it('uses all 53 bits', () => {
    const random = createRandom('bits');
    const odd = Array.from({ length: 1000 }, () => random.uniform() * 2 ** 53).filter(
      (value) => value % 2 === 1,
    );
    expect(odd.length).toBeGreaterThan(400);
    expect(odd.length).toBeLessThan(600);
  });

  it('shuffles into a permutation and leaves its input alone', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.string(), (items, seed) => {
        const before = [...items];
        const shuffled = createRandom(seed).shuffle(items);
        expect(items).toEqual(before);
        expect(shuffled.toSorted((a, b) => a - b)).toEqual(before.toSorted((a, b) => a - b));
      }),
    );
  });

  it('gives every order of three items equally often', () => {
    const random = createRandom('orders');
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = random.shuffle(['a', 'b', 'c']).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    // Standard deviation of one count: 29.
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(130);
  });

  it('draws whole numbers below n and refuses an n that makes no sense', () => {
    const random = createRandom('integers');
    expect(new Set(Array.from({ length: 200 }, () => random.integer(5)))).toEqual(new Set([0, 1, 2, 3, 4]));
    for (const n of [0, -1, 1.5, Number.NaN, 2 ** 33]) expect(() => random.integer(n)).toThrow(RangeError);
  });
});
