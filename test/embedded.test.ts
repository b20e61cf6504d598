// The embedded models as they are in the repository: small enough, labelled, and able to talk.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type Episode,
  embeddedModelFolder,
  embeddedModels,
  embeddedPrompts,
  encountersOf,
  type LanguageModel,
  loadModel,
  outcomeOf,
  playEpisode,
  smallWorld,
} from '../src/index.ts';

const names = ['toy-llama', 'toy-mistral'] as const;
const models: LanguageModel[] = [];
const episodes: Omit<Episode, 'inputs'>[] = [];
const world = smallWorld();
// One interaction of each of 24 scenarios; the first model speaks first in every other one.
const encounters = encountersOf(world)
  .filter((_, index) => index % 5 === 0)
  .slice(0, 24);

beforeAll(async () => {
  for (const name of names) models.push(await loadModel({ path: embeddedModelFolder(name, 'test') }));
  for (const [index, encounter] of encounters.entries()) {
    const [a, b] = index % 2 === 0 ? [models[0]!, models[1]!] : [models[1]!, models[0]!];
    const settings = { rounds: 8, temperature: 0.7, maxNewTokens: 80 };
    const request = {
      encounter,
      models: { A: a, B: b },
      prompts: { A: embeddedPrompts(), B: embeddedPrompts() },
      names: [a.info.id, b.info.id] as const,
      settings,
    };
    episodes.push((await playEpisode({ ...request, seed: 0 })).episode);
  }
});

afterAll(async () => {
  for (const model of models) await model.dispose();
});

it('are three sizes of two architectures, under 30 MB in all', () => {
  const sizes = ['', '-m', '-s'];
  const all = names.flatMap((name) => sizes.map((size) => `${name}${size}`));
  expect(embeddedModels()).toEqual(all);
  const folders = all.map((name) => embeddedModelFolder(name, 'test'));
  const bytes = folders.flatMap((folder) =>
    readdirSync(folder).map((file) => statSync(join(folder, file)).size),
  );
  expect(bytes.reduce((sum, size) => sum + size)).toBeLessThan(30e6);
});

it('that are largest are two architectures, labelled as toys, under 10 MB in bf16', () => {
  expect(models.map((model) => model.info)).toMatchObject([
    { architecture: 'LlamaForCausalLM', toy: true },
    { architecture: 'MistralForCausalLM', toy: true },
  ]);
  const bytes = names.map(
    (name) => statSync(join(embeddedModelFolder(name, 'test'), 'model.safetensors')).size,
  );
  expect(bytes[0]! + bytes[1]!).toBeLessThan(10e6);
  // Two bytes a weight, and a header.
  for (const [i, size] of bytes.entries()) expect(size / models[i]!.info.parameters).toBeCloseTo(2, 1);
});

it('leave when they are done, and say nothing empty or endless', () => {
  const left = episodes.filter((episode) => episode.ending !== 'rounds');
  expect(left.length).toBeGreaterThanOrEqual(20);
  const notes = episodes.flatMap((episode) => episode.turns.flatMap((turn) => turn.notes));
  expect(notes.length).toBeLessThanOrEqual(4);
});

it('speak of what the scenario is about and call the partner by name', () => {
  const firstNames = new Set(world.characters.map((who) => who.firstName));
  let right = 0;
  let said = 0;
  for (const [index, episode] of episodes.entries()) {
    for (const turn of episode.turns) {
      const partner = encounters[index]!.characters[turn.seat === 'A' ? 1 : 0].firstName;
      const called = (turn.text.match(/\p{L}+/gu) ?? []).filter((word) => firstNames.has(word));
      said += called.length;
      right += called.filter((name) => name === partner).length;
    }
  }
  expect(said).toBeGreaterThan(40);
  expect(right / said).toBeGreaterThan(0.9);
  const bargains = episodes.filter((_, index) => encounters[index]!.scenario.source === 'bargaining');
  for (const episode of bargains) {
    const rule = world.scenarios.find((scenario) => scenario.id === episode.scenario)?.rules?.[0];
    const item = rule?.kind === 'price' ? rule.item : '';
    const talk = episode.turns.map((turn) => turn.text).join(' ');
    expect(talk).toContain(item);
    expect(talk).toMatch(/\d+ dollars/);
  }
});

it.each([
  'toy-llama-s',
  'toy-llama-m',
  'toy-mistral-s',
  'toy-mistral-m',
])('%s speaks, and ends what it began', async (name) => {
  const model = await loadModel({ path: embeddedModelFolder(name, 'test') });
  expect(model.info.toy).toBe(true);
  const settings = { rounds: 8, temperature: 0.7, maxNewTokens: 80 };
  const words = new Set<string>();
  let left = 0;
  for (const encounter of encounters.slice(0, 6)) {
    const request = {
      encounter,
      models: { A: model, B: model },
      prompts: { A: embeddedPrompts(), B: embeddedPrompts() },
      names: [name, name] as const,
      settings,
    };
    const { episode } = await playEpisode({ ...request, seed: 0 });
    if (episode.ending !== 'rounds') left++;
    for (const { text } of episode.turns) for (const word of text.match(/\p{L}+/gu) ?? []) words.add(word);
  }
  await model.dispose();
  expect(left).toBeGreaterThanOrEqual(4);
  expect(words.size).toBeGreaterThan(60);
});

it('come to agreements, by rule, about as often as models/README.md says', () => {
  const agreed = episodes.filter(
    (episode, index) => outcomeOf(encounters[index]!.scenario, episode.turns)?.agreed,
  );
  const readme = readFileSync(join(import.meta.dirname, '../models/README.md'), 'utf8');
  const share = Number(/(\d+) of 100 episodes/.exec(readme)?.[1]) / 100;
  expect(share).toBeGreaterThan(0);
  // Three standard errors of a share over 24 episodes.
  expect(Math.abs(agreed.length / 24 - share)).toBeLessThan(3 * Math.sqrt((share * (1 - share)) / 24));
});
