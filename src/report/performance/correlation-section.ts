// Synchrony against social performance (paper §5): scatter plot, correlations by family group, partial correlations
// (Table 1), dimensions, and what one model does to it all.

import { decimals } from '../../figures/number-text.ts';
import { fluidSvg } from '../../figures/render.ts';
import { coefficientText, correlationText, pairLabel, pText } from '../../figures/synchrony-performance.ts';
import type { CorrelationResult } from '../../statistics/correlation-files.ts';
import type { GroupCorrelation, PairCorrelation } from '../../statistics/model-pairs.ts';
import type { Qap } from '../../statistics/qap.ts';
import { html, type Markup, trusted } from '../page/html.ts';
import type { ReportInput } from '../page/types.ts';
import type { DrawnFigures } from '../synchrony/synchrony-section.ts';
import { pairPagePath } from '../synchrony/synchrony-tables.ts';
import { TOP_K_CORRELATION_STEM } from './top-k-correlation.ts';

export const PERFORMANCE_STEM = 'synchrony-performance';
export const DIMENSIONS_STEM = 'dimension-correlations';

/** What SyncR² was made with, for subtitles. */
export function correlationSettings(input: ReportInput): string[] {
  const { synchrony, simulation, scenarios } = input;
  return [
    'condition interactive',
    `${scenarios.interactions} interactions, simulation seed${simulation.seeds.length > 1 ? 's' : ''} ${simulation.seeds.join(', ')}`,
    `split seeds ${synchrony.splitSeeds.join(', ')}`,
    `λ = ${synchrony.lambda}`,
  ];
}

export function correlationSection(input: ReportInput, figures: DrawnFigures): Markup | null {
  const { correlation } = input;
  if (!correlation) return null;
  const { pairs, judge } = correlation;
  const judged = pairs.reduce((sum, pair) => sum + pair.judged, 0);
  const percent = `${Number((100 * correlation.level).toPrecision(6))} %`;
  return html`
<section id="performance">
<h2>Synchrony and social performance</h2>
<p>Does synchrony tell how well two models get on? Each point is a pair of models: its SyncR² and the mean score of its
${judged} judged episodes (judge: ${judge}), over interactions, seeds and both seat orders.${failedText(correlation)}</p>
${figure(figures, PERFORMANCE_STEM, correlationSettings(input).join('; '), input)}
<h3>Correlations</h3>
<p class="source" id="correlation-table">Pearson’s r and Spearman’s ρ with ${percent} intervals by Fisher’s z and two-sided p
by t. Pairs that share a model are not independent, so these p are too small; “permuted” is p when the models’ labels
are permuted, each model’s pair with itself included, and models of a family stay in it across families.</p>
<div class="scroll" tabindex="0"><table aria-describedby="correlation-table">
<thead><tr><th scope="col">Pairs</th><th scope="col" class="number">n</th><th scope="col" class="number">r</th>
<th scope="col" class="number">Interval</th><th scope="col" class="number">p</th><th scope="col" class="number">p, permuted</th>
<th scope="col" class="number">ρ</th><th scope="col" class="number">p</th><th scope="col" class="number">p, permuted</th></tr></thead>
<tbody>${correlation.groups.map(groupRow)}
</tbody></table></div>
${warningList(correlation.groups)}
${partialTable(correlation)}
<h3>By dimension</h3>
${figure(figures, DIMENSIONS_STEM, correlationSettings(input).join('; '), input)}
${dimensionTable(correlation)}
${topKPart(input, figures)}
${leaveOneOutTable(correlation)}
${pairTable(input, correlation)}
<p class="source">The same numbers in full: ${['correlation', 'correlation-partial', 'correlation-dimensions', 'correlation-leave-one-out', 'correlation-pairs'].map((name, i) => html`${i > 0 && ', '}<a href="tables/${name}.csv">${name}.csv</a>`)}.</p>
</section>`;
}

/** Null where no study looked at it. */
function topKPart(input: ReportInput, figures: DrawnFigures): Markup | null {
  if (!figures.has(TOP_K_CORRELATION_STEM)) return null;
  return html`
<h3>By the number of target layers</h3>
<p>SyncR² takes each source layer’s best target layer alone. With the mean of the k best ones in its place:</p>
${figure(figures, TOP_K_CORRELATION_STEM, correlationSettings(input).join('; '), input)}
<p class="source"><a href="tables/correlation-top-k.csv">correlation-top-k.csv</a></p>`;
}

function failedText({ pairs, leftOut }: CorrelationResult): string {
  const failed = [...pairs, ...leftOut].reduce((sum, pair) => sum + pair.failed, 0);
  const none = leftOut.map(({ models }) => pairLabel(models)).join(', ');
  return (
    (failed > 0
      ? ` ${failed} judgement${failed > 1 ? 's' : ''} failed and count${failed > 1 ? '' : 's'} nowhere.`
      : '') + (none === '' ? '' : ` Left out, since none of their episodes is judged: ${none}.`)
  );
}

function figure(
  figures: DrawnFigures,
  stem: string,
  settings: string,
  { versions }: ReportInput,
): Markup | null {
  const svg = figures.get(stem);
  if (svg === undefined) return null;
  return html`
<figure>${trusted(fluidSvg(svg))}
<figcaption>${settings}; interbrain ${versions.interbrain}. <a href="figures/${stem}.svg">SVG</a>,
<a href="figures/${stem}.png">PNG</a></figcaption></figure>`;
}

const number = (value: number, digits = 2): string => (Number.isNaN(value) ? '–' : decimals(value, digits));

const coefficient = (r: number): string => (Number.isNaN(r) ? '–' : coefficientText(r));

const significance = (p: number): string => (Number.isNaN(p) ? '–' : pText(p).replace('= ', ''));

function intervalCell({ correlation }: PairCorrelation): string {
  if (!correlation?.interval) return '–';
  return `[${correlation.interval.map((end) => decimals(end, 2)).join(', ')}]`;
}

function permutedText(qap: Qap | null): string {
  if (!qap || Number.isNaN(qap.p)) return '–';
  return `${significance(qap.p)} (${qap.exact ? 'all ' : ''}${qap.permutations + (qap.exact ? 1 : 0)})`;
}

function groupRow({ group, pairs, pearson, spearman }: GroupCorrelation): Markup {
  const r = pearson.correlation?.r ?? Number.NaN;
  return html`
<tr><th scope="row">${group}</th><td class="number">${pairs.length}</td><td class="number">${coefficient(r)}</td>
<td class="number">${intervalCell(pearson)}</td><td class="number">${significance(pearson.correlation?.p ?? Number.NaN)}</td>
<td class="number">${permutedText(pearson.qap)}</td><td class="number">${coefficient(spearman.correlation?.r ?? Number.NaN)}</td>
<td class="number">${significance(spearman.correlation?.p ?? Number.NaN)}</td><td class="number">${permutedText(spearman.qap)}</td></tr>`;
}

function warningList(groups: readonly GroupCorrelation[]): Markup | null {
  const items = groups.flatMap(({ group, warnings }) =>
    warnings.map((warning) => html`<li><strong>${group}:</strong> ${warning}.</li>`),
  );
  return items.length === 0 ? null : html`<ul class="warnings source">${items}</ul>`;
}

/** Rows are groups and columns benchmarks, as in Table 1, but with n, p and interval. */
function partialTable({ benchmarks, groups }: CorrelationResult): Markup {
  if (benchmarks.length === 0)
    return html`
<h3>With abilities held fixed</h3>
<p class="source">The study names no abilities of its models, so there are no partial correlations.</p>`;
  const cell = (group: GroupCorrelation, benchmark: string): Markup => {
    const found = group.partial.find(({ given }) => given === benchmark);
    if (!found?.correlation || Number.isNaN(found.correlation.r))
      return html`<td>–</td><td class="number">–</td><td class="number">–</td>`;
    const { r, p } = found.correlation;
    return html`<td class="number">${coefficient(r)} ${intervalCell(found)}</td><td class="number">${significance(p)}</td>
<td class="number">${permutedText(found.qap)}</td>`;
  };
  return html`
<h3>With abilities held fixed</h3>
<p class="source" id="partial-table">Partial correlation of synchrony and performance given one ability, a pair’s being the
mean of its two models’; n − 3 degrees of freedom. As the paper’s Table 1, with interval and p.</p>
<div class="scroll" tabindex="0"><table aria-describedby="partial-table">
<thead><tr><th scope="col">Pairs</th><th scope="col" class="number">n</th>${benchmarks.map(
    (name) => html`<th scope="col" class="number">given ${name}</th><th scope="col" class="number">p</th>
<th scope="col" class="number">p, permuted</th>`,
  )}</tr></thead>
<tbody>${groups.map(
    (group) => html`
<tr><th scope="row">${group.group}</th><td class="number">${group.pairs.length}</td>${benchmarks.map((name) => cell(group, name))}</tr>`,
  )}
</tbody></table></div>`;
}

function dimensionTable({ dimensions, groups }: CorrelationResult): Markup {
  const cell = ({ dimensions: own, pairs }: GroupCorrelation, name: string): Markup => {
    const found = own.find((entry) => entry.name === name);
    const { correlation = null, adjustedP = Number.NaN } = found ?? {};
    const text =
      correlation && !Number.isNaN(correlation.r)
        ? `${correlationText({ correlation }, pairs.length).replace(/, n = .*/, '')}; adjusted ${significance(adjustedP)}`
        : '–';
    return html`<td>${text}</td>`;
  };
  return html`
<details><summary>Every dimension’s correlation as a table</summary>
<div class="scroll" tabindex="0"><table>
<thead><tr><th scope="col">Dimension</th>${groups.map(({ group, pairs }) => html`<th scope="col">${group}, n = ${pairs.length}</th>`)}</tr></thead>
<tbody>${dimensions.map(
    (name) => html`
<tr><th scope="row">${name}</th>${groups.map((group) => cell(group, name))}</tr>`,
  )}
</tbody></table></div></details>`;
}

function leaveOneOutTable({ groups }: CorrelationResult): Markup {
  const models = [...new Set(groups.flatMap(({ leaveOneOut }) => leaveOneOut.map(({ model }) => model)))];
  const cell = (group: GroupCorrelation, model: string): Markup => {
    const found = group.leaveOneOut.find((entry) => entry.model === model);
    if (!found) return html`<td></td>`;
    const { correlation } = found;
    const text = correlation
      ? Number.isNaN(correlation.r)
        ? 'no r'
        : `${coefficient(correlation.r)}, p ${pText(correlation.p)}, n = ${correlation.n}`
      : 'too few pairs';
    return html`<td>${text}</td>`;
  };
  return html`
<details><summary>Without one model: r when all pairs of a model are left out</summary>
<div class="scroll" tabindex="0"><table>
<thead><tr><th scope="col">Without</th>${groups.map(({ group }) => html`<th scope="col">${group}</th>`)}</tr></thead>
<tbody>${models.map(
    (model) => html`
<tr><th scope="row">${model}</th>${groups.map((group) => cell(group, model))}</tr>`,
  )}
</tbody></table></div></details>`;
}

function pairTable(input: ReportInput, { pairs, benchmarks }: CorrelationResult): Markup {
  const linked = new Set((input.pairPages ?? []).map(({ models }) => pairLabel(models)));
  const name = (models: readonly [string, string]) =>
    linked.has(pairLabel(models))
      ? html`<a href="${encodeURI(pairPagePath(models))}">${pairLabel(models)}</a>`
      : pairLabel(models);
  return html`
<details><summary>All ${pairs.length} pairs</summary>
<div class="scroll" tabindex="0"><table>
<thead><tr><th scope="col">Pair</th><th scope="col" class="number">SyncR²</th><th scope="col" class="number">Score</th>
<th scope="col" class="number">Judged</th><th scope="col" class="number">Failed</th>${benchmarks.map((b) => html`<th scope="col" class="number">${b}</th>`)}</tr></thead>
<tbody>${pairs.map(
    (pair) => html`
<tr><th scope="row">${name(pair.models)}</th><td class="number">${decimals(pair.synchrony)} ± ${decimals(pair.standardError)}</td>
<td class="number">${decimals(pair.performance, 2)}</td><td class="number">${pair.judged}</td><td class="number">${pair.failed}</td>${benchmarks.map(
      (b) => html`<td class="number">${number(pair.abilities[b] ?? Number.NaN)}</td>`,
    )}</tr>`,
  )}
</tbody></table></div></details>`;
}
