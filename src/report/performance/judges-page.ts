// Several judges side by side against the same people (paper Table 4): page, figures and tables.

import { judgeDifferences } from '../../figures/judge-differences.ts';
import { decimals, intervalText, rangeText } from '../../figures/number-text.ts';
import { renderPng, renderSvg } from '../../figures/render.ts';
import type { DimensionComparison, JudgeDifference } from '../../statistics/compare-judges.ts';
import type { DimensionAgreement, JudgeAgreement } from '../../statistics/judge-agreement.ts';
import { type CsvValue, encodeCsv } from '../page/csv.ts';
import { fluidFigure } from '../page/figure.ts';
import { html, type Markup } from '../page/html.ts';
import { INTERVAL, intervalColumns } from '../page/interval-columns.ts';
import { pageText } from '../page/page.ts';
import { toyNames, toyStatement } from '../page/toys.ts';
import type { ReportFiles } from '../section.ts';
import {
  AGREEMENT_COLUMNS,
  type AgreementSubject,
  agreementRow,
  agreementText,
  pText,
} from './agreement-page.ts';

export interface JudgedBy {
  /** Differs from judge to judge. */
  readonly judge: string;
  readonly agreement: JudgeAgreement;
}

/** Two of the judges, where both scored the same. */
export interface JudgePair {
  readonly judges: readonly [string, string];
  readonly dimensions: readonly DimensionComparison[];
}

export type JudgesSubject = Omit<AgreementSubject, 'judge'>;

/** Dimensions of all judges, in the order in which they come first. */
function dimensionsOf(all: readonly JudgedBy[]): string[] {
  return [...new Set(all.flatMap(({ agreement }) => agreement.dimensions.map(({ dimension }) => dimension)))];
}

const named = (dimension: string) => dimension.replaceAll('_', ' ');

function sideBySide(all: readonly JudgedBy[]): Markup {
  const head = ['n', 'Pearson r', 'p', 'Spearman ρ', 'within 1 SD', 'α judge'];
  const rows = dimensionsOf(all).map((dimension) => {
    const cells = all.map(({ agreement }) =>
      judgeCells(agreement.dimensions.find((d) => d.dimension === dimension)),
    );
    return html`
<tr><th scope="row">${named(dimension)}</th>${cells}</tr>`;
  });
  return html`
<section id="agreement">
<h2>By dimension</h2>
<div class="scroll" tabindex="0"><table class="dense">
<thead><tr><th></th>${all.map(({ judge }) => html`<th scope="colgroup" colspan="${head.length}">${judge}</th>`)}</tr>
<tr><th scope="col">dimension</th>${all.map(() => head.map((one) => html`<th scope="col">${one}</th>`))}</tr></thead>
<tbody>${rows}
<tr><th scope="row">within 1 SD over all</th>${all.map(
    ({ agreement }) =>
      html`<td colspan="${head.length}">${agreementText.share(agreement.withinOneDeviation)}</td>`,
  )}</tr></tbody>
</table></div>
<p class="source">n counts agents in episodes that people and that judge both scored. r, ρ: the judge against the mean of the people, r with a
95 % interval by Fisher’s z, p two-sided, both taking agents as independent, which the two of an episode are not quite. Within 1 SD:
share of the judge’s scores no further from the people’s mean than one standard deviation of all people’s ratings of these agents. α:
Krippendorff’s, for interval data, between the judge and the people’s mean. – is what cannot be computed. Left out, without a
counterpart: ${all.map(({ judge, agreement: { unmatched } }) => `${judge}, ${unmatched.human} scores of people and ${unmatched.judge} of the judge`).join('; ')}.
<a href="agreement.csv">agreement.csv</a></p>
</section>`;
}

function judgeCells(d: DimensionAgreement | undefined): Markup[] {
  if (!d) return Array.from({ length: 6 }, () => html`<td>–</td>`);
  const { correlation, number, share } = agreementText;
  return [
    html`<td>${d.n}</td>`,
    html`<td>${correlation(d.pearson)} ${d.pearson?.interval ? intervalText(d.pearson.interval, 2) : ''}</td>`,
    html`<td>${pText(d.pearson?.p)}</td>`,
    html`<td>${correlation(d.spearman)}</td>`,
    html`<td>${share(d.withinOneDeviation)}</td>`,
    html`<td>${number(d.alphaJudge)}</td>`,
  ];
}

function differences(pairs: readonly JudgePair[]): Markup {
  const cell = ({ value, interval }: JudgeDifference) =>
    html`<td>${Number.isFinite(value) ? `${decimals(value)} ${intervalText(interval)}` : '–'}</td>`;
  return html`
<section id="judges">
<h2>One judge less another</h2>
${pairs.map(({ judges: [first, second], dimensions }) => {
  if (dimensions.length === 0)
    return html`<p>${first} and ${second} scored nothing in common that people scored.</p>`;
  return html`
<h3>${first} less ${second}</h3>
<div class="scroll" tabindex="0"><table>
<thead><tr><th scope="col">dimension</th><th scope="col">n</th><th scope="col">interactions</th><th scope="col">Pearson r</th>
<th scope="col">Spearman ρ</th><th scope="col">share within 1 SD</th></tr></thead>
<tbody>${dimensions.map(
    (d) => html`
<tr><th scope="row">${named(d.dimension)}</th><td>${d.n}</td><td>${d.interactions}</td>${cell(d.pearson)}${cell(d.spearman)}${cell(d.withinOneDeviation)}</tr>`,
  )}
</tbody></table></div>
<p class="source">On the agents in episodes that people and both judges scored: above 0 ${first} agrees better. In brackets: 95 % interval by leaving
out each of ${rangeText(dimensions.map(({ interactions }) => interactions))} interactions, of both judges at once, t with one degree of freedom less; – below three.
<a href="differences.csv">differences.csv</a></p>`;
})}
</section>`;
}

function agreementCsv(all: readonly JudgedBy[]): string {
  const rows = all.flatMap(({ judge, agreement }) =>
    agreement.dimensions.map((d): CsvValue[] => [judge, ...agreementRow(d)]),
  );
  return encodeCsv(['judge', ...AGREEMENT_COLUMNS], rows);
}

function differencesCsv(pairs: readonly JudgePair[]): string {
  const header = [
    'judge',
    'other_judge',
    'dimension',
    'n',
    'interactions',
    'measure',
    'difference',
    ...INTERVAL,
  ];
  const rows = pairs.flatMap(({ judges, dimensions }) =>
    dimensions.flatMap((d) =>
      (['pearson', 'spearman', 'withinOneDeviation'] as const).map((measure): CsvValue[] => {
        const { value, interval } = d[measure];
        const name = measure === 'withinOneDeviation' ? 'within_one_sd' : measure;
        const shown = Number.isFinite(value) ? value : null;
        return [...judges, d.dimension, d.n, d.interactions, name, shown, ...intervalColumns(interval)];
      }),
    ),
  );
  return encodeCsv(header, rows);
}

/**
 * Page, figures and tables by path: `index.html`, `differences-1.svg` and `.png` for each judge in turn, `agreement.csv`,
 * `differences.csv`, `agreement.json`.
 */
export async function judgesFiles(
  all: readonly JudgedBy[],
  pairs: readonly JudgePair[],
  { models = [], ...subject }: JudgesSubject,
): Promise<ReportFiles> {
  const toys = toyNames({ models });
  const svgs = await Promise.all(
    all.map(({ judge, agreement }, i) =>
      renderSvg(judgeDifferences(agreement, judge, toys.length > 0), { idPrefix: `differences-${i + 1}` }),
    ),
  );
  const names = all.map(({ judge }) => judge);
  const page = pageText({
    title: `${names.join(', ')} and people`,
    heading: `How ${names.join(' and ')} agree with people`,
    statement: html`${toyStatement({ models })}<p>Scores of ${names.join(' and ')} against those in ${subject.people}.</p>`,
    sections: [
      { id: 'agreement', title: 'By dimension', body: sideBySide(all) },
      { id: 'judges', title: 'One judge less another', body: differences(pairs) },
      {
        id: 'differences',
        title: 'Differences',
        body: html`
<section id="differences">
<h2>Differences from people</h2>
${svgs.map((svg) => fluidFigure(svg))}
</section>`,
      },
    ],
    version: subject.version,
  });
  const figures = await Promise.all(
    svgs.map(
      async (svg, i): Promise<[string, string | Uint8Array][]> => [
        [`differences-${i + 1}.svg`, svg],
        [`differences-${i + 1}.png`, await renderPng(svg)],
      ],
    ),
  );
  const judges = all.map(({ judge, agreement }) => ({ judge, ...agreement }));
  return new Map<string, string | Uint8Array>([
    ['index.html', page],
    ...figures.flat(),
    ['agreement.csv', agreementCsv(all)],
    ['differences.csv', differencesCsv(pairs)],
    ['agreement.json', `${JSON.stringify({ ...subject, toys, judges, differences: pairs }, null, 2)}\n`],
  ]);
}
