// R² at the best target of each source layer, both directions of one seat order in one plot: what SyncR² is
// the mean of. The line is the mean over split seeds at the chosen cell; each dot is one split seed there.
// The target layer is chosen on the same test rows that the R² is taken from, so the line is a little too high,
// and the figure says so.

import { shownLayer } from '../episodes/recorded-layers.ts';
import type { SynchronyResult } from '../synchrony/types.ts';
import { directionTitle, settingsText } from './number-text.ts';
import {
  type Channel,
  COLOURS,
  type FigureSpec,
  figure,
  layerTicks,
  nominal,
  quantitative,
  subtitleLines,
  zeroLine,
} from './spec.ts';

export interface BestTargetRow {
  readonly direction: string;
  /** 1-based. */
  readonly source: number;
  /** 1-based. */
  readonly target: number;
  readonly seed: number;
  /** R² of this split seed at the chosen cell. */
  readonly r2: number;
  /** Mean over split seeds at the same cell, not clamped. */
  readonly mean: number;
}

const WIDTH = 520;

/** One row per direction, source layer and split seed. */
export function bestTargetRows(results: readonly SynchronyResult[]): readonly BestTargetRow[] {
  return results.flatMap((result) =>
    result.syncR2.bestTarget.flatMap((target, source) => {
      const cell = source * result.targetLayers + target;
      const mean = result.meanR2[cell] ?? Number.NaN;
      return result.splits.map((split, s) => ({
        direction: directionTitle(result),
        source: shownLayer(result.sourceRecorded, source),
        target: shownLayer(result.targetRecorded, target),
        seed: split.seed,
        r2: result.r2[s]?.[cell] ?? Number.NaN,
        mean,
      }));
    }),
  );
}

/** Vega-Lite spec for the directions of one seat order and condition, two or the one that there is. */
export function bestTarget(results: readonly SynchronyResult[], toy = false): FigureSpec {
  const { x, color } = axesOf(results);
  return figure({
    description: bestTargetLabel(results, toy),
    title: { text: 'Best target of each source layer', subtitle: subtitle(results, toy) },
    width: WIDTH,
    height: 200,
    data: { values: bestTargetRows(results) },
    layer: [
      zeroLine('y'),
      { mark: { type: 'line', strokeWidth: 2 }, encoding: { x, color, y: r2Axis('mean') } },
      {
        mark: { type: 'point', filled: true, size: 26, opacity: 0.65 },
        encoding: { x, color, y: r2Axis('r2') },
      },
    ],
  });
}

function axesOf(results: readonly SynchronyResult[]): { readonly x: Channel; readonly color: Channel } {
  const layers = Math.max(...results.map((result) => result.sourceRecorded?.of ?? result.sourceLayers));
  return {
    x: quantitative('source', {
      scale: { domain: [1, Math.max(layers, 2)], nice: false, padding: 8 },
      axis: { title: 'source layer', values: layerTicks(layers), format: 'd', grid: false },
    }),
    color: nominal('direction', {
      scale: { domain: results.map(directionTitle), range: COLOURS.slice(0, 2) },
      legend: { title: null, orient: 'top', columns: 1, labelLimit: WIDTH, symbolType: 'circle' },
    }),
  };
}

function r2Axis(field: 'mean' | 'r2'): Channel {
  return quantitative(field, { axis: { title: 'test R²', tickCount: 5 }, scale: { zero: true } });
}

function subtitle(results: readonly SynchronyResult[], toy: boolean): readonly string[] {
  const parts = [
    ...(toy ? ['Toy models: the numbers test the instrument'] : []),
    'line: mean over split seeds at the best target; dots: single split seeds',
    'the target is chosen on the test rows, which favours high values',
    ...sharedSettings(results),
  ];
  return subtitleLines(parts, WIDTH);
}

/** The settings once; per direction where they differ, as n does when all samples were taken. */
function sharedSettings(results: readonly SynchronyResult[]): readonly string[] {
  const [first, ...others] = results.map(settingsText);
  if (first === undefined) return [];
  if (others.every((other) => other.join() === first.join())) return first;
  return results.map(
    (result) => `${result.direction.replace('->', ' → ')}: ${settingsText(result).join(', ')}`,
  );
}

function bestTargetLabel(results: readonly SynchronyResult[], toy: boolean): string {
  const names = results.map(directionTitle).join(' and ');
  return `Line plot of test R² at the best target layer of each source layer, ${names}.${toy ? ' Toy models.' : ''}`;
}
