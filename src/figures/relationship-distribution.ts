// SyncR² by relationship over pairs of models (paper Figure 5): a point for each pair, joined over the relationships that it
// is compared in, with the quartiles and the mean of all. The same pairs stand at every relationship.

import {
  type Channel,
  describe,
  type FigureSpec,
  type FigureWords,
  figure,
  namedColours,
  nominal,
  quantitative,
  titleLines,
  type View,
} from './spec.ts';

export interface RelationshipPoint {
  readonly relationship: string;
  readonly pair: string;
  readonly value: number;
  readonly error: number;
}

const WIDTH = 460;

/** Fewer pairs than this have no quartiles to draw. */
export const FEWEST_FOR_BOX = 5;

/** With more pairs than this, points are grey and without names and errors. */
export const MOST_NAMED = 6;

/** Vega-Lite spec; relationships stand in the order in which they come first. */
export function relationshipDistribution(
  points: readonly RelationshipPoint[],
  words: FigureWords,
): FigureSpec {
  const relationships = [...new Set(points.map(({ relationship }) => relationship))];
  const pairs = [...new Set(points.map(({ pair }) => pair))];
  const x = nominal('relationship', {
    sort: relationships,
    axis: { title: null, labelAngle: 0, labelLimit: 110 },
    scale: { domain: relationships, padding: 0.3 },
  });
  const summaries = relationships.map((relationship) => summaryOf(relationship, points));
  const means = { values: summaries };
  return figure({
    description: describe(words, summaries.map(saidOf).join(', ')),
    title: titleLines(words, WIDTH + 40),
    width: WIDTH,
    height: 240,
    layer: [
      ...(pairs.length < FEWEST_FOR_BOX ? [] : boxes(summaries, x)),
      ...pointLayers(points, pairs, x),
      {
        data: means,
        mark: { type: 'point', shape: 'diamond', filled: true, size: 110, color: '#1b1f24', opacity: 1 },
        encoding: { x, y: yOf('mean') },
      },
    ],
  });
}

type Summary = ReturnType<typeof summaryOf>;

const saidOf = ({ relationship, mean }: Summary) => `${relationship} ${mean.toFixed(3)}`;

/** Mean, quartiles (by linear interpolation) and ends over pairs. */
function summaryOf(relationship: string, points: readonly RelationshipPoint[]) {
  const sorted = points
    .filter((point) => point.relationship === relationship)
    .map(({ value }) => value)
    .sort((a, b) => a - b);
  const quantile = (share: number) => {
    const place = share * (sorted.length - 1);
    const [low = Number.NaN, high = low] = sorted.slice(Math.floor(place));
    return low + (place - Math.floor(place)) * (high - low);
  };
  return {
    relationship,
    mean: sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
    ...{ low: quantile(0), q1: quantile(0.25), median: quantile(0.5), q3: quantile(0.75), high: quantile(1) },
  };
}

/** Quartiles as boxes, the median as a line through them, whiskers to the ends. */
function boxes(summaries: readonly Summary[], x: Channel): View[] {
  const data = { values: summaries };
  return [
    {
      data,
      mark: { type: 'rule', color: '#8a9099' },
      encoding: { x, y: yOf('low'), y2: { field: 'high' } },
    },
    {
      data,
      mark: { type: 'bar', size: 46, color: '#e3e6ea' },
      encoding: { x, y: yOf('q1'), y2: { field: 'q3' } },
    },
    {
      data,
      mark: { type: 'tick', size: 46, thickness: 2, color: '#5b626b', opacity: 1 },
      encoding: { x, y: yOf('median') },
    },
  ];
}

function pointLayers(points: readonly RelationshipPoint[], pairs: readonly string[], x: Channel): View[] {
  const named = pairs.length <= MOST_NAMED;
  const colour: Channel = named
    ? nominal('pair', {
        sort: pairs,
        scale: namedColours(pairs),
        legend: { title: null, orient: 'top', columns: pairs.length > 2 ? 2 : 1, labelLimit: WIDTH },
      })
    : { value: '#0072b2' };
  const data = {
    values: points.map((point) => ({
      ...point,
      lower: point.value - point.error,
      upper: point.value + point.error,
    })),
  };
  const lines: View = {
    data,
    mark: { type: 'line', strokeWidth: 1, opacity: named ? 0.6 : 0.3 },
    encoding: { x, y: yOf('value'), color: colour, ...(!named && { detail: { field: 'pair' } }) },
  };
  const errors: View = {
    data,
    mark: { type: 'rule', strokeWidth: 1.5, opacity: 0.6 },
    encoding: { x, y: yOf('lower'), y2: { field: 'upper' }, color: colour },
  };
  const dots: View = {
    data,
    mark: { type: 'point', filled: true, size: named ? 44 : 26, opacity: named ? 1 : 0.7 },
    encoding: { x, y: yOf('value'), color: colour },
  };
  return [lines, ...(named ? [errors] : []), dots];
}

function yOf(field: string): Channel {
  return quantitative(field, { axis: { title: 'SyncR²', tickCount: 5 }, scale: { zero: false } });
}
