// Made-up partitions by own past, partner and text, a different number in every place.

import { QUANTITIES, QUANTITY_NAMES } from '../src/controls/variance-partition.ts';
import type { DirectionTask } from '../src/studies/direction-rows.ts';
import type { DirectionOwnPast } from '../src/studies/own-past-files.ts';
import { sampleInterval, sampleJackknife } from './sample-synchrony.ts';

/** R² of the seven models, `at` lower. */
const r2Of = (at: number) => ({
  ownPast: 0.61 - 0.02 * at,
  partner: 0.42 - 0.01 * at,
  text: 0.35 - 0.015 * at,
  ownPastPartner: 0.64 - 0.021 * at,
  ownPastText: 0.63 - 0.02 * at,
  partnerText: 0.47 - 0.012 * at,
  all: 0.66 - 0.022 * at,
});

/** In the first direction there are intervals, as in all others. */
export function sampleOwnPast(
  { order, direction }: DirectionTask,
  layers: Readonly<Record<string, number>>,
): DirectionOwnPast {
  const [a, b] = order.names;
  const forth = direction === 'A->B';
  const at = (forth ? 0 : 1) + (a < b ? 0 : a === b ? 2 : 4);
  const [sourceModel, targetModel] = forth ? [a, b] : [b, a];
  const [sourceLayers, targetLayers] = [layers[sourceModel] ?? 6, layers[targetModel] ?? 6];
  const bestTarget = Array.from({ length: sourceLayers }, (_, layer) => layer % targetLayers);
  const mean = r2Of(at);
  const numbers = Object.fromEntries(
    QUANTITY_NAMES.map((name, i) => {
      const value = QUANTITIES[name](mean);
      const error = 0.01 + 0.001 * i + 0.0002 * at;
      return [
        name,
        { value, interval: sampleInterval(value, error), jackknife: sampleJackknife(value, error) },
      ];
    }),
  ) as DirectionOwnPast['numbers'];
  const ofModel = [[100], [10], [null]];
  const lambdas = {
    ...{ ownPast: ofModel, partner: ofModel, text: ofModel, ownPastPartner: ofModel },
    ...{ ownPastText: ofModel, partnerText: ofModel, all: ofModel },
  };
  return {
    ...{
      direction,
      sourceModel,
      targetModel,
      samples: forth ? 1200 : 1193,
      lambda: 'cv',
      groupBy: 'interaction',
    },
    ...{ splitSeeds: [0, 1, 2], cells: 'best', dimensions: 512, sourceLayers, targetLayers, features: 2053 },
    ...{ train: [960, 958, 961], test: [240, 242, 239], bestTarget },
    layerPairs: bestTarget.map((target, source) => ({
      ...{ source, target, lambdas },
      r2: r2Of(at + (source - (sourceLayers - 1) / 2) / 2),
    })),
    numbers,
  };
}
