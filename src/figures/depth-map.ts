// R² over relative depth, the mean over pairs of models: source depth along x, target depth along y, colour the mean test
// R². What is below 0 is gray, and the best target depth of each source depth stands in a black box.

import { at } from '../numerics/lookup.ts';
import { type Channel, describe, type FigureSpec, type FigureWords, figure, titleLines } from './spec.ts';
import { r2Colour, sharedDomain } from './synchrony-heatmap.ts';

export interface DepthMap {
  /** Relative depths, ascending. */
  readonly depths: readonly number[];
  /** (depths, depths), row-major: source by target. */
  readonly meanR2: Float64Array;
}

const CELL = 15;
/** Depths that the axes name. */
const NAMED = [0, 0.25, 0.5, 0.75, 1];

/** Vega-Lite spec. */
export function depthMap(map: DepthMap, words: FigureWords): FigureSpec {
  const values = cellsOf(map);
  const size = CELL * map.depths.length;
  const best = values.filter((cell) => cell.best);
  const label = best.map(({ source, target, r2 }) => `${source} → ${target}: ${r2.toFixed(2)}`).join(', ');
  return figure({
    description: describe(words, `best target depth by source depth: ${label}`),
    title: titleLines(words, size + 100),
    width: { step: CELL },
    height: { step: CELL },
    data: { values },
    encoding: {
      x: depthChannel('source', 'relative depth of the source layer'),
      y: { ...depthChannel('target', 'relative depth of the target layer'), sort: 'descending' },
    },
    layer: [
      {
        mark: { type: 'rect', stroke: '#ffffff', strokeWidth: 0.5 },
        encoding: { color: r2Colour(sharedDomain([map])) },
      },
      {
        transform: [{ filter: 'datum.best' }],
        mark: { type: 'rect', filled: false, stroke: '#000000', strokeWidth: 1.8 },
      },
    ],
  });
}

function cellsOf({ depths, meanR2 }: DepthMap) {
  return depths.flatMap((source, i) => {
    const row = depths.map((_, j) => at(meanR2, i * depths.length + j));
    const highest = row.indexOf(Math.max(...row));
    return depths.map((target, j) => ({ source, target, r2: at(row, j), best: j === highest }));
  });
}

function depthChannel(field: 'source' | 'target', title: string): Channel {
  return {
    field,
    type: 'ordinal',
    scale: { paddingInner: 0, paddingOuter: 0 },
    axis: { title, values: NAMED, labelAngle: 0, labelOverlap: false, domain: false, ticks: true },
  };
}
