// SyncR² along something that was varied: top-k, the number of samples, λ. One line per series, with standard errors.

import type { TopLevelSpec } from 'vega-lite';
import { textWidth } from './font.ts';
import { wrapParts } from './number-text.ts';

export interface CurvePoint {
  readonly x: number;
  readonly value: number;
  readonly error: number;
}

export interface Curve {
  readonly name: string;
  readonly points: readonly CurvePoint[];
  /** A point that has no place on the axis, such as a λ that was chosen: its own value of x, marked apart. */
  readonly apart?: readonly CurvePoint[];
}

export interface FigureWords {
  readonly title: string;
  /** What the figure says of its numbers: models, n, seeds, error. */
  readonly notes: readonly string[];
}

// Okabe and Ito's colours; more series take a scheme with more of them.
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];
const WIDTH = 440;

/** Colours by name, in the order of the names. */
export function namedColours(names: readonly string[]): Record<string, unknown> {
  return names.length <= COLOURS.length
    ? { domain: names, range: COLOURS.slice(0, names.length) }
    : { domain: names, scheme: 'tableau20' };
}

/** Title and notes, wrapped to a width in pixels. */
export function figureTitle({ title, notes }: FigureWords, width: number): Record<string, unknown> {
  return { text: title, subtitle: wrapParts(notes, width, (text) => textWidth(text, 11)) };
}

/** Vega-Lite spec; bars are ± one standard error. */
export function curves(
  series: readonly Curve[],
  axis: { readonly title: string; readonly log?: boolean; readonly values?: readonly number[] },
  words: FigureWords,
): TopLevelSpec {
  const rows = (points: readonly CurvePoint[] | undefined, name: string) =>
    (points ?? []).map(({ x, value, error }) => ({
      name,
      x,
      value,
      low: value - error,
      high: value + error,
    }));
  const lines = series.flatMap(({ name, points }) => rows(points, name));
  const apart = series.flatMap(({ name, apart }) => rows(apart, name));
  const x = {
    field: 'x',
    type: 'quantitative',
    // Vega-Lite complains of a log scale that is told about zero.
    scale: { nice: false, padding: 12, ...(axis.log ? { type: 'log' } : { type: 'linear', zero: false }) },
    axis: {
      title: axis.title,
      grid: false,
      labelOverlap: true,
      ...(axis.values && { values: axis.values }),
      ...(axis.log ? { format: '~g' } : { format: '~f' }),
    },
  };
  const y = (field: string) => ({
    field,
    type: 'quantitative',
    axis: { title: 'SyncR²', tickCount: 5 },
    scale: { zero: true },
  });
  const color = {
    field: 'name',
    type: 'nominal',
    sort: null,
    scale: namedColours(series.map(({ name }) => name)),
    legend: { title: null, orient: 'top', columns: series.length > 6 ? 3 : 1, labelLimit: WIDTH },
  };
  const marks = (shape: string) => [
    { mark: { type: 'rule', strokeWidth: 1.5 }, encoding: { x, color, y: y('low'), y2: { field: 'high' } } },
    {
      mark: { type: 'point', filled: true, size: 40, opacity: 1, shape },
      encoding: { x, color, y: y('value') },
    },
  ];
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    description: `${words.title}: ${series.map(({ name }) => name).join(', ')}. ${words.notes.join('; ')}.`,
    title: figureTitle(words, WIDTH + 40),
    padding: 8,
    width: WIDTH,
    height: 210,
    layer: [
      {
        data: { values: lines },
        mark: { type: 'line', strokeWidth: 2 },
        encoding: { x, color, y: y('value') },
      },
      ...marks('circle').map((layer) => ({ data: { values: lines }, ...layer })),
      ...(apart.length > 0 ? marks('diamond').map((layer) => ({ data: { values: apart }, ...layer })) : []),
    ],
  } as unknown as TopLevelSpec;
}
