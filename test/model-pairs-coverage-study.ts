// How often intervals of a correlation over pairs of models hold the truth (docs/method.md §9): models with effects of
// their own on synchrony and performance, and what is each pair's alone. The truth is the correlation over new models.

import { studentCritical } from '../src/numerics/distributions.ts';
import { createRandom } from '../src/numerics/random.ts';
import {
  type Correlation,
  type CorrelationInterval,
  partialCorrelation,
  pearson,
} from '../src/statistics/correlation.ts';
import { correlateOverModels } from '../src/statistics/model-jackknife.ts';
import type { ModelPairNames } from '../src/statistics/relabel-models.ts';

export interface ModelPairsDesign {
  readonly models: number;
  /** Share of the variance that is the two models' and not the pair's own. */
  readonly share: number;
  /** Correlation of synchrony and performance, of models and of pairs alike. */
  readonly rho: number;
}

/** How an interval is made. `jackknife` is the product's. */
export const METHODS = ['fisher', 'jackknife', 'less pairs', 'partial'] as const;
export type Method = (typeof METHODS)[number];

export type Ends = Pick<CorrelationInterval, 'low' | 'high'>;

/** One study: intervals by method, null where there is none. */
export function modelPairsStudy(design: ModelPairsDesign, seed: number): Record<Method, Ends | null> {
  const { names, x, y, z } = drawPairs(design, seed);
  const own = correlateOverModels(names, x, y);
  // Both held a third variable's part, of models and pairs too, which leaves the truth as it is when it is held fixed.
  const given = correlateOverModels(
    names,
    x.map((value, i) => value + (z[i] ?? 0)),
    y.map((value, i) => value - (z[i] ?? 0)),
    { given: [z] },
  );
  return {
    fisher: pearson(x, y).interval,
    jackknife: own.interval,
    'less pairs': lessPairs(own, x, y),
    partial: given.interval,
  };
}

/** All pairs of the models, each model's with itself included. */
function drawPairs({ models, share, rho }: ModelPairsDesign, seed: number) {
  const { uniform } = createRandom(`model pairs/${models} ${share} ${rho}/${seed}`);
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  /** Synchrony, performance with the correlation rho, and a third variable. */
  const triple = (): readonly [number, number, number] => {
    const a = normal();
    return [a, rho * a + Math.sqrt(1 - rho ** 2) * normal(), normal()];
  };
  const effects = Array.from({ length: models }, triple);
  const pairs = effects.flatMap((a, i) =>
    effects.slice(i).map((b, j) => {
      const pair = triple();
      const value = (k: 0 | 1 | 2) => Math.sqrt(share / 2) * (a[k] + b[k]) + Math.sqrt(1 - share) * pair[k];
      return { names: [`m${i}`, `m${i + j}`] as const, values: [value(0), value(1), value(2)] as const };
    }),
  );
  return {
    names: pairs.map(({ names }): ModelPairNames => names),
    x: pairs.map(({ values }) => values[0]),
    y: pairs.map(({ values }) => values[1]),
    z: pairs.map(({ values }) => values[2]),
  };
}

/**
 * What leaving out models counts twice taken off: SE² by leaving out models less SE² by leaving out pairs, and the latter
 * at least.
 */
function lessPairs({ r, interval }: Correlation, x: readonly number[], y: readonly number[]): Ends | null {
  if (interval === null) return null;
  const without = x.map((_, left) => {
    const rest = (values: readonly number[]) => values.filter((_, i) => i !== left);
    return Math.atanh(pearson(rest(x), rest(y)).r);
  });
  const mean = without.reduce((sum, value) => sum + value, 0) / without.length;
  const squares = without.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const ofPairs = ((without.length - 1) / without.length) * squares;
  const variance = Math.max(interval.standardError ** 2 - ofPairs, ofPairs);
  const half = studentCritical(0.05, interval.degreesOfFreedom ?? 0) * Math.sqrt(variance);
  const z = Math.atanh(r);
  return { low: Math.tanh(z - half), high: Math.tanh(z + half) };
}

/** Share of the intervals that hold rho, and their median width. */
export function coverageOf(
  intervals: readonly (Ends | null)[],
  rho: number,
): { readonly held: number; readonly width: number } {
  const there = intervals.filter((one) => one !== null);
  const widths = there.map(({ low, high }) => high - low).sort((a, b) => a - b);
  return {
    held: there.filter(({ low, high }) => low <= rho && rho <= high).length / intervals.length,
    width: widths[Math.floor(widths.length / 2)] ?? Number.NaN,
  };
}

/** Whether `partialCorrelation` of the same data gives the truth back: checks the design, not the interval. */
export function partialOf(design: ModelPairsDesign, seed: number): number {
  const { x, y, z } = drawPairs(design, seed);
  const [a, b] = [x.map((value, i) => value + (z[i] ?? 0)), y.map((value, i) => value - (z[i] ?? 0))];
  return partialCorrelation(a, b, [z]).r;
}
