// Correlations along something that was varied, one line per group, with intervals; filled where p < 0.05.

import type { TopLevelSpec } from 'vega-lite';
import { type FigureWords, figureTitle, namedColours } from './curves.ts';

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
export function correlationCurves(points: readonly CorrelationPoint[], words: FigureWords): TopLevelSpec {
  const names = [...new Set(points.map(({ name }) => name))];
  const most = Math.max(...points.map(({ x }) => x));
  const every = most <= 12 ? 1 : most <= 20 ? 2 : 4;
  const values = points.map(({ name, x, r, p, interval }) => ({
    ...{ name, x, r, significant: p < 0.05 },
    ...{ low: interval?.[0] ?? r, high: interval?.[1] ?? r },
  }));
  const x = {
    field: 'x',
    type: 'quantitative',
    scale: { nice: false, zero: false, padding: 16 },
    axis: {
      title: 'k: target layers that are averaged',
      grid: false,
      values: Array.from({ length: most }, (_, i) => i + 1).filter((k) => k === 1 || k % every === 0),
    },
  };
  const y = (field: string) => ({
    field,
    type: 'quantitative',
    axis: { title: 'Pearson’s r', tickCount: 5 },
    scale: { domain: [-1, 1] },
  });
  const colour = {
    field: 'name',
    type: 'nominal',
    sort: names,
    scale: namedColours(names),
    legend: { title: null, orient: 'top', columns: 2, labelLimit: WIDTH / 2, symbolType: 'circle' },
  };
  // Lines beside each other, not on top of each other.
  const lines = names.map((name, i) => {
    const xOffset = (i - (names.length - 1) / 2) * SPREAD;
    const point = { type: 'point', filled: true, opacity: 1, xOffset };
    const hollow = {
      transform: [{ filter: '!datum.significant' }],
      mark: { ...point, size: 16, color: '#ffffff' },
      encoding: { x, y: y('r') },
    };
    return {
      transform: [{ filter: `datum.name === ${JSON.stringify(name)}` }],
      layer: [
        { mark: { type: 'line', strokeWidth: 1.5, xOffset }, encoding: { x, y: y('r'), color: colour } },
        {
          mark: { type: 'rule', strokeWidth: 1, opacity: 0.7, xOffset },
          encoding: { x, y: y('low'), y2: { field: 'high' }, color: colour },
        },
        { mark: { ...point, size: 46 }, encoding: { x, y: y('r'), color: colour } },
        hollow,
      ],
    };
  });
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    description: `${words.title}: ${names.join('; ')}. ${words.notes.join('; ')}.`,
    title: figureTitle(words, WIDTH + 40),
    padding: 8,
    width: WIDTH,
    height: 240,
    data: { values },
    layer: [{ mark: { type: 'rule', color: '#888888' }, encoding: { y: { datum: 0 } } }, ...lines],
  } as unknown as TopLevelSpec;
}
