// Several estimates of each pair side by side: one row per pair, one dot per estimate, with standard errors.

import {
  type Channel,
  describe,
  type FigureSpec,
  type FigureWords,
  figure,
  namedColours,
  nominal,
  quantitative,
  titleLines,
  zeroLine,
} from './spec.ts';

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
): FigureSpec {
  const names = [...new Set(dots.map(({ name }) => name))];
  const values = dots.map((dot) => ({ ...dot, low: dot.value - dot.error, high: dot.value + dot.error }));
  const x = xOf(
    xTitle,
    values.some(({ low }) => low < FAR_BELOW),
  );
  const place = placeOf([...new Set(dots.map(({ row }) => row))], names);
  return figure({
    description: describe(words, names.join(', ')),
    title: titleLines(words, WIDTH + 120),
    width: WIDTH,
    height: { step: STEP },
    data: { values },
    layer: [
      zeroLine('x'),
      {
        mark: { type: 'rule', strokeWidth: 1.5 },
        encoding: { x: x('low'), x2: { field: 'high' }, ...place },
      },
      {
        mark: { type: 'point', filled: true, size: 46, opacity: 1 },
        encoding: { x: x('value'), ...place },
      },
    ],
  });
}

/** Pairs below each other, their estimates beside each other within a row. */
function placeOf(rows: readonly string[], names: readonly string[]) {
  return {
    y: nominal('row', {
      sort: rows,
      axis: { title: null, labelLimit: 240 },
      scale: { paddingInner: 0.3 },
    }),
    yOffset: { field: 'name', sort: names, scale: { domain: names } },
    color: nominal('name', {
      sort: names,
      scale: namedColours(names),
      legend: { title: null, orient: 'top', columns: 1, labelLimit: WIDTH, symbolType: 'circle' },
    }),
  } as const;
}

function xOf(title: string, bent: boolean): (field: 'low' | 'value') => Channel {
  return (field) =>
    quantitative(field, {
      axis: {
        title: bent ? `${title} (logarithmic beyond ±0.5)` : title,
        tickCount: 6,
        labelOverlap: true,
      },
      scale: bent ? { type: 'symlog', constant: 0.5 } : { zero: true },
    });
}
