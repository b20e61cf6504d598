// SyncR² with strangers in the partners' place, draw by draw, and where the observed one stands.

import { BadInput } from '../errors.ts';
import { decimals } from './number-text.ts';
import {
  describe,
  type FigureSpec,
  type FigureWords,
  figure,
  nominal,
  quantitative,
  titleLines,
  type View,
} from './spec.ts';

const WIDTH = 420;
const BINS = 40;

/** Counts of equally wide bins that hold all values. */
export function binCounts(values: readonly number[]): { from: number; to: number; count: number }[] {
  if (values.length === 0) throw new BadInput('null distribution', 'no values to draw');
  const [low, high] = [Math.min(...values), Math.max(...values)];
  // All values alike still make a bar.
  const width = (high - low) / BINS || Math.max(Math.abs(low), 1) * 1e-3;
  const counts = new Map<number, number>();
  for (const value of values) {
    const bin = Math.min(BINS - 1, Math.floor((value - low) / width));
    counts.set(bin, (counts.get(bin) ?? 0) + 1);
  }
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([bin, count]) => ({ from: low + bin * width, to: low + (bin + 1) * width, count }));
}

/** Vega-Lite spec. */
export function nullHistogram(values: readonly number[], observed: number, words: FigureWords): FigureSpec {
  const label = `observed ${decimals(observed)}`;
  const toRight = observed < (Math.min(...values, observed) + Math.max(...values, observed)) / 2;
  return figure({
    description: describe(words, `${label} against ${values.length} draws`),
    title: titleLines(words, WIDTH + 40),
    width: WIDTH,
    height: 150,
    layer: [bars(values), ...observedLayers({ observed, label }, toRight)],
  });
}

function bars(values: readonly number[]): View {
  return {
    data: { values: binCounts(values) },
    mark: { type: 'rect', color: '#9aa3ad' },
    encoding: {
      x: quantitative('from', {
        scale: { zero: false, nice: true, padding: 12 },
        axis: { title: 'SyncR² with strangers', tickCount: 6, grid: false },
      }),
      x2: { field: 'to' },
      y: quantitative('count', { axis: { title: 'draws', tickCount: 4, grid: false } }),
      y2: { datum: 0 },
    },
  };
}

/** A line, and its label on the side where there is more room. */
function observedLayers(row: object, toRight: boolean): View[] {
  const data = { values: [row] };
  const side = toRight ? ({ align: 'left', dx: 6 } as const) : ({ align: 'right', dx: -6 } as const);
  return [
    {
      data,
      mark: { type: 'rule', color: '#d55e00', strokeWidth: 2.5 },
      encoding: { x: quantitative('observed') },
    },
    {
      data,
      mark: { type: 'text', ...side, fontSize: 12, color: '#a34700' },
      encoding: { x: quantitative('observed'), y: { value: 10 }, text: nominal('label') },
    },
  ];
}
