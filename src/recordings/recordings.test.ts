import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { endedProcess } from '../../test/ended-process.ts';
import { BadInput, CorruptFile, ModelMismatch, OtherFormat } from '../errors.ts';
import type { ModelInfo } from '../models/language-model.ts';
import { encodeSafetensors } from '../numerics/safetensors.ts';
import { partialName, sweepPartials, writeFileAtomic, writeJson } from './atomic-file.ts';
import { fromFileName, keyOf, pairName, statesPath, toFileName } from './layout.ts';
import { listFolder, listRecordings } from './list.ts';
import { readEpisode, writeRecording } from './recording.ts';
import { openStates, readLayer } from './states.ts';
import type { Episode, Recording, Turn } from './types.ts';

let run: string;
beforeEach(async () => {
  run = await mkdtemp(join(tmpdir(), 'recordings-'));
});
afterEach(() => rm(run, { recursive: true }));

function modelInfo(id: string, layers: number, hiddenSize: number): ModelInfo {
  const fixed = {
    architecture: 'scripted',
    vocabSize: 1,
    contextLength: 1,
    parameters: 0,
    dtype: 'fp32',
    toy: true,
    capabilities: [],
  };
  return { id, revision: `revision of ${id}`, layers, hiddenSize, ...fixed };
}

/** An episode that A leaves in its last round, so that B has one state fewer. */
function sampleRecording(interaction = 'lamp/ana+bo', seed = 0, rounds = 3): Recording {
  const turns: Turn[] = [];
  for (let round = 1; round <= rounds; round++)
    for (const seat of ['A', 'B'] as const)
      if (seat === 'A' || round < rounds)
        turns.push({
          round,
          seat,
          speaker: seat === 'A' ? 'Ana' : 'Bo',
          text: `“${round}”`,
          promptSha256: `${seat}${round}`,
          promptTokens: 9,
          reusedTokens: 3,
          newTokens: 2,
          finish: 'line',
          notes: [],
        });
  const episode: Episode = {
    format: 'interbrain-episode-1',
    interaction,
    scenario: 'lamp',
    characters: ['Ana', 'Bo'],
    characterIds: ['ana', 'bo'],
    relationship: 'friend',
    models: ['llama', 'mistral'],
    seed,
    inputs: 'hash',
    turns,
    ending: 'A left',
  };
  const fill = (layers: number, some: number, hiddenSize: number, start: number) => ({
    layers,
    rounds: some,
    hiddenSize,
    data: Float32Array.from({ length: layers * some * hiddenSize }, (_, i) => start + i / 8),
  });
  return {
    episode,
    states: { A: fill(2, rounds, 4, 100), B: fill(3, rounds - 1, 5, -7) },
    models: [modelInfo('org/llama', 2, 4), modelInfo('org/mistral', 3, 5)],
  };
}

test('what was written is what is read', async () => {
  const recording = sampleRecording();
  const paths = await writeRecording(run, recording);
  expect(await readEpisode(paths.episode)).toEqual(recording.episode);
  const states = await openStates(paths.states);
  expect(states.metadata).toMatchObject({
    format: 'interbrain-states-1',
    condition: 'interactive',
    model_A: 'org/llama',
    revision_B: 'revision of org/mistral',
  });
  for (const seat of ['A', 'B'] as const) {
    const { layers, rounds, hiddenSize, data } = recording.states[seat];
    expect(states[seat]).toMatchObject({ layers, rounds, hiddenSize });
    for (let layer = 0; layer < layers; layer++)
      expect(await readLayer(states, seat, layer)).toEqual(
        data.slice(layer * rounds * hiddenSize, (layer + 1) * rounds * hiddenSize),
      );
  }
});

test('the files lie where the layout says, with nothing else beside them', async () => {
  await writeRecording(run, sampleRecording());
  const files = (await readdir(run, { recursive: true })).filter((name) => /\.\w+$/.test(name));
  expect(files.sort()).toEqual([
    join('episodes', 'llama+mistral', '0', 'lamp%2Fana%2Bbo.json'),
    join('states', 'llama+mistral', 'interactive', '0', 'lamp%2Fana%2Bbo.safetensors'),
  ]);
});

test('an interrupted recording is not listed, and the next run ends with the same bytes', async () => {
  const recording = sampleRecording();
  const whole = await writeRecording(run, recording);
  const bytes = await Promise.all([readFile(whole.states), readFile(whole.episode)]);
  const options = { models: ['llama', 'mistral'], condition: 'interactive' } as const;
  expect(await listRecordings(run, options)).toHaveLength(1);
  // Killed after the states, in the middle of the transcript.
  await rm(whole.episode);
  const killed = await endedProcess();
  await writeFile(partialName(whole.episode, killed), bytes[1].subarray(0, 40));
  expect(await listRecordings(run, options)).toEqual([]);
  // Killed in the middle of the states, before.
  await rm(whole.states);
  await writeFile(partialName(whole.states, killed), bytes[0].subarray(0, 99));
  expect(await listRecordings(run, options)).toEqual([]);
  expect(await sweepPartials(run)).toBe(2);
  await writeRecording(run, recording);
  expect(await Promise.all([readFile(whole.states), readFile(whole.episode)])).toEqual(bytes);
  expect((await readdir(dirname(whole.states))).concat(await readdir(dirname(whole.episode)))).toHaveLength(
    2,
  );
});

test('recordings are listed by seed as a number, then by interaction', async () => {
  for (const seed of [10, 2])
    for (const name of ['b', 'a']) await writeRecording(run, sampleRecording(name, seed));
  const options = { models: ['llama', 'mistral'], condition: 'interactive' } as const;
  const named = (await listRecordings(run, options)).map(({ seed, interaction }) => `${seed}${interaction}`);
  expect(named).toEqual(['2a', '2b', '10a', '10b']);
  expect(await listRecordings(run, { ...options, seeds: [10] })).toHaveLength(2);
  expect(await listRecordings(run, { ...options, models: ['mistral', 'llama'] })).toEqual([]);
  expect(await listRecordings(run, { ...options, condition: 'passive' })).toEqual([]);
});

test('a folder made by hand needs states alone', async () => {
  const tensor = (name: string) => ({
    name,
    dtype: 'F32' as const,
    shape: [1, 1, 2],
    data: Float32Array.of(1, 2),
  });
  const bytes = encodeSafetensors([tensor('A'), tensor('B')]);
  for (const name of ['0/x.safetensors', '1/x.safetensors', '1/y.safetensors', '1/z.safetensors.partial'])
    await writeFileAtomic(join(run, name), bytes);
  await writeJson(join(run, '1', 'y.json'), sampleRecording().episode);
  // What an earlier measurement of this folder left in it.
  const [old, result] = [1, 2].map((format) =>
    encodeSafetensors([tensor('r2')], { format: `interbrain-synchrony-${format}` }),
  );
  await writeFileAtomic(join(run, 'measured/A-to-B.safetensors'), old!);
  await writeFileAtomic(join(run, 'measured/ridge.A-to-B.safetensors'), result!);
  const listed = await listFolder(run);
  expect(listed.map(({ interaction }) => interaction)).toEqual(['x', 'x', 'y']);
  expect(listed.map(({ episode }) => episode)).toEqual([null, null, join(run, '1', 'y.json')]);
  expect([...(await readLayer(await openStates(listed[0]!.states), 'B', 0))]).toEqual([1, 2]);
  await expect(listFolder(join(run, 'nowhere'))).rejects.toThrow(BadInput);
});

test('half floats are read by value', async () => {
  const path = join(run, 'half.safetensors');
  const half = {
    dtype: 'F16' as const,
    shape: [1, 2, 2],
    data: Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff),
  };
  const brain = { dtype: 'BF16' as const, shape: [1, 1, 2], data: Uint16Array.of(0x3f80, 0xc000) };
  await writeFileAtomic(
    path,
    encodeSafetensors([
      { name: 'A', ...half },
      { name: 'B', ...brain },
    ]),
  );
  const states = await openStates(path);
  expect([...(await readLayer(states, 'A', 0))]).toEqual([1, -2, 2 ** -24, 65504]);
  expect([...(await readLayer(states, 'B', 0))]).toEqual([1, -2]);
});

test('NaN and infinity are refused when writing and when reading, with file, layer and round', async () => {
  const recording = sampleRecording();
  const { states: path } = await writeRecording(run, recording);
  recording.states.B.data[1 * 10 + 1 * 5 + 3] = Number.POSITIVE_INFINITY;
  await expect(writeRecording(run, recording)).rejects.toThrow(
    'org/mistral: the state at seat B, layer 1, round 2, dimension 3 is Infinity',
  );
  const bytes = await readFile(path);
  const { entry } = (await openStates(path)).A;
  bytes.writeFloatLE(Number.NaN, entry.begin + 4 * (1 * 12 + 2 * 4 + 1));
  await writeFile(path, bytes);
  const states = await openStates(path);
  await expect(readLayer(states, 'A', 1)).rejects.toThrow(
    `${path}: seat A, layer 1, round 3: dimension 1 is NaN`,
  );
  await expect(readLayer(states, 'A', 0)).resolves.toHaveLength(12);
});

test('a file that was cut short is found, before and after it was opened', async () => {
  const { states: path } = await writeRecording(run, sampleRecording());
  const states = await openStates(path);
  await truncate(path, states.B.entry.end - 4);
  await expect(readLayer(states, 'B', 2)).rejects.toThrow(CorruptFile);
  await expect(openStates(path)).rejects.toThrow(CorruptFile);
});

test('a states file is opened if it is whole: header, format and length', async () => {
  const { states: path } = await writeRecording(run, sampleRecording());
  await openStates(path);
  const bytes = await readFile(path);
  for (const length of [bytes.length - 1, 100, 0]) {
    await writeFile(path, bytes.subarray(0, length));
    await expect(openStates(path), `${length} bytes`).rejects.toThrow(CorruptFile);
  }
  const older = bytes.toString('latin1').replace('interbrain-states-1', 'interbrain-states-0');
  await writeFile(path, older, 'latin1');
  await expect(openStates(path)).rejects.toThrow(OtherFormat);
  await expect(openStates(path)).rejects.toThrow('it was written by an older interbrain');
  await rm(path);
  await expect(openStates(path)).rejects.toThrow(BadInput);
});

test('files that are not states are named with what is wrong', async () => {
  const write = async (...tensors: Parameters<typeof encodeSafetensors>) => {
    await writeFileAtomic(join(run, 'x.safetensors'), encodeSafetensors(...tensors));
    return openStates(join(run, 'x.safetensors'));
  };
  const floats = { name: 'A', dtype: 'F32' as const, shape: [1, 2], data: new Float32Array(2) };
  await expect(write([{ ...floats, name: 'C' }])).rejects.toThrow('no tensor A');
  await expect(write([floats])).rejects.toThrow('tensor A has shape [1, 2]');
  const whole = { name: 'A', dtype: 'I32' as const, shape: [1, 1, 1], data: new Int32Array(1) };
  await expect(write([whole])).rejects.toThrow('tensor A holds I32');
  await expect(write([floats], { format: 'interbrain-states-2' })).rejects.toThrow('interbrain-states-2');
});

test('a transcript that is not one is named with its place', async () => {
  const { episode: path } = await writeRecording(run, sampleRecording());
  const episode = JSON.parse(await readFile(path, 'utf8'));
  episode.turns[2].round = 'two';
  await writeJson(path, episode);
  await expect(readEpisode(path)).rejects.toThrow(`${path}: turns.2.round: `);
  await writeFile(path, '{');
  await expect(readEpisode(path)).rejects.toThrow(CorruptFile);
  await expect(readEpisode(join(run, 'nothing.json'))).rejects.toThrow(BadInput);
});

test('states that do not fit the transcript or the model are refused', async () => {
  const recording = sampleRecording();
  const fewer = { ...recording, episode: { ...recording.episode, turns: recording.episode.turns.slice(1) } };
  await expect(writeRecording(run, fewer)).rejects.toThrow('3 states, but 2 turns');
  const wider = { ...recording, models: [modelInfo('wide', 2, 8), recording.models[1]] as const };
  await expect(writeRecording(run, wider)).rejects.toThrow(ModelMismatch);
});

test('every name makes one plain part of a path, and comes back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (name) => {
      const part = toFileName(name);
      expect(part).toMatch(/^[\w%'()!~-][\w%'()!~.-]*$/);
      expect(fromFileName(part)).toBe(name);
    }),
  );
  expect(pairName(['a+b', 'c'])).toBe('a%2Bb+c');
  const key = keyOf({ ...sampleRecording().episode, interaction: '..' });
  expect(statesPath('run', 'lag/1', key)).toBe(
    join('run', 'states', 'llama+mistral', 'lag%2F1', '0', '%2E..safetensors'),
  );
});
