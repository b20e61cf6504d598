// SyncR² of one model pair under every condition, side by side: the paper's Figures 2 to 4 in one. A dot is the mean over
// directions with its interval; the small dots are the directions.

import {
  describe,
  type FigureSpec,
  type FigureWords,
  figure,
  nominal,
  quantitative,
  titleLines,
} from './spec.ts';

export interface ConditionDot {
  readonly condition: string;
  readonly value: number;
  /** Lower and upper end; null where there is none. */
  readonly interval: readonly [number, number] | null;
  readonly directions: readonly { readonly title: string; readonly value: number }[];
}

const WIDTH = 420;

/** Vega-Lite spec; conditions from top to bottom as given. */
export function conditionDots(dots: readonly ConditionDot[], words: FigureWords): FigureSpec {
  const y = nominal('condition', {
    sort: dots.map(({ condition }) => condition),
    axis: { title: null, labelFontSize: 12, grid: true },
  });
  const x = (field: string) =>
    quantitative(field, { scale: { zero: true }, axis: { title: 'SyncR²', tickCount: 6 } });
  const data = { values: dots.map(dotRow) };
  const small = dots.flatMap(({ condition, directions }) => directions.map((one) => ({ condition, ...one })));
  return figure({
    description: describe(words, dots.map(saidOf).join(', ')),
    title: titleLines(words, WIDTH + 100),
    width: WIDTH,
    height: { step: 30 },
    layer: [
      {
        data: { values: small },
        mark: { type: 'point', filled: true, size: 24, color: '#8a9099', opacity: 0.75, yOffset: 8 },
        encoding: { y, x: x('value') },
      },
      {
        data,
        mark: { type: 'rule', strokeWidth: 2.5, color: '#0072b2' },
        encoding: { y, x: x('low'), x2: { field: 'high' } },
      },
      {
        data,
        mark: { type: 'point', filled: true, size: 80, color: '#0072b2', opacity: 1 },
        encoding: { y, x: x('value') },
      },
    ],
  });
}

const saidOf = ({ condition, value }: ConditionDot) => `${condition} ${value.toFixed(3)}`;

/** Without an interval the bar has no length. */
function dotRow({ condition, value, interval }: ConditionDot) {
  const [low, high] = interval ?? [value, value];
  return { condition, value, low, high };
}
