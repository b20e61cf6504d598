import { expect, it } from 'vitest';
import { openSection, tableNamed } from '../../../test/open-section.ts';
import { fullSample, type SampleStudy, sampleReport } from '../../../test/sample-report.ts';
import { decimals } from '../../figures/number-text.ts';
import { studentCritical } from '../../numerics/distributions.ts';
import { SIMILARITY } from '../../studies/stages/similarity.ts';
import { similarity } from './similarity-section.ts';

const PAIR: SampleStudy = { settings: { pairs: [['small-llama', 'small-mistral']] } };

async function stored() {
  const { current } = await fullSample(PAIR).results(SIMILARITY);
  return current;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Cells of a measure's row, without marks. */
function cellsOf(html: string, title: string): string[] {
  const row = html.split('<tr>').find((one) => one.includes(`<th scope="row">${title}</th>`)) ?? '';
  return [...row.matchAll(/<td class="number">(.*?)<\/td>/gs)].map(([, cell = '']) =>
    cell.replace(/<[^>]+>/g, ''),
  );
}

it('shows every measure of a pair with what is left in each condition', async () => {
  const { html } = await openSection(similarity, fullSample(PAIR));
  const all = (await stored()).map(({ result }) => result);
  expect(all).toHaveLength(4);
  for (const [m, title] of ['Ridge maps (SyncR²)', 'Linear CKA, debiased', 'Mutual neighbours'].entries()) {
    const own = all.map(({ measures }) => measures[m]!);
    const [interactive = '', ...others] = cellsOf(html, title);
    expect(interactive.split(' ')[0]).toBe(decimals(mean(own.map((one) => one.interactive.value))));
    for (const [c] of own[0]!.compared.entries()) {
      const [other, difference = '', ratio] = others.slice(3 * c);
      const found = own.map(({ compared }) => compared[c]!);
      expect(other).toBe(decimals(mean(found.map((one) => one.other.value))));
      const value = mean(found.map((one) => one.interactive.value - one.other.value));
      expect(difference.split(' ')[0]).toBe(decimals(value));
      // All influences are alike but for their size, so that errors of a difference are differences of errors.
      const errorOf = (of: 'interactive' | 'other') =>
        mean(found.map((one) => one[of].intervals!.syncR2.standardError));
      const error = Math.abs(errorOf('interactive') - errorOf('other'));
      expect(ratio).toBe(decimals(value / error, 1));
      const half = studentCritical(0.05, 16) * error;
      expect(difference).toContain(`[${decimals(value - half)}, ${decimals(value + half)}]`);
    }
  }
});

it('says what was not compared, and what the measures were told', async () => {
  const { html } = await openSection(similarity, fullSample(PAIR));
  expect(html).toContain('it has other groups');
  expect(html).toContain('neighbours: k 10');
});

it('has every number by direction in a table', async () => {
  const shown = await openSection(similarity, fullSample(PAIR));
  const lines = tableNamed(shown, 'similarity').split('\n');
  const { task, result } = (await stored())[0]!;
  const { condition, samples, interactive, other } = result.measures[1]!.compared[0]!;
  const line = lines.find((one) =>
    one.includes(`A to B,${task.order.names[0]},${task.order.names[1]},cka,${condition},`),
  );
  const cells = line?.split(',').slice(7, 11).map(Number);
  expect(cells?.[0]).toBe(samples);
  expect(cells?.[1]).toBeCloseTo(other.value, 12);
  expect(cells?.[2]).toBeCloseTo(interactive.value, 12);
  expect(cells?.[3]).toBeCloseTo(interactive.value - other.value, 12);
});

it('says nothing without results', async () => {
  expect((await openSection(similarity, sampleReport({ stateOf: () => 'missing' }))).html).toBe('');
});
