import { expect, it } from 'vitest';
import { NotEnoughSamples } from '../errors.ts';
import { randomStates, timeMeasure } from './estimate-measure.ts';
import { studySchema } from './schema.ts';

const shape = {
  samples: 400,
  groups: 40,
  sourceLayers: 12,
  targetLayers: 8,
  sourceSize: 24,
  targetSize: 16,
};
const settingsOf = (synchrony: object) =>
  studySchema.parse({ name: 'x', models: { a: { embedded: 'toy-llama' } }, synchrony }).synchrony;

it('measures all layers where there is time, and scales where there is not', async () => {
  const settings = settingsOf({ samples: 'all', intervals: false });
  const whole = await timeMeasure(randomStates(shape), settings, { seconds: 60 });
  expect(whole.layers).toBe(20);
  const part = await timeMeasure(randomStates(shape), settings, { seconds: 0 });
  expect(part.layers).toBe(4);
  expect(part.seconds).toBeGreaterThan(0);
}, 60_000);

it('takes the rows that there are where the study only says equal', async () => {
  const settings = settingsOf({ samples: 'equal', intervals: false, reduce: { components: 8 } });
  const timing = await timeMeasure(randomStates(shape), settings, { seconds: 0 });
  expect(timing.seconds).toBeGreaterThan(0);
}, 60_000);

it('says beforehand that a study will not have enough samples', async () => {
  const settings = settingsOf({ samples: 6500 });
  await expect(timeMeasure(randomStates(shape), settings, { seconds: 1 })).rejects.toThrow(NotEnoughSamples);
});
