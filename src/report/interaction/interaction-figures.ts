// The figures of "Is it interaction?": conditions side by side, null distributions, cluster maps, all pairs.

import { type Condition, INTERACTIVE, traitsOf } from '../../conditions/condition.ts';
import { clusterMap } from '../../figures/cluster-map.ts';
import { conditionDots } from '../../figures/condition-dots.ts';
import { pairLabel } from '../../figures/correlation-text.ts';
import { nullHistogram } from '../../figures/null-histogram.ts';
import { directionTitle, lambdaText, percent, pText, rangeText } from '../../figures/number-text.ts';
import { pairMatrix } from '../../figures/pair-matrix.ts';
import type { FigureSpec } from '../../figures/spec.ts';
import { sidesOf } from '../../pairs/layers.ts';
import { pairName, toFileName } from '../../recordings/layout.ts';
import type { ConditionTests, LayerClusters } from '../../statistics/condition-tests.ts';
import { type ConditionSummary, isUntested } from '../../statistics/pair-tests.ts';
import type { DirectionTests } from '../../studies/significance/test-files.ts';
import { toyNames, toyNote } from '../page/toys.ts';
import type { Figure } from '../section.ts';
import { pairCount, type Shared } from '../shared.ts';
import { each, splitsText } from '../synchrony/figure-notes.ts';
import { bareDirectionStem } from '../synchrony/stems.ts';
import type { PairSignificance, SignificanceReport, TestedDirection } from './significance.ts';

export const PAIRS_STEM = 'syncr2-all-pairs';

export const dotsStem = (pair: PairSignificance) => `${pairName(pair.models)}+conditions`;

export const nullStem = (pair: PairSignificance) => `${pairName(pair.models)}+strangers`;

/** Of one direction; `condition` is what the interactive one is compared with, or the interactive one for strangers. */
export function clusterStem({ models, direction }: DirectionTests, condition: string): string {
  return `${bareDirectionStem(models, direction)}+clusters+${toFileName(condition)}`;
}

/** The interval that is shown. */
export function endsOf({ interval }: Pick<ConditionSummary, 'interval'>): readonly [number, number] | null {
  return isUntested(interval) ? null : [interval.low, interval.high];
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

/** All figures of the section and its page. */
export function interactionFigures(report: SignificanceReport, shared: Shared): Figure[] {
  return [
    ...(report.pairs.length > 1 ? [[PAIRS_STEM, allPairs(report, shared)] as const] : []),
    ...report.pairs.flatMap((pair): Figure[] => [
      [dotsStem(pair), pairDots(report, pair, shared)],
      ...nullFigure(pair, shared),
      ...pair.directions.flatMap(({ tests }) =>
        drawnClusters(tests.conditions).map(
          ({ condition, clusters }): Figure => [
            clusterStem(tests, condition),
            clusterSpec(report, pair, { tests, condition, clusters }, shared),
          ],
        ),
      ),
    ]),
  ];
}

/** What the tests of directions were made with. */
function settingNotes(directions: readonly TestedDirection[], { simulation }: Shared): string[] {
  const all = directions.map(({ tests }) => tests);
  return [
    `simulation seeds ${simulation.seeds.join(', ')}`,
    splitsText(all),
    `groups by ${each(all.map(({ groupBy }) => groupBy))}`,
    lambdaText(all.map(({ lambda }) => lambda)),
  ];
}

function pairNotes({ models, directions }: PairSignificance, shared: Shared): string[] {
  return [...toyNote(shared, models), ...settingNotes(directions, shared)];
}

function pairDots(report: SignificanceReport, pair: PairSignificance, shared: Shared): FigureSpec {
  const dots = pair.conditions.map((summary, c) => ({
    condition: summary.condition,
    value: summary.syncR2,
    interval: endsOf(summary),
    directions: pair.directions.flatMap(({ tests, summaries }) => {
      const own = summaries[c];
      return own ? [{ title: directionTitle(tests), value: own.syncR2 }] : [];
    }),
  }));
  return conditionDots(dots, {
    title: `${pairLabel(pair.models)}: SyncR² by condition`,
    notes: [
      `bars: ${percent(report.level)} intervals`,
      'small dots: single directions',
      `n = ${rangeText(pair.conditions.flatMap(({ testSamples }) => testSamples))} test rows per split`,
      ...pairNotes(pair, shared),
    ],
  });
}

/** None where strangers could not be tested. */
function nullFigure(pair: PairSignificance, shared: Shared): Figure[] {
  const strangers = pair.conditions[0]?.strangers;
  if (!strangers || isUntested(strangers)) return [];
  const notes = [
    pText(strangers.p),
    `${strangers.surrogates.length} draws`,
    `${rangeText(strangers.rows)} exchangeable test rows per split`,
    ...pairNotes(pair, shared),
  ];
  const title = `${pairLabel(pair.models)}: strangers in the partners’ place`;
  return [[nullStem(pair), nullHistogram(strangers.surrogates, strangers.observed, { title, notes })]];
}

interface DrawnClusters {
  readonly tests: DirectionTests;
  readonly condition: Condition;
  readonly clusters: LayerClusters;
}

function clusterSpec(
  { alpha }: SignificanceReport,
  pair: PairSignificance,
  { tests, condition, clusters: found }: DrawnClusters,
  shared: Shared,
): FigureSpec {
  const clusters = found.clusters.filter(({ p }) => p <= alpha);
  const { sourceModel, targetModel } = tests;
  const own = condition === INTERACTIVE;
  const versus = own ? 'own partner against strangers' : `interactive against ${condition}`;
  const columns =
    found.columns < found.hiddenSize ? ` (${found.columns} of ${found.hiddenSize} dimensions)` : '';
  return clusterMap(
    { ...sidesOf(tests), t: found.t, sourceModel, targetModel, clusters },
    {
      title: `${directionTitle(tests)}: ${versus}`,
      notes: [
        `outlined: clusters with p ≤ ${alpha}${clusters.length === 0 ? ' (none)' : ''}`,
        `${found.units} ${own ? 'scenarios' : 'interactions'}${columns}`,
        ...pairNotes(pair, shared),
      ],
    },
  );
}

function allPairs({ level, pairs }: SignificanceReport, shared: Shared): FigureSpec {
  const toys = toyNames(shared);
  const directions = pairs.flatMap((pair) => pair.directions);
  const [seeds = '', splits = '', , lambda = ''] = settingNotes(directions, shared);
  const groups = each(directions.map(({ tests }) => tests.groupBy));
  return pairMatrix(
    pairs.flatMap(({ models, conditions: [first] }) =>
      first ? [{ models, value: first.syncR2, interval: endsOf(first) }] : [],
    ),
    shared.models.map(({ name }) => name),
    {
      title: 'SyncR² of all model pairs, interactive',
      notes: [
        `below: ${percent(level)} intervals over held-out groups (${groups})`,
        ...[seeds, splits, lambda],
        ...pairCount(pairs.length, shared),
        ...(toys.length > 0 ? [`toy models: ${toys.join(', ')}`] : []),
      ],
    },
  );
}
