// SyncR², its best targets and every R² as CSV files, at full precision.

import { seats } from '../../figures/number-text.ts';
import { shownPair } from '../../pairs/layers.ts';
import type { SynchronyResult } from '../../synchrony/types.ts';
import { type CsvValue, encodeCsv } from '../page/csv.ts';
import { errorColumn, INTERVAL, intervalColumns } from '../page/interval-columns.ts';
import type { TextFile } from '../section.ts';
import { seedsOf } from './figure-notes.ts';
import { directionsIn, type Measures, madeWith, type SeatOrderResult } from './measures.ts';

/** By pair, by direction, and the best target of each source layer. */
export function syncR2Tables(measures: Measures): TextFile[] {
  if (measures.orders.length === 0) return [];
  return [
    ['tables/syncr2-pairs.csv', pairTable(measures)],
    ['tables/syncr2-lambdas.csv', lambdaTable(measures)],
    ['tables/syncr2-directions.csv', directionTable(measures)],
    ['tables/best-targets.csv', bestTargetTable(measures)],
  ];
}

/** R² of every layer pair: mean over split seeds, then each seed. Layers are 1-based. */
export function r2Table(result: SynchronyResult): string {
  const seeds = result.splits.map((split) => `r2_split_seed_${split.seed}`);
  const cells = result.intervals?.cells ?? [];
  const intervals = new Map(cells.map((cell) => [cell.source * result.targetLayers + cell.target, cell]));
  const header = ['source_layer', 'target_layer', 'r2_mean', ...seeds, 'best_target', ...INTERVAL];
  const rows = Array.from(result.meanR2, (mean, cell): CsvValue[] => {
    const source = Math.floor(cell / result.targetLayers);
    const target = cell % result.targetLayers;
    const best = result.syncR2.bestTarget[source] === target;
    const planes = result.r2.map((plane) => plane[cell] ?? null);
    return [...shownPair(result, cell), mean, ...planes, best, ...intervalColumns(intervals.get(cell))];
  });
  return encodeCsv(header, rows);
}

function pairTable(measures: Measures): string {
  const header = [
    ...['model_1', 'model_2', 'condition', 'syncr2', 'standard_error', 'splits', 'sd_over_splits'],
    'corrected_error',
    ...INTERVAL,
  ];
  const seeds = seedsOf(directionsIn(measures).map(({ result }) => madeWith(result)));
  return encodeCsv(
    header,
    measures.pairs.map(({ models, condition, value, standardError, interval, ...spread }) => [
      ...[
        ...models,
        condition,
        value,
        errorColumn(standardError),
        seeds,
        spread.splitDeviation,
        spread.correctedError,
      ],
      ...intervalColumns(interval),
    ]),
  );
}

/** SyncR² of pairs under every λ, the one that all else is made with first. */
function lambdaTable({ pairs, orders }: Measures): string {
  const rows = pairs.flatMap(({ models, condition, value, training, others }) => {
    const own = orders.find((order) => order.condition === condition)?.directions[0]?.lambda ?? null;
    return [{ lambda: own, value, training }, ...others].map((one): CsvValue[] => [
      ...models,
      condition,
      one.lambda,
      one.value,
      one.training,
    ]);
  });
  return encodeCsv(['model_1', 'model_2', 'condition', 'ridge_lambda', 'syncr2', 'r2_training_rows'], rows);
}

/** What a result is of, in the first columns of a table. */
const IDENTITY = ['model_a', 'model_b', 'condition', 'direction', 'source_model', 'target_model'];

function identity(order: SeatOrderResult, result: SynchronyResult): CsvValue[] {
  const direction = seats(result.direction).join(' to ');
  return [...order.models, order.condition, direction, result.sourceModel, result.targetModel];
}

const SETTINGS = ['lambda', 'group_by', 'highest_condition_number'];

function directionTable(measures: Measures): string {
  const header = [...IDENTITY, 'syncr2', 'standard_error', 'splits', 'samples', 'train', 'test'];
  const leftOut = ['left_out_samples', 'left_out_episodes'];
  const rows = directionsIn(measures).map(({ order, result }): CsvValue[] => {
    const { syncR2, splits, samples } = result;
    const counts = [meanOf(splits.map((s) => s.trainSamples)), meanOf(splits.map((s) => s.testSamples))];
    const settings = [result.lambda, result.groupBy, highestConditionNumber(result)];
    const error = splits.length > 1 ? errorColumn(syncR2.standardError) : null;
    return [
      ...identity(order, result),
      ...[syncR2.value, error, splits.length, samples, ...counts, ...settings],
      ...intervalColumns(result.intervals?.syncR2),
      ...[result.leftOut?.samples ?? 0, result.leftOut?.episodes ?? 0],
    ];
  });
  return encodeCsv([...header, ...SETTINGS, ...INTERVAL, ...leftOut], rows);
}

function bestTargetTable(measures: Measures): string {
  const header = [...IDENTITY, 'source_layer', 'best_target_layer', 'r2_mean', 'r2_clamped'];
  const rows = directionsIn(measures).flatMap(({ order, result }) =>
    result.syncR2.bestTarget.map((target, source): CsvValue[] => {
      const cell = source * result.targetLayers + target;
      const clamped = result.syncR2.bestR2[source] ?? null;
      const mean = result.meanR2[cell] ?? null;
      return [...identity(order, result), ...shownPair(result, cell), mean, clamped];
    }),
  );
  return encodeCsv(header, rows);
}

/** Largest centred condition number over splits and source layers; NaN when none was recorded. */
export function highestConditionNumber(result: SynchronyResult): number {
  const all = result.conditionNumbers.flat();
  return all.length === 0 ? Number.NaN : all.reduce((a, b) => Math.max(a, b));
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
