// SyncR² along something that was varied: top-k, the number of samples, λ, the lag. One line per series, with standard
// errors or intervals.

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

export interface CurvePoint {
  readonly x: number;
  readonly value: number;
  /** A standard error, or the ends of an interval; null where there is none. */
  readonly error: number | readonly [low: number, high: number] | null;
}

export interface Curve {
  readonly name: string;
  readonly points: readonly CurvePoint[];
  /** A point that has no place on the axis, such as a λ that was chosen: its own value of x, marked apart. */
  readonly apart?: readonly CurvePoint[];
}

/** What was varied. */
export interface CurveAxis {
  readonly title: string;
  readonly log?: boolean;
  /** Ticks. */
  readonly values?: readonly number[];
  /** What is shown over it; SyncR² by default. */
  readonly y?: string;
  readonly logY?: boolean;
  /** Pixels between neighbouring series, so that bars at the same place stand side by side; 0 by default. */
  readonly spread?: number;
}

const WIDTH = 440;

/** Ticks of a logarithmic axis. */
const POWERS = Array.from({ length: 13 }, (_, i) => 10 ** (i - 6));

/** Vega-Lite spec; bars are what the points have, and the words are to say what that is. */
export function curves(series: readonly Curve[], axis: CurveAxis, words: FigureWords): FigureSpec {
  const names = series.map(({ name }) => name);
  const lines = series.flatMap(({ name, points }) => points.map((point) => pointRow(name, point)));
  const apart = series.flatMap(({ name, apart = [] }) => apart.map((point) => pointRow(name, point)));
  const x = xOf(axis);
  const color = nominal('name', {
    sort: null,
    scale: namedColours(names),
    legend: { title: null, orient: 'top', columns: names.length > 6 ? 3 : 1, labelLimit: WIDTH },
  });
  return figure({
    description: describe(words, names.join(', ')),
    title: titleLines(words, WIDTH + 40),
    width: WIDTH,
    height: 210,
    layer: [
      ...shiftedSeries(names, lines, axis.spread).flatMap(({ values, xOffset }) => [
        {
          data: { values },
          mark: { type: 'line', strokeWidth: 2, ...xOffset },
          encoding: { x, color, y: yOf('value', axis) },
        } as const,
        ...marksOf('circle', values, x, color, axis, xOffset),
      ]),
      ...(apart.length > 0 ? marksOf('diamond', apart, x, color, axis) : []),
    ],
  });
}

/** All series together where none is moved aside, and each by itself otherwise. */
function shiftedSeries(names: readonly string[], lines: readonly ReturnType<typeof pointRow>[], spread = 0) {
  if (spread === 0) return [{ values: lines, xOffset: {} }];
  return names.map((name, i) => ({
    values: lines.filter((row) => row.name === name),
    xOffset: { xOffset: spread * (i - (names.length - 1) / 2) },
  }));
}

function pointRow(name: string, { x, value, error }: CurvePoint) {
  const [low, high] = typeof error === 'object' ? (error ?? [value, value]) : [value - error, value + error];
  return { name, x, value, low, high };
}

function xOf({ title, log = false, values }: CurveAxis): Channel {
  return quantitative('x', {
    // Vega-Lite complains of a log scale that is told about zero.
    scale: { nice: false, padding: 12, ...(log ? { type: 'log' } : { type: 'linear', zero: false }) },
    axis: {
      title,
      grid: false,
      labelOverlap: true,
      ...(values && { values }),
      format: log ? '~g' : '~f',
    },
  });
}

function yOf(field: string, { y: title = 'SyncR²', logY = false }: CurveAxis): Channel {
  if (logY)
    return quantitative(field, { axis: { title, values: POWERS, format: '~g' }, scale: { type: 'log' } });
  return quantitative(field, { axis: { title, tickCount: 5 }, scale: { zero: true } });
}

/** Points with their errors. */
function marksOf(
  shape: 'circle' | 'diamond',
  values: readonly object[],
  x: Channel,
  color: Channel,
  axis: CurveAxis,
  xOffset: { readonly xOffset?: number } = {},
): View[] {
  const data = { values };
  return [
    {
      data,
      mark: { type: 'rule', strokeWidth: 1.5, ...xOffset },
      encoding: { x, color, y: yOf('low', axis), y2: { field: 'high' } },
    },
    {
      data,
      mark: { type: 'point', filled: true, size: 40, opacity: 1, shape, ...xOffset },
      encoding: { x, color, y: yOf('value', axis) },
    },
  ];
}
