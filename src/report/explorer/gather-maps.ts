// Maps, contributions and clusters as the explorer takes them.

import { existsSync } from 'node:fs';
import { INTERACTIVE } from '../../conditions/condition.ts';
import { layerNumber } from '../../episodes/recorded-layers.ts';
import { settingsText } from '../../figures/number-text.ts';
import { parseSafetensorsHeader, readTensorBytes } from '../../numerics/safetensors.ts';
import type { SideLayers } from '../../pairs/layers.ts';
import { contributionsPath, pairName, toFileName } from '../../recordings/layout.ts';
import { CONTRIBUTIONS } from '../../studies/stages/contributions.ts';
import { SIGNIFICANCE } from '../../studies/stages/significance.ts';
import type { PageData } from '../../view/data.ts';
import { encodeFloats } from '../../view/floats.ts';
import { drawnClusters } from '../interaction/interaction-figures.ts';
import type { ReportSource } from '../source.ts';
import { directionsIn, type Measures } from '../synchrony/measures.ts';
import { directionStem } from '../synchrony/stems.ts';

/** Contributions of single layer pairs stand in the document up to so many bytes of it. */
const CELLS = 12e6;

type Ends = { readonly low: number; readonly high: number; readonly level: number } | null | undefined;

export function endsOf(interval: Ends): PageData['maps'][number]['syncR2']['interval'] {
  return interval ? { low: interval.low, high: interval.high, level: interval.level } : null;
}

/** Of the layers, where not all were recorded. */
function numbersOf({
  sourceRecorded,
  targetRecorded,
}: Pick<SideLayers, 'sourceRecorded' | 'targetRecorded'>) {
  return {
    ...(sourceRecorded && { sourceNumbers: [...sourceRecorded.numbers] }),
    ...(targetRecorded && { targetNumbers: [...targetRecorded.numbers] }),
  };
}

export function mapsOf(measures: Measures): PageData['maps'] {
  return directionsIn(measures).map(({ order, result }) => {
    const { direction, sourceLayers, targetLayers, samples, groupBy, lambda, syncR2, intervals } = result;
    const { sourceRecorded, targetRecorded } = result;
    const all = new Float32Array(result.r2.length * sourceLayers * targetLayers);
    for (const [i, plane] of result.r2.entries()) all.set(plane, i * plane.length);
    return {
      id: `${pairName(order.models)}/${toFileName(order.condition)}/${direction.replace('->', '-to-')}`,
      ...{ models: [...order.models], condition: order.condition, direction },
      ...{ source: result.sourceModel, target: result.targetModel, sourceLayers, targetLayers },
      ...numbersOf(result),
      ...{ samples, groupBy, lambda, made: [...settingsText(result)] },
      splits: result.splits.map(({ seed, fold, trainSamples, testSamples }) => ({
        ...{ seed, ...(fold !== undefined && { fold }), train: trainSamples, test: testSamples },
      })),
      syncR2: {
        ...{ value: syncR2.value, standardError: syncR2.standardError, interval: endsOf(intervals?.syncR2) },
      },
      bestTarget: syncR2.bestTarget.map((target) => layerNumber(targetRecorded, target)),
      ...{ mean: encodeFloats(result.meanR2), bySplit: encodeFloats(all) },
      intervals: (intervals?.cells ?? []).map(({ source, target, low, high }) => [
        layerNumber(sourceRecorded, source),
        layerNumber(targetRecorded, target),
        low,
        high,
      ]),
      level: intervals?.syncR2.level ?? null,
      stem: directionStem(order, result),
    };
  });
}

/** The tensor of contributions as it lies in the run; null if that is not on this disk. */
async function cellsOf(path: string): Promise<Float32Array | null> {
  if (!existsSync(path)) return null;
  const entry = (await parseSafetensorsHeader(path)).tensors.get('contributions');
  if (!entry) return null;
  const { buffer, byteOffset, byteLength } = await readTensorBytes(path, entry);
  return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
}

export async function contributionsIn(source: ReportSource): Promise<PageData['contributions']> {
  const { current } = await source.results(CONTRIBUTIONS);
  const found: PageData['contributions'] = [];
  let left = CELLS;
  for (const { task, result } of current) {
    const { names } = task.order;
    const { cells, sourceLayers, targetLayers, interactions, rounds } = result;
    const size = Math.ceil((interactions.length * sourceLayers * targetLayers * 16) / 3);
    const path = `${contributionsPath(source.run, names, task.direction)}.safetensors`;
    const values = size <= left ? await cellsOf(path) : null;
    if (values) left -= size;
    found.push({
      ...{
        models: [...names],
        condition: INTERACTIVE,
        direction: task.direction,
        cells,
        sourceLayers,
        targetLayers,
        ...numbersOf(result),
      },
      interactions: interactions.map(({ interaction, splits, rows, share, syncR2 }) => ({
        ...{ interaction, splits, rows, share, syncR2 },
      })),
      values: values && encodeFloats(values),
      rounds: rounds.map(({ round, value, layers, train, test, intervals }) => ({
        ...{
          round,
          value,
          interval: endsOf(intervals?.syncR2),
          layers: [...layers],
          train: [...train],
          test: [...test],
        },
      })),
    });
  }
  return found;
}

export async function clustersIn(source: ReportSource): Promise<PageData['clusters']> {
  const { current } = await source.results(SIGNIFICANCE);
  return current.flatMap(({ task, result }) =>
    drawnClusters(result.conditions)
      .filter(({ condition }) => condition !== INTERACTIVE)
      .map(({ condition, clusters: { threshold, clusters } }) => ({
        ...{ models: [...task.order.names], direction: task.direction, condition, threshold },
        clusters: clusters.map(({ cells, mass, p }) => ({ cells: [...cells], mass, p })),
      })),
  );
}
