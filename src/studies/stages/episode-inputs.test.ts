import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { studySchema } from '../schema.ts';
import type { EpisodeTask } from './episodes.ts';
import { episodeInputs } from './episodes.ts';

const simulationOf = (simulation: object) =>
  studySchema.parse({ name: 'x', models: { a: { embedded: 'toy-llama' } }, simulation }).simulation;
const encounter = { interaction: { id: 'i' } } as unknown as EpisodeTask['encounter'];
const task = { order: { names: ['a', 'a'] }, seed: 3, encounter } as unknown as EpisodeTask;
const models = [{ revision: 'r', dtype: 'fp32', layers: 6 }];
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

it('tells a type of weights from what it was in an earlier version', () => {
  const of = (dtype: string, dtypeVersion?: number) =>
    episodeInputs(task, [{ revision: 'r', dtype, dtypeVersion, layers: 6 }], simulationOf({}));
  expect(of('fp32')).toBe(inputs({}));
  expect(new Set([of('q8'), of('q8', 2), of('w8a8')]).size).toBe(3);
});

it('tells a device from the CPU, which older hashes do not name', () => {
  const on = (device?: string) =>
    episodeInputs(task, [{ revision: 'r', dtype: 'fp32', layers: 6, device }], simulationOf({}));
  expect(on()).toBe(inputs({}));
  expect(on('webgpu')).not.toBe(on());
  expect(on('webgpu')).not.toBe(on('cuda'));
});

it('tells which layers are recorded, by number, and says nothing of all', () => {
  const of = (layers: unknown) => {
    const file = { name: 'x', models: { a: { embedded: 'toy-llama' } }, states: { layers } };
    return episodeInputs(task, models, simulationOf({}), [], studySchema.parse(file).states);
  };
  expect(of('all')).toBe(inputs({}));
  expect(of([5, 4, 3, 2, 1, 0])).toBe(of('all'));
  expect(of({ every: 1 })).toBe(of('all'));
  expect(of([5, 1, 3])).toBe(of({ every: 2 }));
  expect(new Set(['all', [1], [1, 3], { every: 2 }].map(of)).size).toBe(4);
});
