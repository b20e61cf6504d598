import { expect, it } from 'vitest';
import { figureNamed, openSection, tableNamed } from '../../../test/open-section.ts';
import { fullSample, type SampleStudy, sampleReport } from '../../../test/sample-report.ts';
import { decimals } from '../../figures/number-text.ts';
import { EPISODE_MODEL } from '../../studies/stages/episode-model.ts';
import { episodeScores } from './episodes-section.ts';

const PAIR: SampleStudy = { settings: { pairs: [['small-llama', 'small-mistral']] } };

async function stored() {
  const { current } = await fullSample(PAIR).results(EPISODE_MODEL);
  return current[0]!.result;
}

function cellsOf(html: string, title: string): string[] {
  const row = html.split('<tr>').find((one) => one.includes(`<th scope="row">${title}</th>`)) ?? '';
  return [...row.matchAll(/<td class="number">(.*?)<\/td>/gs)].map(([, cell = '']) => cell);
}

it('shows every effect with its error, interval, degrees of freedom and p', async () => {
  const { html } = await openSection(episodeScores, fullSample(PAIR));
  const { fixed } = await stored();
  const titles = ['Intercept', 'Synchrony of the episode, within its pair', 'Rounds'];
  for (const [i, title] of titles.entries()) {
    const { estimate, standardError, low, high, degreesOfFreedom, p } = fixed[i]!;
    expect(cellsOf(html, title)).toEqual([
      ...[decimals(estimate), decimals(standardError), `[${decimals(low)}, ${decimals(high)}]`],
      ...[decimals(degreesOfFreedom, 1), decimals(p)],
    ]);
  }
});

it('says the slope per standard deviation, and what the model leaves out', async () => {
  const { html } = await openSection(episodeScores, fullSample(PAIR));
  const { spread, fixed, n } = await stored();
  const { estimate, low, high } = fixed[1]!;
  expect(html).toContain(
    `scored ${decimals(estimate * spread, 2)} points higher [${decimals(low * spread, 2)}, ${decimals(high * spread, 2)}]`,
  );
  expect(html).toContain(`n = ${n} episodes of 1 pair of`);
  expect(html).toContain('A note of the model.');
  expect(html).toContain('interaction 0.470 (12), left 0.830');
});

it('draws every episode less the mean of its pair', async () => {
  const shown = await openSection(episodeScores, fullSample());
  const { layer = [] } = figureNamed(shown, 'episodes');
  const points = layer[0]?.data?.values as readonly { pair: string; synchrony: number; score: number }[];
  expect(points).toHaveLength(72);
  for (const pair of new Set(points.map((one) => one.pair)))
    for (const of of ['synchrony', 'score'] as const) {
      const own = points.filter((one) => one.pair === pair);
      expect(own.reduce((sum, one) => sum + one[of], 0)).toBeCloseTo(0, 10);
    }
  const [first, second] = layer[3]?.data?.values as readonly { synchrony: number; score: number }[];
  const slope = (second!.score - first!.score) / (second!.synchrony - first!.synchrony);
  expect(slope).toBeCloseTo((await stored()).fixed[1]!.estimate, 10);
});

it('has effects and episodes in tables', async () => {
  const shown = await openSection(episodeScores, fullSample(PAIR));
  const { fixed, episodes } = await stored();
  const [, , within] = tableNamed(shown, 'episodes-model').split('\n');
  expect(within).toBe(
    [
      'within',
      fixed[1]!.estimate,
      fixed[1]!.standardError,
      fixed[1]!.low,
      fixed[1]!.high,
      fixed[1]!.degreesOfFreedom,
      fixed[1]!.t,
      fixed[1]!.p,
    ].join(','),
  );
  const lines = tableNamed(shown, 'episodes-synchrony').trim().split('\n');
  expect(lines).toHaveLength(1 + episodes.length);
  const { models, interaction, seed, rounds, synchrony, score } = episodes[4]!;
  expect(lines[5]).toBe([...models, interaction, seed, rounds, synchrony, score].join(','));
});

it('says nothing without a model', async () => {
  expect((await openSection(episodeScores, sampleReport({ stateOf: () => 'missing' }))).html).toBe('');
});
