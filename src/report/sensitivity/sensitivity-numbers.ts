// Numbers of pairs from those of their directions: the mean over directions and seat orders, as with SyncR² itself.

import { type Condition, INTERACTIVE } from '../../conditions/condition.ts';
import type { Curve } from '../../figures/curves.ts';
import { samplesText } from '../../figures/number-text.ts';
import type { Estimate, PartName, StoredPart } from '../../studies/sensitivity/part-files.ts';
import { combineDirections } from '../../synchrony/sync-r2.ts';
import type { Lambda, RidgeVariant, SynchronyResult } from '../../synchrony/types.ts';
import { toyNames } from '../page/prose.ts';
import type { ReportInput } from '../page/types.ts';

type Value = Pick<Estimate, 'value' | 'standardError'>;

/** One pair of models with one part of all its directions. */
export interface PairPart<Name extends PartName> {
  readonly name: string;
  readonly models: readonly string[];
  readonly directions: readonly StoredPart<Name>[];
}

/** Pairs in the report's order; a pair is there if all its directions have the part. */
export function pairParts<Name extends PartName>(input: ReportInput, part: Name): PairPart<Name>[] {
  return pairsIn(input).flatMap((models) => {
    const own = (input.sensitivity ?? []).filter((one) => samePair(one.models, models));
    const directions = own.flatMap(({ parts }) => parts[part] ?? []) as StoredPart<Name>[];
    if (directions.length === 0 || directions.length < own.length) return [];
    return [{ name: models.join(' × '), models, directions }];
  });
}

export function pairsIn(input: ReportInput): (readonly string[])[] {
  return [...new Map(input.pairs.map(({ models }) => [models.join('\n'), models])).values()];
}

export function samePair(a: readonly string[], b: readonly string[]): boolean {
  return a.toSorted().join('\n') === b.toSorted().join('\n');
}

/** Mean over a pair's directions. */
export function pairValue<Name extends PartName>(
  { directions }: PairPart<Name>,
  of: (result: StoredPart<Name>['result']) => Value,
): Value {
  return combineDirections(directions.map(({ result }) => of(result)));
}

/** SyncR² by k. */
export function topKCurve(
  { name, directions }: PairPart<'aggregation'>,
  condition: Condition,
  clamp: boolean,
): Curve {
  const choices = directions.map(({ result }) =>
    (result.conditions.find((one) => one.condition === condition)?.choices ?? []).filter(
      (choice) => choice.clamp === clamp,
    ),
  );
  // Directions to a model with fewer layers end earlier.
  const shortest = Math.min(...choices.map(({ length }) => length));
  const points = Array.from({ length: shortest }, (_, k) => {
    const { value, standardError } = combineDirections(choices.map((one) => one[k]!));
    return { x: k + 1, value, error: standardError };
  });
  return { name, points };
}

/** How far two directions' numbers of samples may be apart and still be one point. */
const SAME_SIZE = 1.25;

/** SyncR² by number of samples. Directions differ a little in how many there are: x is their mean. */
export function sizeCurve({ name, directions }: PairPart<'sample-size'>): Curve {
  const [first, ...others] = directions.map(({ result }) => result.sizes);
  const points = first!.flatMap((size) => {
    const same = others.map((sizes) =>
      sizes.reduce((best, one) =>
        ratio(one.samples, size.samples) < ratio(best.samples, size.samples) ? one : best,
      ),
    );
    if (same.some((one) => ratio(one.samples, size.samples) > SAME_SIZE)) return [];
    const all = [size, ...same];
    const { value, standardError } = combineDirections(all);
    const x = all.reduce((sum, { samples }) => sum + samples, 0) / all.length;
    return [{ x, value, error: standardError }];
  });
  return { name, points };
}

function ratio(a: number, b: number): number {
  return Math.max(a / b, b / a);
}

/** SyncR² by λ, of the interactive condition; a λ that cross-validation chose stands apart, at the median choice. */
export function lambdaCurves(input: ReportInput): Curve[] {
  return pairsIn(input).flatMap((models) => {
    const results = input.seatOrders
      .filter(({ models: names, condition }) => condition === INTERACTIVE && samePair(names, models))
      .flatMap(({ directions }) => directions);
    if (results.length === 0 || results.some(({ variants }) => !variants)) return [];
    const lambdas: Lambda[] = [results[0]!.lambda, ...results[0]!.variants!.map(({ lambda }) => lambda)];
    const points = lambdas.flatMap((lambda) => {
      const own = results.flatMap((result): readonly (SynchronyResult | RidgeVariant)[] =>
        result.lambda === lambda ? [result] : (result.variants ?? []).filter((one) => one.lambda === lambda),
      );
      if (own.length < results.length) return [];
      const { value, standardError } = combineDirections(own.map(({ syncR2 }) => syncR2));
      const chosen = own.flatMap((one) =>
        'chosenLambdas' in one && one.chosenLambdas ? one.chosenLambdas.flat() : [],
      );
      const x = lambda === 'cv' ? median(chosen) : lambda;
      return [{ lambda, x, value, error: standardError }];
    });
    const numbers = points.filter(({ lambda }) => lambda !== 'cv').sort((a, b) => a.x - b.x);
    const apart = points.filter(({ lambda }) => lambda === 'cv');
    return [{ name: models.join(' × '), points: numbers, ...(apart.length > 0 && { apart }) }];
  });
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

/** What every figure says of itself: toys, error, n, groups, λ. */
export function sharedNotes(
  input: ReportInput,
  {
    n = true,
    lambda = true,
    groups = true,
  }: { readonly n?: boolean; readonly lambda?: boolean; readonly groups?: boolean } = {},
): string[] {
  const results = input.seatOrders
    .filter(({ condition }) => condition === INTERACTIVE)
    .flatMap(({ directions }) => directions);
  const samples = [...new Set(results.map(samplesText))];
  const { splitSeeds, groupBy } = input.synchrony;
  return [
    ...(toyNames(input).length > 0 ? ['toy models: the numbers test the instrument'] : []),
    splitSeeds.length > 1
      ? `bars: ± standard error over split seeds ${splitSeeds.join(', ')}`
      : `one split seed (${splitSeeds[0]}), so no error is known`,
    'mean over directions and seat orders, condition interactive',
    ...(n
      ? samples.length <= 2
        ? samples
        : [`n = ${rangeText(results.map((result) => result.samples))}`]
      : []),
    ...(groups ? [`groups by ${groupBy}`] : []),
    ...(lambda ? [`λ = ${input.synchrony.lambda}`] : []),
  ];
}

/** `120`, or `120–144`. */
export function rangeText(counts: readonly number[]): string {
  const [low, high] = [Math.min(...counts), Math.max(...counts)];
  return low === high ? String(low) : `${low}–${high}`;
}
