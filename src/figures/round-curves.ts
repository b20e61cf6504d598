// SyncR² by round of the dialogue: a line for each series, with intervals, and a dashed line where it is with all rounds taken
// together, each about its own mean.

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

export interface RoundCurve {
  readonly name: string;
  readonly points: readonly {
    readonly round: number;
    readonly value: number;
    /** Lower and upper end; null where there is none. */
    readonly interval: readonly [number, number] | null;
  }[];
  /** All rounds together; null where that is not known. */
  readonly within: number | null;
}

const WIDTH = 440;
/** How far apart the points of one round stand, in rounds: so that their bars do not cover each other. */
const APART = 0.07;
/** What is left free before the first round and behind the last. */
const MARGIN = 0.4;

/** Vega-Lite spec; bars are intervals. A point without one has none. */
export function roundCurves(series: readonly RoundCurve[], words: FigureWords): FigureSpec {
  const names = series.map(({ name }) => name);
  const points = series.flatMap(({ name, points }, i) =>
    points.map(({ round, value, interval }) => {
      const [low, high] = interval ?? [value, value];
      return { name, round, x: round + APART * (i - (series.length - 1) / 2), value, low, high };
    }),
  );
  const rounds = [...new Set(points.map(({ round }) => round))].sort((a, b) => a - b);
  const within = series.flatMap(({ name, within }) => (within === null ? [] : [{ name, within }]));
  const channels = { x: xOf(rounds), color: colourOf(names) };
  const data = { values: points };
  return figure({
    description: describe(words, names.join(', ')),
    title: titleLines(words, WIDTH + 40),
    width: WIDTH,
    height: 210,
    layer: [
      {
        data: { values: within },
        mark: { type: 'rule', strokeDash: [4, 4], opacity: 0.7 },
        encoding: { y: yOf('within'), color: channels.color },
      },
      {
        data,
        mark: { type: 'line', strokeWidth: 2 },
        encoding: { ...channels, y: yOf('value') },
      },
      {
        data,
        mark: { type: 'rule', strokeWidth: 1.5 },
        encoding: { ...channels, y: yOf('low'), y2: { field: 'high' } },
      },
      {
        data,
        mark: { type: 'point', filled: true, size: 40, opacity: 1 },
        encoding: { ...channels, y: yOf('value') },
      },
    ],
  });
}

function xOf(rounds: readonly number[]): Channel {
  return quantitative('x', {
    scale: {
      type: 'linear',
      zero: false,
      nice: false,
      domain: [Math.min(...rounds) - MARGIN, Math.max(...rounds) + MARGIN],
    },
    axis: { title: 'round of the source’s turn', grid: false, values: rounds, format: 'd' },
  });
}

function yOf(field: 'value' | 'low' | 'within'): Channel {
  return quantitative(field, { axis: { title: 'SyncR²', tickCount: 5 }, scale: { zero: true } });
}

function colourOf(names: readonly string[]): Channel {
  return nominal('name', {
    sort: null,
    scale: namedColours(names),
    legend: { title: null, orient: 'top', columns: names.length > 6 ? 3 : 1, labelLimit: WIDTH },
  });
}
