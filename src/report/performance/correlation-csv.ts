// The correlations of synchrony and performance as CSV files, at full precision.

import type { Correlation } from '../../statistics/correlation.ts';
import type { CorrelationResult } from '../../statistics/correlation-files.ts';
import type { GroupCorrelation, PairCorrelation } from '../../statistics/model-pairs.ts';
import { type CsvValue, encodeCsv } from '../page/csv.ts';
import { errorColumn, INTERVAL, intervalColumns } from '../page/interval-columns.ts';
import type { TextFile } from '../section.ts';

const CORRELATION = ['n', 'df', 'r', 'p', ...INTERVAL];
const PERMUTED = ['p_permuted', 'permutations', 'all_permutations'];

function correlationColumns(correlation: Correlation | null): CsvValue[] {
  if (!correlation) return CORRELATION.map(() => null);
  const { n, df, r, p, interval } = correlation;
  return [n, df, r, p, ...intervalColumns(interval)];
}

function columns({ correlation, qap }: PairCorrelation): CsvValue[] {
  const permuted = qap ? [qap.p, qap.permutations, qap.exact] : PERMUTED.map(() => null);
  return [...correlationColumns(correlation), ...permuted];
}

/** Five tables by path relative to the report's folder. */
export function correlationTables(result: CorrelationResult): TextFile[] {
  const { groups } = result;
  return [
    ['tables/correlation.csv', groupCsv(groups)],
    ['tables/correlation-partial.csv', partialCsv(groups)],
    ['tables/correlation-dimensions.csv', dimensionCsv(groups)],
    ['tables/correlation-leave-one-out.csv', leaveOneOutCsv(groups)],
    ['tables/correlation-pairs.csv', pairCsv(result)],
  ];
}

type Groups = readonly GroupCorrelation[];

function groupCsv(groups: Groups): string {
  return encodeCsv(
    ['group', 'statistic', ...CORRELATION, ...PERMUTED],
    groups.flatMap(({ group, pearson, spearman, givenSamples }) => [
      [group, 'pearson', ...columns(pearson)],
      [group, 'spearman', ...columns(spearman)],
      ...(givenSamples ? [[group, 'pearson given log n', ...columns(givenSamples)]] : []),
    ]),
  );
}

function partialCsv(groups: Groups): string {
  return encodeCsv(
    ['group', 'given', ...CORRELATION, ...PERMUTED],
    groups.flatMap(({ group, partial }) => partial.map((entry) => [group, entry.given, ...columns(entry)])),
  );
}

function dimensionCsv(groups: Groups): string {
  return encodeCsv(
    ['group', 'dimension', ...CORRELATION, 'p_adjusted'],
    groups.flatMap(({ group, dimensions }) =>
      dimensions.map(({ name, correlation, adjustedP }) => [
        ...[group, name, ...correlationColumns(correlation), adjustedP],
      ]),
    ),
  );
}

function leaveOneOutCsv(groups: Groups): string {
  return encodeCsv(
    ['group', 'without', ...CORRELATION],
    groups.flatMap(({ group, leaveOneOut }) =>
      leaveOneOut.map(({ model, correlation }) => [group, model, ...correlationColumns(correlation)]),
    ),
  );
}

function pairCsv({ pairs, dimensions, benchmarks }: CorrelationResult): string {
  const header = [
    'model_1',
    'model_2',
    'syncr2',
    'standard_error',
    'samples',
    'performance',
    'judged',
    'failed',
  ];
  const rows = pairs.map((pair): CsvValue[] => [
    ...pair.models,
    ...[
      pair.synchrony,
      errorColumn(pair.standardError),
      pair.samples,
      pair.performance,
      pair.judged,
      pair.failed,
    ],
    ...dimensions.map((name) => pair.dimensions[name] ?? null),
    ...benchmarks.map((name) => pair.abilities[name] ?? null),
  ]);
  return encodeCsv([...header, ...dimensions, ...benchmarks], rows);
}
