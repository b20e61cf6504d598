// What is said of relationships that are compared over the same pairs: over which, and whether SyncR² rises with how near
// the characters are.

import { decimals, pText } from '../../figures/number-text.ts';
import { type CsvValue, encodeCsv } from '../page/csv.ts';
import { html, type Markup } from '../page/html.ts';
import type { TextFile } from '../section.ts';
import type { Comparison } from './relationship-comparison.ts';

/** With the standard deviation, n − 1 below. */
export function spreadOf(values: readonly number[]) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (values.length - 1)) };
}

/** Over which pairs relationships are compared, and what is left out and why. */
export function comparedText(comparison: Comparison | undefined): Markup {
  if (!comparison) return html`<p>No pair has two relationships, so none are compared.</p>`;
  const { pairs, relationships: compared, leftOut, notCompared } = comparison;
  const who = pairs.length === 1 ? 'the one pair that has' : `the ${pairs.length} pairs that have`;
  const lacking = leftOut.map(({ pair, lacks }) => `${pair} (no ${lacks.join(', no ')})`);
  return html`<p>Compared are ${compared.join(', ')}, over ${who} all of them.${
    lacking.length > 0
      ? ` Left out of the comparison, since a relationship has too few test rows in some direction: ${lacking.join('; ')}.`
      : ''
  }${notCompared.length > 0 ? ` Not compared, since too few pairs have them: ${notCompared.join(', ')}.` : ''}</p>`;
}

/** The test of the order, or why there is none. */
export function trendText(comparison: Comparison | undefined): Markup | null {
  if (!comparison) return null;
  const { pairs, relationships: compared, trend } = comparison;
  if (!trend) {
    const why =
      pairs.length < 2
        ? 'one pair has an order and nothing to test it by'
        : `${compared.length} relationships have a difference and no order`;
    return html`<p>Whether synchrony rises with how near the characters are is not tested: ${why}.</p>`;
  }
  const { L, meanRho, p, commonP, labellings } = trend;
  const found =
    commonP <= 0.05
      ? 'Synchrony rises with how near the characters are, beyond what an exchange of the relationships’ names gives.'
      : 1 / labellings > 0.05
        ? `With ${compared.length} relationships no order can be told from chance: there are ${labellings} of them.`
        : 'No rise with how near the characters are can be told from chance.';
  return html`<p>${found} Mean ρ over ${pairs.length} pairs ${decimals(meanRho, 2)}; Page’s L = ${L}; ${pText(commonP)}, one-sided, by all ${labellings} exchanges
of the relationships’ names in all pairs at once; ${pText(p)} if every pair’s values are exchanged by themselves, as in Page’s test. The
second takes pairs to be independent, which they are not: they share models, and all play the same scenarios, so that what is
particular to a relationship’s scenarios stands in every pair. It says that pairs agree; the words go by the first.</p>`;
}

/** A row for each pair that is compared, and one for all. */
export function trendTable(comparison: Comparison | undefined): TextFile[] {
  if (!comparison) return [];
  const { pairs, relationships: compared, leftOut, trend } = comparison;
  const header = ['pair', ...compared, 'spearman_rho', 'page_l', 'p_common', 'p_page', 'labellings', 'lacks'];
  const own = pairs.map(({ pair, values }, i): CsvValue[] => [
    ...[pair, ...compared.map((one) => values.get(one)?.value ?? null)],
    ...[trend?.rhos[i] ?? null, null, null, null, null, null],
  ]);
  const means = compared.map(
    (one) => spreadOf(pairs.flatMap(({ values }) => values.get(one)?.value ?? [])).mean,
  );
  const all: CsvValue[] = [
    ...[`mean of ${pairs.length}`, ...means, trend?.meanRho ?? null],
    ...(trend ? [trend.L, trend.commonP, trend.p, trend.labellings] : [null, null, null, null]),
    null,
  ];
  const rest = leftOut.map(({ pair, lacks }): CsvValue[] => [
    ...[pair, ...compared.map(() => null)],
    ...[null, null, null, null, null, lacks.join(' ')],
  ]);
  return [['tables/relationships-trend.csv', encodeCsv(header, [...own, all, ...rest])]];
}
