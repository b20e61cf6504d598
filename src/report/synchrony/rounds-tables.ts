// Rounds and interactions as CSV files, at full precision.

import { seats } from '../../figures/number-text.ts';
import { type CsvValue, encodeCsv } from '../page/csv.ts';
import { INTERVAL, intervalColumns } from '../page/interval-columns.ts';
import type { TextFile } from '../section.ts';
import { meanOfRounds, type RoundDirection, type Rounds } from './rounds.ts';

const IDENTITY = ['model_a', 'model_b', 'direction', 'source_model', 'target_model'];

function identity({ models, result }: RoundDirection): CsvValue[] {
  return [...models, seats(result.direction).join(' to '), result.sourceModel, result.targetModel];
}

export function roundTables(all: Rounds): TextFile[] {
  if (all.directions.length === 0) return [];
  return [
    ['tables/rounds.csv', roundsCsv(all)],
    ['tables/rounds-pooled.csv', pooledCsv(all)],
    ['tables/interactions.csv', interactionsCsv(all)],
  ];
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Rounds with too few rows have no number. Rows are means over splits. */
function roundsCsv({ directions }: Rounds): string {
  const header = [...IDENTITY, 'round', 'train_rows', 'test_rows', 'syncr2', ...INTERVAL];
  const rows = directions.flatMap((one) => {
    const { rounds, leftOut } = one.result;
    return [...rounds, ...leftOut.map((counts) => ({ ...counts, value: null, intervals: undefined }))]
      .sort((a, b) => a.round - b.round)
      .map(({ round, train, test, value, intervals }): CsvValue[] => [
        ...[...identity(one), round, mean(train), mean(test), value],
        ...intervalColumns(intervals?.syncR2),
      ]);
  });
  return encodeCsv(header, rows);
}

function pooledCsv({ directions }: Rounds): string {
  const header = [...IDENTITY, 'ss_tot_about', 'test_rows', 'test_rows_not_counted', 'syncr2', ...INTERVAL];
  const rows = directions.flatMap((one) => {
    const { pooled } = meanOfRounds([one.result]);
    const counts = one.result.pooled;
    if (!pooled || !counts) return [];
    const kinds = [
      ['training mean', pooled.overall],
      ['training mean of the round', pooled.within],
      ['difference', pooled.difference],
    ] as const;
    return kinds.map(([about, { value, interval }]): CsvValue[] => [
      ...[...identity(one), about, mean(counts.rows), mean(counts.notCounted), value],
      ...intervalColumns(interval),
    ]);
  });
  return encodeCsv(header, rows);
}

/** Contributions sum to SyncR² in every direction. */
function interactionsCsv({ directions }: Rounds): string {
  const header = ['interaction', 'splits', 'test_rows', 'share_of_test_rows', 'contribution_to_syncr2', 'r2'];
  const rows = directions.flatMap((one) =>
    one.result.interactions.map(({ interaction, splits, rows, share, syncR2 }): CsvValue[] => [
      ...[...identity(one), interaction, splits, rows, share, syncR2, syncR2 / share],
    ]),
  );
  return encodeCsv([...IDENTITY, ...header], rows);
}
