// Synchrony against social performance, a point per pair of models, with a regression line per family group: paper
// Figure 6, with what r can and cannot say of so few pairs in the legend.

import type { TopLevelSpec } from 'vega-lite';
import type { CorrelatedPair, CorrelationResult } from '../statistics/correlation-files.ts';
import { OVERALL } from '../statistics/families.ts';
import type { GroupCorrelation, PairCorrelation } from '../statistics/model-pairs.ts';
import { unorderedKey } from '../statistics/relabel-models.ts';
import { textWidth } from './font.ts';
import { placeLabels } from './label-places.ts';
import { decimals, wrapParts } from './number-text.ts';

const WIDTH = 560;
const HEIGHT = 400;
const LABEL_SIZE = 10;
const RADIUS = 5;

// Okabe and Ito's colours and a shape each, which stay apart with any kind of colour vision and in gray print.
const COLOURS = ['#d55e00', '#0072b2', '#009e73', '#cc79a7', '#56b4e9', '#e69f00'];
const SHAPES = ['circle', 'square', 'triangle-up', 'diamond', 'cross', 'triangle-down'];
/** Of pairs in no family group, and of the line through all pairs. */
const GRAY = '#777777';

/** A point of the plot, in units of the axes. */
export interface PerformancePoint {
  readonly label: string;
  readonly performance: number;
  readonly synchrony: number;
  readonly series: string;
}

/** What figures of several results share in their subtitles. */
export interface CorrelationFigureOptions {
  readonly toy?: boolean;
  /** `3 split seeds`, `180 interactions`: settings behind SyncR². */
  readonly settings?: readonly string[];
}

/** `llama-s × mistral-s`. */
export function pairLabel([a, b]: readonly [string, string]): string {
  return `${a} × ${b}`;
}

/** `r = 0.88 [0.23, 0.99], p = 0.021, n = 6`; `n = 2: too few pairs` where there is no r. */
export function correlationText({ correlation }: Pick<PairCorrelation, 'correlation'>, n: number): string {
  if (!correlation) return `n = ${n}: too few pairs`;
  if (Number.isNaN(correlation.r)) return `n = ${n}: no r, since one of both does not vary`;
  const { r, p, interval } = correlation;
  const ends = interval ? ` [${interval.map((end) => decimals(end, 2)).join(', ')}]` : '';
  return `r = ${coefficientText(r)}${ends}, p ${pText(p)}, n = ${n}`;
}

/** Two decimals, and more where these would make ±1 of what is less. */
export function coefficientText(r: number): string {
  return decimals(r, Math.abs(r) < 1 && Math.abs(r) >= 0.995 ? 4 : 2);
}

/** `= 0.021`, `< 0.001`. */
export function pText(p: number): string {
  return p < 0.001 ? '< 0.001' : `= ${decimals(p, p < 0.1 ? 3 : 2)}`;
}

/** Vega-Lite spec of the scatter plot. */
export function synchronyPerformance(
  result: CorrelationResult,
  { toy = false, settings = [] }: CorrelationFigureOptions = {},
): TopLevelSpec {
  const { pairs, groups } = result;
  const domains = {
    performance: paddedDomain(pairs.map(({ performance }) => performance)),
    synchrony: paddedDomain(pairs.map(({ synchrony }) => synchrony)),
  };
  const series = seriesOf(groups);
  const points = pairs.map((pair) => toPoint(pair, series));
  const labels = labelsOf(points, domains);
  const axis = (field: 'performance' | 'synchrony', title: string) => ({
    type: 'quantitative' as const,
    scale: { domain: domains[field], nice: false, zero: false },
    axis: { title, tickCount: 6, format: '.2~f' },
  });
  const axes = {
    x: axis('performance', `social performance: mean score by ${result.judge}`),
    y: axis('synchrony', 'SyncR²'),
  };
  const scales = {
    domain: series.map(({ text }) => text),
    color: { range: series.map(({ colour }) => colour) },
    shape: { range: series.map(({ shape }) => shape) },
  };
  const legend = {
    title: null,
    orient: 'bottom',
    columns: 1,
    labelLimit: WIDTH,
    symbolSize: 70,
    direction: 'vertical',
  };
  const color = {
    field: 'series',
    type: 'nominal',
    scale: { domain: scales.domain, ...scales.color },
    legend,
  };
  const shape = { ...color, scale: { domain: scales.domain, ...scales.shape } };
  const at = (x: string, y: string) => ({ x: { field: x, ...axes.x }, y: { field: y, ...axes.y } });
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    description: performanceLabel(result, toy),
    title: {
      text: 'Synchrony and social performance of each pair of models',
      subtitle: subtitle(result, labels, toy, settings),
    },
    padding: 8,
    width: WIDTH,
    height: HEIGHT,
    layer: [
      {
        data: { values: regressionLines(series, points, domains) },
        mark: { type: 'line', strokeWidth: 1.6, opacity: 0.75, clip: true },
        encoding: {
          ...at('performance', 'synchrony'),
          color,
          strokeDash: { field: 'dashed', type: 'nominal', scale: { domain: [false, true], range: [[1, 0], [5, 4]] }, legend: null }, // biome-ignore format: one scale
        },
      },
      {
        data: { values: labels.filter(({ edgeX }) => edgeX !== null) },
        mark: { type: 'rule', color: '#aaaaaa', strokeWidth: 0.8 },
        encoding: {
          ...at('performance', 'synchrony'),
          x2: { field: 'edgeX' },
          y2: { field: 'edgeY' },
        },
      },
      // First in white, so that no line crosses the letters.
      ...[{ stroke: '#ffffff', strokeWidth: 3, color: '#ffffff' }, { color: '#333333' }].map((paint) => ({
        data: { values: labels },
        mark: { type: 'text', fontSize: LABEL_SIZE, baseline: 'middle', ...paint },
        encoding: { ...at('labelX', 'labelY'), text: { field: 'label', type: 'nominal' } },
      })),
      {
        data: { values: points },
        mark: { type: 'point', filled: true, size: 55, opacity: 0.95 },
        encoding: { ...at('performance', 'synchrony'), color, shape },
      },
    ],
  } as unknown as TopLevelSpec;
}

interface Series {
  readonly group: GroupCorrelation;
  readonly text: string;
  readonly colour: string;
  readonly shape: string;
}

function seriesOf(groups: readonly GroupCorrelation[]): Series[] {
  return groups.map((group, i) => {
    const isAll = group.group === OVERALL;
    return {
      group,
      text: `${group.group}: ${correlationText(group.pearson, group.pairs.length)}${qapText(group)}`,
      colour: isAll ? GRAY : COLOURS[i % COLOURS.length]!,
      shape: isAll ? 'stroke' : SHAPES[i % SHAPES.length]!,
    };
  });
}

function qapText({ pearson: { qap } }: GroupCorrelation): string {
  return qap && !Number.isNaN(qap.p) ? `, p ${pText(qap.p)} by permuting models` : '';
}

function toPoint(pair: CorrelatedPair, series: readonly Series[]): PerformancePoint {
  const key = unorderedKey(pair.models);
  // The last one, all pairs, is for those in no family group.
  const own = series.find(({ group }) => group.pairs.some((models) => unorderedKey(models) === key))!;
  const { performance, synchrony } = pair;
  return { label: pairLabel(pair.models), performance, synchrony, series: own.text };
}

type Domain = readonly [number, number];
type Domains = Readonly<Record<'performance' | 'synchrony', Domain>>;

/** A tenth of the range on either side, where labels find room; something around a single value. */
function paddedDomain(values: readonly number[]): Domain {
  if (values.length === 0) return [0, 1];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const pad = 0.12 * (high - low) || 0.1 * Math.abs(high) || 1;
  return [low - pad, high + pad];
}

function labelsOf(points: readonly PerformancePoint[], { performance, synchrony }: Domains) {
  const [x, y] = [scaleOf(performance, WIDTH), scaleOf([synchrony[1], synchrony[0]], HEIGHT)];
  const sized = points.map((point) => ({
    x: x.to(point.performance),
    y: y.to(point.synchrony),
    width: textWidth(point.label, LABEL_SIZE) + 2,
    height: LABEL_SIZE + 3,
  }));
  return placeLabels(sized, { width: WIDTH, height: HEIGHT, radius: RADIUS }).flatMap((place, i) =>
    place
      ? [
          {
            ...points[i]!,
            labelX: x.from(place.x),
            labelY: y.from(place.y),
            edgeX: place.edge && x.from(place.edge.x),
            edgeY: place.edge && y.from(place.edge.y),
          },
        ]
      : [],
  );
}

function scaleOf([low, high]: Domain, size: number) {
  return {
    to: (value: number) => ((value - low) / (high - low)) * size,
    from: (pixel: number) => low + (pixel / size) * (high - low),
  };
}

/** Two ends per group with a line: least squares of SyncR² on performance, over the group's own range. */
function regressionLines(series: readonly Series[], points: readonly PerformancePoint[], domains: Domains) {
  return series.flatMap(({ group, text }) => {
    const isAll = group.group === OVERALL;
    const own = isAll ? points : points.filter((point) => point.series === text);
    const line = leastSquares(own);
    if (!line || own.length < 3) return [];
    const values = own.map(({ performance }) => performance);
    const ends = isAll ? domains.performance : [Math.min(...values), Math.max(...values)];
    return ends.map((performance) => ({
      series: text,
      dashed: isAll,
      performance,
      synchrony: line.intercept + line.slope * performance,
    }));
  });
}

function leastSquares(points: readonly PerformancePoint[]) {
  const mean = (of: (point: PerformancePoint) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean((point) => point.performance), mean((point) => point.synchrony)];
  const spread = mean((point) => (point.performance - x) ** 2);
  if (!(spread > 0)) return undefined;
  const slope = mean((point) => (point.performance - x) * (point.synchrony - y)) / spread;
  return { slope, intercept: y - slope * x };
}

function subtitle(
  { pairs, level }: CorrelationResult,
  labels: readonly unknown[],
  toy: boolean,
  settings: readonly string[],
): readonly string[] {
  const missing = pairs.length - labels.length;
  const parts = [
    ...(toy ? ['Toy models: the numbers test the instrument'] : []),
    'lines: least squares within a group; dashed: all pairs',
    `[ ]: ${Number((100 * level).toPrecision(6))} % interval by Fisher’s z`,
    'pairs share models, so p by t is too small',
    ...settings,
    ...(missing > 0 ? [`${missing} labels found no room`] : []),
  ];
  return wrapParts(parts, WIDTH, (text) => textWidth(text, 11));
}

function performanceLabel({ groups, pairs }: CorrelationResult, toy: boolean): string {
  const found = groups.map(
    ({ group, pearson, pairs: own }) => `${group} ${correlationText(pearson, own.length)}`,
  );
  return (
    `Scatter plot of SyncR² against social performance, ${pairs.length} pairs of models; ${found.join('; ')}.` +
    `${toy ? ' Toy models.' : ''}`
  );
}
