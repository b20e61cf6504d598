// The tests as CSV files, at full precision.

import { type ConditionSummary, isUntested } from '../../statistics/pair-tests.ts';
import { type CsvValue, encodeCsv } from '../page/csv.ts';
import type { SignificanceReport } from './gather-significance.ts';

const TEST_COLUMNS = [
  ...[
    'condition',
    'syncr2',
    'interval_kind',
    'interval_low',
    'interval_high',
    'percentile_low',
    'percentile_high',
    'bootstrap_se',
  ],
  ...['test_rows_fewest', 'test_rows_most', 'held_out_interactions'],
  ...[
    'strangers_observed',
    'strangers_mean',
    'strangers_sd',
    'strangers_z',
    'strangers_p',
    'strangers_adjusted_p',
  ],
  ...['strangers_not_tested', 'interactive_minus_this', 'difference_low', 'difference_high', 'difference_p'],
  ...['difference_adjusted_p', 'swapped_interactions', 'permutations', 'exact', 'difference_not_tested'],
];

function testColumns({ condition, syncR2, interval, ...summary }: ConditionSummary): CsvValue[] {
  const { testSamples, interactions, strangers, against } = summary;
  const own = isUntested(interval) ? null : interval;
  const ends = own?.shown;
  const s = isUntested(strangers) ? null : strangers;
  const d = against && !isUntested(against) ? against : null;
  const between = d && !isUntested(d.interval) ? d.interval.shown : null;
  return [
    ...[condition, syncR2, own?.kind ?? null, ends?.[0] ?? null, ends?.[1] ?? null],
    ...[own?.percentile[0] ?? null, own?.percentile[1] ?? null, own?.standardError ?? null],
    ...[testSamples[0], testSamples[1], interactions],
    ...[s?.observed ?? null, s?.mean ?? null, s?.standardDeviation ?? null, s?.z ?? null],
    ...[s?.p ?? null, s?.adjustedP ?? null, isUntested(strangers) ? strangers.reason : null],
    ...[
      d?.difference ?? null,
      between?.[0] ?? null,
      between?.[1] ?? null,
      d?.p ?? null,
      d?.adjustedP ?? null,
    ],
    ...[d?.interactions ?? null, d?.permutations ?? null, d?.exact ?? null],
    against && isUntested(against) ? against.reason : null,
  ];
}

/** All tables by path relative to the report's folder. */
export function interactionTables(report: SignificanceReport): Map<string, string> {
  const pairs = report.pairs.flatMap(({ models, conditions }) =>
    conditions.map((summary) => [...models, ...testColumns(summary)]),
  );
  const directions = report.pairs.flatMap(({ directions: all, byDirection }) =>
    all.flatMap((one, d) =>
      byDirection[d]!.map((summary) => {
        return [...one.models, one.direction, one.sourceModel, one.targetModel, ...testColumns(summary)];
      }),
    ),
  );
  const identity = ['model_a', 'model_b', 'direction', 'source_model', 'target_model'];
  return new Map([
    ['tables/significance-pairs.csv', encodeCsv(['model_1', 'model_2', ...TEST_COLUMNS], pairs)],
    ['tables/significance-directions.csv', encodeCsv([...identity, ...TEST_COLUMNS], directions)],
    ['tables/clusters.csv', clusterTable(report, identity)],
  ]);
}

/** Every cluster; layers are 1-based, cells `source-target`. */
function clusterTable(report: SignificanceReport, identity: readonly string[]): string {
  const header = [
    ...identity,
    'test',
    'cluster',
    'cells',
    'mass',
    'p',
    'threshold_t',
    'units',
    'layer_pairs',
  ];
  const rows = report.pairs.flatMap(({ directions }) =>
    directions.flatMap((one) =>
      one.conditions.flatMap(({ condition, strangers, against }) => {
        const tests = [
          [`${condition} against strangers`, strangers],
          [`interactive against ${condition}`, against],
        ] as const;
        return tests.flatMap(([name, test]) => {
          if (!test || isUntested(test) || isUntested(test.clusters)) return [];
          const { threshold, units, clusters } = test.clusters;
          return clusters.map(({ cells, mass, p }, i): CsvValue[] => [
            ...[...one.models, one.direction, one.sourceModel, one.targetModel],
            ...[name, i + 1, cells.length, mass, p, threshold, units],
            cells
              .map((cell) => `${Math.floor(cell / one.targetLayers) + 1}-${(cell % one.targetLayers) + 1}`)
              .join(' '),
          ]);
        });
      }),
    ),
  );
  return encodeCsv(header, rows);
}
