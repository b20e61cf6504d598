// Numbers of the section, its tables and figures against the partitions that they come from.

import { expect, it } from 'vitest';
import { figureNamed, openSection, tableNamed } from '../../../test/open-section.ts';
import { fullSample, sampleReport } from '../../../test/sample-report.ts';
import { decimals } from '../../figures/number-text.ts';
import { OWN_PAST } from '../../studies/stages/own-past.ts';
import { intervalOf } from '../../synchrony/intervals/interval.ts';
import { ownPast } from './own-past-section.ts';

const onePair = () => fullSample({ settings: { pairs: [['a', 'b']] } });

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

it('shows what explains a pair, its directions and layers', async () => {
  const source = onePair();
  const { current } = await source.results(OWN_PAST);
  expect(current).toHaveLength(4);
  const shown = await openSection(ownPast, source);
  const [first] = current;
  const { result } = first!;
  for (const name of ['ownPast', 'text', 'partner', 'all', 'beyondOwnPast', 'beyondBoth'] as const) {
    expect(shown.html).toContain(`>${decimals(result.numbers[name].value)} <span class="ends">[`);
    const mean = meanOf(current.map((one) => one.result.numbers[name].value));
    expect(shown.html).toContain(`>${decimals(mean)} <span class="ends">[`);
  }
  const bars = figureNamed(shown, 'own-past').data?.values as readonly Record<string, unknown>[];
  const own = bars.filter(({ name }) => String(name).includes('×'));
  const of = (part: string) => own.find((bar) => bar['part'] === part);
  const share = (name: 'ownPastAlone' | 'partnerAlone') =>
    meanOf(current.map((one) => one.result.numbers[name].value));
  expect(of('own past alone')).toMatchObject({ begin: 0, end: share('ownPastAlone') });
  expect(of('partner alone')?.['value']).toBeCloseTo(share('partnerAlone'), 12);
  // Parts stand one after another, up to all that is explained.
  expect(of('partner alone')?.['end']).toBeCloseTo(
    meanOf(current.map((one) => one.result.numbers.all.value)),
    12,
  );
  const layers = figureNamed(shown, 'small-llama+small-mistral+A-to-B+own-past').data?.values;
  expect(layers).toHaveLength(5 * result.sourceLayers);
});

it('writes every number with its interval, and R² by layer pair', async () => {
  const source = onePair();
  const { current } = await source.results(OWN_PAST);
  const shown = await openSection(ownPast, source);
  const { result } = current[0]!;
  const { value, jackknife } = result.numbers.beyondBoth;
  const { low, high } = intervalOf(jackknife!, 0.95);
  expect(tableNamed(shown, 'own-past')).toContain(
    `small-llama,small-mistral,A->B,small-llama,small-mistral,${result.samples},partner_beyond_both,${value},${low},${high},`,
  );
  const { r2, source: from, target: to } = result.layerPairs[1]!;
  expect(tableNamed(shown, 'own-past-layers')).toContain(
    `small-llama,small-mistral,A->B,${from + 1},${to + 1},1,${r2.ownPast},${r2.partner},${r2.text},`,
  );
});

it('says which way more passes, by the interval of the difference', async () => {
  const source = onePair();
  const { current } = await source.results(OWN_PAST);
  const way = (model: string) =>
    meanOf(
      current.flatMap(({ result: { sourceModel, numbers } }) =>
        sourceModel === model ? [numbers.beyondBoth.value] : [],
      ),
    );
  const { html } = await openSection(ownPast, source);
  const difference = way('small-llama') - way('small-mistral');
  expect(html).toContain(
    `small-llama → small-mistral less small-mistral → small-llama: ${decimals(difference)} [`,
  );
});

it('says nothing without partitions', async () => {
  expect((await openSection(ownPast, sampleReport())).html).toBe('');
});
