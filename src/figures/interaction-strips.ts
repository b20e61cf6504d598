// R² of single interactions: a row for each direction, a dot for each interaction, and a line where all of them together are.

import {
  type Channel,
  describe,
  type FigureSpec,
  type FigureWords,
  figure,
  nominal,
  quantitative,
  titleLines,
  zeroLine,
} from './spec.ts';

export interface InteractionStrip {
  /** The row. */
  readonly name: string;
  /** One for each interaction. */
  readonly scores: readonly number[];
  /** Of all together. */
  readonly mean: number;
}

const WIDTH = 400;
const STEP = 26;
/** Below this the axis is bent, so that a few interactions far below 0 leave room for the others. */
const FAR_BELOW = -1.5;

/** Vega-Lite spec; rows from top to bottom as given. */
export function interactionStrips(strips: readonly InteractionStrip[], words: FigureWords): FigureSpec {
  const y = nominal('name', {
    sort: strips.map(({ name }) => name),
    axis: { title: null, labelLimit: 260 },
  });
  const dots = strips.flatMap(({ name, scores }) => scores.map((score) => ({ name, score })));
  const bent = dots.some(({ score }) => score < FAR_BELOW);
  return figure({
    description: describe(words, strips.map(({ name, mean }) => `${name} ${mean.toFixed(3)}`).join(', ')),
    title: titleLines(words, WIDTH + 160),
    width: WIDTH,
    height: { step: STEP },
    data: { values: dots },
    layer: [
      zeroLine('x'),
      {
        mark: { type: 'point', filled: true, size: 36, opacity: 0.35, color: '#0072b2' },
        encoding: { y, x: xOf('score', bent) },
      },
      {
        data: { values: strips.map(({ name, mean }) => ({ name, mean })) },
        mark: {
          type: 'point',
          shape: 'stroke',
          angle: 90,
          size: 260,
          strokeWidth: 3,
          opacity: 1,
          color: '#d55e00',
        },
        encoding: { y, x: xOf('mean', bent) },
      },
    ],
  });
}

function xOf(field: 'score' | 'mean', bent: boolean): Channel {
  return quantitative(field, {
    axis: {
      title: bent ? 'R² of an interaction (logarithmic beyond ±0.5)' : 'R² of an interaction',
      tickCount: 6,
      labelOverlap: true,
    },
    scale: bent ? { type: 'symlog', constant: 0.5 } : { zero: true },
  });
}
