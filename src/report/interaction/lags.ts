// SyncR² by lag on the rows that all lags have (the paper's Figure 4b): of pairs, as a figure and as CSV.

import { pairLabel } from '../../figures/correlation-text.ts';
import { curves } from '../../figures/curves.ts';
import { intervalOrigins, rangeText } from '../../figures/number-text.ts';
import type { FigureSpec } from '../../figures/spec.ts';
import type { DirectionLags, LagPoint } from '../../studies/lags-files.ts';
import { LAGS } from '../../studies/stages/lags.ts';
import { type Interval, intervalOf, meanJackknife } from '../../synchrony/intervals/interval.ts';
import { encodeCsv } from '../page/csv.ts';
import { INTERVAL, intervalColumns } from '../page/interval-columns.ts';
import type { TextFile } from '../section.ts';
import { completePair, type ModelNames, type Shared } from '../shared.ts';
import type { ReportSource } from '../source.ts';
import { sharedNotes, splitsText } from '../synchrony/figure-notes.ts';

export const LAG_STEM = 'conditions+lag';

export interface LagDirection {
  /** Names in seats A and B. */
  readonly models: ModelNames;
  readonly result: DirectionLags;
}

export async function gatherLags(source: ReportSource): Promise<LagDirection[]> {
  const { current } = await source.results(LAGS);
  return current.map(({ task, result }) => ({ models: task.order.names, result }));
}

/** A pair all of whose directions are there. */
export interface PairLags {
  readonly models: ModelNames;
  readonly directions: readonly DirectionLags[];
  readonly points: readonly {
    readonly lag: number;
    /** Mean over directions and seat orders. */
    readonly value: number;
    readonly interval: Interval | null;
  }[];
}

export function pairLags(directions: readonly LagDirection[], { pairs }: Pick<Shared, 'pairs'>): PairLags[] {
  return pairs.flatMap((models) => {
    const own = completePair(models, directions).map(({ result }) => result);
    const points = (own[0]?.points ?? []).flatMap(({ lag }) => {
      const same = own.flatMap((one) => one.points.filter((point) => point.lag === lag));
      return same.length < own.length ? [] : [{ lag, ...meanOf(same) }];
    });
    return points.length === 0 ? [] : [{ models, directions: own, points }];
  });
}

function meanOf(points: readonly LagPoint[]): { value: number; interval: Interval | null } {
  const value = points.reduce((sum, point) => sum + point.value, 0) / points.length;
  const found = points.flatMap(({ intervals }) => intervals ?? []);
  const [first] = found;
  if (first === undefined || found.length < points.length) return { value, interval: null };
  const jackknife = meanJackknife(found.map((one) => one.jackknife));
  return { value, interval: intervalOf(jackknife, first.syncR2.level, 0) };
}

/** What the bars and brackets are. */
export function lagIntervals(pairs: readonly PairLags[]): string[] {
  return intervalOrigins(
    pairs.flatMap(({ directions, points }) => {
      const interval = points[0]?.interval;
      return interval ? [{ interval, groupBy: directions[0]?.groupBy ?? '' }] : [];
    }),
  );
}

/** `n = 480 (384 train + 96 test) at every lag`, or the ranges. */
export function lagRows(pairs: readonly PairLags[]): string {
  const all = pairs.flatMap(({ directions }) => directions);
  const [n, train, test] = [
    all.map(({ samples }) => samples),
    all.flatMap((one) => one.train),
    all.flatMap((one) => one.test),
  ].map(rangeText);
  return `n = ${n} (${train} train + ${test} test) at every lag`;
}

/** Undefined without a lag. */
export function lagFigure(directions: readonly LagDirection[], shared: Shared): FigureSpec | undefined {
  const pairs = pairLags(directions, shared);
  if (pairs.length === 0) return undefined;
  const numbers = pairs.flatMap((pair) => pair.directions);
  const origins = lagIntervals(pairs);
  const notes = sharedNotes(numbers, shared, { n: false, pairs: pairs.length })
    .filter((note) => !/^(bars|one split )/.test(note))
    .map((note) => note.replace(', condition interactive', ''));
  return curves(
    pairs.map(({ models, points }) => ({
      name: pairLabel(models),
      points: points.map(({ lag, value, interval }) => {
        return { x: lag, value, error: interval && ([interval.low, interval.high] as const) };
      }),
    })),
    {
      title: 'lag k, in rounds (0: interactive)',
      values: [...new Set(pairs.flatMap(({ points }) => points.map(({ lag }) => lag)))],
    },
    {
      title: 'With turns later on',
      notes: [
        ...(origins.length > 0 ? [`bars: ${origins.join('; ')}`] : []),
        lagRows(pairs),
        splitsText(numbers),
        ...notes,
      ],
    },
  );
}

export function lagTables({ lags }: { readonly lags: readonly LagDirection[] }, shared: Shared): TextFile[] {
  const pairs = pairLags(lags, shared);
  if (pairs.length === 0) return [];
  const header = ['model_1', 'model_2', 'lag', 'samples_fewest', 'samples_most', 'syncr2', ...INTERVAL];
  const rows = pairs.flatMap(({ models, directions, points }) => {
    const samples = directions.map((one) => one.samples);
    const counts = [Math.min(...samples), Math.max(...samples)];
    return points.map(({ lag, value, interval }) => [
      ...[...models, lag, ...counts, value],
      ...intervalColumns(interval),
    ]);
  });
  return [['tables/lags.csv', encodeCsv(header, rows)]];
}
