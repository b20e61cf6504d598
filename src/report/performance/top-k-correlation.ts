// Whether the correlation of synchrony with performance hangs on taking each source layer's best target alone: Pearson's
// r by k, the number of target layers that are averaged. The paper's Figure 7.

import type { TopLevelSpec } from 'vega-lite';
import { INTERACTIVE } from '../../conditions/condition.ts';
import { correlationCurves } from '../../figures/correlation-curves.ts';
import { type Correlation, pearson } from '../../statistics/correlation.ts';
import { encodeCsv } from '../page/csv.ts';
import type { ReportInput } from '../page/types.ts';
import { pairParts, samePair, sharedNotes, topKCurve } from '../sensitivity/sensitivity-numbers.ts';

export const TOP_K_CORRELATION_STEM = 'correlation-top-k';

export interface TopKCorrelation {
  /** A family, `cross` or `overall`. */
  readonly group: string;
  readonly k: number;
  readonly correlation: Correlation;
}

/** Empty where there is no correlation, no top-k, or a group is too small. */
export function topKCorrelations(input: ReportInput): TopKCorrelation[] {
  const { correlation } = input;
  if (!correlation) return [];
  const parts = pairParts(input, 'aggregation');
  return correlation.groups.flatMap(({ group, pairs }) => {
    const own = pairs.flatMap((models) => {
      const part = parts.find((one) => samePair(one.models, models));
      const scored = correlation.pairs.find((one) => samePair(one.models, models));
      if (!part || !scored) return [];
      return [{ points: topKCurve(part, INTERACTIVE, true).points, performance: scored.performance }];
    });
    if (own.length < pairs.length || own.length < 3) return [];
    // Models with fewer layers end the curve earlier.
    const shortest = Math.min(...own.map(({ points }) => points.length));
    return Array.from({ length: shortest }, (_, i) => {
      const synchrony = own.map(({ points }) => points[i]!.value);
      const performance = own.map((one) => one.performance);
      return { group, k: i + 1, correlation: pearson(synchrony, performance, correlation.level) };
    }).filter((one) => !Number.isNaN(one.correlation.r));
  });
}

/** Undefined if there is nothing to draw. */
export function topKCorrelationFigure(input: ReportInput): TopLevelSpec | undefined {
  const all = topKCorrelations(input);
  if (all.length === 0) return undefined;
  const groups = new Map(all.map(({ group, correlation }) => [group, correlation.n]));
  const level = `${Number((100 * (input.correlation?.level ?? 0.95)).toPrecision(6))} %`;
  return correlationCurves(
    all.map(({ group, k, correlation: { r, p, interval } }) => ({
      ...{ name: `${group}, n = ${groups.get(group)} pairs`, x: k, r, p },
      interval: interval,
    })),
    {
      title: 'Synchrony and performance by k',
      notes: [
        'k = 1 is SyncR²',
        `bars: ${level} intervals by Fisher’s z`,
        'filled: p < 0.05 by t, which is too small since pairs share models',
        ...sharedNotes(input).filter((note) => !note.startsWith('bars')),
        `split seeds ${input.synchrony.splitSeeds.join(', ')}`,
      ],
    },
  );
}

/** As CSV; undefined if there is nothing. */
export function topKCorrelationTable(input: ReportInput): string | undefined {
  const all = topKCorrelations(input);
  if (all.length === 0) return undefined;
  return encodeCsv(
    ['group', 'k', 'pairs', 'r', 'interval_low', 'interval_high', 'p', 'df'],
    all.map(({ group, k, correlation: { n, r, interval, p, df } }) => [
      ...[group, k, n, r, interval?.[0] ?? null, interval?.[1] ?? null],
      ...[Number.isNaN(p) ? null : p, df],
    ]),
  );
}
