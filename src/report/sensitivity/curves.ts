// SyncR² of pairs along something that was varied: k, the number of samples, λ.

import { type Condition, INTERACTIVE } from '../../conditions/condition.ts';
import { pairLabel } from '../../figures/correlation-text.ts';
import type { Curve } from '../../figures/curves.ts';
import { lambdaText } from '../../figures/number-text.ts';
import { combineDirections } from '../../synchrony/sync-r2.ts';
import type { Lambda, RidgeVariant, SynchronyResult } from '../../synchrony/types.ts';
import { completePair, type Shared } from '../shared.ts';
import { directionsIn, type Measures } from '../synchrony/measures.ts';
import type { PairPart } from './parts.ts';

/**
 * SyncR² by k, the number of target layers that are averaged.
 *
 * @param clamp whether source layers below 0 count as 0
 */
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
    const { value, standardError } = combineDirections(choices.flatMap((one) => one[k] ?? []));
    return { x: k + 1, value, error: standardError };
  });
  return { name, points };
}

/** How far two directions' numbers of samples may be apart and still be one point. */
const SAME_SIZE = 1.25;

type Size = PairPart<'sample-size'>['directions'][number]['result']['sizes'][number];

/** SyncR² by number of samples. Directions differ a little in how many there are: x is their mean. */
export function sizeCurve(part: PairPart<'sample-size'>): Curve {
  const points = commonSizes(part).map((sizes) => {
    const { value, standardError } = combineDirections(sizes);
    return { x: meanOf(sizes.map(({ samples }) => samples)), value, error: standardError };
  });
  return { name: part.name, points };
}

/**
 * SyncR² by training rows per dimension, a curve for each λ and one for R² of the rows that its maps were fitted to.
 *
 * @returns none unless all directions have as many dimensions, and know it
 */
export function ratioCurves(part: PairPart<'sample-size'>): Curve[] {
  const dimensions = new Set(part.directions.map(({ result }) => result.dimensions));
  const [size] = dimensions;
  if (dimensions.size > 1 || size === undefined) return [];
  const sizes = commonSizes(part);
  const lambdas = sizes[0]?.[0]?.byLambda ?? [];
  return lambdas.flatMap(({ lambda }, i): Curve[] => {
    const points = sizes.flatMap((alike) => {
      const own = alike.flatMap(({ byLambda }) => byLambda?.[i] ?? []);
      return own.length < alike.length
        ? []
        : [
            {
              x: meanOf(alike.map(({ train }) => train)) / size,
              own,
              fitted: own.flatMap(({ training }) => training ?? []),
            },
          ];
    });
    const text = lambdaText([lambda]);
    return [
      {
        name: `held-out rows, ${text}`,
        points: points.map(({ x, own }) => {
          const { value, standardError } = combineDirections(own);
          return { x, value, error: standardError };
        }),
      },
      {
        name: `training rows, ${text}`,
        points: points
          .filter(({ own, fitted }) => fitted.length === own.length)
          .map(({ x, fitted }) => ({ x, value: meanOf(fitted), error: null })),
      },
    ];
  });
}

/** Sizes that all directions have, nearly: one of each direction. */
function commonSizes({ directions }: PairPart<'sample-size'>): Size[][] {
  const [first = [], ...others] = directions.map(({ result }) => result.sizes);
  return first.flatMap((size) => {
    const same = others.flatMap((sizes) => closest(sizes, size.samples));
    const isFar = same.some((one) => ratio(one.samples, size.samples) > SAME_SIZE);
    return isFar || same.length < others.length ? [] : [[size, ...same]];
  });
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The one with the nearest number of samples; none of none. */
function closest<T extends { readonly samples: number }>(sizes: readonly T[], samples: number): T[] {
  return sizes.toSorted((a, b) => ratio(a.samples, samples) - ratio(b.samples, samples)).slice(0, 1);
}

function ratio(a: number, b: number): number {
  return Math.max(a / b, b / a);
}

/** SyncR² by λ, of the interactive condition; a λ that cross-validation chose stands apart, at the median choice. */
export function lambdaCurves(measures: Measures, { pairs }: Pick<Shared, 'pairs'>): Curve[] {
  const interactive = directionsIn(measures)
    .filter(({ order }) => order.condition === INTERACTIVE)
    .map(({ order, result }) => ({ models: order.models, result }));
  return pairs.flatMap((models) => {
    const results = completePair(models, interactive).map(({ result }) => result);
    const [first] = results;
    if (first === undefined || results.some(({ variants }) => !variants)) return [];
    const lambdas: Lambda[] = [first.lambda, ...(first.variants ?? []).map(({ lambda }) => lambda)];
    const points = lambdas.flatMap((lambda) => lambdaPoint(lambda, results));
    const numbers = points.filter(({ chosen }) => !chosen).sort((a, b) => a.x - b.x);
    const apart = points.filter(({ chosen }) => chosen);
    return [{ name: pairLabel(models), points: numbers, ...(apart.length > 0 && { apart }) }];
  });
}

/** None if a direction was not measured with it. */
function lambdaPoint(lambda: Lambda, results: readonly SynchronyResult[]) {
  const own = results.flatMap((result): readonly (SynchronyResult | RidgeVariant)[] =>
    result.lambda === lambda ? [result] : (result.variants ?? []).filter((one) => one.lambda === lambda),
  );
  if (own.length < results.length) return [];
  const { value, standardError } = combineDirections(own.map(({ syncR2 }) => syncR2));
  const chosen = own.flatMap((one) => ('chosenLambdas' in one ? (one.chosenLambdas?.flat() ?? []) : []));
  const x = lambda === 'cv' ? median(chosen) : lambda;
  return [{ chosen: lambda === 'cv', x, value, error: standardError }];
}

/** The middle value, or the lower of the two in the middle: one that was chosen. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}
