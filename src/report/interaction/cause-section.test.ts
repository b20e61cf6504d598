import { expect, it } from 'vitest';
import { figureNamed, openSection, tableNamed } from '../../../test/open-section.ts';
import { causeSample } from '../../../test/sample-cause.ts';
import { sampleReport } from '../../../test/sample-report.ts';
import { decimals } from '../../figures/number-text.ts';
import { EFFECTS } from '../../studies/stages/effects.ts';
import { cause, sentencesOf } from './cause-section.ts';

const order = async () => {
  const { current } = await causeSample().results(EFFECTS);
  const [{ task, result }] = current as [(typeof current)[number]];
  return { names: task.order.names, result };
};

it('says what moves the listener and what only predicts it', async () => {
  const one = await order();
  const moving = sentencesOf(one, 4, 0.95).join(' ');
  expect(moving).toContain('Layer 5 predicts the listener with R² 0.537.');
  expect(moving).toContain('more than with random directions (');
  expect(moving).toContain('something of what predicts the listener also moves it');
  const idle = sentencesOf(one, 1, 0.95).join(' ');
  expect(idle).toContain('R² 0.412');
  expect(idle).toContain('not shown to be more than with random directions');
  expect(idle).toMatch(/a difference of [\d.e-]+ would have been found in 80 of 100 such studies/);
});

it('draws dose and response, and a map of rounds and layers', async () => {
  const shown = await openSection(cause, causeSample());
  const one = await order();
  const effect = one.result.effects.find(
    ({ layer, kind, dose, measure, round }) =>
      layer === 4 && kind === 'remove' && dose === 8 && measure === 'listener' && round === null,
  )!;
  const drawn = JSON.stringify(figureNamed(shown, 'cause+remove+small-llama+small-mistral'));
  expect(drawn).toContain(`"name":"directions of the map","x":8,"value":${effect.mean.value}`);
  const map = figureNamed(shown, 'cause+map+small-llama+small-mistral').data?.values;
  expect(map).toHaveLength(4);
  expect(map).toContainEqual(expect.objectContaining({ layer: 5, round: 3, found: true }));
  expect(map).toContainEqual(expect.objectContaining({ layer: 2, round: 2, found: false }));
  expect(shown.html).toContain(decimals(effect.mean.value));
});

it('keeps every contrast in a table', async () => {
  const table = tableNamed(await openSection(cause, causeSample()), 'cause');
  const { result, names } = await order();
  const { contrasts, mean, controls } = result.effects[0]!;
  const row = [...names, 'A', 2, '', 'other-seed', '', 'speaker'].join(',');
  const line = table.split('\n').find((text) => text.startsWith(row));
  expect(line).toContain(`,${mean.value},`);
  expect(line).toContain(`norm,${controls[0]!.value},${contrasts[0]!.difference.value}`);
});

it('tells an episode three ways, what models said as text', async () => {
  const { html } = await openSection(cause, causeSample());
  expect(html).toContain('Hello &lt;b&gt;you&lt;/b&gt;.');
  for (const title of ['Untouched', '64 predicting directions removed', '64 random directions removed'])
    expect(html).toContain(`<th scope="col">${title}</th>`);
});

it.each([
  [undefined, 'answered, and the rest was played on,'],
  [0, 'answered, and no more was played,'],
  [1, 'answered, and one round more was played,'],
  [3, 'answered, and 3 rounds more were played,'],
])('says how far episodes were played on: %s', async (laterRounds, words) => {
  const sample = causeSample();
  const { study } = sample;
  if (!study.interventions) throw new Error('the sample has interventions');
  const { laterRounds: _, ...settings } = study.interventions;
  const interventions = { ...settings, ...(laterRounds !== undefined && { laterRounds }) };
  const { html } = await openSection(cause, { ...sample, study: { ...study, interventions } });
  expect(html.replaceAll(/\s+/g, ' ')).toContain(words);
});

it('says nothing without interventions', async () => {
  expect((await openSection(cause, sampleReport())).html).toBe('');
});
