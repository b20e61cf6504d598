// SyncR² with strangers in the partners' place, draw by draw, and where the observed one stands.

import type { TopLevelSpec } from 'vega-lite';
import { BadInput } from '../errors.ts';
import { type FigureText, titleOf } from './condition-dots.ts';
import { decimals } from './number-text.ts';

const WIDTH = 420;
const BINS = 40;

/** Counts of equally wide bins that hold all values. */
export function binCounts(values: readonly number[]): { from: number; to: number; count: number }[] {
  if (values.length === 0) throw new BadInput('null distribution', 'no values to draw');
  const [low, high] = [Math.min(...values), Math.max(...values)];
  // All values alike still make a bar.
  const width = (high - low) / BINS || Math.max(Math.abs(low), 1) * 1e-3;
  const counts = new Array<number>(BINS).fill(0);
  for (const value of values) counts[Math.min(BINS - 1, Math.floor((value - low) / width))]! += 1;
  return counts.flatMap((count, bin) =>
    count > 0 ? [{ from: low + bin * width, to: low + (bin + 1) * width, count }] : [],
  );
}

/** Vega-Lite spec. */
export function nullHistogram(values: readonly number[], observed: number, text: FigureText): TopLevelSpec {
  const label = `observed ${decimals(observed)}`;
  const toRight = observed < (Math.min(...values, observed) + Math.max(...values, observed)) / 2;
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    description: `${text.title}: ${label} against ${values.length} draws. ${text.notes.join('; ')}.`,
    title: titleOf(text, WIDTH + 40),
    padding: 8,
    width: WIDTH,
    height: 150,
    layer: [
      {
        data: { values: binCounts(values) },
        mark: { type: 'rect', color: '#9aa3ad' },
        encoding: {
          x: {
            field: 'from',
            type: 'quantitative',
            scale: { zero: false, nice: true, padding: 12 },
            axis: { title: 'SyncR² with strangers', tickCount: 6, grid: false },
          },
          x2: { field: 'to' },
          y: { field: 'count', type: 'quantitative', axis: { title: 'draws', tickCount: 4, grid: false } },
          y2: { datum: 0 },
        },
      },
      {
        data: { values: [{ observed, label }] },
        mark: { type: 'rule', color: '#d55e00', strokeWidth: 2.5 },
        encoding: { x: { field: 'observed', type: 'quantitative' } },
      },
      {
        data: { values: [{ observed, label }] },
        mark: {
          type: 'text',
          align: toRight ? 'left' : 'right',
          dx: toRight ? 6 : -6,
          fontSize: 12,
          color: '#a34700',
        },
        encoding: {
          x: { field: 'observed', type: 'quantitative' },
          y: { value: 10 },
          text: { field: 'label', type: 'nominal' },
        },
      },
    ],
  } as unknown as TopLevelSpec;
}
