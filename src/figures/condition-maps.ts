// The layer × layer maps of one direction under every condition, small and side by side with one colour scale: the
// paper's Figure 3.

import type { RecordedLayers } from '../episodes/recorded-layers.ts';
import type { SynchronyResult } from '../synchrony/types.ts';
import { decimals, errorText } from './number-text.ts';
import {
  type Channel,
  describe,
  type FigureSpec,
  type FigureWords,
  figure,
  quantitative,
  recordedTicks,
  titleLines,
  type View,
} from './spec.ts';
import { heatmapCells, NEGATIVE_COLOUR, SCHEME, sharedDomain } from './synchrony-heatmap.ts';

const COLUMNS = 4;
/** Of one map, in pixels. */
const SIDE = 120;

/** Vega-Lite spec; maps in the order of the results, which are of one direction. */
export function conditionMaps(results: readonly SynchronyResult[], words: FigureWords): FigureSpec {
  const domain = sharedDomain(results);
  const columns = Math.min(COLUMNS, results.length);
  const said = results.map(({ condition, syncR2 }) => `${condition} ${decimals(syncR2.value)}`).join(', ');
  return figure({
    description: describe(words, `SyncR² ${said}`),
    title: { ...titleLines(words, columns * (SIDE + 44)), anchor: 'start' },
    spacing: 16,
    columns,
    concat: results.map((result) => mapOf(result, domain)),
  });
}

function mapOf(result: SynchronyResult, domain: readonly [number, number]): View {
  const { sourceLayers, targetLayers, condition, syncR2, splits } = result;
  const ticksOf = (layers: number, recorded: RecordedLayers | undefined) =>
    recordedTicks(layers, recorded, 2);
  const step = SIDE / Math.max(sourceLayers, targetLayers);
  const error = splits.length > 1 ? ` ± ${errorText(syncR2.standardError)}` : '';
  return {
    title: {
      text: condition,
      subtitle: `${decimals(syncR2.value)}${error}`,
      ...{ fontSize: 11, subtitleFontSize: 10, anchor: 'start' },
    },
    width: step * sourceLayers,
    height: step * targetLayers,
    data: { values: heatmapCells(result) },
    encoding: {
      x: axisOf('source', 'source layer', ticksOf(sourceLayers, result.sourceRecorded)),
      y: {
        ...axisOf('target', 'target layer', ticksOf(targetLayers, result.targetRecorded)),
        sort: 'descending',
      },
    },
    layer: [
      { mark: { type: 'rect' }, encoding: { color: colourOf(domain) } },
      {
        transform: [{ filter: 'datum.best' }],
        mark: { type: 'rect', filled: false, stroke: '#000000', strokeWidth: 1.2 },
      },
    ],
  };
}

function colourOf(domain: readonly [number, number]): Channel {
  return quantitative('r2', {
    condition: { test: 'datum.r2 < 0', value: NEGATIVE_COLOUR },
    scale: { domain, scheme: SCHEME, clamp: true },
    // One legend: that of all maps, since they share their scale.
    legend: {
      ...{ title: 'test R²', tickCount: 3, format: '.2~f' },
      ...{ gradientThickness: 10, gradientLength: 90 },
    },
  });
}

function axisOf(field: string, title: string, values: readonly number[]): Channel {
  const look = { labelAngle: 0, labelFontSize: 9, titleFontSize: 9, domain: false, ticks: false };
  return {
    field,
    type: 'ordinal',
    scale: { paddingInner: 0, paddingOuter: 0 },
    axis: { title, values, ...look },
  };
}
