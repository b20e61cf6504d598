// How much more an intervention does than its control, by layer and round: a cell for each, with the number in it, and a
// box around those that stand out of what chance gives.

import { decimals } from './number-text.ts';
import {
  describe,
  type FigureSpec,
  type FigureWords,
  figure,
  nominal,
  quantitative,
  titleLines,
} from './spec.ts';

export interface EffectCell {
  /** 1-based. */
  readonly layer: number;
  readonly round: number;
  /** The arm less its control. */
  readonly difference: number;
  /** Whether the test says that it is no chance. */
  readonly found: boolean;
}

const STEP = 46;

/** Vega-Lite spec; the scale is even about 0. */
export function effectMap(cells: readonly EffectCell[], unit: string, words: FigureWords): FigureSpec {
  const layers = [...new Set(cells.map(({ layer }) => layer))].sort((a, b) => a - b);
  const rounds = [...new Set(cells.map(({ round }) => round))].sort((a, b) => a - b);
  const most = Math.max(...cells.map(({ difference }) => Math.abs(difference)), Number.MIN_VALUE);
  const values = cells.map((cell) => ({
    ...cell,
    text: decimals(cell.difference, Math.abs(cell.difference) < 0.01 ? 4 : 3),
    dark: Math.abs(cell.difference) > 0.6 * most,
  }));
  return figure({
    description: describe(words, `${layers.length} layers, ${rounds.length} rounds`),
    title: titleLines(words, Math.max(360, STEP * layers.length)),
    width: { step: STEP },
    height: { step: STEP },
    data: { values },
    encoding: {
      x: nominal('layer', {
        sort: layers.map(String),
        axis: { title: 'layer of the speaker', labelAngle: 0 },
      }),
      y: nominal('round', { sort: rounds.map(String), axis: { title: 'round' } }),
    },
    layer: [
      {
        mark: { type: 'rect', stroke: '#ffffff' },
        encoding: {
          color: quantitative('difference', {
            scale: { domain: [-most, most], scheme: 'blueorange' },
            legend: { title: unit, tickCount: 5 },
          }),
        },
      },
      {
        transform: [{ filter: 'datum.found' }],
        mark: { type: 'rect', filled: false, stroke: '#000000', strokeWidth: 2.5 },
      },
      {
        mark: { type: 'text', fontSize: 10 },
        encoding: {
          text: { field: 'text', type: 'nominal' },
          color: { value: '#000000', condition: { test: 'datum.dark', value: '#ffffff' } },
        },
      },
    ],
  });
}
