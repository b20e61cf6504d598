// How well a judge agrees with people, as a page, tables and a figure.

import { judgeDifferences } from '../../figures/judge-differences.ts';
import { decimals, intervalText } from '../../figures/number-text.ts';
import { renderPng, renderSvg } from '../../figures/render.ts';
import type { Correlation } from '../../statistics/correlation.ts';
import type { DimensionAgreement, JudgeAgreement } from '../../statistics/judge-agreement.ts';
import { type CsvValue, encodeCsv } from '../page/csv.ts';
import { fluidFigure } from '../page/figure.ts';
import { html, type Markup } from '../page/html.ts';
import { INTERVAL, intervalColumns } from '../page/interval-columns.ts';
import { pageText } from '../page/page.ts';
import { toyNames, toyStatement } from '../page/toys.ts';
import type { ReportFiles } from '../section.ts';
import type { Shared } from '../shared.ts';

/** What the page is about: the names of what was compared. */
export interface AgreementSubject {
  readonly judge: string;
  readonly people: string;
  /** Who played the episodes, where the judge's scores are a run's; toys are named. */
  readonly models?: Shared['models'];
  /** Of interbrain. */
  readonly version: string;
}

const number = (value: number) => (Number.isFinite(value) ? decimals(value) : '–');
const share = (value: number) => (Number.isFinite(value) ? `${decimals(100 * value, 1)} %` : '–');

function correlationText(correlation: Correlation | null): string {
  if (!correlation || !Number.isFinite(correlation.r)) return '–';
  return number(correlation.r);
}

/** How numbers of an agreement are written. */
export const agreementText = { number, share, correlation: correlationText } as const;

/** `0.012`, or `< 0.001`. */
export function pText(p: number | undefined): string {
  if (p === undefined || !Number.isFinite(p)) return '–';
  return p < 0.001 ? '< 0.001' : p.toFixed(3);
}

function row(entry: DimensionAgreement): Markup {
  const { pearson } = entry;
  return html`<tr><th scope="row">${entry.dimension.replaceAll('_', ' ')}</th><td>${entry.n}</td><td>${correlationText(pearson)}</td>
<td>${intervalText(pearson?.interval)}</td><td>${pText(pearson?.p)}</td><td>${correlationText(entry.spearman)}</td>
<td>${share(entry.withinOneDeviation)}</td><td>${number(entry.alphaHumans)}</td><td>${number(entry.alphaJudge)}</td></tr>`;
}

function table(agreement: JudgeAgreement): Markup {
  return html`
<section id="agreement">
<h2>By dimension</h2>
<div class="scroll"><table>
<thead><tr><th scope="col">dimension</th><th scope="col">n</th><th scope="col">Pearson r</th><th scope="col">95 % interval</th><th scope="col">p</th><th scope="col">Spearman ρ</th><th scope="col">within 1 SD</th><th scope="col">α people</th><th scope="col">α judge</th></tr></thead>
<tbody>${agreement.dimensions.map(row)}</tbody>
</table></div>
<p>n counts agents in episodes that both scored. r, ρ: the judge against the mean of the people; the interval is by
Fisher’s z, p two-sided, both taking units as independent, which the two agents of an episode are not quite. Within 1 SD:
share of the judge’s scores no further from the people’s mean than one standard deviation of all people’s ratings in that
dimension; ${share(agreement.withinOneDeviation)} over all dimensions. α: Krippendorff’s, for interval data, among people
where two or more rated, and between the judge and the people’s mean. – is what cannot be computed: too few units, or all
scores equal.</p>
<p>${agreement.unmatched.human} scores of people have none of the judge, ${agreement.unmatched.judge} of the judge none of people;
they are left out.</p>
</section>`;
}

export const AGREEMENT_COLUMNS = [
  ...['dimension', 'n', 'rated_by_several', 'pearson_r', 'pearson_p', ...INTERVAL],
  ...['spearman_r', 'spearman_p', 'human_sd', 'within_one_sd', 'within_raters_sd'],
  ...['alpha_humans', 'alpha_judge'],
];

/** In the columns of `AGREEMENT_COLUMNS`. */
export function agreementRow(d: DimensionAgreement): CsvValue[] {
  return [
    ...[d.dimension, d.n, d.severallyRated, d.pearson?.r ?? null, d.pearson?.p ?? null],
    ...intervalColumns(d.pearson?.interval),
    ...[d.spearman?.r ?? null, d.spearman?.p ?? null, d.humanDeviation, d.withinOneDeviation],
    ...[d.withinRaters, d.alphaHumans, d.alphaJudge],
  ];
}

function csv({ dimensions }: JudgeAgreement): string {
  return encodeCsv(AGREEMENT_COLUMNS, dimensions.map(agreementRow));
}

/** Page, figure and tables by path: `index.html`, `differences.svg`, `differences.png`, `agreement.csv`, `.json`. */
export async function agreementFiles(
  agreement: JudgeAgreement,
  { models = [], ...subject }: AgreementSubject,
): Promise<ReportFiles> {
  const toys = toyNames({ models });
  const figure = judgeDifferences(agreement, subject.judge, toys.length > 0);
  const svg = await renderSvg(figure, { idPrefix: 'differences' });
  const page = pageText({
    title: `${subject.judge} and people`,
    heading: `How ${subject.judge} agrees with people`,
    statement: html`${toyStatement({ models })}<p>Scores of ${subject.judge} against those in ${subject.people}.</p>`,
    sections: [
      { id: 'agreement', title: 'By dimension', body: table(agreement) },
      {
        id: 'differences',
        title: 'Differences',
        body: html`
<section id="differences">
<h2>Differences</h2>
${fluidFigure(svg)}
</section>`,
      },
    ],
    version: subject.version,
  });
  return new Map<string, string | Uint8Array>([
    ['index.html', page],
    ['differences.svg', svg],
    ['differences.png', await renderPng(svg)],
    ['agreement.csv', csv(agreement)],
    ['agreement.json', `${JSON.stringify({ ...subject, toys, ...agreement }, null, 2)}\n`],
  ]);
}
