// Sensitivity and relationships of a study on recordings with a known truth.

import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encountersNamed, type RunStageOptions, runStage, studyOf } from '../../../test/run-stage.ts';
import { BadInput } from '../../errors.ts';
import { openRecordings } from '../../pairs/open.ts';
import { relationshipsPath, sensitivityPath, synchronyPath } from '../../recordings/layout.ts';
import { listRecordings } from '../../recordings/list.ts';
import { plantEpisodes, writePlanted } from '../../recordings/planted.ts';
import type { ScenarioSet } from '../../scenarios/schema.ts';
import { measureRecordings } from '../../synchrony/measure.ts';
import { readSynchrony } from '../../synchrony/synchrony-files.ts';
import type { OpenStudy } from '../open.ts';
import { parseStudy } from '../parse.ts';
import { seatOrder } from '../plan.ts';
import type { Study } from '../schema.ts';
import { type PartName, readPart } from '../sensitivity/part-files.ts';
import { readTranscripts } from '../sensitivity/text.ts';
import { MEASURE } from './measure.ts';
import { RELATIONSHIPS_STAGE } from './relationships.ts';
import { SENSITIVITY } from './sensitivity.ts';

const MODELS = ['planted-a', 'planted-b'] as const;
const study = (text: string) =>
  parseStudy(`name: s\nmodels: { a: { embedded: toy-llama } }\n${text}`, 'study.yaml');
const { synchrony: settings, sensitivity } = study(
  'synchrony: { samples: all, splitSeeds: [0, 1], lambda: 0.1, intervals: { level: 0.9 } }\n' +
    'sensitivity: { sampleSizes: [100, 200, 5000], textBaseline: { dimensions: 64 } }',
);

let run: string;
let opened: OpenStudy;
let scenarios: ScenarioSet;

beforeAll(async () => {
  run = await mkdtemp(join(tmpdir(), 'sensitivity-'));
  const episodes = plantEpisodes({
    ...{ scenarios: 15, rounds: [3, 6], layers: 3, words: true },
    ...{ strength: 1, text: { dialogue: 1 } },
  });
  await writePlanted(run, episodes);
  const file = {
    conditions: ['interactive', 'shuffled'],
    ...{ synchrony: settings, sensitivity, simulation: { seeds: [0] } },
  };
  opened = studyOf(run, MODELS, file, {
    orders: [seatOrder(...MODELS)],
    encounters: encountersNamed(episodes.map(({ episode }) => episode.interaction)),
  });
  const ids = [...new Set(episodes.map(({ episode }) => episode.scenario))];
  scenarios = {
    name: 'planted',
    characters: [],
    scenarios: ids.map((id, i) => ({
      ...{ id, codename: id, source: 'planted', situation: [], goals: [[], []] },
      relationship: i % 3 === 0 ? 'friend' : 'stranger',
    })),
    interactions: episodes.map(({ episode }) => ({
      id: episode.interaction,
      scenario: episode.scenario,
      characters: [...episode.characterIds],
    })),
  };
  await runStage(MEASURE, opened, { threads: 1 });
});
afterAll(() => rm(run, { recursive: true }));

/** The same study with other words in its file. */
const changed = (changes: Partial<Study>) => opened.with({ study: { ...opened.study, ...changes } });
const measure = (study = opened, options: RunStageOptions = {}) =>
  runStage(SENSITIVITY, study, { threads: 1, ...options });
const part = <Name extends PartName>(name: Name, direction = 'A->B') =>
  readPart(sensitivityPath(run, MODELS, direction, name), name);
const own = async (direction: 'A->B' | 'B->A' = 'A->B') =>
  (await readSynchrony(synchronyPath(run, MODELS, 'interactive', direction))).result;

describe('sensitivity', () => {
  beforeAll(async () => void (await measure()));

  it('leaves a file per direction and part', async () => {
    const files = await readdir(join(run, 'sensitivity'), { recursive: true });
    const names = ['aggregation', 'groupings', 'sample-size', 'target-choice', 'text', 'weighting'];
    expect(files.filter((name) => name.endsWith('.json')).sort()).toEqual(
      ['A-to-B', 'B-to-A'].flatMap((direction) =>
        names.map((name) => join('planted-a+planted-b', direction, `${name}.json`)),
      ),
    );
  });

  it('top-k and clamping begin with SyncR² itself, in every condition', async () => {
    const { conditions } = (await part('aggregation')).result;
    expect(conditions.map(({ condition }) => condition)).toEqual(['interactive', 'shuffled']);
    const [first] = conditions[0]!.choices;
    expect(first).toMatchObject({ topK: 1, clamp: true });
    expect(first!.value).toBeCloseTo((await own()).syncR2.value, 12);
    expect(conditions[0]!.choices).toHaveLength(6);
  });

  it('sample sizes: what measuring so many gives, the study’s own last, and those that there are not are named', async () => {
    const { sizes, leftOut } = (await part('sample-size')).result;
    const result = await own();
    expect(sizes.map(({ samples }) => samples)).toEqual([100, 200, result.samples]);
    expect(sizes[2]).toMatchObject({ value: result.syncR2.value });
    expect(leftOut).toEqual([{ samples: 5000, reason: expect.stringContaining('5000 are needed') }]);
    const files = await listRecordings(run, { models: MODELS, condition: 'interactive' });
    const again = await measureRecordings(await openRecordings(files), {
      ...{ direction: 'A->B', condition: 'x', sourceModel: 'a', targetModel: 'b', groupBy: 'interaction' },
      ...{ lambda: 0.1, intervals: false, method: 'direct' },
      ...{ samples: 200, testFraction: 0.2, splitSeeds: [0, 1] },
    });
    expect(sizes[1]!.value).toBeCloseTo(again.syncR2.value, 5);
    expect(sizes[1]).toMatchObject({ train: 160, test: 40 });
    expect(sizes[1]!.interval?.level).toBe(0.9);
  });

  it('target layers chosen on training groups: not more than those chosen on the test rows', async () => {
    const { onTraining, onTest, validationSamples, targets } = (await part('target-choice')).result;
    expect(onTraining.value).toBeLessThanOrEqual(onTest.value + 0.01);
    expect(onTraining.value).toBeGreaterThan(0.8 * onTest.value);
    const train = (await own()).splits[0]!.trainSamples;
    for (const count of validationSamples) expect(count / train).toBeCloseTo(0.2, 1);
    expect(targets.map((layers) => layers.length)).toEqual([3, 3]);
  });

  it('groupings: what measuring so grouped gives, the study’s own among them, and no group on both sides', async () => {
    const { groupings, leftOut } = (await part('groupings')).result;
    expect(groupings.map(({ groupBy }) => groupBy)).toEqual(['interaction', 'characterPair', 'scenario']);
    expect(leftOut).toEqual([]);
    const result = await own();
    expect(groupings[0]).toMatchObject({ value: result.syncR2.value, samples: result.samples });
    expect(groupings.map(({ groups }) => groups)).toEqual([45, 45, 15]);
    const files = await listRecordings(run, { models: MODELS, condition: 'interactive' });
    const again = await measureRecordings(await openRecordings(files, 'scenario'), {
      ...{ direction: 'A->B', condition: 'x', sourceModel: 'a', targetModel: 'b', groupBy: 'scenario' },
      ...{ lambda: 0.1, intervals: false, method: 'direct' },
      ...{ samples: 'all', testFraction: 0.2, splitSeeds: [0, 1] },
    });
    expect(groupings[2]!.value).toBeCloseTo(again.syncR2.value, 5);
    expect(groupings[2]!.interval?.level).toBe(0.9);
    // Groups are resampled, and there are fewer of scenarios.
    expect(groupings[2]!.interval!.groups).toBeLessThan(groupings[0]!.interval!.groups);
  });

  it('weighting by variance, and text: the text’s part goes and interaction stays', async () => {
    const { uniform, variance } = (await part('weighting')).result;
    expect(uniform.value).toBeCloseTo((await own()).syncR2.value, 12);
    expect(Math.abs(variance.value - uniform.value)).toBeLessThan(0.2);
    expect(variance.value).not.toBe(uniform.value);
    const { states, shared, left, features } = (await part('text')).result;
    expect(features).toBe(4 * 64 + 5);
    expect(shared.value).toBeGreaterThan(0.05);
    expect(shared.value).toBeLessThan(states.value);
    expect(left.value).toBeGreaterThan(0.2);
    expect(left.interval?.estimate).toBe(left.value);
  });

  it('is not made again, unless what it depends on has changed', async () => {
    const timeOf = async (name: string) => (await stat(sensitivityPath(run, MODELS, 'A->B', name))).mtimeMs;
    const names = ['aggregation', 'groupings', 'sample-size', 'target-choice', 'text', 'weighting'];
    const before = await Promise.all(names.map(timeOf));
    const progress: unknown[] = [];
    await measure(opened, { onProgress: (one) => progress.push(one) });
    expect(progress.at(-1)).toMatchObject({ done: 12, total: 12, skipped: 12 });
    expect(await Promise.all(names.map(timeOf))).toEqual(before);
    if (!sensitivity) return;
    await measure(changed({ sensitivity: { ...sensitivity, sampleSizes: [100] } }));
    const after = await Promise.all(names.map(timeOf));
    expect(names.filter((_, i) => after[i] !== before[i])).toEqual(['sample-size']);
  });

  it('switched off, a part is not made; without its measure, the study says so', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'sensitivity-'));
    await expect(measure(opened.with({ run: empty }))).rejects.toThrow(BadInput);
    await rm(empty, { recursive: true });
    const aborted = AbortSignal.abort(new Error('stopped'));
    await expect(measure(opened, { signal: aborted })).rejects.toThrow('stopped');
  });

  it('needs transcripts for text', async () => {
    const files = [{ interaction: 'x', seed: null, states: 'folder/x.safetensors', episode: null }];
    await expect(readTranscripts(files)).rejects.toThrow(
      /x\.safetensors: text baselines need .* put the transcript/,
    );
  });
});

describe('relationships', () => {
  const compare = (relationships = { draws: 2, smallest: 4 }) =>
    runStage(RELATIONSHIPS_STAGE, changed({ relationships }).with({ scenarios }), { threads: 1 });

  it('has a value for each, from parts of equal size, and is not made again', async () => {
    await compare();
    const path = relationshipsPath(run, MODELS, 'A->B');
    const { result, splitSeeds } = await readPart(path, 'relationships');
    expect(result.relationships.map(({ relationship }) => relationship)).toEqual(['stranger', 'friend']);
    for (const { draws, value } of result.relationships) {
      expect(draws).toHaveLength(2);
      expect(value).toBeCloseTo((draws[0]! + draws[1]!) / 2, 12);
    }
    expect(result.size).toHaveLength(splitSeeds.length);
    const before = await readFile(path, 'utf8');
    const time = (await stat(path)).mtimeMs;
    await compare();
    expect((await stat(path)).mtimeMs).toBe(time);
    await compare({ draws: 2, smallest: 10_000 });
    const { result: none } = await readPart(path, 'relationships');
    expect(none.relationships).toEqual([]);
    expect(none.leftOut.map(({ relationship }) => relationship).sort()).toEqual(['friend', 'stranger']);
    await compare();
    expect(await readFile(path, 'utf8')).toBe(before);
  });
});

describe('the study file', () => {
  it('takes true, settings, or nothing', () => {
    expect(study('').sensitivity).toBe(false);
    expect(study('sensitivity: true').sensitivity).toEqual({
      ...{
        topK: true,
        clamp: true,
        groupings: true,
        sampleSizes: true,
        validationTarget: true,
        weighting: true,
      },
      textBaseline: { dimensions: 512 },
    });
    expect(study('sensitivity: { textBaseline: false }').sensitivity).toMatchObject({ textBaseline: false });
    expect(study('sensitivity: { textBaseline: true }').sensitivity).toMatchObject({
      textBaseline: { dimensions: 512 },
    });
    expect(study('relationships: true').relationships).toEqual({ draws: 3, smallest: 20 });
  });

  it('says what does not go together', () => {
    expect(() => study('conditions: [lag-1]\nrelationships: true')).toThrow(
      /study\.yaml:4:\d+ relationships: is about the maps of condition interactive/,
    );
    expect(() => study('synchrony: { solver: published-float32 }\nsensitivity: true')).toThrow(
      'solver exact',
    );
    expect(() => study('sensitivity: { sampleSizes: [3] }')).toThrow(BadInput);
  });
});
