// SyncR² by relationship: a bar for the mean over pairs of models, a dot for each of them (paper Figure 5).

import type { TopLevelSpec } from 'vega-lite';
import { type FigureWords, figureTitle, namedColours } from './curves.ts';

export interface RelationshipDot {
  readonly relationship: string;
  readonly pair: string;
  readonly value: number;
  readonly error: number;
}

const WIDTH = 440;

/** Vega-Lite spec; bars of dots are ± one standard error. Relationships stand in the order in which they come first. */
export function relationshipBars(dots: readonly RelationshipDot[], words: FigureWords): TopLevelSpec {
  const relationships = [...new Set(dots.map(({ relationship }) => relationship))];
  const pairs = [...new Set(dots.map(({ pair }) => pair))];
  const values = dots.map((dot) => ({ ...dot, low: dot.value - dot.error, high: dot.value + dot.error }));
  const means = relationships.map((relationship) => {
    const own = dots.filter((dot) => dot.relationship === relationship);
    return { relationship, mean: own.reduce((sum, { value }) => sum + value, 0) / own.length };
  });
  const x = {
    field: 'relationship',
    type: 'nominal',
    sort: relationships,
    axis: { title: null, labelAngle: 0, labelLimit: 110 },
    scale: { paddingInner: 0.3, paddingOuter: 0.2 },
  };
  const y = (field: string) => ({
    field,
    type: 'quantitative',
    axis: { title: 'SyncR²', tickCount: 5 },
    scale: { zero: true },
  });
  const xOffset = { field: 'pair', sort: pairs, scale: { domain: pairs, paddingOuter: 0.5 } };
  const color = {
    field: 'pair',
    type: 'nominal',
    sort: pairs,
    scale: namedColours(pairs),
    legend: { title: null, orient: 'top', columns: pairs.length > 6 ? 3 : 1, labelLimit: WIDTH },
  };
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    description: `${words.title}: ${relationships.join(', ')}. ${words.notes.join('; ')}.`,
    title: figureTitle(words, WIDTH + 40),
    padding: 8,
    width: WIDTH,
    height: 210,
    layer: [
      { data: { values: means }, mark: { type: 'bar', color: '#dddddd' }, encoding: { x, y: y('mean') } },
      {
        data: { values },
        mark: { type: 'rule', strokeWidth: 1.5 },
        encoding: { x, xOffset, color, y: y('low'), y2: { field: 'high' } },
      },
      {
        data: { values },
        mark: { type: 'point', filled: true, size: 46, opacity: 1 },
        encoding: { x, xOffset, color, y: y('value') },
      },
    ],
  } as unknown as TopLevelSpec;
}
