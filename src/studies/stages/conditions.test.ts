// All conditions of one seat order on planted recordings: whose states are whose, what is shared, what is done again.

import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { namedConditions } from '../../../test/named-conditions.ts';
import { encountersNamed, type RunStageOptions, runStage, studyOf } from '../../../test/run-stage.ts';
import { parseCondition } from '../../conditions/condition.ts';
import { samplesOf } from '../../conditions/samples.ts';
import { matrixOf } from '../../numerics/matrix.ts';
import { alignPairs } from '../../pairs/align.ts';
import { arrayLayers, type LayerSource, recordingLayers } from '../../pairs/layers.ts';
import { type OpenRecording, openRecordings } from '../../pairs/open.ts';
import type { Pairing } from '../../pairs/pairing.ts';
import { splitSamples } from '../../pairs/split.ts';
import { statesPath, synchronyPath } from '../../recordings/layout.ts';
import { listRecordings } from '../../recordings/list.ts';
import { type PlantedEpisode, plantEpisodes, writePlanted } from '../../recordings/planted.ts';
import { openStates, readLayer, writeStates } from '../../recordings/states.ts';
import { measureConditions, measureSynchrony } from '../../synchrony/measure.ts';
import { readSynchrony } from '../../synchrony/synchrony-files.ts';
import { batchBySource } from '../batch-by-source.ts';
import { OpenStudy } from '../open.ts';
import { seatOrder } from '../plan.ts';
import { MEASURE } from './measure.ts';

const CONDITIONS = namedConditions(
  'interactive',
  'passive',
  'passive-same-format',
  'lag-1',
  'lag-2',
  'pseudo-dyad',
  'shuffled',
);
const run = mkdtempSync(join(tmpdir(), 'conditions-'));
afterAll(() => rmSync(run, { recursive: true }));

let episodes: readonly PlantedEpisode[];
const SYNCHRONY = { samples: 'all', splitSeeds: [0, 1], groupBy: 'scenario', lambda: 0.1 };
let models: readonly [string, string];

/** The study of these conditions, on the recordings in a folder. */
const studyIn = (folder: string, conditions: readonly string[]) => {
  const encounters = encountersNamed(episodes.map(({ episode }) => episode.interaction));
  const file = { conditions, synchrony: SYNCHRONY, simulation: { seeds: [episodes[0]!.episode.seed] } };
  return studyOf(folder, models, file, { orders: [seatOrder(...models)], encounters });
};
const measureStudy = (folder: string, conditions: readonly string[], options?: RunStageOptions) =>
  runStage(MEASURE, studyIn(folder, conditions), options);

beforeAll(async () => {
  episodes = plantEpisodes({
    scenarios: 12,
    interactionsPerScenario: 3,
    strength: 0.8,
    layers: 2,
    hiddenSize: 6,
    rounds: [2, 5],
    text: { dialogue: 0.4 },
  });
  await writePlanted(run, episodes);
  // The other reader: the states of the first one, halved.
  for (const { episode, readers, models } of episodes) {
    const halved = { A: halve(readers.A), B: halve(readers.B) };
    await writeStates(statesPath(run, 'passive-same-format', episode), halved, {
      condition: 'passive-same-format',
      models: [models[0].id, models[1].id],
      revisions: [models[0].revision, models[1].revision],
      promptsSha256: '',
      inputs: episode.interaction,
    });
  }
  const [{ episode }] = episodes as [PlantedEpisode];
  models = episode.models;
});

const halve = <States extends { readonly data: Float32Array }>(states: States) => {
  return { ...states, data: states.data.map((value) => value / 2) };
};
const open = async (condition: string): Promise<OpenRecording[]> =>
  openRecordings(
    await listRecordings(run, { models, condition, seeds: [episodes[0]!.episode.seed] }),
    'scenario',
  );
const stored = async (condition: string, direction: 'A->B' | 'B->A' = 'A->B') =>
  (await readSynchrony(synchronyPath(run, models, condition, direction))).result;

/** Path → time of every result. */
function results(): Record<string, number> {
  const folder = join(run, 'synchrony');
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.json'),
  );
  return Object.fromEntries(names.map((name) => [name, statSync(join(folder, name)).mtimeMs]));
}

it('measures all conditions, each once; a reading that has changed is measured again, and nothing else', async () => {
  const progress: number[] = [];
  await measureStudy(run, CONDITIONS, { onProgress: ({ done, total }) => progress.push(done / total) });
  expect(progress.at(-1)).toBe(1);
  const first = results();
  expect(Object.keys(first)).toHaveLength(2 * CONDITIONS.length);
  await measureStudy(run, CONDITIONS);
  expect(results()).toEqual(first);
  const [{ episode, readers, models }] = episodes as [PlantedEpisode];
  const path = statesPath(run, 'passive-same-format', episode);
  const { metadata } = await openStates(path);
  const write = (inputs: string) =>
    writeStates(
      path,
      { A: halve(readers.A), B: halve(readers.B) },
      {
        condition: 'passive-same-format',
        models: [models[0].id, models[1].id],
        revisions: [models[0].revision, models[1].revision],
        promptsSha256: '',
        inputs,
      },
    );
  await write('another prompt');
  await measureStudy(run, CONDITIONS);
  const changed = Object.entries(results()).filter(([name, time]) => time !== first[name]);
  expect(changed.map(([name]) => name).every((name) => name.includes('passive-same-format'))).toBe(true);
  expect(changed).toHaveLength(2);
  await write(metadata['inputs']!);
});

it.each([
  'A->B',
  'B->A',
] as const)('passive %s: the reader’s states predict the active partner’s', async (direction) => {
  const [active, readers] = [await open('interactive'), await open('passive')];
  const samples = alignPairs(active, direction);
  const splits = [0, 1].map((seed) => splitSamples(samples, { seed, samples: 'all', testFraction: 0.2 }));
  const labels = { condition: 'passive', direction, sourceModel: 'a', targetModel: 'b', groupBy: 'scenario' };
  const expected = await measureSynchrony(
    recordingLayers(readers, samples, 'source'),
    recordingLayers(active, samples, 'target'),
    { ...labels, splits, lambda: 0.1 },
  );
  const result = await stored('passive', direction);
  for (const [i, value] of result.meanR2.entries()) expect(value).toBeCloseTo(expected.meanR2[i]!, 6);
  const interactive = await stored('interactive', direction);
  expect(result.samples).toBe(interactive.samples);
  expect(result.splits).toEqual(interactive.splits);
  expect(result.meanR2).not.toEqual(interactive.meanR2);
  // Interaction was planted, so somebody who only reads knows less of the partner's next state.
  if (direction === 'A->B') expect(result.syncR2.value).toBeLessThan(interactive.syncR2.value);
});

it('says what was left out, in the result itself', async () => {
  const shuffled = await stored('shuffled', 'B->A');
  const single = episodes.filter(({ states }) => Math.min(states.B.rounds, states.A.rounds - 1) === 1).length;
  expect(single).toBeGreaterThan(0);
  expect(shuffled.leftOut).toMatchObject({ samples: single, episodes: single });
  expect((await stored('pseudo-dyad')).leftOut?.samples).toBeGreaterThan(0);
  for (const condition of ['interactive', 'passive', 'lag-1'])
    expect(await stored(condition)).not.toHaveProperty('leftOut');
});

/** Rows of a side as whoever has the states, the pairing and the splits alone makes them: by layer. */
async function rowsByHand({ recordings, rows }: Pairing, direction: 'A->B' | 'B->A', side: 0 | 1) {
  const seat = (direction === 'A->B') === (side === 0) ? 'A' : 'B';
  const seeds = episodes.map(({ episode }) => episode.seed);
  const opened = recordings.map(({ interaction, seed }) =>
    openStates(statesPath(run, 'interactive', { models, interaction, seed: seed ?? seeds[0]! })),
  );
  const layers = [];
  for (let layer = 0; layer < 2; layer++) {
    const data: number[] = [];
    for (let row = 0; row < rows.length / 4; row++) {
      const states = await opened[rows[4 * row + 2 * side]!]!;
      const round = rows[4 * row + 2 * side + 1]!;
      const { hiddenSize } = states[seat];
      data.push(
        ...(await readLayer(states, seat, layer)).slice((round - 1) * hiddenSize, round * hiddenSize),
      );
    }
    layers.push(matrixOf(rows.length / 4, 6, Float32Array.from(data)));
  }
  return arrayLayers(layers);
}

it.each([
  ['shuffled', 'A->B'],
  ['shuffled', 'B->A'],
  ['pseudo-dyad', 'A->B'],
  ['pseudo-dyad', 'B->A'],
] as const)('%s %s: what was paired is stored, and R² can be computed from that alone', async (condition, direction) => {
  const result = await stored(condition, direction);
  const pairing = result.pairing!;
  const scenarioOf = new Map(episodes.map(({ episode }) => [episode.interaction, episode.scenario]));
  for (const { interaction, group } of pairing.recordings)
    expect([undefined, scenarioOf.get(interaction)]).toContain(group);
  const groups = Array.from(
    { length: pairing.rows.length / 4 },
    (_, row) => pairing.recordings[pairing.rows[4 * row]!]!.group!,
  );
  const take = (names: readonly string[], count: number) =>
    names.flatMap((name) => groups.flatMap((group, row) => (group === name ? [row] : []))).slice(0, count);
  const splits = result.splits.map(({ seed, trainGroups, testGroups, trainSamples, testSamples }) => ({
    ...{ seed, trainGroups, testGroups },
    ...{ train: take(trainGroups, trainSamples), test: take(testGroups, testSamples) },
  }));
  const [source, target] = [await rowsByHand(pairing, direction, 0), await rowsByHand(pairing, direction, 1)];
  const labels = { condition, direction, sourceModel: 'a', targetModel: 'b', groupBy: 'scenario' };
  const again = await measureSynchrony(source, target, { ...labels, splits, lambda: 0.1, method: 'direct' });
  for (const [i, value] of result.meanR2.entries()) expect(value).toBeCloseTo(again.meanR2[i]!, 6);
});

it('nothing is chosen, and no pairing stored, in the other conditions', async () => {
  for (const condition of ['interactive', 'passive', 'lag-1'])
    expect(await stored(condition)).not.toHaveProperty('pairing');
});

it('conditions with the same rows of X share their fits: the source is read as often as for one', async () => {
  const long = (await open('interactive')).filter(({ rounds }) => Math.min(rounds.A, rounds.B) > 1);
  const readers = (await open('passive')).filter(({ rounds }) => Math.min(rounds.A, rounds.B) > 1);
  const task = (condition: string, source = long) => ({
    condition,
    ...samplesOf(long, parseCondition(condition), 'A->B'),
    recordings: { source, target: long },
  });
  const tasks = [task('interactive'), task('passive', readers), task('shuffled'), task('lag-1')];
  // Without episodes of one round, shuffled has all rows of interactive; a reader's are others, and a lag's are fewer.
  const batches = batchBySource(tasks);
  expect(batches.map((batch) => batch.map(({ condition }) => condition))).toEqual([
    ['interactive', 'shuffled'],
    ['passive'],
    ['lag-1'],
  ]);
  const counted = (layers: LayerSource) => {
    const count = { reads: 0 };
    const read: LayerSource['read'] = (layer, into) => {
      count.reads++;
      return layers.read(layer, into);
    };
    return { count, layers: { ...layers, read } };
  };
  const measure = async (batch: (typeof batches)[number]) => {
    const [{ samples }] = batch as [(typeof tasks)[number]];
    const source = counted(recordingLayers(long, samples, 'source'));
    const targets = batch.map(({ condition, samples: own }) => {
      return { condition, targetModel: 'b', target: recordingLayers(long, own, 'target') };
    });
    const splits = [splitSamples(samples, { seed: 0, samples: 'all', testFraction: 0.2 })];
    const labels = { direction: 'A->B' as const, sourceModel: 'a', groupBy: 'scenario' };
    const measured = await measureConditions(source.layers, targets, {
      ...labels,
      splits,
      lambda: 0.1,
      method: 'trace',
    });
    return { measured, reads: source.count.reads };
  };
  const both = await measure(batches[0]!);
  const alone = await measure(batches[0]!.slice(0, 1));
  expect(both.reads).toBe(alone.reads);
  expect(both.measured[0]!.result.meanR2).toEqual(alone.measured[0]!.result.meanR2);
  expect(both.measured[1]!.result.syncR2.value).toBeLessThan(both.measured[0]!.result.syncR2.value);
});

it('pseudo-dyads are divided by scenario in a study that groups by interaction', async () => {
  const other = mkdtempSync(join(tmpdir(), 'conditions-'));
  try {
    await writePlanted(other, episodes);
    const { study, ...rest } = studyIn(other, ['interactive', 'pseudo-dyad']).parts;
    const synchrony = { ...study.synchrony, groupBy: 'interaction' as const, intervals: false as const };
    await runStage(MEASURE, new OpenStudy({ ...rest, study: { ...study, synchrony } }));
    const scenarios = new Set(episodes.map(({ episode }) => episode.scenario));
    const interactions = new Set(episodes.map(({ episode }) => episode.interaction));
    expect([...scenarios].some((scenario) => interactions.has(scenario))).toBe(false);
    const check = async (condition: string, groupBy: string, groups: ReadonlySet<string>) => {
      for (const direction of ['A->B', 'B->A'] as const) {
        const path = synchronyPath(other, models, condition, direction);
        const { result } = await readSynchrony(path);
        expect(result.groupBy).toBe(groupBy);
        for (const { trainGroups, testGroups } of result.splits) {
          expect([...trainGroups, ...testGroups].filter((group) => !groups.has(group))).toEqual([]);
          expect(testGroups.filter((group) => trainGroups.includes(group))).toEqual([]);
        }
      }
    };
    await check('interactive', 'interaction', interactions);
    await check('pseudo-dyad', 'scenario', scenarios);
  } finally {
    rmSync(other, { recursive: true });
  }
});

it('a passive condition whose episodes have not all been read, or not whole, says so', async () => {
  const other = mkdtempSync(join(tmpdir(), 'conditions-'));
  try {
    await writePlanted(other, episodes);
    const [{ episode, readers, models }] = episodes as [PlantedEpisode];
    const path = statesPath(other, 'passive', episode);
    rmSync(path);
    await expect(measureStudy(other, ['passive'])).rejects.toThrow(
      `1 of ${episodes.length} episodes have not been read`,
    );
    const { layers, hiddenSize } = readers.A;
    const short = { layers, hiddenSize, rounds: 1, data: new Float32Array(layers * hiddenSize) };
    await writeStates(
      path,
      { A: short, B: readers.B },
      {
        condition: 'passive',
        models: [models[0].id, models[1].id],
        revisions: [models[0].revision, models[1].revision],
        promptsSha256: '',
      },
    );
    await expect(measureStudy(other, ['passive'])).rejects.toThrow(
      /seat A has 1 rounds, but the episode that was read has/,
    );
  } finally {
    rmSync(other, { recursive: true });
  }
});
