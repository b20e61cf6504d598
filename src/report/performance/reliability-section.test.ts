import { expect, it } from 'vitest';
import { openSection, tableNamed } from '../../../test/open-section.ts';
import { fullSample, type SampleStudy, sampleReport } from '../../../test/sample-report.ts';
import { decimals } from '../../figures/number-text.ts';
import { RELIABILITY } from '../../studies/stages/reliability.ts';
import { reliability } from './reliability-section.ts';

const PAIR: SampleStudy = { settings: { pairs: [['small-llama', 'small-mistral']] } };

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

async function stored() {
  const { current } = await fullSample(PAIR).results(RELIABILITY);
  return current.map(({ result }) => result);
}

it('shows the halves and the ceiling of a pair', async () => {
  const { html } = await openSection(reliability, fullSample(PAIR));
  const row =
    html.split('<tr>').find((one) => one.includes('<th scope="row">small-llama × small-mistral</th>')) ?? '';
  const cells = [...row.matchAll(/<td class="number">(.*?)<\/td>/gs)].map(([, cell = '']) => cell);
  const all = await stored();
  expect(all).toHaveLength(4);
  expect(cells.slice(0, 3)).toEqual([
    decimals(mean(all.map(({ halvings }) => halvings[0]![0].value))),
    decimals(mean(all.map(({ halvings }) => halvings[0]![1].value))),
    decimals(mean(all.map(({ ceiling }) => ceiling!.value))),
  ]);
  expect(Number.parseFloat(cells[3]!)).toBeCloseTo(100 * mean(all.map(({ ceiling }) => ceiling!.share!)), 1);
});

it('says what the halves say over pairs of models, with intervals', async () => {
  const { html } = await openSection(reliability, fullSample(PAIR));
  expect(html).toContain('r = 0.710 between the halves, so a reliability of 0.830 of the whole');
  expect(html).toContain('reliability of 0.765 of the whole (Spearman–Brown) [0.310, 0.910]');
  expect(html).toContain('r = 0.330; without the errors of either that is 0.414 [−0.120, 0.930]');
  expect(html).toContain('A note of the halves.');
});

it('has every halving and direction in tables', async () => {
  const shown = await openSection(reliability, fullSample(PAIR));
  const lines = tableNamed(shown, 'reliability').trim().split('\n');
  expect(lines).toHaveLength(1 + 4 * 2);
  const [first] = await stored();
  const [a, b] = first!.halvings[1]!;
  expect(lines[2]?.split(',').slice(5, 12)).toEqual(
    [1, a.value, b.value, a.samples, b.samples, first!.ceiling!.value, first!.ceiling!.share].map(String),
  );
  expect(tableNamed(shown, 'reliability-pairs').trim().split('\n')).toHaveLength(1 + 2);
});

it('says nothing without results', async () => {
  expect((await openSection(reliability, sampleReport({ stateOf: () => 'missing' }))).html).toBe('');
});
