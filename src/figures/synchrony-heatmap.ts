// How well each layer of one model predicts each layer of its partner: the layer × layer map of paper
// Figure 2. Source layers run along x, target layers along y, colour is the mean test R² over split seeds;
// negative cells are gray, and the best target of each source layer stands in a black box.

import { BadInput } from '../errors.ts';
import { shownPair } from '../pairs/layers.ts';
import type { SynchronyResult } from '../synchrony/types.ts';
import { directionTitle, settingsText, syncR2Text } from './number-text.ts';
import {
  type Channel,
  type Encoding,
  type FigureSpec,
  figure,
  nominal,
  quantitative,
  recordedTicks,
  subtitleLines,
  type Title,
  titleLines,
  type View,
} from './spec.ts';

export interface HeatmapOptions {
  /** R² at both ends of the colour scale; by default `sharedDomain` of this result alone. */
  readonly domain?: readonly [number, number];
  /** Says under the title that the numbers come from toy models. */
  readonly toy?: boolean;
}

/** One cell of the map. Layers are 1-based, as people count them. */
export interface HeatmapCell {
  readonly source: number;
  readonly target: number;
  /** Mean test R² over split seeds. */
  readonly r2: number;
  /** True for the best target of this source layer. */
  readonly best: boolean;
  /** R² as printed inside the cell of a small map. */
  readonly text: string;
}

export const NEGATIVE_COLOUR = '#c9c9c9';

// Viridis is told apart with any kind of colour vision and in gray print. Its darkest quarter is left out:
// a black box would not show on it.
export const SCHEME = { name: 'viridis', extent: [0.25, 1] } as const;
/** Up to this share of the scale white text is easier to read than black on SCHEME. */
const DARK_SHARE = 0.22;
/** Maps with at most this many layers on each side have their values printed. */
const PRINTED_LAYERS = 12;

/**
 * One colour scale for maps that are looked at together: from 0 to the highest R², rounded up to a multiple of
 * 0.05 (of 0.01 below 0.1). Values below 0 need no colour, since their cells are gray.
 */
export function sharedDomain(results: readonly Pick<SynchronyResult, 'meanR2'>[]): readonly [number, number] {
  let highest = 0;
  for (const result of results) for (const r2 of result.meanR2) if (r2 > highest) highest = r2;
  if (highest === 0) return [0, 0.1];
  const step = highest > 0.1 ? 0.05 : 0.01;
  return [0, Number((Math.ceil(highest / step - 1e-9) * step).toFixed(2))];
}

/** The cells, source layer by source layer. Throws BadInput when R² is missing or not a number. */
export function heatmapCells(result: SynchronyResult): readonly HeatmapCell[] {
  const { sourceLayers, targetLayers, meanR2, syncR2 } = result;
  if (meanR2.length !== sourceLayers * targetLayers) {
    const shape = `${sourceLayers} × ${targetLayers}`;
    throw new BadInput(directionTitle(result), `${meanR2.length} values of R² for ${shape} layer pairs`);
  }
  return Array.from(meanR2, (r2, i) => {
    const [source, target] = shownPair(result, i);
    if (!Number.isFinite(r2)) {
      throw new BadInput(directionTitle(result), `R² of layers ${source} → ${target} is ${r2}`);
    }
    const best = syncR2.bestTarget[Math.floor(i / targetLayers)] === i % targetLayers;
    return { source, target, r2, best, text: cellText(r2) };
  });
}

/** Vega-Lite spec of the map. The spec depends on the result and the options alone. */
export function synchronyHeatmap(result: SynchronyResult, options: HeatmapOptions = {}): FigureSpec {
  const { toy = false, domain = sharedDomain([result]) } = options;
  const layers = Math.max(result.sourceLayers, result.targetLayers);
  const printed = layers <= PRINTED_LAYERS;
  const step = cellSize(layers);
  return figure({
    description: heatmapLabel(result, toy),
    title: heatmapTitle(result, step * result.sourceLayers, toy),
    width: { step },
    height: { step },
    data: { values: heatmapCells(result) },
    encoding: cellEncoding(result),
    layer: [
      {
        mark: { type: 'rect', stroke: '#ffffff', strokeWidth: printed ? 1 : 0.5 },
        encoding: { color: r2Colour(domain) },
      },
      {
        transform: [{ filter: 'datum.best' }],
        mark: { type: 'rect', filled: false, stroke: '#000000', strokeWidth: printed ? 2.5 : 1.8 },
      },
      ...(printed ? [valueLayer(domain)] : []),
    ],
  });
}

function cellEncoding(result: SynchronyResult): Encoding {
  const { sourceModel, targetModel, sourceLayers, targetLayers, sourceRecorded, targetRecorded } = result;
  const [x, y] = [recordedTicks(sourceLayers, sourceRecorded), recordedTicks(targetLayers, targetRecorded)];
  return {
    x: layerEncoding('source', `source layer, ${sourceModel}`, sourceLayers, x),
    y: { ...layerEncoding('target', `target layer, ${targetModel}`, targetLayers, y), sort: 'descending' },
  };
}

/** What a screen reader says of the map. */
export function heatmapLabel(result: SynchronyResult, toy = false): string {
  const shape = `${result.sourceLayers} source layers by ${result.targetLayers} target layers`;
  const negative = result.meanR2.filter((r2) => r2 < 0).length;
  const toys = toy ? ' Toy models.' : '';
  return (
    `Heatmap of test R², ${directionTitle(result)}, ${shape}; SyncR² ${syncR2Text(result.syncR2, result.splits)}; ` +
    `${negative} of ${result.meanR2.length} cells are negative; ${settingsText(result).join('; ')}.${toys}`
  );
}

/** Two decimals; a gray cell keeps its minus sign even where it rounds to 0. */
function cellText(r2: number): string {
  if (r2 <= -9.995) return '<−9';
  return r2 < 0 ? `−${(-r2).toFixed(2)}` : r2.toFixed(2);
}

function cellSize(layers: number): number {
  if (layers <= 8) return 44;
  if (layers <= PRINTED_LAYERS) return 34;
  return layers <= 20 ? 18 : 12;
}

function layerEncoding(
  field: 'source' | 'target',
  title: string,
  layers: number,
  values: readonly number[],
): Channel {
  return {
    field,
    type: 'ordinal',
    scale: { paddingInner: 0, paddingOuter: 0 },
    axis: {
      title,
      values,
      labelAngle: 0,
      labelOverlap: false,
      domain: false,
      ticks: layers > PRINTED_LAYERS,
    },
  };
}

/** The colours of R², gray below 0. */
export function r2Colour(domain: readonly [number, number]): Channel {
  const legend = {
    title: 'test R²',
    format: domain[1] < 0.1 ? '.2f' : '.2~f',
    tickCount: 5,
    gradientThickness: 12,
    gradientStrokeWidth: 0,
    offset: 14,
  };
  return quantitative('r2', {
    condition: { test: 'datum.r2 < 0', value: NEGATIVE_COLOUR },
    scale: { domain, scheme: SCHEME, clamp: true },
    legend,
  });
}

function valueLayer(domain: readonly [number, number]): View {
  const dark = `datum.r2 >= 0 && datum.r2 < ${DARK_SHARE * domain[1]}`;
  return {
    mark: { type: 'text', fontSize: 11 },
    encoding: {
      text: nominal('text'),
      color: { condition: { test: dark, value: '#ffffff' }, value: '#000000' },
    },
  };
}

function heatmapTitle(result: SynchronyResult, plotWidth: number, toy: boolean): Title {
  // As wide as the plot with its axis and colour bar, so that the title does not widen the figure.
  const width = Math.max(plotWidth + 60, 300);
  const key = ['gray: R² below 0', 'black box: best target of each source layer'];
  const notes = [`SyncR² ${syncR2Text(result.syncR2, result.splits)}`, ...settingsText(result), ...key];
  const { text, subtitle } = titleLines({ title: directionTitle(result), notes }, width);
  const toys = toy ? subtitleLines(['Toy models: the numbers test the instrument'], width) : [];
  return { text, subtitle: [...toys, ...[subtitle ?? []].flat()] };
}
