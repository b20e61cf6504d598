// Values by layer, one line per series with its errors: networks beside ridge maps, and probes by layer.

import type { TopLevelSpec } from 'vega-lite';
import { type FigureText, titleOf } from './condition-dots.ts';

export interface LayerSeries {
  readonly name: string;
  /** 1-based layers. */
  readonly points: readonly { readonly layer: number; readonly value: number; readonly error: number }[];
  /** A baseline: a dashed line in the colour of the series of the same name. */
  readonly dashed?: boolean;
}

// Okabe and Ito's colours.
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];
const WIDTH = 440;

/** Vega-Lite spec; a band is ± one standard error. */
export function layerSeries(
  series: readonly LayerSeries[],
  yTitle: string,
  text: FigureText,
  { zero = true }: { readonly zero?: boolean } = {},
): TopLevelSpec {
  const values = series.flatMap(({ name, points, dashed = false }) =>
    points.map(({ layer, value, error }) => ({
      name,
      layer,
      value,
      low: value - error,
      high: value + error,
      dashed,
    })),
  );
  const layers = Math.max(2, ...values.map(({ layer }) => layer));
  const every = layers <= 12 ? 1 : layers <= 20 ? 2 : 4;
  const ticks = Array.from({ length: layers }, (_, i) => i + 1).filter((l) => l === 1 || l % every === 0);
  const x = {
    field: 'layer',
    type: 'quantitative',
    scale: { domain: [1, layers], nice: false, padding: 8 },
    axis: { title: 'layer', values: ticks, format: 'd', grid: false },
  };
  const y = (field: string) => ({
    field,
    type: 'quantitative',
    scale: { zero },
    axis: { title: yTitle, tickCount: 5 },
  });
  const names = [...new Set(series.map(({ name }) => name))];
  const color = {
    field: 'name',
    type: 'nominal',
    sort: null,
    scale: { domain: names, range: names.map((_, i) => COLOURS[i % COLOURS.length]) },
    legend: { title: null, orient: 'top', columns: 2, labelLimit: WIDTH / 2, symbolOpacity: 1 },
  };
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    description: `${text.title}: ${names.join(', ')}. ${text.notes.join('; ')}.`,
    title: titleOf(text, WIDTH + 40),
    padding: 8,
    width: WIDTH,
    height: 190,
    data: { values },
    layer: [
      {
        transform: [{ filter: '!datum.dashed' }],
        mark: { type: 'area', opacity: 0.18 },
        encoding: { x, y: y('low'), y2: { field: 'high' }, color },
      },
      {
        transform: [{ filter: '!datum.dashed' }],
        mark: { type: 'line', strokeWidth: 2 },
        encoding: { x, y: y('value'), color },
      },
      {
        transform: [{ filter: 'datum.dashed' }],
        mark: { type: 'line', strokeWidth: 2, strokeDash: [5, 4] },
        encoding: { x, y: y('value'), color },
      },
      {
        transform: [{ filter: '!datum.dashed' }],
        mark: { type: 'point', filled: true, size: 26 },
        encoding: { x, y: y('value'), color },
      },
    ],
  } as unknown as TopLevelSpec;
}
