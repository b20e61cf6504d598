// The numbers behind the page as CSV files, at full precision.

import { seats } from '../../figures/number-text.ts';
import { pairName, toFileName } from '../../recordings/layout.ts';
import type { BootstrapInterval } from '../../synchrony/intervals/interval.ts';
import type { SynchronyResult } from '../../synchrony/types.ts';
import { mentalStatesCsv } from '../episodes/mental-states-section.ts';
import { interactionTables } from '../interaction/interaction-tables.ts';
import { type CsvValue, encodeCsv } from '../page/csv.ts';
import type { PairResult, ReportInput, SeatOrderResult } from '../page/types.ts';
import { correlationTables } from '../performance/correlation-tables.ts';
import { nonlinearCsv } from './nonlinear-section.ts';

/** Start of the names of one seat order's files: `llama+mistral+interactive`. Different ones never collide. */
export function seatOrderStem({ models, condition }: Pick<SeatOrderResult, 'models' | 'condition'>): string {
  return `${pairName(models)}+${toFileName(condition)}`;
}

/** Start of the names of one direction's files: `llama+mistral+interactive+A-to-B`. */
export function directionStem(order: SeatOrderResult, result: SynchronyResult): string {
  return `${seatOrderStem(order)}+${result.direction.replace('->', '-to-')}`;
}

/** Of a pair's page, relative to the report's folder. */
export function pairPagePath(models: readonly [string, string]): string {
  return `pairs/${pairName(models)}.html`;
}

/** All tables by path relative to the report's folder. */
export function reportTables(input: ReportInput): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  files.set('tables/syncr2-pairs.csv', pairTable(input.pairs, input));
  files.set('tables/syncr2-directions.csv', directionTable(input.seatOrders));
  files.set('tables/best-targets.csv', bestTargetTable(input.seatOrders));
  files.set('tables/episodes.csv', episodeTable(input.seatOrders));
  if (input.correlation)
    for (const [path, table] of correlationTables(input.correlation)) files.set(path, table);
  for (const order of input.seatOrders) {
    for (const result of order.directions) {
      files.set(`tables/r2+${directionStem(order, result)}.csv`, r2Table(result));
    }
  }
  if (input.significance)
    for (const [path, table] of interactionTables(input.significance)) files.set(path, table);
  if (input.nonlinear?.length) files.set('tables/nonlinear.csv', nonlinearCsv(input.nonlinear));
  if (input.probes?.length) files.set('tables/mental-states.csv', mentalStatesCsv(input.probes));
  return files;
}

/** Of a bootstrap, empty where there was none. */
const INTERVAL = ['bootstrap_se', 'percentile_low', 'percentile_high', 'bca_low', 'bca_high'];

function intervalColumns(interval: BootstrapInterval | undefined): CsvValue[] {
  if (!interval) return INTERVAL.map(() => null);
  return [interval.standardError, ...interval.percentile, ...(interval.bca ?? [null, null])];
}

/** R² of every layer pair: mean over split seeds, then each seed. Layers are 1-based. */
function r2Table(result: SynchronyResult): string {
  const seeds = result.splits.map((split) => `r2_split_seed_${split.seed}`);
  const cells = result.bootstrap?.cells ?? [];
  const intervals = new Map(cells.map((cell) => [cell.source * result.targetLayers + cell.target, cell]));
  const header = ['source_layer', 'target_layer', 'r2_mean', ...seeds, 'best_target', ...INTERVAL];
  const rows = Array.from(result.meanR2, (mean, cell): CsvValue[] => {
    const source = Math.floor(cell / result.targetLayers);
    const target = cell % result.targetLayers;
    const best = result.syncR2.bestTarget[source] === target;
    const interval = intervalColumns(intervals.get(cell));
    return [
      source + 1,
      target + 1,
      mean,
      ...result.r2.map((plane) => plane[cell] ?? null),
      best,
      ...interval,
    ];
  });
  return encodeCsv(header, rows);
}

function pairTable(pairs: readonly PairResult[], input: ReportInput): string {
  const header = ['model_1', 'model_2', 'condition', 'syncr2', 'standard_error', 'split_seeds'];
  const seeds = input.synchrony.splitSeeds.length;
  const rows = pairs.map((pair) => [...pair.models, pair.condition, pair.value, pair.standardError, seeds]);
  return encodeCsv(header, rows);
}

/** What a result is of, in the first columns of a table. */
const IDENTITY = ['model_a', 'model_b', 'condition', 'direction', 'source_model', 'target_model'];

function identity(order: SeatOrderResult, result: SynchronyResult): CsvValue[] {
  const direction = seats(result.direction).join(' to ');
  return [...order.models, order.condition, direction, result.sourceModel, result.targetModel];
}

function directionTable(orders: readonly SeatOrderResult[]): string {
  const header = [...IDENTITY, 'syncr2', 'standard_error', 'split_seeds', 'samples', 'train', 'test'];
  const rows = eachDirection(orders, (order, result) => {
    const { syncR2, splits, samples } = result;
    const counts = [meanOf(splits.map((s) => s.trainSamples)), meanOf(splits.map((s) => s.testSamples))];
    const settings = [result.lambda, result.groupBy, highestConditionNumber(result)];
    const error = splits.length > 1 ? syncR2.standardError : null;
    return [
      [
        ...identity(order, result),
        ...[syncR2.value, error, splits.length, samples, ...counts, ...settings],
        ...[...intervalColumns(result.bootstrap?.syncR2), result.bootstrap?.draws ?? null],
        ...[result.leftOut?.samples ?? 0, result.leftOut?.episodes ?? 0],
      ],
    ];
  });
  const settings = ['lambda', 'group_by', 'highest_condition_number'];
  const leftOut = ['left_out_samples', 'left_out_episodes'];
  return encodeCsv([...header, ...settings, ...INTERVAL, 'bootstrap_draws', ...leftOut], rows);
}

function bestTargetTable(orders: readonly SeatOrderResult[]): string {
  const header = [...IDENTITY, 'source_layer', 'best_target_layer', 'r2_mean', 'r2_clamped'];
  const rows = eachDirection(orders, (order, result) =>
    result.syncR2.bestTarget.map((target, source) => {
      const mean = result.meanR2[source * result.targetLayers + target] ?? null;
      const clamped = result.syncR2.bestR2[source] ?? null;
      return [...identity(order, result), source + 1, target + 1, mean, clamped];
    }),
  );
  return encodeCsv(header, rows);
}

function episodeTable(orders: readonly SeatOrderResult[]): string {
  const notes = [...new Set(orders.flatMap((order) => Object.keys(order.episodes.notes)))].sort();
  const header = ['model_a', 'model_b', 'condition', 'episodes', 'utterances', 'mean_rounds'];
  const counted = [
    'median_prompt_tokens',
    'a_left',
    'b_left',
    'rounds_over',
    ...notes.map((n) => `note: ${n}`),
  ];
  const rows = orders.map(({ models, condition, episodes }) => {
    const { endings } = episodes;
    const ends = [endings['A left'], endings['B left'], endings.rounds];
    const sizes = [episodes.episodes, episodes.utterances, episodes.meanRounds, episodes.medianPromptTokens];
    return [...models, condition, ...sizes, ...ends, ...notes.map((note) => episodes.notes[note] ?? 0)];
  });
  return encodeCsv([...header, ...counted], rows);
}

/** Largest centred condition number over splits and source layers; NaN when none was recorded. */
export function highestConditionNumber(result: SynchronyResult): number {
  const all = result.conditionNumbers.flat();
  return all.length === 0 ? Number.NaN : all.reduce((a, b) => Math.max(a, b));
}

function eachDirection(
  orders: readonly SeatOrderResult[],
  rows: (order: SeatOrderResult, result: SynchronyResult) => CsvValue[][],
): CsvValue[][] {
  return orders.flatMap((order) => order.directions.flatMap((result) => rows(order, result)));
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
