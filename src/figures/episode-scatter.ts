// Scores of single episodes against their synchrony, each less the mean of its pair of models, with the model's line and its band.

import { type Domain, paddedDomain } from './scatter-geometry.ts';
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
  type View,
} from './spec.ts';

/** An episode: both less the mean of its pair. */
export interface EpisodePoint {
  readonly pair: string;
  readonly synchrony: number;
  readonly score: number;
}

/** Through the middle of all points. */
export interface WithinSlope {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

const WIDTH = 480;
const HEIGHT = 320;
/** Cut off where it leaves the plot. */
const LINE = { type: 'line', color: '#333333', clip: true } as const;

/** Vega-Lite spec; dashed lines are the slope's interval. */
export function episodeScatter(
  points: readonly EpisodePoint[],
  slope: WithinSlope,
  words: FigureWords,
): FigureSpec {
  const pairs = [...new Set(points.map(({ pair }) => pair))];
  const [low, high] = paddedDomain(points.map(({ synchrony }) => synchrony));
  const heights = paddedDomain(points.map(({ score }) => score));
  const channels = axesOf([low, high], heights);
  const rule = (of: number, dashed: boolean): View => ({
    data: { values: [low, high].map((synchrony) => ({ synchrony, score: of * synchrony })) },
    mark: { ...LINE, strokeWidth: dashed ? 1 : 2, ...(dashed && { strokeDash: [4, 4] }) },
    encoding: channels,
  });
  return figure({
    description: describe(words, pairs.join(', ')),
    title: titleLines(words, WIDTH + 60),
    width: WIDTH,
    height: HEIGHT,
    layer: [
      {
        data: { values: points },
        mark: { type: 'point', filled: true, size: 22, opacity: 0.55 },
        encoding: { ...channels, color: colourOf(pairs) },
      },
      rule(slope.low, true),
      rule(slope.high, true),
      rule(slope.estimate, false),
    ],
  });
}

function axesOf(across: Domain, up: Domain): { readonly x: Channel; readonly y: Channel } {
  const axis = (field: string, domain: Domain, title: string) =>
    quantitative(field, {
      scale: { domain: [...domain], nice: false, zero: false },
      axis: { title, tickCount: 6 },
    });
  return {
    x: axis('synchrony', across, 'synchrony of the episode, less the mean of its pair'),
    y: axis('score', up, 'score, less the mean of its pair'),
  };
}

function colourOf(pairs: readonly string[]): Channel {
  return nominal('pair', {
    sort: null,
    scale: namedColours(pairs),
    legend: { title: null, orient: 'top', columns: pairs.length > 4 ? 3 : 1, labelLimit: WIDTH },
  });
}
