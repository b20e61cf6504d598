// The tests as CSV files, at full precision.

import { shownPair } from '../../pairs/layers.ts';
import type { ConditionTests } from '../../statistics/condition-tests.ts';
import { type ConditionSummary, isUntested } from '../../statistics/pair-tests.ts';
import type { DirectionTests } from '../../studies/significance/test-files.ts';
import { type CsvValue, encodeCsv } from '../page/csv.ts';
import { INTERVAL, intervalColumns } from '../page/interval-columns.ts';
import type { TextFile } from '../section.ts';
import type { SignificanceReport } from './significance.ts';

const TEST_COLUMNS = [
  ...['condition', 'syncr2', ...INTERVAL],
  ...['test_rows_fewest', 'test_rows_most', 'held_out_interactions'],
  ...[
    'strangers_observed',
    'strangers_mean',
    'strangers_sd',
    'strangers_z',
    'strangers_p',
    'strangers_adjusted_p',
  ],
  ...[
    'strangers_not_tested',
    'interactive_on_these_rows',
    'interactive_minus_this',
    'difference_low',
    'difference_high',
    'widened',
    'difference_p',
  ],
  ...['difference_adjusted_p', 'swapped_interactions', 'permutations', 'exact', 'difference_not_tested'],
  ...['conversations_observed', 'conversations_mean', 'conversations_p', 'conversations_adjusted_p'],
  'conversations_not_tested',
];

function testColumns({ condition, syncR2, interval, ...summary }: ConditionSummary): CsvValue[] {
  const { testSamples, interactions, strangers, against, exchanged } = summary;
  const e = exchanged && !isUntested(exchanged) ? exchanged : null;
  const own = isUntested(interval) ? null : interval;
  const s = isUntested(strangers) ? null : strangers;
  const d = against && !isUntested(against) ? against : null;
  const between = d && !isUntested(d.interval) ? d.interval : null;
  return [
    ...[condition, syncR2, ...intervalColumns(own)],
    ...[testSamples[0], testSamples[1], interactions],
    ...[s?.observed ?? null, s?.mean ?? null, s?.standardDeviation ?? null, s?.z ?? null],
    ...[s?.p ?? null, s?.adjustedP ?? null, isUntested(strangers) ? strangers.reason : null],
    ...[
      d?.interactive ?? null,
      d?.difference ?? null,
      between?.low ?? null,
      between?.high ?? null,
      d?.widened ?? null,
      d?.p ?? null,
      d?.adjustedP ?? null,
    ],
    ...[d?.interactions ?? null, d?.permutations ?? null, d?.exact ?? null],
    against && isUntested(against) ? against.reason : null,
    ...[e?.observed ?? null, e?.mean ?? null, e?.p ?? null, e?.adjustedP ?? null],
    exchanged && isUntested(exchanged) ? exchanged.reason : null,
  ];
}

/** All tables by path relative to the report's folder. */
export function interactionTables(report: SignificanceReport): TextFile[] {
  const pairs = report.pairs.flatMap(({ models, conditions }) =>
    conditions.map((summary) => [...models, ...testColumns(summary)]),
  );
  const directions = report.pairs.flatMap((pair) =>
    pair.directions.flatMap(({ tests, summaries }) =>
      summaries.map((summary) => [...identity(tests), ...testColumns(summary)]),
    ),
  );
  return [
    ['tables/significance-pairs.csv', encodeCsv(['model_1', 'model_2', ...TEST_COLUMNS], pairs)],
    ['tables/significance-directions.csv', encodeCsv([...IDENTITY, ...TEST_COLUMNS], directions)],
    ['tables/clusters.csv', clusterTable(report)],
  ];
}

const IDENTITY = ['model_a', 'model_b', 'direction', 'source_model', 'target_model'];

function identity({ models, direction, sourceModel, targetModel }: DirectionTests): CsvValue[] {
  return [...models, direction, sourceModel, targetModel];
}

/** Every cluster; layers are 1-based, cells `source-target`. */
function clusterTable(report: SignificanceReport): string {
  const what = ['test', 'cluster', 'cells', 'mass', 'p', 'threshold_t', 'units', 'layer_pairs'];
  const rows = report.pairs.flatMap(({ directions }) =>
    directions.flatMap(({ tests }) => tests.conditions.flatMap((condition) => clusterRows(condition, tests))),
  );
  return encodeCsv([...IDENTITY, ...what], rows);
}

function clusterRows({ condition, strangers, against }: ConditionTests, tests: DirectionTests): CsvValue[][] {
  const maps = [
    [`${condition} against strangers`, strangers],
    [`interactive against ${condition}`, against],
  ] as const;
  return maps.flatMap(([name, test]) => {
    if (!test || isUntested(test) || isUntested(test.clusters)) return [];
    const { threshold, units, clusters } = test.clusters;
    return clusters.map(({ cells, mass, p }, i): CsvValue[] => [
      ...identity(tests),
      ...[name, i + 1, cells.length, mass, p, threshold, units],
      cells.map((cell) => shownPair(tests, cell).join('-')).join(' '),
    ]);
  });
}
