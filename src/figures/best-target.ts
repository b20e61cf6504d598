// R² at the best target of each source layer, both directions of one seat order in one plot: what SyncR² is
// the mean of. The line is the mean over split seeds at the chosen cell; each dot is one split seed there.
// The target layer is chosen on the same test rows that the R² is taken from, so the line is a little too high,
// and the figure says so.

import type { TopLevelSpec } from 'vega-lite';
import type { SynchronyResult } from '../synchrony/types.ts';
import { textWidth } from './font.ts';
import { directionTitle, settingsText, wrapParts } from './number-text.ts';

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

// Two of Okabe and Ito's colours, which stay apart with any kind of colour vision.
const COLOURS = ['#0072b2', '#d55e00'];
const WIDTH = 520;

/** One row per direction, source layer and split seed. */
export function bestTargetRows(results: readonly SynchronyResult[]): readonly BestTargetRow[] {
  return results.flatMap((result) =>
    result.syncR2.bestTarget.flatMap((target, source) => {
      const cell = source * result.targetLayers + target;
      const mean = result.meanR2[cell] ?? Number.NaN;
      return result.splits.map((split, s) => ({
        direction: directionTitle(result),
        source: source + 1,
        target: target + 1,
        seed: split.seed,
        r2: result.r2[s]?.[cell] ?? Number.NaN,
        mean,
      }));
    }),
  );
}

/** Vega-Lite spec for the two directions of one seat order and condition. */
export function bestTarget(results: readonly SynchronyResult[], toy = false): TopLevelSpec {
  const layers = Math.max(...results.map((result) => result.sourceLayers));
  const every = layers <= 12 ? 1 : layers <= 20 ? 2 : 4;
  const ticks = Array.from({ length: layers }, (_, i) => i + 1).filter((l) => l === 1 || l % every === 0);
  const x = {
    field: 'source',
    type: 'quantitative',
    scale: { domain: [1, Math.max(layers, 2)], nice: false, padding: 8 },
    axis: { title: 'source layer', values: ticks, format: 'd', grid: false },
  };
  const color = {
    field: 'direction',
    type: 'nominal',
    scale: { domain: results.map(directionTitle), range: COLOURS },
    legend: { title: null, orient: 'top', columns: 1, labelLimit: WIDTH, symbolType: 'circle' },
  };
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    description: bestTargetLabel(results, toy),
    title: { text: 'Best target of each source layer', subtitle: subtitle(results, toy) },
    padding: 8,
    width: WIDTH,
    height: 200,
    data: { values: bestTargetRows(results) },
    layer: [
      { mark: { type: 'rule', color: '#888888' }, encoding: { y: { datum: 0 } } },
      { mark: { type: 'line', strokeWidth: 2 }, encoding: { x, color, y: r2Axis('mean') } },
      {
        mark: { type: 'point', filled: true, size: 26, opacity: 0.65 },
        encoding: { x, color, y: r2Axis('r2') },
      },
    ],
  } as unknown as TopLevelSpec;
}

function r2Axis(field: 'mean' | 'r2'): Record<string, unknown> {
  return { field, type: 'quantitative', axis: { title: 'test R²', tickCount: 5 }, scale: { zero: true } };
}

function subtitle(results: readonly SynchronyResult[], toy: boolean): readonly string[] {
  const measure = (text: string): number => textWidth(text, 11);
  const settings = sharedSettings(results);
  const parts = [
    ...(toy ? ['Toy models: the numbers test the instrument'] : []),
    'line: mean over split seeds at the best target; dots: single split seeds',
    'the target is chosen on the test rows, which favours high values',
    ...settings,
  ];
  return wrapParts(parts, WIDTH, measure);
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
