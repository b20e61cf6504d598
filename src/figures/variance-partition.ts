// What explains a state: a bar of parts that sum to its variance, for each pair, direction or layer.

import {
  describe,
  type FigureSpec,
  type FigureWords,
  figure,
  nominal,
  quantitative,
  titleLines,
} from './spec.ts';

/** One bar. Parts are shares of the variance of the target's states on held-out rows. */
export interface PartitionBar {
  readonly name: string;
  readonly ownPastAlone: number;
  readonly shared: number;
  readonly textAlone: number;
  readonly partnerAlone: number;
  /** R² of everything together. */
  readonly all: number;
}

const WIDTH = 460;

/** In the order of the bar: from what needs no partner to what does. */
const PARTS = [
  ['ownPastAlone', 'own past alone', '#0072b2'],
  ['shared', 'shared by two or three', '#b3b3b3'],
  ['textAlone', 'text alone', '#e69f00'],
  ['partnerAlone', 'partner alone', '#d55e00'],
] as const;
const REST = ['not explained', '#f2f2f2'] as const;

/** Vega-Lite spec. A part below 0, which held-out differences may be, is drawn as 0. */
export function variancePartition(bars: readonly PartitionBar[], words: FigureWords): FigureSpec {
  const values = bars.flatMap((bar) => {
    let end = 0;
    const drawn = PARTS.map(([part, label]) => {
      const begin = end;
      end = Math.min(1, begin + Math.max(0, bar[part]));
      return { name: bar.name, part: label, begin, end, value: bar[part] };
    });
    return [...drawn, { name: bar.name, part: REST[0], begin: end, end: 1, value: 1 - bar.all }];
  });
  const labels = [...PARTS.map(([, label]) => label), REST[0]];
  const colours = [...PARTS.map(([, , colour]) => colour), REST[1]];
  const names = bars.map(({ name }) => name);
  return figure({
    description: describe(words, names.join(', ')),
    title: titleLines(words, WIDTH + 150),
    width: WIDTH,
    height: { step: 26 },
    data: { values },
    mark: { type: 'bar', stroke: '#ffffff', strokeWidth: 0.5 },
    encoding: {
      y: nominal('name', { sort: names, title: null, axis: { labelLimit: 220 } }),
      x: quantitative('begin', {
        title: 'share of the variance of the target’s state',
        scale: { domain: [0, 1], nice: false },
        axis: { tickCount: 5 },
      }),
      x2: { field: 'end' },
      color: nominal('part', {
        scale: { domain: labels, range: colours },
        legend: { title: null, orient: 'top', columns: 5, labelLimit: 220 },
      }),
    },
  });
}
