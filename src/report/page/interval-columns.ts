// An interval in the columns of a CSV file; every table has the same ones.

import type { CorrelationInterval } from '../../statistics/correlation.ts';
import type { Interval } from '../../synchrony/intervals/interval.ts';
import type { CsvValue } from './csv.ts';

/** Empty where there is no interval. That of a correlation is by Fisher's z, and so is its standard error. */
export const INTERVAL = [
  ...['interval_low', 'interval_high', 'interval_kind', 'interval_se'],
  ...['degrees_of_freedom', 'left_out_groups'],
];

/** Empty for an error of 0, which only clamped rows and single seeds have: nothing is known of it. */
export function errorColumn(standardError: number): CsvValue {
  return standardError === 0 ? null : standardError;
}

export function intervalColumns(interval: Interval | CorrelationInterval | null | undefined): CsvValue[] {
  if (!interval) return INTERVAL.map(() => null);
  const { low, high, kind, standardError, degreesOfFreedom, groups } = interval;
  return [low, high, kind, standardError, degreesOfFreedom, groups];
}
