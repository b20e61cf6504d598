import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { studySchema } from '../schema.ts';
import type { EpisodeTask } from './episodes.ts';
import { episodeInputs } from './episodes.ts';

const simulationOf = (simulation: object) =>
  studySchema.parse({ name: 'x', models: { a: { embedded: 'toy-llama' } }, simulation }).simulation;
const encounter = { interaction: { id: 'i' } } as unknown as EpisodeTask['encounter'];
const task = { order: { names: ['a', 'a'] }, seed: 3, encounter } as unknown as EpisodeTask;
const models = [{ revision: 'r', dtype: 'fp32' }];
const inputs = (simulation: object) => episodeInputs(task, models, simulationOf(simulation));

it('hashes a study without the newer settings as it was hashed before there were any', () => {
  const settings = { rounds: 8, temperature: 0.7, maxNewTokens: 300 };
  const before = [1, [['r', 'fp32']], ['a', 'a'], 3, encounter, settings];
  expect(inputs({})).toBe(createHash('sha256').update(JSON.stringify(before)).digest('hex'));
});

it('hashes everything that decides what is said', () => {
  const changes = [
    {},
    { rounds: 7 },
    { temperature: 0 },
    { maxNewTokens: 20 },
    { topK: 20 },
    { topP: 0.9 },
    { minP: 0.1 },
    { repetitionPenalty: 1.1 },
    { stop: ['a'] },
    { stop: ['b'] },
  ];
  expect(new Set(changes.map(inputs)).size).toBe(changes.length);
  expect(inputs({ seeds: [5] })).toBe(inputs({}));
});

it('tells a device from the CPU, which older hashes do not name', () => {
  const on = (device?: string) =>
    episodeInputs(task, [{ revision: 'r', dtype: 'fp32', device }], simulationOf({}));
  expect(on()).toBe(inputs({}));
  expect(on('webgpu')).not.toBe(on());
  expect(on('webgpu')).not.toBe(on('cuda'));
});
