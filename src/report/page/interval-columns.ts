// An interval in the columns of a CSV file; every table has the same ones.

import type { Interval } from '../../synchrony/intervals/interval.ts';
import type { CsvValue } from './csv.ts';

/** Empty where there is no interval. */
export const INTERVAL = [
  ...['interval_low', 'interval_high', 'interval_kind', 'interval_se'],
  ...['degrees_of_freedom', 'left_out_groups'],
];

export function intervalColumns(interval: Interval | null | undefined): CsvValue[] {
  if (!interval) return INTERVAL.map(() => null);
  const { low, high, kind, standardError, degreesOfFreedom, groups } = interval;
  return [low, high, kind, standardError, degreesOfFreedom, groups];
}
