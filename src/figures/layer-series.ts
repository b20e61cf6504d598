// Values by layer, one line per series with its errors: networks beside ridge maps, and probes by layer.

import {
  type Channel,
  describe,
  type Encoding,
  type FigureSpec,
  type FigureWords,
  figure,
  layerTicks,
  namedColours,
  nominal,
  quantitative,
  titleLines,
} from './spec.ts';

export interface LayerSeries {
  readonly name: string;
  /** 1-based layers. */
  readonly points: readonly { readonly layer: number; readonly value: number; readonly error: number }[];
  /** A baseline: a dashed line in the colour of the series of the same name. */
  readonly dashed?: boolean;
}

const WIDTH = 440;

/** Vega-Lite spec; a band is ± one standard error. */
export function layerSeries(
  series: readonly LayerSeries[],
  yTitle: string,
  words: FigureWords,
  { zero = true }: { readonly zero?: boolean } = {},
): FigureSpec {
  const values = series.flatMap(pointRows);
  const names = [...new Set(series.map(({ name }) => name))];
  const at = encodingOf(names, Math.max(2, ...values.map(({ layer }) => layer)));
  const y = (field: string): Channel =>
    quantitative(field, { scale: { zero }, axis: { title: yTitle, tickCount: 5 } });
  const solid = { transform: [{ filter: '!datum.dashed' }] };
  return figure({
    description: describe(words, names.join(', ')),
    title: titleLines(words, WIDTH + 40),
    width: WIDTH,
    height: 190,
    data: { values },
    layer: [
      {
        ...solid,
        mark: { type: 'area', opacity: 0.18 },
        encoding: { ...at, y: y('low'), y2: { field: 'high' } },
      },
      { ...solid, mark: { type: 'line', strokeWidth: 2 }, encoding: { ...at, y: y('value') } },
      {
        transform: [{ filter: 'datum.dashed' }],
        mark: { type: 'line', strokeWidth: 2, strokeDash: [5, 4] },
        encoding: { ...at, y: y('value') },
      },
      { ...solid, mark: { type: 'point', filled: true, size: 26 }, encoding: { ...at, y: y('value') } },
    ],
  });
}

function pointRows({ name, points, dashed = false }: LayerSeries) {
  return points.map(({ layer, value, error }) => ({
    ...{ name, layer, value, dashed },
    ...{ low: value - error, high: value + error },
  }));
}

function encodingOf(names: readonly string[], layers: number): Encoding {
  return {
    x: quantitative('layer', {
      scale: { domain: [1, layers], nice: false, padding: 8 },
      axis: { title: 'layer', values: layerTicks(layers), format: 'd', grid: false },
    }),
    color: nominal('name', {
      sort: null,
      scale: namedColours(names),
      legend: { title: null, orient: 'top', columns: 2, labelLimit: WIDTH / 2, symbolOpacity: 1 },
    }),
  };
}
