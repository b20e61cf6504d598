import { expect, it } from 'vitest';
import type { SynchronyResult } from '../synchrony/types.ts';
import { layersOf } from './intervention-maps.ts';
import { studySchema } from './schema.ts';

const settingsOf = (interventions: object) => {
  const file = { name: 'x', models: { m: { embedded: 'toy-llama' } }, interventions };
  const { interventions: settings } = studySchema.parse(file);
  if (!settings) throw new Error('they are asked for');
  return settings;
};

const MEASURED = {
  ...{ sourceLayers: 3, targetLayers: 2, lambda: 1, splits: [{}] },
  syncR2: { value: 0.2, standardError: 0, bestTarget: [1, 0, 1], bestR2: [0.1, 0.3, 0.2] },
} as unknown as SynchronyResult;
const RECORDED: SynchronyResult = {
  ...MEASURED,
  sourceRecorded: { numbers: [2, 5, 8], of: 9 },
  targetRecorded: { numbers: [3, 7], of: 8 },
};

it('names layers by their numbers in the models, and finds those that were asked for', () => {
  const shown = (measured: SynchronyResult, layers: unknown) =>
    layersOf(measured, settingsOf({ layers })).map(({ layer, targetLayer, r2 }) => [layer, targetLayer, r2]);
  expect(shown(MEASURED, 'all')).toEqual([
    [0, 1, 0.1],
    [1, 0, 0.3],
    [2, 1, 0.2],
  ]);
  expect(shown(RECORDED, 'all')).toEqual([
    [2, 7, 0.1],
    [5, 3, 0.3],
    [8, 7, 0.2],
  ]);
  expect(shown(RECORDED, 'ends')).toEqual([
    [2, 7, 0.1],
    [5, 3, 0.3],
  ]);
  expect(shown(RECORDED, [8, 5])).toEqual([
    [8, 7, 0.2],
    [5, 3, 0.3],
  ]);
  expect(shown(MEASURED, [2, 5])).toEqual([[2, 1, 0.2]]);
});
