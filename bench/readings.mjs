// What readings take beside the episodes that they read, in one run: episodes are played as a study plays them, in both
// seats and with several seeds, and then read in every passive condition. Processor time, all threads together, since other
// work on the machine changes it less than the clock.

import { availableParallelism, cpus, loadavg } from 'node:os';
import { resolve } from 'node:path';
import { playEpisode } from '../dist/episodes/play.js';
import { readAlong } from '../dist/episodes/read.js';
import { embeddedModels } from '../dist/models/embedded.js';
import { loadModel, modelPrompts } from '../dist/models/sources.js';
import { builtInPrompts } from '../dist/prompts/prompts.js';
import { PASSIVE_FORMATS } from '../dist/prompts/styles/style.js';
import { encountersOf, spread } from '../dist/scenarios/encounters.js';
import { smallWorld } from '../dist/scenarios/world.js';
import { playTogether } from '../dist/studies/conversation-slots.js';
import { printTable } from './print-table.mjs';

const EMBEDDED = ['toy-llama', 'toy-mistral'];
/** As the paper has them, of utterances that are no longer than ours usually are. */
const SETTINGS = { rounds: 8, temperature: 0.7, maxNewTokens: 80 };

/** Seconds of the processor and of the clock. */
async function timed(work) {
  const [used, start] = [process.cpuUsage(), performance.now()];
  await work();
  const { user, system } = process.cpuUsage(used);
  return { processor: (user + system) / 1e6, clock: (performance.now() - start) / 1000 };
}

/** Episodes of all pairs of seats, in the order in which readings are made: those of an encounter one after the other. */
function episodesOf(names, encounters, seeds) {
  const orders = names.length === 1 ? [[names[0], names[0]]] : [names, names.toReversed()];
  return encounters.flatMap((encounter) =>
    Array.from({ length: seeds }, (_, seed) => orders.map((order) => ({ encounter, seed, order }))).flat(),
  );
}

async function play(all, models, words) {
  await playTogether(all, { models, names: ({ order }) => order }, async (one, { signal }) => {
    const [A, B] = one.order;
    const { episode } = await playEpisode({
      encounter: one.encounter,
      models: { A: models.get(A), B: models.get(B) },
      prompts: { A: words.get(A), B: words.get(B) },
      names: one.order,
      seed: one.seed,
      settings: SETTINGS,
      signal,
    });
    one.episode = episode;
  });
}

/** Reads all episodes; returns how many tokens that took, and how many the prompts have. */
async function read(all, models, words, format) {
  const tokens = { computed: 0, all: 0 };
  await playTogether(all, { models, names: ({ order }) => order }, async (one, { signal }) => {
    const seats = one.order.map((name, i) => {
      const [model, prompts, seat] = [models.get(name), words.get(name), i === 0 ? 'A' : 'B'];
      return readAlong({ ...one, seat, model, prompts, format, signal });
    });
    for (const { prompts } of await Promise.all(seats))
      for (const prompt of prompts) {
        tokens.all += prompt.tokens;
        tokens.computed += prompt.tokens - prompt.reusedTokens;
      }
  });
  return tokens;
}

/** Models that talk with each other, or one that talks with itself. */
async function compare(names, { dtype, interactions, seeds, style }) {
  const sourceOf = (name) =>
    embeddedModels().includes(name) ? { embedded: name } : { path: resolve(name), ...(dtype && { dtype }) };
  const models = new Map();
  for (const name of names) models.set(name, await loadModel(sourceOf(name)));
  const words = new Map(names.map((name) => [name, modelPrompts(sourceOf(name)) ?? builtInPrompts(style)]));
  const all = episodesOf(names, spread(encountersOf(smallWorld()), interactions, 'the small world'), seeds);
  // What is done once only: kernels are chosen, code is compiled.
  await play(
    all.slice(0, 1).map((one) => ({ ...one })),
    models,
    words,
  );
  const episodes = await timed(() => play(all, models, words));
  const turns = all.flatMap(({ episode }) => episode.turns);
  const sum = (of) => turns.reduce((total, turn) => total + of(turn), 0);
  const row = (what, { processor, clock }, tokens) => [
    what,
    `${processor.toFixed(1)} s`,
    `${clock.toFixed(1)} s`,
    tokens,
    `${(processor / episodes.processor).toFixed(2)} ×`,
  ];
  const computed = sum(({ promptTokens, reusedTokens }) => promptTokens - reusedTokens);
  const spoken = sum(({ newTokens }) => newTokens);
  const rows = [
    row(`${all.length} episodes, ${turns.length} turns`, episodes, `${computed} read, ${spoken} spoken`),
  ];
  const readings = { processor: 0, clock: 0 };
  for (const format of PASSIVE_FORMATS) {
    let tokens;
    const taken = await timed(async () => {
      tokens = await read(all, models, words, format);
    });
    readings.processor += taken.processor;
    readings.clock += taken.clock;
    rows.push(row(format, taken, `${tokens.computed} read, of ${tokens.all}`));
  }
  rows.push(row('both readings', readings, ''));
  for (const model of models.values()) await model.dispose();
  return rows;
}

/**
 * @param {{ models: string[], dtype: string | undefined, interactions: number, seeds: number, style: string }} options
 *   `models`: folders of checkpoints, each of which talks with itself; the embedded pair comes first in any case
 */
export async function benchReadings(options) {
  console.log(`${cpus()[0]?.model.trim()}, ${availableParallelism()} threads, Node ${process.versions.node}`);
  for (const names of [EMBEDDED, ...options.models.map((folder) => [folder])]) {
    console.log(`\n## ${names.join(' and ')} (load ${loadavg()[0].toFixed(1)} at the start)\n`);
    const rows = await compare(names, options);
    printTable([['', 'processor', 'clock', 'tokens', 'to the episodes'], ...rows]);
  }
}
