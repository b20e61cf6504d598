// Synchrony against social performance, a point per pair of models, with a regression line per family group: paper
// Figure 6, with what r can and cannot say of so few pairs in the legend.

import type { CorrelatedPair, CorrelationResult } from '../statistics/correlation-files.ts';
import { OVERALL } from '../statistics/families.ts';
import type { GroupCorrelation } from '../statistics/model-pairs.ts';
import { unorderedKey } from '../statistics/relabel-models.ts';
import { correlationText, pairLabel, pText } from './correlation-text.ts';
import { textWidth } from './font.ts';
import { placeLabels } from './label-places.ts';
import { percent } from './number-text.ts';
import { type Domain, leastSquares, paddedDomain, scaleOf } from './scatter-geometry.ts';
import {
  type Channel,
  type Encoding,
  type FigureSpec,
  figure,
  nominal,
  quantitative,
  subtitleLines,
  type View,
} from './spec.ts';

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

/** How intervals of correlations over pairs of models are made. */
export const MODELS_LEFT_OUT = 'by leaving out each model';

/** Vega-Lite spec of the scatter plot. */
export function synchronyPerformance(
  result: CorrelationResult,
  { toy = false, settings = [] }: CorrelationFigureOptions = {},
): FigureSpec {
  const { pairs, groups, judge } = result;
  const domains = {
    performance: paddedDomain(pairs.map(({ performance }) => performance)),
    synchrony: paddedDomain(pairs.map(({ synchrony }) => synchrony)),
  };
  const series = seriesOf(groups);
  const points = pairs.map((pair) => toPoint(pair, series));
  const labels = labelsOf(points, domains);
  const at = axesOf(domains, judge);
  const { color, shape } = legendOf(series);
  return figure({
    description: performanceLabel(result, toy),
    title: {
      text: 'Synchrony and social performance of each pair of models',
      subtitle: subtitle(result, labels, toy, settings),
    },
    width: WIDTH,
    height: HEIGHT,
    layer: [
      lineLayer(regressionLines(series, points, domains), { ...at('performance', 'synchrony'), color }),
      ...labelLayers(labels, at),
      {
        data: { values: points },
        mark: { type: 'point', filled: true, size: 55, opacity: 0.95 },
        encoding: { ...at('performance', 'synchrony'), color, shape },
      },
    ],
  });
}

/** Encodes two fields as a place in the plot. */
type At = (x: string, y: string) => Encoding;

function axesOf({ performance, synchrony }: Domains, judge: string): At {
  const axis = (field: string, domain: Domain, title: string) =>
    quantitative(field, {
      scale: { domain, nice: false, zero: false },
      axis: { title, tickCount: 6, format: '.2~f' },
    });
  return (x, y) => ({
    x: axis(x, performance, `social performance: mean score by ${judge}`),
    y: axis(y, synchrony, 'SyncR²'),
  });
}

/** One legend for colour and shape. */
function legendOf(series: readonly Series[]): { readonly color: Channel; readonly shape: Channel } {
  const domain = series.map(({ text }) => text);
  const legend = {
    title: null,
    orient: 'bottom',
    columns: 1,
    labelLimit: WIDTH,
    symbolSize: 70,
    direction: 'vertical',
  } as const;
  const of = (range: readonly string[]) => nominal('series', { scale: { domain, range }, legend });
  return { color: of(series.map(({ colour }) => colour)), shape: of(series.map((one) => one.shape)) };
}

function lineLayer(values: readonly object[], encoding: Encoding): View {
  return {
    data: { values },
    mark: { type: 'line', strokeWidth: 1.6, opacity: 0.75, clip: true },
    encoding: {
      ...encoding,
      strokeDash: nominal('dashed', { scale: { domain: [false, true], range: [[1, 0], [5, 4]] }, legend: null }), // biome-ignore format: one scale
    },
  };
}

/** Lines from far labels to their points, and the labels: first in white, so that no line crosses the letters. */
function labelLayers(labels: readonly PlacedLabel[], at: At): View[] {
  const paints = [{ stroke: '#ffffff', strokeWidth: 3, color: '#ffffff' }, { color: '#333333' }];
  return [
    {
      data: { values: labels.filter(({ edgeX }) => edgeX !== null) },
      mark: { type: 'rule', color: '#aaaaaa', strokeWidth: 0.8 },
      encoding: { ...at('performance', 'synchrony'), x2: { field: 'edgeX' }, y2: { field: 'edgeY' } },
    },
    ...paints.map(
      (paint): View => ({
        data: { values: labels },
        mark: { type: 'text', fontSize: LABEL_SIZE, baseline: 'middle', ...paint },
        encoding: { ...at('labelX', 'labelY'), text: nominal('label') },
      }),
    ),
  ];
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
      colour: isAll ? GRAY : (COLOURS[i % COLOURS.length] ?? GRAY),
      shape: isAll ? 'stroke' : (SHAPES[i % SHAPES.length] ?? 'circle'),
    };
  });
}

function qapText({ pearson: { qap } }: GroupCorrelation): string {
  return qap && !Number.isNaN(qap.p) ? `, p ${pText(qap.p)} by permuting models` : '';
}

function toPoint(
  { models, performance, synchrony }: CorrelatedPair,
  series: readonly Series[],
): PerformancePoint {
  const key = unorderedKey(models);
  // The last one, all pairs, is for those in no family group.
  const own = series.find(({ group }) => group.pairs.some((pair) => unorderedKey(pair) === key));
  return { label: pairLabel(models), performance, synchrony, series: own?.text ?? '' };
}

type Domains = Readonly<Record<'performance' | 'synchrony', Domain>>;

/** A point with the place of its label, in units of the axes; without an edge where it is near. */
interface PlacedLabel extends PerformancePoint {
  readonly labelX: number;
  readonly labelY: number;
  readonly edgeX: number | null;
  readonly edgeY: number | null;
}

/** Labels that found a place. */
function labelsOf(
  points: readonly PerformancePoint[],
  { performance, synchrony }: Domains,
): readonly PlacedLabel[] {
  const [x, y] = [scaleOf(performance, WIDTH), scaleOf([synchrony[1], synchrony[0]], HEIGHT)];
  const sized = points.map((point) => ({
    x: x.to(point.performance),
    y: y.to(point.synchrony),
    width: textWidth(point.label, LABEL_SIZE) + 2,
    height: LABEL_SIZE + 3,
  }));
  const places = placeLabels(sized, { width: WIDTH, height: HEIGHT, radius: RADIUS });
  return points.flatMap((point, i) => {
    const place = places[i];
    if (!place) return [];
    const edge = place.edge && { x: x.from(place.edge.x), y: y.from(place.edge.y) };
    return [
      {
        ...point,
        ...{ labelX: x.from(place.x), labelY: y.from(place.y) },
        ...{ edgeX: edge?.x ?? null, edgeY: edge?.y ?? null },
      },
    ];
  });
}

/** Two ends per group with a line: least squares of SyncR² on performance, over the group's own range. */
function regressionLines(series: readonly Series[], points: readonly PerformancePoint[], domains: Domains) {
  return series.flatMap(({ group, text }) => {
    const isAll = group.group === OVERALL;
    const own = isAll ? points : points.filter((point) => point.series === text);
    const line = leastSquares(own.map(({ performance, synchrony }) => [performance, synchrony]));
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
    `[ ]: ${percent(level)} interval, ${MODELS_LEFT_OUT}`,
    'pairs share models, so p by t is too small',
    ...settings,
    ...(missing > 0 ? [`${missing} labels found no room`] : []),
  ];
  return subtitleLines(parts, WIDTH);
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
