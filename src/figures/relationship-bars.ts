// SyncR² by relationship: a bar for the mean over pairs of models, a dot for each of them (paper Figure 5).

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
} from './spec.ts';

export interface RelationshipDot {
  readonly relationship: string;
  readonly pair: string;
  readonly value: number;
  readonly error: number;
}

const WIDTH = 440;

/** Vega-Lite spec; bars of dots are ± one standard error. Relationships stand in the order in which they come first. */
export function relationshipBars(dots: readonly RelationshipDot[], words: FigureWords): FigureSpec {
  const relationships = [...new Set(dots.map(({ relationship }) => relationship))];
  const data = {
    values: dots.map((dot) => ({ ...dot, low: dot.value - dot.error, high: dot.value + dot.error })),
  };
  const x = nominal('relationship', {
    sort: relationships,
    axis: { title: null, labelAngle: 0, labelLimit: 110 },
    scale: { paddingInner: 0.3, paddingOuter: 0.2 },
  });
  const place = { x, ...pairChannels([...new Set(dots.map(({ pair }) => pair))]) };
  return figure({
    description: describe(words, relationships.join(', ')),
    title: titleLines(words, WIDTH + 40),
    width: WIDTH,
    height: 210,
    layer: [
      {
        data: { values: relationships.map((relationship) => meanRow(relationship, dots)) },
        mark: { type: 'bar', color: '#dddddd' },
        encoding: { x, y: yOf('mean') },
      },
      {
        data,
        mark: { type: 'rule', strokeWidth: 1.5 },
        encoding: { ...place, y: yOf('low'), y2: { field: 'high' } },
      },
      {
        data,
        mark: { type: 'point', filled: true, size: 46, opacity: 1 },
        encoding: { ...place, y: yOf('value') },
      },
    ],
  });
}

/** The mean over pairs. */
function meanRow(relationship: string, dots: readonly RelationshipDot[]) {
  const own = dots.filter((dot) => dot.relationship === relationship);
  return { relationship, mean: own.reduce((sum, { value }) => sum + value, 0) / own.length };
}

function pairChannels(pairs: readonly string[]): { readonly xOffset: Channel; readonly color: Channel } {
  return {
    xOffset: { field: 'pair', sort: pairs, scale: { domain: pairs, paddingOuter: 0.5 } },
    color: nominal('pair', {
      sort: pairs,
      scale: namedColours(pairs),
      legend: { title: null, orient: 'top', columns: pairs.length > 6 ? 3 : 1, labelLimit: WIDTH },
    }),
  };
}

function yOf(field: 'mean' | 'low' | 'value'): Channel {
  return quantitative(field, { axis: { title: 'SyncR²', tickCount: 5 }, scale: { zero: true } });
}
