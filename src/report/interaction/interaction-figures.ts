// The figures of "Is it interaction?": conditions side by side, null distributions, cluster maps, all pairs.

import type { TopLevelSpec } from 'vega-lite';
import { type Condition, INTERACTIVE, traitsOf } from '../../conditions/condition.ts';
import { clusterMap } from '../../figures/cluster-map.ts';
import { conditionDots, type FigureText } from '../../figures/condition-dots.ts';
import { nullHistogram } from '../../figures/null-histogram.ts';
import { seats } from '../../figures/number-text.ts';
import { pairMatrix } from '../../figures/pair-matrix.ts';
import { pairName, toFileName } from '../../recordings/layout.ts';
import type { ConditionTests, LayerClusters } from '../../statistics/condition-tests.ts';
import { type ConditionSummary, isUntested } from '../../statistics/pair-tests.ts';
import type { DirectionTests } from '../../studies/significance/test-files.ts';
import { toyNames } from '../page/prose.ts';
import type { ReportInput } from '../page/types.ts';
import { pText } from './conclusions.ts';
import type { PairSignificance, SignificanceReport } from './gather-significance.ts';

export const PAIRS_STEM = 'syncr2-all-pairs';

export const dotsStem = (pair: PairSignificance) => `${pairName(pair.models)}+conditions`;

export const nullStem = (pair: PairSignificance) => `${pairName(pair.models)}+strangers`;

/** Of one direction; `condition` is what the interactive one is compared with, or the interactive one for strangers. */
export function clusterStem({ models, direction }: DirectionTests, condition: Condition): string {
  return `${pairName(models)}+${direction.replace('->', '-to-')}+clusters+${toFileName(condition)}`;
}

/** `llama (A) → mistral (B)`. */
export function directionOf({ direction, sourceModel, targetModel }: DirectionTests): string {
  const [source, target] = seats(direction);
  return `${sourceModel} (${source}) → ${targetModel} (${target})`;
}

/** The interval that is shown. */
export function endsOf({ interval }: Pick<ConditionSummary, 'interval'>): readonly [number, number] | null {
  return isUntested(interval) ? null : interval.shown;
}

/** Clusters that are drawn: against strangers, and against readers who take no part. */
export function drawnClusters(
  tests: readonly ConditionTests[],
): readonly { readonly condition: Condition; readonly clusters: LayerClusters }[] {
  return tests.flatMap(({ condition, strangers, against }) => {
    const { takes } = traitsOf(condition);
    const test = takes === 'nothing' ? strangers : takes === 'taking part' ? against : undefined;
    if (!test || isUntested(test) || isUntested(test.clusters)) return [];
    return [{ condition, clusters: test.clusters }];
  });
}

/** All specs by stem of their file names. */
export function interactionFigures(
  input: ReportInput,
  report: SignificanceReport,
): Map<string, TopLevelSpec> {
  const specs = new Map<string, TopLevelSpec>();
  if (report.pairs.length > 1) specs.set(PAIRS_STEM, allPairs(input, report));
  for (const pair of report.pairs) {
    specs.set(dotsStem(pair), pairDots(input, report, pair));
    const [interactive] = pair.conditions;
    const strangers = interactive?.strangers;
    if (strangers && !isUntested(strangers)) {
      const notes = [
        pText(strangers.p),
        `${strangers.surrogates.length} draws`,
        `${rangeText(strangers.rows)} exchangeable test rows per split`,
        ...settings(input, report, pair),
      ];
      const title = `${pair.models.join(' × ')}: strangers in the partners’ place`;
      specs.set(nullStem(pair), nullHistogram(strangers.surrogates, strangers.observed, { title, notes }));
    }
    for (const direction of pair.directions)
      for (const { condition, clusters } of drawnClusters(direction.conditions))
        specs.set(
          clusterStem(direction, condition),
          clusterSpec(input, report, pair, direction, condition, clusters),
        );
  }
  return specs;
}

function settings(input: ReportInput, report: SignificanceReport, pair: PairSignificance): string[] {
  const toys = new Set(toyNames(input));
  const { synchrony, simulation } = input;
  return [
    ...(pair.models.some((name) => toys.has(name)) ? ['toy models: the numbers test the instrument'] : []),
    `simulation seeds ${simulation.seeds.join(', ')}`,
    `split seeds ${synchrony.splitSeeds.join(', ')}`,
    `groups by ${report.groupBy}`,
    `λ = ${synchrony.lambda}`,
  ];
}

function pairDots(input: ReportInput, report: SignificanceReport, pair: PairSignificance): TopLevelSpec {
  const test = rangeText([
    Math.min(...pair.conditions.map(({ testSamples }) => testSamples[0])),
    Math.max(...pair.conditions.map(({ testSamples }) => testSamples[1])),
  ]);
  const text: FigureText = {
    title: `${pair.models.join(' × ')}: SyncR² by condition`,
    notes: [
      `bars: ${percent(report.level)} bootstrap intervals`,
      'small dots: single directions',
      `n = ${test} test rows per split`,
      ...settings(input, report, pair),
    ],
  };
  const dots = pair.conditions.map((summary, c) => ({
    condition: summary.condition,
    value: summary.syncR2,
    interval: endsOf(summary),
    directions: pair.directions.map((direction, d) => ({
      title: directionOf(direction),
      value: pair.byDirection[d]![c]!.syncR2,
    })),
  }));
  return conditionDots(dots, text);
}

function clusterSpec(
  input: ReportInput,
  report: SignificanceReport,
  pair: PairSignificance,
  direction: DirectionTests,
  condition: Condition,
  found: LayerClusters,
): TopLevelSpec {
  const significant = found.clusters.filter(({ p }) => p <= report.alpha);
  const { sourceLayers, targetLayers, sourceModel, targetModel } = direction;
  const versus =
    condition === INTERACTIVE ? 'own partner against strangers' : `interactive against ${condition}`;
  const columns =
    found.columns < found.hiddenSize ? ` (${found.columns} of ${found.hiddenSize} dimensions)` : '';
  return clusterMap(
    { t: found.t, sourceLayers, targetLayers, sourceModel, targetModel, clusters: significant },
    {
      title: `${directionOf(direction)}: ${versus}`,
      notes: [
        `outlined: clusters with p ≤ ${report.alpha}${significant.length === 0 ? ' (none)' : ''}`,
        `${found.units} ${condition === INTERACTIVE ? 'scenarios' : 'interactions'}${columns}`,
        ...settings(input, report, pair),
      ],
    },
  );
}

function allPairs(input: ReportInput, report: SignificanceReport): TopLevelSpec {
  const toys = toyNames(input);
  return pairMatrix(
    report.pairs.map(({ models, conditions }) => ({
      models,
      value: conditions[0]!.syncR2,
      interval: endsOf(conditions[0]!),
    })),
    input.models.map(({ name }) => name),
    {
      title: 'SyncR² of all model pairs, interactive',
      notes: [
        `below: ${percent(report.level)} bootstrap intervals over held-out groups (${report.groupBy})`,
        `simulation seeds ${input.simulation.seeds.join(', ')}`,
        `split seeds ${input.synchrony.splitSeeds.join(', ')}`,
        `λ = ${input.synchrony.lambda}`,
        ...(toys.length > 0 ? [`toy models: ${toys.join(', ')}`] : []),
      ],
    },
  );
}

export function rangeText([low, high]: readonly [number, number]): string {
  return low === high ? String(low) : `${low}–${high}`;
}

export function percent(share: number): string {
  return `${Number((100 * share).toPrecision(6))} %`;
}
