// A study with named mental states and networks: played, kept apart from the usual episodes, decoded, and not done again.

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LanguageModel } from '../src/models/language-model.ts';
import { createScriptedModel } from '../src/models/scripted/model.ts';
import { createRandom } from '../src/numerics/random.ts';
import { ACTIONS, EMOTIONS } from '../src/prompts/mental-states.ts';
import { readEpisode } from '../src/recordings/recording.ts';
import { encountersOf } from '../src/scenarios/encounters.ts';
import { smallWorld } from '../src/scenarios/world.ts';
import { seatOrder } from '../src/studies/plan.ts';
import { type Study, studySchema } from '../src/studies/schema.ts';
import { EPISODES, MENTAL_STATE_EPISODES } from '../src/studies/stages/episodes.ts';
import { MEASURE } from '../src/studies/stages/measure.ts';
import { NETWORKS_STAGE } from '../src/studies/stages/networks.ts';
import { PROBES } from '../src/studies/stages/probes.ts';
import { resultsOf, runStage, studyOf } from './run-stage.ts';

const run = mkdtempSync(join(tmpdir(), 'mental-states-'));
afterAll(() => rmSync(run, { recursive: true }));

/** Follows the format, `failing` of its replies aside. */
function actor(id: string, failing: number): LanguageModel {
  return createScriptedModel({
    id,
    layers: 2,
    hiddenSize: 8,
    replies: (prompt, { seed }) => {
      const { uniform, integer } = createRandom(`${id}/${seed}/${prompt.length}`);
      // Nothing twice: who repeats itself has left.
      const said = `I say ${integer(50)} and ${prompt.length}.`;
      if (uniform() < failing || !prompt.includes('Feeling. Doing. Words.')) return said;
      return `${EMOTIONS[integer(8)]}. ${ACTIONS[integer(5)]}. ${said}`;
    },
  });
}

const models = new Map([
  ['good', actor('good', 0)],
  ['bad', actor('bad', 0.5)],
]);
const encounters = encountersOf(smallWorld()).filter((_, index) => index % 9 === 0);
const study = studySchema.parse({
  name: 'x',
  models: { good: { path: 'x' }, bad: { path: 'y' } },
  simulation: { seeds: [0], rounds: 3, maxNewTokens: 60 },
  synchrony: { samples: 'all', splitSeeds: [0, 1], intervals: false },
  mentalStates: { l2: 1 },
  nonlinear: { hidden: 8, epochs: 2, layerPairs: [[1, 0]] },
});
const orders = [seatOrder('good', 'bad')];
const opened = studyOf(run, ['good', 'bad'], {}, { study, orders, encounters });
/** The same study with other words in its file. */
const changed = (changes: Partial<Study>) => opened.with({ study: { ...study, ...changes } });
/** Plays both kinds of episode. */
async function play() {
  const usual = await runStage(EPISODES, opened, { models });
  const named = await runStage(MENTAL_STATE_EPISODES, opened, { models });
  return { made: usual.made + named.made, skipped: usual.skipped + named.skipped };
}
/** Decodes what is not decoded; all that is there then. */
async function probe(of = opened) {
  await runStage(PROBES, of);
  return resultsOf(PROBES, of);
}
/** Trains what is not trained; all that is there then. */
async function train(of = opened) {
  await runStage(NETWORKS_STAGE, of);
  return resultsOf(NETWORKS_STAGE, of);
}

const filesIn = (folder: string) =>
  readdirSync(join(run, folder), { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(json|s.*)$/.test(name),
  );

beforeAll(async () => {
  expect(await play()).toEqual({ made: 2 * encounters.length, skipped: 0 });
  await runStage(MEASURE, opened);
}, 60_000);

it('keeps both kinds of episode apart, and plays neither again', async () => {
  const count = encounters.length;
  expect(filesIn('episodes/good+bad/0')).toHaveLength(count);
  expect(filesIn('episodes/good+bad/mental-states/0')).toHaveLength(count);
  expect(filesIn('states/good+bad/mental-states/0')).toHaveLength(count);
  expect(await play()).toEqual({ made: 0, skipped: 2 * count });
  const [first] = filesIn('episodes/good+bad/mental-states/0');
  const [usual, named] = await Promise.all(
    ['0', 'mental-states/0'].map((folder) => readEpisode(join(run, 'episodes/good+bad', folder, first!))),
  );
  expect(usual).not.toHaveProperty('variant');
  expect(usual!.turns[0]).not.toHaveProperty('mentalState');
  expect(named!.variant).toBe('mental-states');
  expect(named!.inputs).not.toBe(usual!.inputs);
  expect(named!.turns[0]!.mentalState!.emotion!.probabilities).toHaveLength(8);
});

it('decodes the words of the model that follows the format, and says why not the others', async () => {
  const [a, b] = await probe();
  expect(a!.failures.own).toMatchObject({ turns: 3 * encounters.length, failed: 0 });
  expect(a!.probes.map(({ kind, relation }) => `${kind} ${relation}`)).toEqual([
    'emotion self',
    'action self',
  ]);
  expect(a!.excluded[0]!.reason).toMatch(/replies of bad .* do not follow the format/);
  expect(b!.probes.map(({ relation }) => relation)).toEqual([
    'partner-previous',
    'partner-next',
    'partner-previous',
    'partner-next',
  ]);
  // At an open place the scripted model's probabilities are a function of its state: they are decoded far better
  // than by their mean.
  const { best, baseline } = a!.probes[0]!;
  expect(best.mean).toBeLessThan(baseline.mean);
  const path = join(run, 'probes/good+bad/A.json');
  const before = statSync(path).mtimeMs;
  expect(await probe()).toEqual([a, b]);
  expect(statSync(path).mtimeMs).toBe(before);
  const other = await probe(changed({ mentalStates: { l2: 2, maxFailureRate: 1 } }));
  expect(other[0]!.probes).toHaveLength(6);
});

it('trains networks beside the ridge maps, and none of them twice', async () => {
  const { nonlinear } = study;
  if (nonlinear === false) throw new Error('the study asks for networks');
  const [forward, backward] = await train();
  expect(forward!.cells).toMatchObject([{ source: 1, target: 0 }]);
  expect(backward!.direction).toBe('B->A');
  const path = join(run, 'synchrony/good+bad/interactive/networks.A-to-B.json');
  const [bytes, { mtimeMs }] = [readFileSync(path, 'utf8'), statSync(path)];
  expect((await train())[0]).toEqual(forward);
  expect(statSync(path).mtimeMs).toBe(mtimeMs);
  const more = await train(changed({ nonlinear: { ...nonlinear, layerPairs: 'all' } }));
  expect(more[0]!.comparison.complete).toBe(true);
  expect(more[0]!.cells[2]).toEqual(forward!.cells[0]);
  await train();
  expect(readFileSync(path, 'utf8')).toBe(bytes);
});
