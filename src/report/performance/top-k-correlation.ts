// Whether the correlation of synchrony with performance hangs on taking each source layer's best target alone: Pearson's
// r by k, the number of target layers that are averaged. The paper's Figure 7.

import { INTERACTIVE } from '../../conditions/condition.ts';
import { correlationCurves } from '../../figures/correlation-curves.ts';
import { percent } from '../../figures/number-text.ts';
import type { FigureSpec } from '../../figures/spec.ts';
import { MODELS_LEFT_OUT } from '../../figures/synchrony-performance.ts';
import type { Correlation } from '../../statistics/correlation.ts';
import type { CorrelationResult } from '../../statistics/correlation-files.ts';
import { correlateOverModels } from '../../statistics/model-jackknife.ts';
import { encodeCsv } from '../page/csv.ts';
import { INTERVAL, intervalColumns } from '../page/interval-columns.ts';
import { topKCurve } from '../sensitivity/curves.ts';
import { type PartDirection, pairParts, partsMadeWith } from '../sensitivity/parts.ts';
import { type Shared, samePair } from '../shared.ts';
import { sharedNotes, splitsText } from '../synchrony/figure-notes.ts';
import type { Measures } from '../synchrony/measures.ts';

export interface TopKCorrelation {
  /** A family, `cross` or `overall`. */
  readonly group: string;
  readonly k: number;
  readonly correlation: Correlation;
}

/** Empty where there is no top-k of all pairs of a group, or a group is too small. */
export function topKCorrelations(
  correlation: CorrelationResult,
  aggregation: readonly PartDirection<'aggregation'>[],
  shared: Pick<Shared, 'pairs'>,
): TopKCorrelation[] {
  const parts = pairParts(aggregation, shared);
  return correlation.groups.flatMap(({ group, pairs }) => {
    const own = pairs.flatMap((models) => {
      const part = parts.find((one) => samePair(one.models, models));
      const scored = correlation.pairs.find((one) => samePair(one.models, models));
      if (!part || !scored) return [];
      const synchrony = topKCurve(part, INTERACTIVE, true).points.map(({ value }) => value);
      return [{ synchrony, performance: scored.performance }];
    });
    if (own.length < pairs.length || own.length < 3) return [];
    // Models with fewer layers end the curve earlier.
    const shortest = Math.min(...own.map(({ synchrony }) => synchrony.length));
    return Array.from({ length: shortest }, (_, i) => {
      const synchrony = own.flatMap((one) => one.synchrony[i] ?? []);
      const performance = own.map((one) => one.performance);
      const { level } = correlation;
      return {
        ...{ group, k: i + 1 },
        correlation: correlateOverModels(pairs, synchrony, performance, { level }),
      };
    }).filter((one) => !Number.isNaN(one.correlation.r));
  });
}

export interface TopKSources {
  readonly correlation: CorrelationResult;
  readonly aggregation: readonly PartDirection<'aggregation'>[];
  readonly measures: Measures;
}

/** @param all at least one */
export function topKCorrelationFigure(
  all: readonly TopKCorrelation[],
  { correlation: { level }, aggregation, measures }: TopKSources,
  shared: Shared,
): FigureSpec {
  const groups = new Map(all.map(({ group, correlation }) => [group, correlation.n]));
  const numbers = partsMadeWith(aggregation, measures);
  return correlationCurves(
    all.map(({ group, k, correlation: { r, p, interval } }) => ({
      ...{ name: `${group}, n = ${groups.get(group)} pairs`, x: k, r, p },
      interval: interval && [interval.low, interval.high],
    })),
    {
      title: 'Synchrony and performance by k',
      notes: [
        'k = 1 is SyncR²',
        `bars: ${percent(level)} intervals, ${MODELS_LEFT_OUT}`,
        'filled: p < 0.05 by t, which is too small since pairs share models',
        ...sharedNotes(numbers, shared).filter((note) => !note.startsWith('bars')),
        splitsText(numbers),
      ],
    },
  );
}

export function topKCorrelationCsv(all: readonly TopKCorrelation[]): string {
  return encodeCsv(
    ['group', 'k', 'pairs', 'r', ...INTERVAL, 'p', 'df'],
    all.map(({ group, k, correlation: { n, r, interval, p, df } }) => [
      ...[group, k, n, r, ...intervalColumns(interval)],
      ...[Number.isNaN(p) ? null : p, df],
    ]),
  );
}
