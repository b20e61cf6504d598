import { expect, test } from 'vitest';
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
  const samples = pseudoDyads(recordings, 'B->A');
  expect(samples).toEqual(pseudoDyads(recordings, 'B->A'));
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
  expect(() => pseudoDyads([recordings[0]!, recordings[3]!], 'A->B')).toThrow('no episode has a partner');
});
