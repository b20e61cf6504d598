// Recordings whose states hold, by construction, the agent's own emotion and the partner's previous one, and nothing of
// the next.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MentalState, Seat, Turn } from '../episodes/types.ts';
import { createRandom } from '../numerics/random.ts';
import { ACTIONS, EMOTIONS } from '../prompts/mental-states.ts';
import { openStates, writeStates } from '../recordings/states.ts';
import { readProbes, writeProbes } from './files.ts';
import { type AgentProbes, probeMentalStates, probeTable } from './measure.ts';
import { formatFailures, type NamedRecording, probeTarget, statesOfSeat } from './targets.ts';

const folder = mkdtempSync(join(tmpdir(), 'probes-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ROUNDS = 5;
const SIZE = 10;
const LAYERS = 2;
const SEATS = ['A', 'B'] as const;
const { uniform } = createRandom('probes');
const noise = () => uniform() + uniform() + uniform() - 1.5;
const softmax = (values: readonly number[]) => {
  const powers = values.map(Math.exp);
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((value) => value / sum);
};

interface Moment {
  readonly latent: readonly number[];
  readonly emotion: number[];
  readonly action: number[];
}

function turn(round: number, seat: Seat, { emotion, action }: Moment, failed: boolean): Turn {
  const mentalState: MentalState = failed
    ? { emotion: null, action: null, failure: 'no emotion, no action' }
    : {
        emotion: { word: EMOTIONS[0], probabilities: emotion, mass: 0.5 },
        action: { word: ACTIONS[0], probabilities: action, mass: 0.25 },
      };
  const prompt = { promptSha256: '', promptTokens: 1, reusedTokens: 0, newTokens: 1 };
  return { round, seat, speaker: seat, text: 'x', ...prompt, finish: 'line', notes: [], mentalState };
}

/** One episode; layer 0 is noise. `failing` is the share of B's replies that fail. */
async function record(index: number, failing: number): Promise<NamedRecording> {
  const moments = Array.from({ length: 2 * ROUNDS }, (): Moment => {
    const latent = [noise(), noise(), noise()];
    const emotion = softmax(EMOTIONS.map((_, k) => 3 * latent[k % 3]! * (k % 2 === 0 ? 1 : -1)));
    return { latent, emotion, action: softmax(ACTIONS.map((_, k) => 3 * latent[k % 3]!)) };
  });
  const states = SEATS.map((_, side) => {
    const data = new Float32Array(LAYERS * ROUNDS * SIZE).map(() => noise());
    for (let round = 0; round < ROUNDS; round++) {
      const at = (ROUNDS + round) * SIZE;
      const [own, previous] = [moments[2 * round + side]!, moments[2 * round + side - 1]];
      for (let k = 0; k < 3; k++) {
        data[at + k]! = 500 * own.latent[k]!;
        if (previous) data[at + 3 + k]! = previous.latent[k]! + 7;
      }
    }
    return { layers: LAYERS, rounds: ROUNDS, hiddenSize: SIZE, data };
  });
  const path = join(folder, `${index}-${failing}.safetensors`);
  const labels = { models: ['a', 'b'], revisions: ['a', 'b'] } as const;
  await writeStates(
    path,
    { A: states[0]!, B: states[1]! },
    { condition: 'mental-states', ...labels, promptsSha256: '' },
  );
  const turns = moments.map((moment, i) => {
    const seat = SEATS[i % 2]!;
    return turn(Math.floor(i / 2) + 1, seat, moment, seat === 'B' && uniform() < failing);
  });
  return {
    group: `g${index % 40}`,
    rounds: { A: ROUNDS, B: ROUNDS },
    states: await openStates(path),
    turns,
    head: {
      ...{ interaction: `g${index % 40}`, seed: Math.floor(index / 40), scenario: `s${index % 10}` },
      ...{ relationship: 'friend', characterIds: [`c${index % 40}`, `d${index % 40}`] },
    },
  };
}

let recordings: NamedRecording[];
let probes: AgentProbes;
beforeAll(async () => {
  recordings = [];
  for (let index = 0; index < 80; index++) recordings.push(await record(index, 0));
  probes = await probeMentalStates(recordings, {
    seat: 'B',
    model: 'b',
    partner: 'a',
    groupBy: 'interaction',
  });
}, 60_000);

const probe = (kind: string, relation: string) =>
  probes.probes.find((one) => one.kind === kind && one.relation === relation)!;

describe('targets', () => {
  it('belong to the turn that the relation names', () => {
    const numbered = recordings.slice(0, 1).map((recording) => ({
      ...recording,
      turns: recording.turns.map((one, i) => {
        const probabilities = EMOTIONS.map((_, k) => (k === 0 ? i + 1 : 0));
        return {
          ...one,
          mentalState: { ...one.mentalState!, emotion: { word: EMOTIONS[0], probabilities, mass: 1 } },
        };
      }),
    }));
    const found = (seat: Seat, relation: 'self' | 'partner-previous' | 'partner-next') => {
      const target = probeTarget(numbered, statesOfSeat(numbered, seat), 'emotion', relation);
      return target.rows.map((row, i) => [row + 1, target.distributions.data[8 * i]]);
    };
    // Turns are numbered 1 (A), 2 (B), 3 (A) …; rows are rounds.
    expect(found('A', 'self')).toEqual([1, 2, 3, 4, 5].map((round) => [round, 2 * round - 1]));
    expect(found('A', 'partner-previous')).toEqual([2, 3, 4, 5].map((round) => [round, 2 * round - 2]));
    expect(found('A', 'partner-next')).toEqual([1, 2, 3, 4, 5].map((round) => [round, 2 * round]));
    expect(found('B', 'self')).toEqual([1, 2, 3, 4, 5].map((round) => [round, 2 * round]));
    expect(found('B', 'partner-previous')).toEqual([1, 2, 3, 4, 5].map((round) => [round, 2 * round - 1]));
    expect(found('B', 'partner-next')).toEqual([1, 2, 3, 4].map((round) => [round, 2 * round + 1]));
  });
});

describe('probes', () => {
  it('find what the states hold, in the layer that holds it, and nothing else', () => {
    for (const kind of ['emotion', 'action'])
      for (const relation of ['self', 'partner-previous', 'partner-next']) {
        const { best, baseline, layers, chosen } = probe(kind, relation);
        const there = relation !== 'partner-next';
        expect(best.mean / baseline.mean < 0.1, `${kind} ${relation}`).toBe(there);
        expect(layers[0]!.mean / baseline.mean).toBeGreaterThan(0.9);
        if (there) expect([best.layer, chosen?.layer]).toEqual([1, 1]);
        // The penalty is chosen large enough that nothing is not much worse than the mean.
        else expect(best.mean / baseline.mean).toBeLessThan(1.1);
      }
  });

  it('are tested at the layer chosen in training: what states hold is in no text and in no other seed', () => {
    for (const kind of ['emotion', 'action'])
      for (const relation of ['self', 'partner-previous', 'partner-next']) {
        const { chosen, tests, baseline } = probe(kind, relation);
        if (!tests) throw new Error('there are four penalties to choose from');
        expect(tests.layer).toBe(chosen?.layer);
        const there = relation !== 'partner-next';
        for (const one of [tests.baseline, tests.text, tests.wrongSeed]) {
          if ('reason' in one) throw new Error(one.reason);
          expect(one.p < 0.01, `${kind} ${relation}`).toBe(there);
          expect((one.interval?.low ?? 0) > 0).toBe(there);
        }
        const { baseline: mean } = tests;
        if ('reason' in mean) throw new Error(mean.reason);
        expect(mean.other).toBeCloseTo(baseline.mean, 12);
        expect(mean.probe).toBeCloseTo(chosen?.mean ?? Number.NaN, 12);
      }
  });

  it('are not compared with what is not there', async () => {
    const options = { seat: 'B', model: 'b', partner: 'a', groupBy: 'interaction', l2: [1, 10] } as const;
    const bare = recordings.slice(0, 20).map(({ head: _, ...one }) => one);
    const { tests } = (await probeMentalStates(bare, options)).probes[0]!;
    expect(tests?.text).toEqual({ reason: 'there are recordings without a transcript' });
    expect(tests?.wrongSeed).toEqual({
      reason: 'no turn was played under another seed too; give two or more seeds',
    });
    expect(tests?.baseline).toHaveProperty('p');
  });

  it('keep groups apart and say how they were fitted', () => {
    const { splits, samples, baseline } = probe('emotion', 'self');
    expect(samples).toBe(80 * ROUNDS);
    expect(splits.map(({ seed }) => seed)).toEqual([0, 1, 2]);
    for (const split of splits) {
      // Whole groups of two episodes.
      expect(split.testSamples).toBe(80);
      expect(split.trainSamples).toBe(320);
      expect(split.unconverged).toEqual([]);
      expect(split.l2[1]).toBe(0.01);
      expect(split.l2[0]).toBeGreaterThan(0.01);
    }
    expect(new Set(splits.map((split) => split.baseline)).size).toBe(3);
    expect(baseline.standardError).toBeGreaterThan(0);
  });

  it('are the same again, are kept on disk, and make a table', async () => {
    const options = { seat: 'B', model: 'b', partner: 'a', groupBy: 'interaction' } as const;
    expect(await probeMentalStates(recordings, options)).toEqual(probes);
    const path = join(folder, 'probes.json');
    await writeProbes(path, probes, { recordings: 'x' });
    expect(await readProbes(path)).toEqual({ result: probes, inputs: { recordings: 'x' } });
    expect(probeTable(probes)).toHaveLength(1 + 6 * LAYERS);
    writeFileSync(path, '{}');
    await expect(readProbes(path)).rejects.toThrow('probes.json');
  });

  it('take one penalty as it is, without choosing', async () => {
    const options = { seat: 'B', model: 'b', partner: 'a', groupBy: 'interaction', splitSeeds: [4] } as const;
    const one = await probeMentalStates(recordings.slice(0, 20), { ...options, l2: [0.5] });
    expect(one.probes[0]!.splits[0]).toMatchObject({ l2: [0.5, 0.5], validation: [] });
    expect(one.probes[0]).not.toHaveProperty('chosen');
    expect(one.probes[0]!.best.standardError).toBe(0);
  });
});

describe('a model that does not follow the format', () => {
  it('is reported with its failure rate, and its words are not decoded', async () => {
    const failing = [];
    for (let index = 0; index < 20; index++) failing.push(await record(index, 0.4));
    const failures = formatFailures(failing, 'B');
    expect(failures.turns).toBe(100);
    expect(failures.rate).toBeGreaterThan(0.2);
    expect(failures.reasons).toEqual({ 'no emotion, no action': failures.failed });
    expect(failures.mass).toEqual({ emotion: 0.5, action: 0.25 });
    const options = { groupBy: 'interaction', l2: [1], splitSeeds: [0] } as const;
    const b = await probeMentalStates(failing, { ...options, seat: 'B', model: 'b', partner: 'a' });
    expect(b.excluded.map(({ relation }) => relation)).toEqual(['self', 'self']);
    expect(b.excluded[0]!.reason).toContain(`${failures.failed} of 100 replies of b`);
    expect(b.probes).toHaveLength(4);
    const a = await probeMentalStates(failing, { ...options, seat: 'A', model: 'a', partner: 'b' });
    expect(a.probes.map(({ relation }) => relation)).toEqual(['self', 'self']);
    const allowed = await probeMentalStates(failing, {
      ...options,
      seat: 'B',
      model: 'b',
      partner: 'a',
      maxFailureRate: 1,
    });
    expect(allowed.excluded).toEqual([]);
    expect(allowed.probes[0]!.samples).toBe(100 - failures.failed);
  });

  it('has nothing decoded where there is too little', async () => {
    const few = await probeMentalStates(recordings.slice(0, 1), {
      seat: 'A',
      model: 'a',
      partner: 'b',
      groupBy: 'interaction',
    });
    expect(few.probes).toEqual([]);
    expect(few.excluded).toHaveLength(6);
    expect(few.excluded[0]!.reason).toContain('one group');
  });
});

it('refuses settings that do not work', async () => {
  const run = (options: object) =>
    probeMentalStates(recordings, {
      seat: 'A',
      model: 'a',
      partner: 'b',
      groupBy: 'interaction',
      ...options,
    });
  await expect(run({ l2: [] })).rejects.toThrow('mentalStates.l2');
  await expect(run({ l2: [0] })).rejects.toThrow('above 0');
  await expect(run({ splitSeeds: [] })).rejects.toThrow('splitSeeds');
  await expect(run({ maxFailureRate: 2 })).rejects.toThrow('maxFailureRate');
});

it('names layers of which some were recorded by their numbers, and decodes what it decodes', async () => {
  const numbers = Array.from({ length: LAYERS }, (_, place) => 3 * place + 1);
  const recorded = { numbers, of: 3 * LAYERS };
  const few = recordings.slice(0, 40);
  const some = few.map(({ states, ...rest }) => ({
    ...rest,
    states: { ...states, B: { ...states.B, recorded } },
  }));
  const decode = (all: readonly NamedRecording[]) =>
    probeMentalStates(all, {
      ...{ seat: 'B', model: 'b', partner: 'a', groupBy: 'interaction', splitSeeds: [0], l2: [0.1, 10] },
    });
  const [plain, named] = [await decode(few), await decode(some)];
  expect(named.probes.length).toBeGreaterThan(0);
  for (const [i, one] of named.probes.entries()) {
    const own = plain.probes[i]!;
    expect(one.splits).toEqual(own.splits);
    expect(one.layers).toEqual(own.layers.map((score) => ({ ...score, layer: 3 * score.layer + 1 })));
    expect(one.best.layer).toBe(3 * own.best.layer + 1);
    expect(one.tests).toEqual({ ...own.tests, layer: 3 * own.tests!.layer + 1 });
  }
}, 60_000);
