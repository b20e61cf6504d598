// Several estimates of each pair side by side: one row per pair, one dot per estimate, with standard errors.

import type { TopLevelSpec } from 'vega-lite';
import { type FigureWords, figureTitle, namedColours } from './curves.ts';

export interface EstimateDot {
  /** The row: a pair of models. */
  readonly row: string;
  /** Which estimate it is. */
  readonly name: string;
  readonly value: number;
  readonly error: number;
}

const WIDTH = 400;
const STEP = 13;
/** Below this the axis is bent, so that a few rows far below 0 leave room for the others. */
const FAR_BELOW = -1.5;

/** Vega-Lite spec; bars are ± one standard error. */
export function estimateDots(
  dots: readonly EstimateDot[],
  words: FigureWords,
  xTitle = 'SyncR²',
): TopLevelSpec {
  const names = [...new Set(dots.map(({ name }) => name))];
  const rows = [...new Set(dots.map(({ row }) => row))];
  const values = dots.map((dot) => ({ ...dot, low: dot.value - dot.error, high: dot.value + dot.error }));
  const bent = values.some(({ low }) => low < FAR_BELOW);
  const x = (field: string) => ({
    field,
    type: 'quantitative',
    axis: { title: bent ? `${xTitle} (logarithmic beyond ±0.5)` : xTitle, tickCount: 6, labelOverlap: true },
    scale: bent ? { type: 'symlog', constant: 0.5 } : { zero: true },
  });
  const y = {
    field: 'row',
    type: 'nominal',
    sort: rows,
    axis: { title: null, labelLimit: 240 },
    scale: { paddingInner: 0.3 },
  };
  const yOffset = { field: 'name', sort: names, scale: { domain: names } };
  const color = {
    field: 'name',
    type: 'nominal',
    sort: names,
    scale: namedColours(names),
    legend: { title: null, orient: 'top', columns: 1, labelLimit: WIDTH, symbolType: 'circle' },
  };
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    description: `${words.title}: ${names.join(', ')}. ${words.notes.join('; ')}.`,
    title: figureTitle(words, WIDTH + 120),
    padding: 8,
    width: WIDTH,
    height: { step: STEP },
    data: { values },
    layer: [
      { mark: { type: 'rule', color: '#888888' }, encoding: { x: { datum: 0 } } },
      {
        mark: { type: 'rule', strokeWidth: 1.5 },
        encoding: { x: x('low'), x2: { field: 'high' }, y, yOffset, color },
      },
      {
        mark: { type: 'point', filled: true, size: 46, opacity: 1 },
        encoding: { x: x('value'), y, yOffset, color },
      },
    ],
  } as unknown as TopLevelSpec;
}
