// Correlations along something that was varied, one line per group, with intervals; filled where p < 0.05.

import {
  type Channel,
  describe,
  type FigureSpec,
  type FigureWords,
  figure,
  layerTicks,
  namedColours,
  nominal,
  quantitative,
  titleLines,
  type View,
  zeroLine,
} from './spec.ts';

export interface CorrelationPoint {
  /** The line. */
  readonly name: string;
  readonly x: number;
  readonly r: number;
  /** NaN where there are no degrees of freedom. */
  readonly p: number;
  readonly interval: readonly [number, number] | null;
}

const WIDTH = 440;
/** Room for lines beside each other at one x. */
const SPREAD = 5;

/** Vega-Lite spec. */
export function correlationCurves(points: readonly CorrelationPoint[], words: FigureWords): FigureSpec {
  const names = [...new Set(points.map(({ name }) => name))];
  const x = quantitative('x', {
    scale: { nice: false, zero: false, padding: 16 },
    axis: {
      title: 'k: target layers that are averaged',
      grid: false,
      values: layerTicks(Math.max(...points.map((point) => point.x))),
    },
  });
  const color = nominal('name', {
    sort: names,
    scale: namedColours(names),
    legend: { title: null, orient: 'top', columns: 2, labelLimit: WIDTH / 2, symbolType: 'circle' },
  });
  // Lines beside each other, not on top of each other.
  const offsetOf = (i: number) => (i - (names.length - 1) / 2) * SPREAD;
  return figure({
    description: describe(words, names.join('; ')),
    title: titleLines(words, WIDTH + 40),
    width: WIDTH,
    height: 240,
    data: { values: points.map(pointRow) },
    layer: [zeroLine('y'), ...names.map((name, i) => lineOf(name, offsetOf(i), x, color))],
  });
}

function pointRow({ name, x, r, p, interval }: CorrelationPoint) {
  const [low, high] = interval ?? [r, r];
  return { name, x, r, significant: p < 0.05, low, high };
}

function lineOf(name: string, xOffset: number, x: Channel, color: Channel): View {
  const y = (field: string) =>
    quantitative(field, { axis: { title: 'Pearson’s r', tickCount: 5 }, scale: { domain: [-1, 1] } });
  const point = { type: 'point', filled: true, opacity: 1, xOffset } as const;
  return {
    transform: [{ filter: `datum.name === ${JSON.stringify(name)}` }],
    layer: [
      { mark: { type: 'line', strokeWidth: 1.5, xOffset }, encoding: { x, y: y('r'), color } },
      {
        mark: { type: 'rule', strokeWidth: 1, opacity: 0.7, xOffset },
        encoding: { x, y: y('low'), y2: { field: 'high' }, color },
      },
      { mark: { ...point, size: 46 }, encoding: { x, y: y('r'), color } },
      {
        transform: [{ filter: '!datum.significant' }],
        mark: { ...point, size: 16, color: '#ffffff' },
        encoding: { x, y: y('r') },
      },
    ],
  };
}
