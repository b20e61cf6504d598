// What was measured, as one JSON document.

import { withLayerNumbers } from '../synchrony/layer-numbers.ts';
import { ridge } from '../synchrony/measures/ridge-measure.ts';
import { seedsAndFolds } from '../synchrony/results.ts';
import type { SynchronyResult, SyncR2 } from '../synchrony/types.ts';
import type { MeasureDocument } from './documents.ts';

/** A result, and its file without the ending. */
export interface Measured {
  readonly file: string;
  readonly result: SynchronyResult;
}

export function measureDocument(folder: string, measured: readonly Measured[]): MeasureDocument {
  return { folder, results: measured.map(({ file, result }) => ({ file, ...resultDocument(result) })) };
}

function resultDocument(measured: SynchronyResult): Omit<MeasureDocument['results'][number], 'file'> {
  const result = withLayerNumbers(measured, ridge.form.layerKeys, measured);
  const { sourceModel, targetModel, condition, direction, sourceLayers, targetLayers, samples } = result;
  const { sourceRecorded, targetRecorded } = result;
  const { leftOut = null, solver, groupBy, splits, lambda, intervals, training, variants = [] } = result;
  const scores = ({ value, standardError, bestTarget, bestR2 }: SyncR2) => ({
    ...{ value, standardError },
    ...{ bestTarget: [...bestTarget], bestR2: [...bestR2] },
  });
  return {
    ...{ sourceModel, targetModel, condition, direction, sourceLayers, targetLayers },
    ...(sourceRecorded && { sourceRecorded }),
    ...(targetRecorded && { targetRecorded }),
    samples,
    ...{ leftOut, solver, groupBy, lambda },
    ...seedsAndFolds(splits),
    syncR2: scores(result.syncR2),
    interval: intervals?.syncR2 ?? null,
    training: training
      ? { ...training, sourceLayers: [...training.sourceLayers], r2: [...training.r2] }
      : null,
    variants: variants.map((variant) => ({ lambda: variant.lambda, syncR2: scores(variant.syncR2) })),
  };
}
