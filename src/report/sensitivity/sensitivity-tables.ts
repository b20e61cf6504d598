// Sensitivity, text baselines and relationships as CSV, a row per direction.

import type { Estimate, PartHead, PartName, StoredPart } from '../../studies/sensitivity/part-files.ts';
import { type CsvValue, encodeCsv } from '../page/csv.ts';
import type { ReportInput } from '../page/types.ts';
import { topKCorrelationTable } from '../performance/top-k-correlation.ts';
import { samePair } from './sensitivity-numbers.ts';

const WHO = ['model_a', 'model_b', 'direction', 'source_model', 'target_model'];
const SETTINGS = ['samples', 'lambda', 'group_by', 'split_seeds'];
const ESTIMATE = ['syncr2', 'standard_error', 'percentile_low', 'percentile_high', 'bca_low', 'bca_high'];

/** By path relative to the report's folder; only of what there is. */
export function sensitivityTables(input: ReportInput): ReadonlyMap<string, string> {
  const tables = new Map<string, string>();
  const add = (name: string, header: readonly string[], rows: readonly CsvValue[][]) => {
    if (rows.length > 0) tables.set(`tables/${name}.csv`, encodeCsv([...WHO, ...header, ...SETTINGS], rows));
  };
  add(
    'sensitivity-aggregation',
    ['condition', 'top_k', 'clamped', 'syncr2', 'standard_error', 'source_layers_below_0'],
    rowsOf(input, 'aggregation', ({ conditions }) =>
      conditions.flatMap(({ condition, choices }) =>
        choices.map(({ topK, clamp, value, standardError, rowsBelowZero }) => [
          ...[condition, topK, clamp, value, standardError, rowsBelowZero],
        ]),
      ),
    ),
  );
  add(
    'sensitivity-sample-size',
    ['n', 'train', 'test', ...ESTIMATE],
    rowsOf(input, 'sample-size', ({ sizes }) =>
      sizes.map((size) => [size.samples, size.train, size.test, ...estimate(size)]),
    ),
  );
  add('sensitivity-choices', ['choice', ...ESTIMATE], choices(input));
  add(
    'sensitivity-groupings',
    ['grouping', 'groups', 'n', 'train', 'test', ...ESTIMATE],
    rowsOf(input, 'groupings', ({ groupings }) =>
      groupings.map((one) => [
        ...[one.groupBy, one.groups, one.samples, one.train, one.test],
        ...estimate(one),
      ]),
    ),
  );
  const byK = topKCorrelationTable(input);
  if (byK) tables.set('tables/correlation-top-k.csv', byK);
  add(
    'text-baseline',
    ['from', 'features', ...ESTIMATE],
    rowsOf(input, 'text', (result) => [
      ['source states', null, ...estimate(result.states)],
      ['shared text', result.features, ...estimate(result.shared)],
      ['shared text and what was said', result.features, ...estimate(result.heard)],
      ['source states, shared text taken off', null, ...estimate(result.left)],
    ]),
  );
  add(
    'relationships',
    ['relationship', 'draw', 'syncr2', 'standard_error', 'mean_r2', 'test_rows_smallest_split'],
    rowsOf(input, 'relationships', ({ relationships, size }) =>
      relationships.flatMap((one) => [
        [one.relationship, 'mean', one.value, one.standardError, one.meanR2, Math.min(...size)],
        ...one.draws.map((value, draw) => [one.relationship, draw + 1, value, null, null, Math.min(...size)]),
      ]),
    ),
  );
  const lambdas = lambdaRows(input);
  if (lambdas.length > 0)
    tables.set(
      'tables/sensitivity-lambda.csv',
      encodeCsv([...WHO, 'ridge_lambda', 'syncr2', 'standard_error'], lambdas),
    );
  return tables;
}

function choices(input: ReportInput): CsvValue[][] {
  return [
    ...rowsOf(input, 'target-choice', ({ onTest, onTraining }) => [
      ['target layers chosen on the test rows', ...estimate(onTest)],
      ['target layers chosen on training groups', ...estimate(onTraining)],
    ]),
    ...rowsOf(input, 'weighting', ({ uniform, variance }) => [
      ['dimensions weighted alike', ...estimate(uniform)],
      ['dimensions weighted by variance', ...estimate(variance)],
    ]),
  ];
}

function rowsOf<Name extends PartName>(
  input: ReportInput,
  part: Name,
  rows: (result: StoredPart<Name>['result']) => CsvValue[][],
): CsvValue[][] {
  return (input.sensitivity ?? []).flatMap(({ models, parts }) => {
    const stored = parts[part] as StoredPart<Name> | undefined;
    return stored
      ? rows(stored.result).map((row) => [...who(models, stored), ...row, ...settings(stored)])
      : [];
  });
}

function who(
  models: readonly string[],
  { direction, sourceModel, targetModel }: Omit<PartHead, 'samples'>,
): CsvValue[] {
  return [...models, direction.replace('->', ' to '), sourceModel, targetModel];
}

function settings({ samples, lambda, groupBy, splitSeeds }: PartHead): CsvValue[] {
  return [samples, lambda, groupBy, splitSeeds.length];
}

function estimate({ value, standardError, interval }: Estimate): CsvValue[] {
  const { percentile, bca } = interval?.syncR2 ?? {};
  return [value, standardError, ...(percentile ?? [null, null]), ...(bca ?? [null, null])];
}

function lambdaRows(input: ReportInput): CsvValue[][] {
  return input.seatOrders
    .filter(
      ({ condition, models }) =>
        condition === 'interactive' && input.pairs.some((pair) => samePair(pair.models, models)),
    )
    .flatMap(({ models, directions }) =>
      directions.flatMap((result) => {
        const { direction, sourceModel, targetModel, variants } = result;
        return (variants ? [result, ...variants] : []).map(({ lambda, syncR2 }) => [
          ...[...models, direction.replace('->', ' to '), sourceModel, targetModel],
          ...[lambda, syncR2.value, syncR2.standardError],
        ]);
      }),
    );
}
