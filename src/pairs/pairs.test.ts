import { mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BadInput, NotEnoughSamples } from '../errors.ts';
import { matrixOf } from '../numerics/matrix.ts';
import { listFolder } from '../recordings/list.ts';
import { writeStates } from '../recordings/states.ts';
import type { AgentStates } from '../recordings/types.ts';
import { alignPairs, type Sample } from './align.ts';
import { arrayLayers, recordingLayers, withCache } from './layers.ts';
import { type OpenRecording, openRecordings } from './open.ts';
import { type Split, type SplitOptions, splitSamples } from './split.ts';

const rounds = (samples: Sample[]) => samples.map(({ source, target }) => [source.round, target.round]);

test('A is answered in the same round, B in the next', () => {
  const whole = [{ group: 'g', rounds: { A: 3, B: 3 } }];
  expect(rounds(alignPairs(whole, 'A->B'))).toEqual([
    [1, 1],
    [2, 2],
    [3, 3],
  ]);
  expect(rounds(alignPairs(whole, 'B->A'))).toEqual([
    [1, 2],
    [2, 3],
  ]);
  expect(alignPairs(whole, 'B->A')[0]).toEqual({
    group: 'g',
    source: { recording: 0, seat: 'B', round: 1 },
    target: { recording: 0, seat: 'A', round: 2 },
  });
});

test('where A left, what exists is paired', () => {
  const left = [{ group: 'g', rounds: { A: 3, B: 2 } }];
  expect(rounds(alignPairs(left, 'A->B'))).toEqual([
    [1, 1],
    [2, 2],
  ]);
  expect(rounds(alignPairs(left, 'B->A'))).toEqual([
    [1, 2],
    [2, 3],
  ]);
  const atOnce = [{ group: 'g', rounds: { A: 1, B: 0 } }];
  expect(alignPairs(atOnce, 'A->B')).toEqual([]);
  expect(alignPairs(atOnce, 'B->A')).toEqual([]);
});

test('a lag moves the target on', () => {
  const whole = [{ group: 'g', rounds: { A: 4, B: 4 } }];
  expect(rounds(alignPairs(whole, 'A->B', 2))).toEqual([
    [1, 3],
    [2, 4],
  ]);
  expect(rounds(alignPairs(whole, 'B->A', 1))).toEqual([
    [1, 3],
    [2, 4],
  ]);
  expect(() => alignPairs(whole, 'A->B', -1)).toThrow('a lag of -1');
});

const someSamples = fc
  .array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 30 })
  .map((sizes) => sizes.flatMap((size, g) => Array.from({ length: size }, () => ({ group: `g${g}` }))));

/** What must hold for every split. */
function checkSplit(samples: readonly { group: string }[], split: Split): void {
  const groupsOf = (indices: readonly number[]) => new Set(indices.map((index) => samples[index]!.group));
  const [train, test] = [groupsOf(split.train), groupsOf(split.test)];
  expect([...train].filter((group) => test.has(group))).toEqual([]);
  expect(Math.min(split.train.length, split.test.length)).toBeGreaterThan(0);
  expect(new Set([...split.train, ...split.test]).size).toBe(split.train.length + split.test.length);
  expect([...train]).toEqual(split.trainGroups);
  expect([...test]).toEqual(split.testGroups);
}

test('a split never divides a group, and its counts are exact', () => {
  fc.assert(
    fc.property(
      someSamples,
      fc.nat(),
      fc.double({ min: 0.1, max: 1, noNaN: true }),
      (samples, seed, share) => {
        const options: SplitOptions = { seed, samples: Math.ceil(samples.length * share), testFraction: 0.2 };
        let split: Split;
        try {
          split = splitSamples(samples, options);
        } catch (error) {
          expect(error instanceof NotEnoughSamples || error instanceof BadInput).toBe(true);
          return;
        }
        checkSplit(samples, split);
        const n = options.samples as number;
        expect([split.test.length, split.train.length]).toEqual([
          Math.round(n * 0.2),
          n - Math.round(n * 0.2),
        ]);
        // Only the last group of each set may be cut.
        for (const [indices, groups] of [
          [split.test, split.testGroups],
          [split.train, split.trainGroups],
        ] as const)
          for (const group of groups.slice(0, -1))
            expect(indices.filter((index) => samples[index]!.group === group)).toHaveLength(
              samples.filter((sample) => sample.group === group).length,
            );
      },
    ),
    { numRuns: 300 },
  );
});

test('all samples are all samples, whole groups on either side', () => {
  fc.assert(
    fc.property(someSamples, fc.nat(), (samples, seed) => {
      const split = splitSamples(samples, { seed, samples: 'all', testFraction: 0.01 });
      checkSplit(samples, split);
      expect(split.train.length + split.test.length).toBe(samples.length);
      expect(split.testGroups).toHaveLength(1);
    }),
  );
});

test('the split does not depend on the order in which groups come', () => {
  fc.assert(
    fc.property(someSamples, fc.nat(), (samples, seed) => {
      const options = { seed, samples: 'all', testFraction: 0.01 } as const;
      const reversed = samples.toReversed();
      expect(splitSamples(reversed, options).testGroups).toEqual(splitSamples(samples, options).testGroups);
    }),
  );
});

test('with all samples a huge group does not empty the training set', () => {
  const samples = Array.from({ length: 101 }, (_, i) => ({ group: i === 0 ? 'one' : 'hundred' }));
  for (let seed = 0; seed < 8; seed++)
    checkSplit(samples, splitSamples(samples, { seed, samples: 'all', testFraction: 0.2 }));
});

test('another seed draws other groups', () => {
  const samples = Array.from({ length: 100 }, (_, i) => ({ group: String(i) }));
  const draw = (seed: number) => splitSamples(samples, { seed, samples: 50, testFraction: 0.2 }).testGroups;
  expect(draw(0)).toEqual(draw(0));
  expect(draw(0)).not.toEqual(draw(1));
  expect(draw(0)).toHaveLength(10);
});

test('too few samples is an error that says how many there are and how many are needed', () => {
  const samples = Array.from({ length: 40 }, (_, i) => ({ group: String(i) }));
  const options = { seed: 0, testFraction: 0.2 };
  const failure = catchError(() => splitSamples(samples, { ...options, samples: 50 }));
  expect(failure).toMatchObject({ have: 40, need: 50 });
  expect(failure.message).toContain('samples: all or at most 40');
  // Groups of 4: a test set of 2 leaves 2 samples of its group unused, so that 10 of 12 can be had.
  const fours = Array.from({ length: 12 }, (_, i) => ({ group: String(i >> 2) }));
  expect(splitSamples(fours, { ...options, samples: 10 }).train).toHaveLength(8);
  const cut = catchError(() => splitSamples(fours, { ...options, samples: 12 }));
  expect(cut).toMatchObject({ have: 10, need: 12 });
  expect(cut.message).toContain('2 of 12 are left over');
  const one = Array.from({ length: 12 }, () => ({ group: 'one' }));
  for (const count of [10, 'all'] as const)
    expect(catchError(() => splitSamples(one, { ...options, samples: count })).message).toContain(
      'one group',
    );
  expect(() => splitSamples([], { ...options, samples: 'all' })).toThrow(NotEnoughSamples);
  expect(() => splitSamples(samples, { ...options, samples: 2 })).toThrow('both sets');
  expect(() => splitSamples(samples, { ...options, samples: 10, testFraction: 1 })).toThrow(
    'between 0 and 1',
  );
});

function catchError(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

let folder: string;
let recordings: OpenRecording[];

/** Every value says where it comes from: recording, seat, layer, round, dimension. */
function tellingStates(recording: number, seat: number, count: number): AgentStates {
  const [layers, hiddenSize] = [2, 3];
  const data = new Float32Array(layers * count * hiddenSize);
  for (let i = 0; i < data.length; i++) {
    const [layer, round] = [Math.floor(i / (count * hiddenSize)), (Math.floor(i / hiddenSize) % count) + 1];
    data[i] = recording * 10000 + seat * 1000 + layer * 100 + round * 10 + (i % hiddenSize);
  }
  return { layers, rounds: count, hiddenSize, data };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pairs-'));
  const metadata = {
    condition: 'interactive',
    models: ['a', 'b'],
    revisions: ['ra', 'rb'],
    promptsSha256: '',
  } as const;
  for (const [i, name] of ['0/x', '0/y', '1/x'].entries()) {
    const states = { A: tellingStates(i, 1, 3), B: tellingStates(i, 2, 2) };
    await writeStates(join(folder, `${name}.safetensors`), states, metadata);
  }
  recordings = await openRecordings(await listFolder(folder));
});
afterAll(() => rm(folder, { recursive: true }));

test('rows come from the right recording, seat, layer and round', async () => {
  expect(recordings.map(({ group }) => group)).toEqual(['x', 'y', 'x']);
  const samples = alignPairs(recordings, 'B->A');
  const [x, y] = [
    await recordingLayers(recordings, samples, 'source').read(1),
    await recordingLayers(recordings, samples, 'target').read(0),
  ];
  expect([x.rows, x.columns]).toEqual([6, 3]);
  expect([...x.data].filter((_, i) => i % 3 === 0)).toEqual([2110, 2120, 12110, 12120, 22110, 22120]);
  expect([...y.data].filter((_, i) => i % 3 === 2)).toEqual([1022, 1032, 11022, 11032, 21022, 21032]);
});

test('samples in any order, even across recordings, are gathered in that order', async () => {
  const samples = alignPairs(recordings, 'A->B').reverse();
  const stranger = { ...samples[0]!, source: samples[3]!.source };
  const source = recordingLayers(recordings, [stranger, ...samples], 'source');
  expect([source.layers, source.hiddenSize]).toEqual([2, 3]);
  const { data } = await source.read(0);
  expect([...data].filter((_, i) => i % 3 === 0)).toEqual([11010, 21020, 21010, 11020, 11010, 1020, 1010]);
});

test('groups by scenario need transcripts, and one seat is one model', async () => {
  await expect(openRecordings(await listFolder(folder), 'scenario')).rejects.toThrow('put its transcript');
  const odd = join(folder, '2', 'z.safetensors');
  const metadata = {
    condition: 'interactive',
    models: ['a', 'c'],
    revisions: ['ra', 'rc'],
    promptsSha256: '',
  } as const;
  await writeStates(odd, { A: tellingStates(3, 1, 1), B: tellingStates(3, 2, 1) }, metadata);
  await expect(openRecordings(await listFolder(folder))).rejects.toThrow(
    'seat B was 2 × 3, revision rc here',
  );
  await truncate(odd, 10);
  await expect(openRecordings(await listFolder(folder))).rejects.toThrow(odd);
});

test('a cache reads what fits once', async () => {
  let reads = 0;
  const layers = arrayLayers([0, 1, 2].map((value) => matrixOf(1, 2, Float32Array.of(value, value))));
  const counted = {
    ...layers,
    read: (layer: number) => {
      reads++;
      return layers.read(layer);
    },
  };
  const cached = withCache(counted, 16);
  for (let pass = 0; pass < 3; pass++)
    for (const layer of [0, 1, 2]) expect((await cached.read(layer)).data[0]).toBe(layer);
  expect(reads).toBe(2 + 3);
  expect(() => arrayLayers([])).toThrow('no layers');
});
