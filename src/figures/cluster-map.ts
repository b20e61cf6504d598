// Where in the layer × layer map two ways of pairing states differ: t of every cell, with the clusters that the
// permutation test finds outlined.

import type { RecordedLayers } from '../episodes/recorded-layers.ts';
import type { SideLayers } from '../pairs/layers.ts';
import {
  type Channel,
  describe,
  type FigureSpec,
  type FigureWords,
  figure,
  layerTicks,
  quantitative,
  titleLines,
  type View,
} from './spec.ts';

export interface ClusterMap extends SideLayers {
  /** (sourceLayers, targetLayers), row-major. */
  readonly t: readonly number[];
  readonly sourceModel: string;
  readonly targetModel: string;
  /** Those to be outlined; cells as indices into `t`. */
  readonly clusters: readonly { readonly cells: readonly number[] }[];
}

/** A piece of an outline, in rows and columns; cell (s, t) lies from s − ½ to s + ½ of its 1-based row. */
export interface Edge {
  readonly x: number;
  readonly y: number;
  readonly x2: number;
  readonly y2: number;
}

/** The sides that a cluster's cells do not share with each other. */
export function outline(cells: readonly number[], [rows, columns]: readonly [number, number]): Edge[] {
  const own = new Set(cells);
  const has = (row: number, column: number) =>
    row >= 0 && row < rows && column >= 0 && column < columns && own.has(row * columns + column);
  return cells.flatMap((cell) => {
    const [row, column] = [Math.floor(cell / columns), cell % columns];
    const [left, right, below, above] = [row + 0.5, row + 1.5, column + 0.5, column + 1.5];
    return [
      ...(has(row - 1, column) ? [] : [{ x: left, x2: left, y: below, y2: above }]),
      ...(has(row + 1, column) ? [] : [{ x: right, x2: right, y: below, y2: above }]),
      ...(has(row, column - 1) ? [] : [{ x: left, x2: right, y: below, y2: below }]),
      ...(has(row, column + 1) ? [] : [{ x: left, x2: right, y: above, y2: above }]),
    ];
  });
}

/** Vega-Lite spec. */
export function clusterMap(map: ClusterMap, words: FigureWords): FigureSpec {
  const { sourceLayers, targetLayers, clusters } = map;
  const size = cellSize(Math.max(sourceLayers, targetLayers));
  const edges = clusters.flatMap((cluster) => outline(cluster.cells, [sourceLayers, targetLayers]));
  const shown = `t of ${sourceLayers} × ${targetLayers} layer pairs, ${clusters.length} clusters outlined`;
  return figure({
    description: describe(words, shown),
    title: titleLines(words, Math.max(340, size * sourceLayers + 60)),
    width: size * sourceLayers,
    height: size * targetLayers,
    layer: [cellLayer(map), ...(edges.length === 0 ? [] : [edgeLayer(edges)])],
  });
}

/** The range of colours: at least ±4, and no wider than ±12 for a few cells without spread. */
function colourRange(t: readonly number[]): readonly [number, number] {
  const strongest = Math.max(4, ...t.map((value) => Math.min(12, Math.abs(value))));
  return [-strongest, strongest];
}

function cellLayer(map: ClusterMap): View {
  const { t, sourceLayers, targetLayers, sourceModel, targetModel } = map;
  const cells = t.map((value, cell) => {
    const [source, target] = [Math.floor(cell / targetLayers) + 1, (cell % targetLayers) + 1];
    return { x: source - 0.5, x2: source + 0.5, y: target - 0.5, y2: target + 0.5, t: value };
  });
  return {
    data: { values: cells },
    mark: { type: 'rect', stroke: '#ffffff', strokeWidth: 0.5 },
    encoding: {
      x: axisOf('x', `source layer, ${sourceModel}`, sourceLayers, map.sourceRecorded),
      x2: { field: 'x2' },
      y: axisOf('y', `target layer, ${targetModel}`, targetLayers, map.targetRecorded),
      y2: { field: 'y2' },
      color: quantitative('t', {
        scale: { domain: colourRange(t), scheme: 'blueorange', clamp: true },
        legend: { title: 't', gradientThickness: 12, tickCount: 5 },
      }),
    },
  };
}

function edgeLayer(edges: readonly Edge[]): View {
  return {
    data: { values: edges },
    mark: { type: 'rule', color: '#000000', strokeWidth: 2.2, strokeCap: 'square' },
    encoding: {
      x: quantitative('x'),
      x2: { field: 'x2' },
      y: quantitative('y'),
      y2: { field: 'y2' },
    },
  };
}

/** By row or column; labels are the layers' numbers. */
function axisOf(field: string, title: string, layers: number, recorded: RecordedLayers | undefined): Channel {
  const names = recorded && `[${recorded.numbers.map((layer) => layer + 1).join(', ')}]`;
  const labels = names === undefined ? {} : { labelExpr: `${names}[datum.value - 1]` };
  return quantitative(field, {
    scale: { domain: [0.5, layers + 0.5], nice: false, zero: false },
    axis: {
      title,
      values: layerTicks(layers),
      format: 'd',
      grid: false,
      domain: false,
      ticks: false,
      ...labels,
    },
  });
}

function cellSize(layers: number): number {
  if (layers <= 8) return 34;
  return layers <= 20 ? 18 : 11;
}
