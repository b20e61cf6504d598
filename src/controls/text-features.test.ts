import { describe, expect, it } from 'vitest';
import { BadInput } from '../errors.ts';
import { alignPairs } from '../pairs/align.ts';
import { featureCount, type SpokenEpisode, textFeatures } from './text-features.ts';

const episode = (texts: readonly string[], other: Partial<SpokenEpisode> = {}): SpokenEpisode => ({
  scenario: 's',
  relationship: 'friend',
  characterIds: ['a', 'b'],
  turns: texts.map((text, i) => ({
    round: Math.floor(i / 2) + 1,
    seat: i % 2 === 0 ? 'A' : 'B',
    speaker: 'x',
    text,
    promptSha256: '',
    promptTokens: 0,
    reusedTokens: 0,
    newTokens: 0,
    finish: 'line',
    notes: [],
  })),
  ...other,
});

const DIMENSIONS = 64;
const TALK = ['Hello there', "I don't know", 'Take it, take IT', 'No'];
const samples = (direction: 'A->B' | 'B->A', rounds = 2) =>
  alignPairs([{ group: 'g', rounds: { A: rounds, B: rounds } }], direction);
const rowOf = (data: Float32Array, row: number) =>
  data.slice(row * featureCount(DIMENSIONS), (row + 1) * featureCount(DIMENSIONS));
const bags = (row: Float32Array) =>
  [0, 1, 2, 3].map((bag) => row.slice(bag * DIMENSIONS, (bag + 1) * DIMENSIONS));
const none = new Float32Array(DIMENSIONS);

describe('features of a transcript', () => {
  it('end where the source’s prompt ends, or where the target’s does', () => {
    const features = (text: 'shared' | 'heard', talk = TALK) =>
      textFeatures([episode(talk)], samples('A->B'), { text, dimensions: DIMENSIONS });
    const shared = features('shared');
    expect([shared.rows, shared.columns]).toEqual([2, featureCount(DIMENSIONS)]);
    const [all, last, before] = bags(rowOf(shared.data, 0));
    expect([all, last, before]).toEqual([none, none, none]);
    // Nothing that comes later enters; what came before does.
    const later = [...TALK.slice(0, 2), 'something else', 'entirely'];
    expect(features('shared', later)).toEqual(shared);
    expect(features('heard', later)).not.toEqual(features('heard'));
    expect(rowOf(features('heard', later).data, 0)).toEqual(rowOf(features('heard').data, 0));
    const earlier = ['Hello you', ...TALK.slice(1)];
    expect(rowOf(features('shared', earlier).data, 1)).not.toEqual(rowOf(shared.data, 1));
    // What A has just said is heard and not shared: one utterance more.
    const end = featureCount(DIMENSIONS);
    expect(rowOf(shared.data, 1).slice(end - 2)).toEqual(Float32Array.of(2 / 16, 2 / 8));
    expect(rowOf(features('heard').data, 1).slice(end - 2)).toEqual(Float32Array.of(3 / 16, 2 / 8));
  });

  it('count words whatever their case, with one sign each, as ln(1 + count)', () => {
    const { data } = textFeatures([episode(TALK)], samples('B->A', 3).slice(0, 1), {
      text: 'shared',
      dimensions: 512,
    });
    const last = [...data.slice(512, 1024)].filter((value) => value !== 0);
    expect(last.map(Math.abs)).toEqual([Math.fround(Math.LN2), Math.fround(Math.LN2)]);
    const twice = textFeatures([episode(TALK)], samples('A->B').slice(1), { text: 'heard', dimensions: 512 });
    const counts = [...twice.data.slice(512, 1024)].map(Math.abs).filter((value) => value !== 0);
    expect(counts.sort()).toEqual([Math.fround(Math.log(3)), Math.fround(Math.log(3))]);
    // The one before the last.
    expect([...twice.data.slice(1024, 1536)].filter((value) => value !== 0)).toHaveLength(3);
  });

  it('know scenario, relationship, characters and round', () => {
    const of = (other: Partial<SpokenEpisode>) =>
      bags(
        rowOf(
          textFeatures([episode(TALK, other)], samples('A->B'), { text: 'shared', dimensions: DIMENSIONS })
            .data,
          0,
        ),
      )[3];
    const plain = of({});
    for (const other of [
      { scenario: 't' },
      { relationship: 'family' },
      { characterIds: ['b', 'a'] as const },
    ])
      expect(of(other)).not.toEqual(plain);
  });

  it('refuses a transcript that is shorter than the states', () => {
    const make = () =>
      textFeatures([episode(TALK)], samples('A->B', 3), { text: 'shared', dimensions: DIMENSIONS });
    expect(make).toThrow(BadInput);
    expect(make).toThrow('no utterance of A in round 3');
  });
});
