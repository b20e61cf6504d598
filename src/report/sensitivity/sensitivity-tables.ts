// Sensitivity as CSV, a row per direction.

import { INTERACTIVE } from '../../conditions/condition.ts';
import type { MeasureHead } from '../../studies/measure-head.ts';
import type { Estimate, PartName, StoredPart } from '../../studies/sensitivity/part-files.ts';
import { type CsvValue, encodeCsv } from '../page/csv.ts';
import { errorColumn, INTERVAL, intervalColumns } from '../page/interval-columns.ts';
import type { TextFile } from '../section.ts';
import type { ModelNames, Shared } from '../shared.ts';
import { seedsOf } from '../synchrony/figure-notes.ts';
import { directionsIn } from '../synchrony/measures.ts';
import type { Choices } from './choices.ts';
import { lambdaCurves } from './curves.ts';
import type { PartDirection } from './parts.ts';

const WHO = ['model_a', 'model_b', 'direction', 'source_model', 'target_model'];
const SETTINGS = ['samples', 'lambda', 'group_by', 'splits'];
/** A value with its interval. */
export const ESTIMATE = ['syncr2', 'standard_error', ...INTERVAL];

/** By path relative to the report's folder; only of what there is. */
export function choiceTables(choices: Choices, shared: Shared): TextFile[] {
  return [
    ...aggregationTable(choices),
    ...sizeTable(choices),
    ...lambdaTable(choices, shared),
    ...choiceTable(choices),
    ...groupingsTable(choices),
  ];
}

function aggregationTable({ aggregation }: Choices): TextFile[] {
  return partTable(
    'sensitivity-aggregation',
    ['condition', 'top_k', 'clamped', 'syncr2', 'standard_error', 'source_layers_below_0'],
    partRows(aggregation, ({ conditions }) =>
      conditions.flatMap(({ condition, choices }) =>
        choices.map(({ topK, clamp, value, standardError, rowsBelowZero }) => [
          ...[condition, topK, clamp, value, errorColumn(standardError), rowsBelowZero],
        ]),
      ),
    ),
  );
}

function sizeTable({ sizes }: Choices): TextFile[] {
  return partTable(
    'sensitivity-sample-size',
    ['n', 'train', 'test', 'dimensions', 'ridge_lambda', 'r2_training_rows', ...ESTIMATE],
    partRows(sizes, ({ sizes: measured, dimensions }) =>
      measured.flatMap(({ samples, train, test, byLambda, ...own }) => {
        // The interval is of the first λ, which the part's own columns name.
        const all = byLambda ?? [{ ...own, lambda: null, training: undefined }];
        return all.map(({ lambda, training, ...one }, i) => [
          ...[samples, train, test, dimensions ?? null, lambda, training ?? null],
          ...estimateColumns(i === 0 ? own : one),
        ]);
      }),
    ),
  );
}

function choiceTable({ targets, weights }: Choices): TextFile[] {
  const chosen = partRows(targets, ({ onTest, onTraining }) => [
    ['target layers chosen on the test rows', ...estimateColumns(onTest)],
    ['target layers chosen on training groups', ...estimateColumns(onTraining)],
  ]);
  const weighted = partRows(weights, ({ uniform, variance }) => [
    ['dimensions weighted alike', ...estimateColumns(uniform)],
    ['dimensions weighted by variance', ...estimateColumns(variance)],
  ]);
  return partTable('sensitivity-choices', ['choice', ...ESTIMATE], [...chosen, ...weighted]);
}

function groupingsTable({ groupings }: Choices): TextFile[] {
  return partTable(
    'sensitivity-groupings',
    ['grouping', 'groups', 'n', 'train', 'test', ...ESTIMATE],
    partRows(groupings, (result) =>
      result.groupings.map((one) => [
        ...[one.groupBy, one.groups, one.samples, one.train, one.test],
        ...estimateColumns(one),
      ]),
    ),
  );
}

/** One table of parts; none without rows. */
export function partTable(name: string, header: readonly string[], rows: readonly CsvValue[][]): TextFile[] {
  if (rows.length === 0) return [];
  return [[`tables/${name}.csv`, encodeCsv([...WHO, ...header, ...SETTINGS], rows)]];
}

/** Rows of a part between whose they are and what they were made with. */
export function partRows<Name extends PartName>(
  directions: readonly PartDirection<Name>[],
  rows: (result: StoredPart<Name>['result'], stored: StoredPart<Name>) => CsvValue[][],
): CsvValue[][] {
  return directions.flatMap(({ models, stored }) =>
    rows(stored.result, stored).map((row) => [...who(models, stored), ...row, ...settings(stored)]),
  );
}

function who(
  models: ModelNames,
  { direction, sourceModel, targetModel }: Pick<MeasureHead, 'direction' | 'sourceModel' | 'targetModel'>,
): CsvValue[] {
  return [...models, direction.replace('->', ' to '), sourceModel, targetModel];
}

function settings(head: MeasureHead): CsvValue[] {
  return [head.samples, head.lambda, head.groupBy, seedsOf([head])];
}

export function estimateColumns({ value, standardError, interval }: Estimate): CsvValue[] {
  return [value, errorColumn(standardError), ...intervalColumns(interval)];
}

function lambdaTable({ measures }: Choices, shared: Shared): TextFile[] {
  if (lambdaCurves(measures, shared).length === 0) return [];
  const rows = directionsIn(measures)
    .filter(({ order }) => order.condition === INTERACTIVE)
    .flatMap(({ order, result }) =>
      (result.variants ? [result, ...result.variants] : []).map(({ lambda, syncR2 }): CsvValue[] => [
        ...who(order.models, result),
        ...[lambda, syncR2.value, errorColumn(syncR2.standardError)],
      ]),
    );
  return [
    ['tables/sensitivity-lambda.csv', encodeCsv([...WHO, 'ridge_lambda', 'syncr2', 'standard_error'], rows)],
  ];
}
