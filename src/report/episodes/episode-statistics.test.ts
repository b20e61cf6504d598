import { expect, it } from 'vitest';
import { sampleEpisode } from '../../../test/sample-report.ts';
import { episodeStatistics } from './episode-statistics.ts';

it('counts rounds, endings, notes and prompt tokens', () => {
  const models = ['a', 'b'] as const;
  const long = sampleEpisode(models, ['1', '2', '3', '4', '5', '6']); // note in the 4th, prompts 280 … 380
  const short = sampleEpisode(models, ['1', '2', '3']); // A leaves in round 2, prompts 280 … 320
  const over = { ...sampleEpisode(models, ['1', '2']), ending: 'rounds' as const }; // prompts 280, 300
  expect(episodeStatistics([long, short, over])).toEqual({
    episodes: 3,
    utterances: 11,
    meanRounds: (3 + 2 + 1) / 3,
    endings: { 'A left': 1, 'B left': 1, rounds: 1 },
    notes: { 'cut at N tokens': 1, 'repeated its own name': 1 },
    medianPromptTokens: 300,
  });
  expect(episodeStatistics([over]).medianPromptTokens).toBe(290);
});

it('adds up notes that differ in their numbers alone', () => {
  const episode = sampleEpisode(['a', 'b'], ['1', '2']);
  const [first, second] = episode.turns;
  if (first === undefined || second === undefined) throw new Error('the sample has two turns');
  const turns = [
    { ...first, notes: ['cut at 300 tokens'] },
    { ...second, notes: ['cut at 12 tokens'] },
  ];
  expect(episodeStatistics([{ ...episode, turns }]).notes).toEqual({ 'cut at N tokens': 2 });
});

it('is zero without episodes', () => {
  const none = episodeStatistics([]);
  expect(none).toMatchObject({ episodes: 0, meanRounds: 0, utterances: 0, medianPromptTokens: 0, notes: {} });
});
