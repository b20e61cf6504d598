// SyncR² of one model pair under every condition, side by side: the paper's Figures 2 to 4 in one. A dot is the mean over
// directions with its interval; the small dots are the directions.

import type { TopLevelSpec } from 'vega-lite';
import { textWidth } from './font.ts';
import { wrapParts, wrapWords } from './number-text.ts';

export interface ConditionDot {
  readonly condition: string;
  readonly value: number;
  /** Lower and upper end; null where there is none. */
  readonly interval: readonly [number, number] | null;
  readonly directions: readonly { readonly title: string; readonly value: number }[];
}

export interface FigureText {
  readonly title: string;
  /** What belongs under the title: seeds, n, λ, how intervals were made, whether models are toys. */
  readonly notes: readonly string[];
}

const WIDTH = 420;

/** A title with notes under it, no wider than a plot and its axis. */
export function titleOf({ title, notes }: FigureText, width: number): Record<string, unknown> {
  return {
    text: wrapWords(title, width, (text) => textWidth(text, 14, 'bold')),
    subtitle: wrapParts(notes, width, (text) => textWidth(text, 11)),
  };
}

/** Vega-Lite spec; conditions from top to bottom as given. */
export function conditionDots(dots: readonly ConditionDot[], text: FigureText): TopLevelSpec {
  const order = dots.map(({ condition }) => condition);
  const y = {
    field: 'condition',
    type: 'nominal',
    sort: order,
    axis: { title: null, labelFontSize: 12, grid: true },
  };
  const x = (field: string) => ({
    field,
    type: 'quantitative',
    scale: { zero: true },
    axis: { title: 'SyncR²', tickCount: 6 },
  });
  const values = dots.map(({ condition, value, interval }) => ({
    condition,
    value,
    low: interval?.[0] ?? value,
    high: interval?.[1] ?? value,
  }));
  const small = dots.flatMap(({ condition, directions }) => directions.map((one) => ({ condition, ...one })));
  const said = dots.map(({ condition, value }) => `${condition} ${value.toFixed(3)}`).join(', ');
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    description: `${text.title}: ${said}. ${text.notes.join('; ')}.`,
    title: titleOf(text, WIDTH + 100),
    padding: 8,
    width: WIDTH,
    height: { step: 30 },
    layer: [
      {
        data: { values: small },
        mark: { type: 'point', filled: true, size: 24, color: '#8a9099', opacity: 0.75, yOffset: 8 },
        encoding: { y, x: x('value') },
      },
      {
        data: { values },
        mark: { type: 'rule', strokeWidth: 2.5, color: '#0072b2' },
        encoding: { y, x: x('low'), x2: { field: 'high' } },
      },
      {
        data: { values },
        mark: { type: 'point', filled: true, size: 80, color: '#0072b2', opacity: 1 },
        encoding: { y, x: x('value') },
      },
    ],
  } as unknown as TopLevelSpec;
}
