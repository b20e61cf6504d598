// Where in the layer × layer map two ways of pairing states differ: t of every cell, with the clusters that the
// permutation test finds outlined.

import type { TopLevelSpec } from 'vega-lite';
import { type FigureText, titleOf } from './condition-dots.ts';

export interface ClusterMap {
  /** (sourceLayers, targetLayers), row-major. */
  readonly t: readonly number[];
  readonly sourceLayers: number;
  readonly targetLayers: number;
  readonly sourceModel: string;
  readonly targetModel: string;
  /** Those to be outlined; cells as indices into `t`. */
  readonly clusters: readonly { readonly cells: readonly number[] }[];
}

/** A piece of an outline, in layers; cell (s, t) lies from s − ½ to s + ½ of its 1-based layers. */
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
export function clusterMap(map: ClusterMap, text: FigureText): TopLevelSpec {
  const { t, sourceLayers, targetLayers, clusters } = map;
  const size = cellSize(Math.max(sourceLayers, targetLayers));
  const strongest = Math.max(4, ...t.map((value) => Math.min(12, Math.abs(value))));
  const cells = t.map((value, cell) => {
    const [source, target] = [Math.floor(cell / targetLayers) + 1, (cell % targetLayers) + 1];
    return { x: source - 0.5, x2: source + 0.5, y: target - 0.5, y2: target + 0.5, t: value };
  });
  const edges = clusters.flatMap((cluster) => outline(cluster.cells, [sourceLayers, targetLayers]));
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    description: `${text.title}: t of ${sourceLayers} × ${targetLayers} layer pairs, ${clusters.length} clusters outlined. ${text.notes.join('; ')}.`,
    title: titleOf(text, Math.max(340, size * sourceLayers + 60)),
    padding: 8,
    width: size * sourceLayers,
    height: size * targetLayers,
    layer: [
      {
        data: { values: cells },
        mark: { type: 'rect', stroke: '#ffffff', strokeWidth: 0.5 },
        encoding: {
          x: axisOf('x', `source layer, ${map.sourceModel}`, sourceLayers),
          x2: { field: 'x2' },
          y: axisOf('y', `target layer, ${map.targetModel}`, targetLayers),
          y2: { field: 'y2' },
          color: {
            field: 't',
            type: 'quantitative',
            scale: { domain: [-strongest, strongest], scheme: 'blueorange', clamp: true },
            legend: { title: 't', gradientThickness: 12, tickCount: 5 },
          },
        },
      },
      ...(edges.length === 0
        ? []
        : [
            {
              data: { values: edges },
              mark: { type: 'rule', color: '#000000', strokeWidth: 2.2, strokeCap: 'square' },
              encoding: {
                x: { field: 'x', type: 'quantitative' },
                x2: { field: 'x2' },
                y: { field: 'y', type: 'quantitative' },
                y2: { field: 'y2' },
              },
            },
          ]),
    ],
  } as unknown as TopLevelSpec;
}

function axisOf(field: string, title: string, layers: number): Record<string, unknown> {
  const every = layers <= 12 ? 1 : layers <= 20 ? 2 : 4;
  const values = Array.from({ length: layers }, (_, i) => i + 1).filter((l) => l === 1 || l % every === 0);
  return {
    field,
    type: 'quantitative',
    scale: { domain: [0.5, layers + 0.5], nice: false, zero: false },
    axis: { title, values, format: 'd', grid: false, domain: false, ticks: false },
  };
}

function cellSize(layers: number): number {
  if (layers <= 8) return 34;
  return layers <= 20 ? 18 : 11;
}
