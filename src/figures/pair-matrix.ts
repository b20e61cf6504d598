// SyncR² of all model pairs: the paper's Table 2 as a picture. Below the diagonal there is nothing, since a pair has no
// order.

import { decimals } from './number-text.ts';
import {
  describe,
  type Encoding,
  type FigureSpec,
  type FigureWords,
  figure,
  nominal,
  quantitative,
  titleLines,
  type View,
} from './spec.ts';

export interface PairValue {
  readonly models: readonly [string, string];
  readonly value: number;
  readonly interval: readonly [number, number] | null;
}

/** Vega-Lite spec; models in the study's order. */
export function pairMatrix(
  pairs: readonly PairValue[],
  models: readonly string[],
  words: FigureWords,
): FigureSpec {
  const values = pairs.map((pair) => cellRow(pair, models));
  const highest = Math.max(0.05, ...values.map(({ value }) => value));
  const label = values.map((one) => `${one.row} × ${one.column} ${one.text}`).join(', ');
  return figure({
    description: describe(words, label),
    title: titleLines(words, Math.max(340, 84 * models.length + 100)),
    width: { step: 84 },
    height: { step: 56 },
    data: { values },
    encoding: axesOf(models),
    layer: [
      {
        mark: { type: 'rect' },
        encoding: {
          color: quantitative('value', {
            scale: { domain: [0, highest], scheme: { name: 'viridis', extent: [0.25, 1] } },
            legend: { title: 'SyncR²', gradientThickness: 12, tickCount: 4 },
          }),
        },
      },
      textLayer('text', { fontSize: 14, fontWeight: 'bold', dy: -7 }, highest),
      textLayer('ends', { fontSize: 11, dy: 11 }, highest),
    ],
  });
}

function cellRow({ models: [a, b], value, interval }: PairValue, models: readonly string[]) {
  const [row, column] = models.indexOf(a) <= models.indexOf(b) ? [a, b] : [b, a];
  const ends = interval ? `${decimals(interval[0], 2)}…${decimals(interval[1], 2)}` : '';
  return { row, column, value, text: decimals(value, 2), ends };
}

function axesOf(models: readonly string[]): Encoding {
  const scale = { paddingInner: 0.04, paddingOuter: 0 };
  const axis = { title: null, labelFontSize: 12, domain: false, ticks: false };
  return {
    x: nominal('column', { sort: models, scale, axis: { ...axis, orient: 'bottom', labelAngle: 0 } }),
    y: nominal('row', { sort: models, scale, axis }),
  };
}

/** Letters that are light on dark cells. */
function textLayer(field: string, look: Readonly<Record<string, string | number>>, highest: number): View {
  const dark = { test: `datum.value < ${0.3 * highest}`, value: '#ffffff' };
  return {
    mark: { type: 'text', ...look },
    encoding: { text: nominal(field), color: { condition: dark, value: '#000000' } },
  };
}
