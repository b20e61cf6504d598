// SyncR² of all model pairs: the paper's Table 2 as a picture. Below the diagonal there is nothing, since a pair has no
// order.

import type { TopLevelSpec } from 'vega-lite';
import { type FigureText, titleOf } from './condition-dots.ts';
import { decimals } from './number-text.ts';

export interface PairValue {
  readonly models: readonly [string, string];
  readonly value: number;
  readonly interval: readonly [number, number] | null;
}

/** Vega-Lite spec; models in the study's order. */
export function pairMatrix(
  pairs: readonly PairValue[],
  models: readonly string[],
  text: FigureText,
): TopLevelSpec {
  const values = pairs.map(({ models: both, value, interval }) => {
    const [row, column] = both.toSorted((a, b) => models.indexOf(a) - models.indexOf(b));
    const ends = interval ? `${decimals(interval[0], 2)}…${decimals(interval[1], 2)}` : '';
    return { row, column, value, text: decimals(value, 2), ends };
  });
  const highest = Math.max(0.05, ...values.map(({ value }) => value));
  const dark = { condition: { test: `datum.value < ${0.3 * highest}`, value: '#ffffff' }, value: '#000000' };
  const scale = { paddingInner: 0.04, paddingOuter: 0 };
  const axis = { title: null, labelFontSize: 12, domain: false, ticks: false };
  const label = values.map((one) => `${one.row} × ${one.column} ${one.text}`).join(', ');
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    description: `${text.title}: ${label}. ${text.notes.join('; ')}.`,
    title: titleOf(text, Math.max(340, 84 * models.length + 100)),
    padding: 8,
    width: { step: 84 },
    height: { step: 56 },
    data: { values },
    encoding: {
      x: {
        field: 'column',
        type: 'nominal',
        sort: models,
        scale,
        axis: { ...axis, orient: 'bottom', labelAngle: 0 },
      },
      y: { field: 'row', type: 'nominal', sort: models, scale, axis },
    },
    layer: [
      {
        mark: { type: 'rect' },
        encoding: {
          color: {
            field: 'value',
            type: 'quantitative',
            scale: { domain: [0, highest], scheme: { name: 'viridis', extent: [0.25, 1] } },
            legend: { title: 'SyncR²', gradientThickness: 12, tickCount: 4 },
          },
        },
      },
      {
        mark: { type: 'text', fontSize: 14, fontWeight: 'bold', dy: -7 },
        encoding: { text: { field: 'text', type: 'nominal' }, color: dark },
      },
      {
        mark: { type: 'text', fontSize: 11, dy: 11 },
        encoding: { text: { field: 'ends', type: 'nominal' }, color: dark },
      },
    ],
  } as unknown as TopLevelSpec;
}
