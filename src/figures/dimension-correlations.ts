// How synchrony goes with each dimension of the judge's scores: r and its interval, a panel per family group.

import type { CorrelationResult } from '../statistics/correlation-files.ts';
import type { GroupCorrelation } from '../statistics/model-pairs.ts';
import {
  type Channel,
  type FigureSpec,
  figure,
  nominal,
  quantitative,
  subtitleLines,
  type View,
} from './spec.ts';
import { type CorrelationFigureOptions, MODELS_LEFT_OUT } from './synchrony-performance.ts';

const PANEL = 150;
const STEP = 22;

/** One dimension in one group; without r where the scores do not vary. */
export interface DimensionRow {
  readonly dimension: string;
  readonly r: number;
  /** Ends of the interval; at r where there is none. */
  readonly low: number;
  readonly high: number;
  readonly significance: string;
}

const ADJUSTED = 'p < 0.05 adjusted over dimensions';
const PLAIN = 'p < 0.05, not adjusted';
const NONE = 'p ≥ 0.05';

/** The rows of one group: the overall score, then each dimension; those without r are left out. */
export function dimensionRows({ pearson, dimensions }: GroupCorrelation): DimensionRow[] {
  const overall = { name: 'overall score', correlation: pearson.correlation, adjustedP: Number.NaN };
  return [overall, ...dimensions].flatMap(({ name, correlation, adjustedP }) => {
    if (!correlation || Number.isNaN(correlation.r)) return [];
    const { r, p, interval } = correlation;
    const { low, high } = interval ?? { low: r, high: r };
    const significance = adjustedP < 0.05 ? ADJUSTED : p < 0.05 ? PLAIN : NONE;
    return [{ dimension: name, r, low, high, significance }];
  });
}

/** Vega-Lite spec, a panel per group with its n above. */
export function dimensionCorrelations(
  result: CorrelationResult,
  { toy = false, settings = [] }: CorrelationFigureOptions = {},
): FigureSpec {
  const names = ['overall score', ...result.dimensions];
  return figure({
    description:
      `Dot plot of the correlation of SyncR² with each dimension's score, ${result.groups.length} groups of pairs.` +
      `${toy ? ' Toy models.' : ''}`,
    title: {
      text: 'Synchrony and each dimension of social performance',
      subtitle: subtitle(result, toy, settings),
    },
    hconcat: result.groups.map((group, i) => panel(group, names, i === 0)),
    spacing: 16,
    resolve: { legend: { color: 'shared' } },
  });
}

function panel(group: GroupCorrelation, names: readonly string[], first: boolean): View {
  const y = nominal('dimension', {
    scale: { domain: names },
    axis: first ? { title: null, ticks: false, domain: false, labelLimit: 220 } : null,
  });
  const color = nominal('significance', {
    scale: { domain: [ADJUSTED, PLAIN, NONE], range: ['#0072b2', '#56b4e9', '#9a9a9a'] },
    legend: { title: null, orient: 'bottom', labelLimit: 300 },
  });
  return {
    title: { text: `${group.group}, n = ${group.pairs.length}`, anchor: 'middle', fontSize: 12, offset: 6 },
    width: PANEL,
    height: { step: STEP },
    data: { values: dimensionRows(group) },
    layer: [
      { mark: { type: 'rule', color: '#888888' }, encoding: { x: { datum: 0, type: 'quantitative' } } },
      {
        mark: { type: 'rule', strokeWidth: 2 },
        encoding: { y, x: xOf('low'), x2: { field: 'high' }, color },
      },
      { mark: { type: 'point', filled: true, size: 60, opacity: 1 }, encoding: { y, x: xOf('r'), color } },
    ],
  };
}

function xOf(field: 'low' | 'r'): Channel {
  return quantitative(field, {
    scale: { domain: [-1, 1] },
    axis: { title: 'r', values: [-1, -0.5, 0, 0.5, 1], format: '.1~f' },
  });
}

function subtitle(result: CorrelationResult, toy: boolean, settings: readonly string[]): readonly string[] {
  const width = Math.max(420, result.groups.length * (PANEL + 16) + 80);
  const parts = [
    ...(toy ? ['Toy models: the numbers test the instrument'] : []),
    `Pearson’s r of SyncR² and the mean score by ${result.judge}; line: ${Number((100 * result.level).toPrecision(6))} % interval, ${MODELS_LEFT_OUT}`,
    'adjusted by Benjamini–Hochberg within a group',
    ...settings,
    'no dot: the score is the same for all pairs, or there are too few',
  ];
  return subtitleLines(parts, width);
}
