// The correlations of synchrony and performance as CSV files, at full precision.

import type { Correlation } from '../../statistics/correlation.ts';
import type { CorrelationResult } from '../../statistics/correlation-files.ts';
import type { PairCorrelation } from '../../statistics/model-pairs.ts';
import { type CsvValue, encodeCsv } from '../page/csv.ts';

const CORRELATION = ['n', 'df', 'r', 'p', 'low', 'high'];
const PERMUTED = ['p_permuted', 'permutations', 'all_permutations'];

function correlationColumns(correlation: Correlation | null): CsvValue[] {
  if (!correlation) return CORRELATION.map(() => null);
  const { n, df, r, p, interval } = correlation;
  return [n, df, r, p, ...(interval ?? [null, null])];
}

function columns({ correlation, qap }: PairCorrelation): CsvValue[] {
  const permuted = qap ? [qap.p, qap.permutations, qap.exact] : PERMUTED.map(() => null);
  return [...correlationColumns(correlation), ...permuted];
}

/** Five tables by path relative to the report's folder. */
export function correlationTables(result: CorrelationResult): ReadonlyMap<string, string> {
  const { groups, pairs, dimensions, benchmarks } = result;
  const of = (header: readonly string[], rows: readonly CsvValue[][]) => encodeCsv(header, rows);
  return new Map([
    [
      'tables/correlation.csv',
      of(
        ['group', 'statistic', ...CORRELATION, ...PERMUTED],
        groups.flatMap(({ group, pearson, spearman }) => [
          [group, 'pearson', ...columns(pearson)],
          [group, 'spearman', ...columns(spearman)],
        ]),
      ),
    ],
    [
      'tables/correlation-partial.csv',
      of(
        ['group', 'given', ...CORRELATION, ...PERMUTED],
        groups.flatMap(({ group, partial }) =>
          partial.map((entry) => [group, entry.given, ...columns(entry)]),
        ),
      ),
    ],
    [
      'tables/correlation-dimensions.csv',
      of(
        ['group', 'dimension', ...CORRELATION, 'p_adjusted'],
        groups.flatMap(({ group, dimensions: own }) =>
          own.map(({ name, correlation, adjustedP }) => [
            group,
            name,
            ...correlationColumns(correlation),
            adjustedP,
          ]),
        ),
      ),
    ],
    [
      'tables/correlation-leave-one-out.csv',
      of(
        ['group', 'without', ...CORRELATION],
        groups.flatMap(({ group, leaveOneOut }) =>
          leaveOneOut.map(({ model, correlation }) => [group, model, ...correlationColumns(correlation)]),
        ),
      ),
    ],
    [
      'tables/correlation-pairs.csv',
      of(
        [
          'model_1',
          'model_2',
          'syncr2',
          'standard_error',
          'performance',
          'judged',
          'failed',
          ...dimensions,
          ...benchmarks,
        ],
        pairs.map((pair) => [
          ...pair.models,
          ...[pair.synchrony, pair.standardError, pair.performance, pair.judged, pair.failed],
          ...dimensions.map((name) => pair.dimensions[name] ?? null),
          ...benchmarks.map((name) => pair.abilities[name] ?? null),
        ]),
      ),
    ],
  ]);
}
