// Correlations between few numbers, such as SyncR² and performance over model pairs: always with n, p and an interval,
// since with n = 6 an r of 0.8 may be nothing.

import { BadInput, NotEnoughSamples } from '../errors.ts';
import { normalQuantile, studentTwoSided } from '../numerics/distributions.ts';
import { at, first } from '../numerics/lookup.ts';

/** How an interval of a correlation was made. */
export const CORRELATION_INTERVALS = ['fisher-z', 'models-jackknife-t'] as const;

/** An interval of a correlation: the ends of one of Fisher's z, transformed back. */
export interface CorrelationInterval {
  readonly low: number;
  readonly high: number;
  /**
   * `fisher-z`: z ± normal quantile · 1/√(df − 1), which takes units as independent; `models-jackknife-t`: z ± t · standard
   * error by leaving out each model.
   */
  readonly kind: (typeof CORRELATION_INTERVALS)[number];
  /** Of z. */
  readonly standardError: number;
  /** Of Student's t; null for the normal distribution. */
  readonly degreesOfFreedom: number | null;
  /** How many models were left out, one after another; null where none was. */
  readonly groups: number | null;
  /** Coverage. */
  readonly level: number;
}

export interface Correlation {
  /** −1 … 1; NaN if one of the variables is constant. */
  readonly r: number;
  readonly n: number;
  /** n − 2, less one for every variable that is held fixed. */
  readonly df: number;
  /** Two-sided, by t with df degrees of freedom; exact for normal variables. NaN without degrees of freedom. */
  readonly p: number;
  /** Null if there are too few units for one, or r is NaN. */
  readonly interval: CorrelationInterval | null;
}

type Variable = readonly number[];

/**
 * Pearson's r, with an interval by Fisher's z (for df ≥ 2).
 *
 * @param x, y (n): the same units in the same order, n ≥ 3
 * @param level coverage of the interval
 * @throws BadInput for values that are not finite or not paired; NotEnoughSamples for n < 3
 */
export function pearson(x: Variable, y: Variable, level: number = 0.95): Correlation {
  checkVariables([x, y], 3);
  return correlationOf(rOf(x, y), x.length, 0, level);
}

/** Spearman's ρ: Pearson's r of the ranks, ties sharing their mean rank. As `pearson`; p by t is an approximation. */
export function spearman(x: Variable, y: Variable, level: number = 0.95): Correlation {
  checkVariables([x, y], 3);
  return correlationOf(rOf(ranksOf(x), ranksOf(y)), x.length, 0, level);
}

/**
 * Partial correlation: Pearson's r of what is left of x and y when the others, and a constant, have been regressed out.
 *
 * @param given (variables) of (n): held fixed; n ≥ 3 + their number
 * @returns r is NaN if the others explain x or y completely, as if that were a constant
 */
export function partialCorrelation(
  x: Variable,
  y: Variable,
  given: readonly Variable[],
  level: number = 0.95,
): Correlation {
  checkVariables([x, y, ...given], 3 + given.length);
  const basis = orthonormal(given);
  return correlationOf(rOf(residualsOf(x, basis), residualsOf(y, basis)), x.length, given.length, level);
}

/**
 * What a correlation says that is known by its r and n alone, such as a published one.
 *
 * @param fixed how many variables were held fixed
 * @throws BadInput for an r beyond ±1; NotEnoughSamples for n < 3 + fixed
 */
export function correlationFrom(r: number, n: number, fixed: number = 0, level: number = 0.95): Correlation {
  if (!(Math.abs(r) <= 1)) throw new BadInput('r', `${r} is no correlation; −1 to 1 is valid`);
  if (n < 3 + fixed) throw new NotEnoughSamples('correlation', n, 3 + fixed, 'add units');
  return correlationOf(r, n, fixed, level);
}

/**
 * What is left of a variable when the others and a constant have been regressed out.
 *
 * @returns (n), mean 0
 */
export function residualsGiven(values: Variable, given: readonly Variable[]): number[] {
  return residualsOf(values, orthonormal(given));
}

/** Mean ranks, from 1. */
export function ranksOf(values: Variable): number[] {
  const order = [...values.entries()].sort(([, a], [, b]) => a - b);
  const ranks = new Array<number>(values.length);
  for (let begin = 0; begin < order.length; ) {
    let end = begin + 1;
    while (end < order.length && order[end]?.[1] === order[begin]?.[1]) end++;
    for (const [i] of order.slice(begin, end)) ranks[i] = (begin + 1 + end) / 2;
    begin = end;
  }
  return ranks;
}

function correlationOf(r: number, n: number, fixed: number, level: number): Correlation {
  if (!(level > 0 && level < 1)) throw new RangeError(`a coverage of ${level}`);
  const df = n - 2 - fixed;
  const t = r * Math.sqrt(df / ((1 - r) * (1 + r)));
  const p = Number.isNaN(r) ? Number.NaN : studentTwoSided(t, df);
  return { r, n, df, p, interval: fisherInterval(r, df, level) };
}

/** tanh(atanh r ± z / √(df − 1)): for plain correlations df − 1 is the well-known n − 3. */
function fisherInterval(r: number, df: number, level: number): CorrelationInterval | null {
  if (Number.isNaN(r) || df < 2) return null;
  const standardError = 1 / Math.sqrt(df - 1);
  const half = normalQuantile((1 + level) / 2) * standardError;
  return {
    ...{ low: Math.tanh(Math.atanh(r) - half), high: Math.tanh(Math.atanh(r) + half), kind: 'fisher-z' },
    ...{ standardError, degreesOfFreedom: null, groups: null, level },
  };
}

function rOf(x: Variable, y: Variable): number {
  const [a, b] = [unitVector(centred(x), sizeOf(x)), unitVector(centred(y), sizeOf(y))];
  if (!a || !b) return Number.NaN;
  const r = dot(a, b);
  // Of a straight line no more than rounding is missing.
  return 1 - Math.abs(r) < 1e-15 ? Math.sign(r) : r;
}

/** What is left of a variable beside a constant and the basis; exactly 0 where that is rounding alone. */
function residualsOf(values: Variable, basis: readonly Variable[]): number[] {
  const centredValues = centred(values);
  const rest = withoutPart(centredValues, basis);
  return Math.sqrt(dot(rest, rest)) > 1e-12 * Math.sqrt(dot(centredValues, centredValues))
    ? rest
    : rest.map(() => 0);
}

/** An orthonormal basis of the centred variables, by Gram–Schmidt; one that the others explain adds nothing. */
function orthonormal(variables: readonly Variable[]): Variable[] {
  const basis: Variable[] = [];
  for (const variable of variables) {
    const vector = centred(variable);
    const unit = unitVector(withoutPart(vector, basis), Math.sqrt(dot(vector, vector)));
    if (unit) basis.push(unit);
  }
  return basis;
}

/** Twice, since once leaves rounding of the first in the result. */
function withoutPart(vector: Variable, basis: readonly Variable[]): number[] {
  let rest = [...vector];
  for (let pass = 0; pass < 2; pass++)
    for (const direction of basis) {
      const share = dot(rest, direction);
      rest = rest.map((value, i) => value - share * at(direction, i));
    }
  return rest;
}

/** Length 1; nothing if what is there is rounding of numbers of the given size. */
function unitVector(vector: Variable, size: number): number[] | undefined {
  const length = Math.sqrt(dot(vector, vector));
  return length > 1e-14 * size ? vector.map((value) => value / length) : undefined;
}

function centred(values: Variable): number[] {
  const origin = first(values);
  const mean = origin + values.reduce((sum, value) => sum + (value - origin), 0) / values.length;
  return values.map((value) => value - mean);
}

function sizeOf(values: Variable): number {
  return Math.sqrt(dot(values, values));
}

function dot(a: Variable, b: Variable): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

function checkVariables(variables: readonly Variable[], need: number): void {
  const n = first(variables).length;
  for (const [v, values] of variables.entries()) {
    if (values.length !== n)
      throw new BadInput(`variables[${v}]`, `${values.length} values beside ${n}; every unit needs all`);
    const wrong = values.findIndex((value) => !Number.isFinite(value));
    if (wrong !== -1)
      throw new BadInput(`variables[${v}][${wrong}]`, `${values[wrong]} is no number; leave the unit out`);
  }
  if (n < need) throw new NotEnoughSamples('correlation', n, need, 'add units');
}
