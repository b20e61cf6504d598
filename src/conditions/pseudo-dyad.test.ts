import fc from 'fast-check';
import { expect, test } from 'vitest';
import { alignPairs } from '../pairs/align.ts';
import { splitSamples } from '../pairs/split.ts';
import { pseudoDyads } from './pseudo-dyad.ts';

const episode = (scenario: string, characters: [string, string], seed: number, length = 3) => ({
  group: 'x',
  rounds: { A: length, B: length },
  episode: { interaction: `${scenario}-${characters.join('-')}`, scenario, characterIds: characters, seed },
});

test('partners share scenario, seed and round, and no character', () => {
  const recordings = [0, 1].flatMap((seed) => [
    episode('s', ['a', 'b'], seed),
    episode('s', ['c', 'd'], seed, 2),
    episode('s', ['b', 'c'], seed),
    episode('t', ['e', 'f'], seed),
  ]);
  const aligned = alignPairs(recordings, 'B->A');
  const samples = pseudoDyads(recordings, aligned);
  expect(samples).toEqual(pseudoDyads(recordings, aligned));
  // b-c and t have no partner; c-d has one B->A pair, and a-b's partner is over after round 2.
  expect(
    samples.map(({ group, source, target }) => [
      group,
      source.recording,
      source.round,
      target.recording,
      target.round,
    ]),
  ).toEqual([
    ['s', 0, 1, 1, 2],
    ['s', 1, 1, 0, 2],
    ['s', 4, 1, 5, 2],
    ['s', 5, 1, 4, 2],
  ]);
  const strangers = [recordings[0]!, recordings[3]!];
  expect(() => pseudoDyads(strangers, alignPairs(strangers, 'A->B'))).toThrow('no episode has a partner');
});

test('no scenario stands on both sides of a split, neither as source nor as target', () => {
  const played = fc.record({
    scenario: fc.integer({ min: 0, max: 5 }),
    pair: fc.integer({ min: 0, max: 4 }),
    seed: fc.integer({ min: 0, max: 1 }),
    length: fc.integer({ min: 1, max: 5 }),
  });
  fc.assert(
    fc.property(fc.array(played, { minLength: 4, maxLength: 30 }), fc.integer(), (drawn, seed) => {
      const recordings = drawn.map(({ scenario, pair, seed: simulation, length }) =>
        episode(`s${scenario}`, [`a${pair}`, `b${pair}`], simulation, length),
      );
      let samples: ReturnType<typeof pseudoDyads> = [];
      try {
        samples = pseudoDyads(recordings, alignPairs(recordings, 'A->B'));
      } catch {
        fc.pre(false);
      }
      fc.pre(new Set(samples.map(({ group }) => group)).size > 1);
      for (const { source, target } of samples) {
        const [own, other] = [recordings[source.recording]!, recordings[target.recording]!];
        expect(other.episode.scenario).toBe(own.episode.scenario);
        for (const id of own.episode.characterIds) expect(other.episode.characterIds).not.toContain(id);
        expect(target.round).toBe(source.round);
        expect(target.round).toBeLessThanOrEqual(other.rounds.B);
      }
      const split = splitSamples(samples, { seed, samples: 'all', testFraction: 0.3 });
      const scenarios = (rows: readonly number[]) =>
        new Set(
          rows.flatMap((row) =>
            [samples[row]!.source, samples[row]!.target].map(
              (ref) => recordings[ref.recording]!.episode.scenario,
            ),
          ),
        );
      const train = scenarios(split.train);
      for (const scenario of scenarios(split.test)) expect(train.has(scenario)).toBe(false);
    }),
  );
});
